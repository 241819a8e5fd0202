import type { RunResult } from '@madang/api'
import {
  abortException,
  type Call,
  errorLines,
  HardAbort,
  interruptionOf,
  isNonresumable,
  type Step,
  Suspended,
  SYMBOL,
  toJson,
} from '../engine/index.ts'
import { GroovyError, hostError, type Value } from '../groovy/index.ts'
import { filesOf, placeOf } from './machine.ts'

/** Runs the block and prints its closing line, also when it throws. */
async function closing(call: Call, run: () => Promise<Value>): Promise<Value> {
  try {
    return await run()
  } finally {
    call.close()
  }
}

function inFolder(argument: string): Step {
  return {
    kind: 'own',
    isBlock: true,
    positional: [argument],
    needsNode: true,
    async run(call) {
      const folder = await call.scope.interrupts.during(async (signal) => {
        call.signal = signal
        const place = await placeOf(call, call.args.path(argument))
        await filesOf(call).makeFolder(place)
        return place
      })
      call.say(`Running in ${folder}`)
      return closing(call, () => call.body({ folder }))
    },
  }
}

export const dir = inFolder('path')
export const ws = inFolder('dir')

/** `$NAME` and `${NAME}` in a value mean the other entries first, then what is set around. */
function expanded({ scope }: Call, entries: [string, string][]): [string, string][] {
  const own = new Map(entries)
  const resolve = (name: string, open: string[]): string | undefined => {
    const value = own.get(name)
    if (value === undefined || open.includes(name)) return scope.environment.get(name)
    return expand(value, [...open, name])
  }
  const expand = (value: string, open: string[]) =>
    value.replaceAll(/\$(?:(\w+)|\{([\w.]+)\}|\$)/g, (all, plain, braced) => {
      const name: string | undefined = plain ?? braced
      // Two dollars stay two: no name begins with the second.
      return name === undefined ? all : (resolve(name, open) ?? all)
    })
  return entries.map(([name, value]) => [name, expand(value, [name])])
}

export const withEnv: Step = {
  kind: 'own',
  isBlock: true,
  positional: ['overrides'],
  async run(call) {
    const entries = call.args.texts('overrides').map((text): [string, string] => {
      const at = text.indexOf('=')
      return [text.slice(0, at), text.slice(at + 1)]
    })
    const environment = call.scope.environment.with(expanded(call, entries))
    return closing(call, () => call.body({ environment }))
  },
}

export const timestamps: Step = {
  kind: 'own',
  isBlock: true,
  run: (call) => closing(call, () => call.body({ hasTimestamps: true })),
}

export const script: Step = {
  kind: 'own',
  isBlock: true,
  run: (call) => closing(call, () => call.body()),
}

/** `stage 'x'` without a block: only tells where the run is. */
function legacyStage(call: Call, name: string): null {
  call.say('Using the ‘stage’ step without a block argument is deprecated')
  call.say(`Entering stage ${name}`)
  call.say('Proceeding')
  return null
}

export const stage: Step = {
  kind: 'own',
  isBlock: true,
  positional: ['name'],
  isQuiet: true,
  async run(call) {
    const name = call.args.optionalText('name')
    if (name === undefined) {
      throw hostError('java.lang.IllegalArgumentException', 'must specify name')
    }
    const { stages } = call.session
    call.scope.mark(`${call.path}#`, call.hasBody ? 'stage' : `stage (${name})`)
    if (!call.hasBody) return legacyStage(call, name)
    stages.open(call.path, name, 'stage', call.scope.stage)
    try {
      const environment = call.scope.environment.with([['STAGE_NAME', name]])
      const inside = { stage: call.path, environment }
      const value = await closing(call, () => call.body(inside, 1, ` (${name})`))
      stages.close(call.path, 'SUCCESS')
      return value
    } catch (error) {
      if (!(error instanceof Suspended)) stages.close(call.path, resultOfError(error))
      throw error
    }
  },
}

