import {
  type Call,
  invokeStep,
  type Step,
  SYMBOL,
  timeSpan,
  toJson,
  unknownClass,
} from '../engine/index.ts'
import { GroovyMap, hostError, isTruthy, type Value } from '../groovy/index.ts'
import { toolVariables } from './tool.ts'

async function around(call: Call, environment: [string, string][] = []): Promise<Value> {
  const changed = call.scope.environment.with(environment)
  try {
    return await call.body(environment.length > 0 ? { environment: changed } : {})
  } finally {
    call.close()
  }
}

/** The log page shows colours anyway; programs are told that there is a terminal. */
export const ansiColor: Step = {
  kind: 'own',
  isBlock: true,
  positional: ['colorMapName'],
  run: (call) => around(call, [['TERM', call.args.optionalText('colorMapName') ?? 'xterm']]),
}

/** `wrap([$class: 'BuildUser']) { … }` and the other wrappers that have a meaning here. */
export const wrap: Step = {
  kind: 'own',
  isBlock: true,
  positional: ['delegate'],
  async run(call) {
    const given = wrapperOf(call)
    const kind = String(given[SYMBOL] ?? '').replace(/^.*[.$]/, '')
    const { cause } = call.session
    const user = cause.kind === 'manual' || cause.kind === 'rerun' ? whoIn(cause.text) : ''
    switch (kind) {
      case 'TimestamperBuildWrapper':
        try {
          return await call.body({ hasTimestamps: true })
        } finally {
          call.close()
        }
      case 'AnsiColorBuildWrapper':
        return around(call, [['TERM', String(given['colorMapName'] ?? 'xterm')]])
      case 'BuildUser':
        return around(call, [
          ['BUILD_USER', user],
          ['BUILD_USER_ID', user],
        ])
      case 'MaskPasswordsBuildWrapper': {
        const pairs = (given['varPasswordPairs'] ?? []) as { password?: unknown }[]
        for (const { password } of pairs) {
          if (password) call.session.masks.add(String(password), '********')
        }
        return around(call)
      }
      default:
        throw unknownClass('class jenkins.tasks.SimpleBuildWrapper', kind)
    }
  },
}

/** Its members stand in the call, or in a map that describes it. */
function wrapperOf({ args }: Call): Record<string, unknown> {
  const delegate = args.value('delegate') ?? new GroovyMap([...args.values])
  return toJson(delegate) as Record<string, unknown>
}

const whoIn = (text: string) => /by user ([^,]+)/.exec(text)?.[1] ?? ''

/** Runs the block until it gives true, with growing pauses. */
export const waitUntil: Step = {
  kind: 'own',
  isBlock: true,
  async run(call) {
    const { args, session, path } = call
    let pauseMs = args.number('initialRecurrencePeriod', 250)
    try {
      for (let round = 1; ; round++) {
        const value = await call.body({}, round)
        if (typeof value !== 'boolean') {
          const shown = await session.interpreter.print(value, call.scope)
          const text = `body return value ${shown} is not boolean`
          throw hostError('java.lang.ClassCastException', text)
        }
        if (isTruthy(value)) return null
        if (!args.flag('quiet')) call.say(`Will try again after ${timeSpan(pauseMs)}`)
        await pause(call, `${path}@${round}:end`, pauseMs)
        pauseMs = Math.min(pauseMs * 1.2, 15_000)
      }
    } finally {
      call.close()
    }
  },
}

async function pause({ session, scope }: Call, key: string, pauseMs: number): Promise<void> {
  const untilMs = await session.journal.fixed(key, () => session.nowMs() + pauseMs)
  const left = untilMs - session.nowMs()
  if (left <= 0) return
  await scope.interrupts.during((signal) => session.kernel.clock.sleep(left, signal))
}

/** A block with a tool first on the PATH: `nodejs('Node 20') { … }`, `withMaven(maven: 'M3')`. */
function withTool(type: string, argument: string): Step {
  return {
    kind: 'own',
    isBlock: true,
    needsNode: true,
    positional: [argument],
    async run(call) {
      const name = call.args.optionalText(argument) ?? type
      const named = new GroovyMap([
        ['name', name],
        ['type', type],
      ])
      const home = await invokeStep(call.scope, {
        name: 'tool',
        positional: [],
        named,
        body: undefined,
      })
      const entries = toolVariables(type, String(home)).map((text): [string, string] => {
        const at = text.indexOf('=')
        return [text.slice(0, at), text.slice(at + 1)]
      })
      return around(call, entries)
    },
  }
}

export const nodejs = withTool('nodejs', 'nodeJSInstallationName')
export const withMaven = withTool('maven', 'maven')

/** Build scans are Gradle's own affair: the block runs as it stands. */
export const withGradle: Step = {
  kind: 'own',
  isBlock: true,
  needsNode: true,
  run: (call) => around(call),
}

export const nodesByLabel: Step = {
  kind: 'leaf',
  positional: ['label'],
  async run(call) {
    const label = call.args.optionalText('label') ?? 'null'
    const { nodes } = call.session.parts
    const isOffline = call.args.flag('offline')
    const all = label.trim() === '' ? [] : nodes.fitting(label)
    const fitting = all.filter((one) => one.isOnline || isOffline)
    const found = fitting.map(({ name }) => name)
    call.say(
      found.length > 0
        ? `Found a total of ${found.length} nodes with the '${label}' label`
        : `Could not find any nodes with '${label}' label`,
    )
    return found
  },
}