function resultOfError(error: unknown): RunResult {
  if (error instanceof HardAbort) return 'ABORTED'
  return interruptionOf(error)?.result ?? 'FAILURE'
}

export const retry: Step = {
  kind: 'own',
  isBlock: true,
  positional: ['count'],
  run: (call) =>
    closing(call, () => {
      const conditions = retryConditions(toJson(call.args.value('conditions')))
      return tryAgain(call, call.args.number('count', 1), conditions)
    }),
}

async function tryAgain(call: Call, count: number, conditions: Condition[]): Promise<Value> {
  for (let round = 1; ; round++) {
    try {
      return await call.body({}, round)
    } catch (error) {
      // Neither an abort nor a timeout is tried again.
      const interrupted = interruptionOf(error)
      const isFinal =
        !(error instanceof GroovyError) ||
        (conditions.length > 0
          ? !conditions.some((isMet) => isMet(error))
          : interrupted && !interrupted.isSoft)
      if (isFinal || round >= count) throw error
      const isPlain = error.className === 'hudson.AbortException'
      call.say(`${isPlain ? '' : 'ERROR: Execution failed\n'}${errorLines(error)}\nRetrying`)
    }
  }
}

type Condition = (error: GroovyError) => boolean

/** What Jenkins throws where a machine goes away under a step. */
const LOST_MACHINE = /^(hudson\.remoting\.\w+|java\.nio\.channels\.ClosedChannelException)$/

const CONDITIONS: Record<string, Condition> = {
  agent: ({ className }) => LOST_MACHINE.test(className),
  kubernetesAgent: ({ className }) => LOST_MACHINE.test(className),
  nonresumable: isNonresumable,
}

/** `conditions: [agent(), nonresumable()]`: only what fits one of them is tried again. */
function retryConditions(given: unknown): Condition[] {
  const list = (Array.isArray(given) ? given : []) as Record<string, unknown>[]
  return list.map((entry) => {
    const name = String(entry[SYMBOL])
    const condition = Object.hasOwn(CONDITIONS, name) ? CONDITIONS[name] : undefined
    if (condition) return condition
    throw abortException(`retry: the condition "${name}" is not supported here`)
  })
}

export const catchError: Step = {
  kind: 'own',
  isBlock: true,
  async run(call) {
    const { args } = call
    const buildResult = resultNamed(args, 'buildResult', 'FAILURE')
    const stageResult = resultNamed(args, 'stageResult', 'SUCCESS')
    const message = args.optionalText('message')
    const catches = args.flag('catchInterruptions', true)
    return closing(call, () => swallow(call, { buildResult, stageResult, message, catches }))
  },
}

export const warnError: Step = {
  kind: 'own',
  isBlock: true,
  positional: ['message'],
  async run(call) {
    const message = call.args.text('message')
    const catches = call.args.flag('catchInterruptions', true)
    const result = 'UNSTABLE'
    return closing(call, () =>
      swallow(call, { buildResult: result, stageResult: result, message, catches }),
    )
  },
}

interface Swallow {
  buildResult: RunResult
  stageResult: RunResult
  message: string | undefined
  catches: boolean
}

async function swallow(call: Call, { buildResult, stageResult, message, catches }: Swallow) {
  try {
    await call.body()
  } catch (error) {
    if (!(error instanceof GroovyError)) throw error
    const interrupted = interruptionOf(error)
    if (interrupted && !interrupted.isSoft && !catches) throw error
    if (message) call.say(`ERROR: ${message}`)
    call.say(errorLines(error))
    call.session.worsen(interrupted?.result ?? buildResult)
    call.session.stages.worsen(call.scope.stage, interrupted?.result ?? stageResult)
  }
  return null
}

/** What is no result was refused with the step's arguments; null means that all is well. */
function resultNamed({ values }: Call['args'], name: string, otherwise: RunResult): RunResult {
  if (!values.has(name)) return otherwise
  return String(values.get(name) ?? 'SUCCESS').toUpperCase() as RunResult
}
