import { BuildError } from './errors.ts'
import { type Instruction, jsonOf } from './dockerfile.ts'
import { wordsKeepingQuotes } from './heredoc.ts'
import { type Healthcheck, setEnv } from './image-config.ts'
import type { Stage } from './stage.ts'

/** What an instruction is run with. */
export interface Given {
  stage: Stage
  /** The text with variables put in and quotes off. */
  expand(text: string): string
}

/** The instructions that change the config only; gives what history says of it. */
export const metadata: Record<string, (it: Instruction, given: Given) => string> = {
  ENV(it, { stage, expand }) {
    const pairs = pairsOf(it).map(([name, value]) => [expand(name), expand(value)] as const)
    for (const [name, value] of pairs) {
      if (name === '') throw new BuildError('ENV names can not be blank')
      setEnv(stage.image.config, name, value)
    }
    return `ENV ${pairs.map(([name, value]) => `${name}=${value}`).join(' ')}`
  },
  LABEL(it, { stage, expand }) {
    const pairs = pairsOf(it).map(([name, value]) => [expand(name), expand(value)] as const)
    const { config } = stage.image
    config.Labels = { ...config.Labels, ...Object.fromEntries(pairs) }
    return `LABEL ${pairs.map(([name, value]) => `${name}=${value}`).join(' ')}`
  },
  MAINTAINER(it, { stage }) {
    stage.image.author = it.text
    return `MAINTAINER ${it.text}`
  },
  EXPOSE(it, { stage, expand }) {
    const ports = it.text
      .split(/\s+/)
      .flatMap((word) => expand(word).split(/\s+/))
      .flatMap(portsOf)
    const { config } = stage.image
    config.ExposedPorts = { ...config.ExposedPorts }
    for (const port of ports) config.ExposedPorts[port] = {}
    return `EXPOSE [${ports.join(' ')}]`
  },
  USER(it, { stage, expand }) {
    stage.image.config.User = expand(it.text)
    return `USER ${stage.image.config.User}`
  },
  VOLUME(it, { stage, expand }) {
    const places = (it.json ?? it.text.split(/\s+/)).map((word) => expand(word).trim())
    if (places.includes('')) throw new BuildError('VOLUME specified can not be an empty string')
    const { config } = stage.image
    config.Volumes = { ...config.Volumes, ...Object.fromEntries(places.map((at) => [at, {}])) }
    return `VOLUME [${places.join(' ')}]`
  },
  STOPSIGNAL(it, { stage, expand }) {
    const signal = expand(it.text)
    if (!/^(SIG)?[A-Z0-9+-]+$|^\d+$/i.test(signal))
      throw new BuildError(`Invalid signal: ${signal}`)
    stage.image.config.StopSignal = signal
    return `STOPSIGNAL ${signal}`
  },
  SHELL(it, { stage }) {
    if (!it.json || it.json.length === 0)
      throw new BuildError('SHELL requires the arguments to be in JSON form')
    stage.image.config.Shell = it.json
    return `SHELL [${it.json.join(' ')}]`
  },
  CMD(it, { stage }) {
    stage.image.config.Cmd = commandOf(it, stage)
    stage.hasOwnCommand = true
    return `CMD ${JSON.stringify(stage.image.config.Cmd)}`
  },
  ENTRYPOINT(it, { stage }) {
    const { config } = stage.image
    config.Entrypoint = commandOf(it, stage)
    // The base's command was meant for the base's entry point.
    if (!stage.hasOwnCommand) delete config.Cmd
    return `ENTRYPOINT ${JSON.stringify(config.Entrypoint)}`
  },
  HEALTHCHECK(it, { stage }) {
    const check = healthcheckOf(it, stage)
    stage.image.config.Healthcheck = check
    return `HEALTHCHECK ${JSON.stringify(check)}`
  },
  ONBUILD(it, { stage }) {
    const name = it.text.split(/\s/)[0]!.toUpperCase()
    if (['ONBUILD', 'FROM', 'MAINTAINER'].includes(name)) {
      throw new BuildError(`${name} isn't allowed as an ONBUILD trigger`)
    }
    const { config } = stage.image
    config.OnBuild = [...(config.OnBuild ?? []), it.text]
    return `ONBUILD ${it.text}`
  },
}

export const shellOf = (stage: Stage) => stage.image.config.Shell ?? ['/bin/sh', '-c']

const commandOf = (it: Instruction, stage: Stage) => it.json ?? [...shellOf(stage), it.text]

/** `a=b c="d e"`, or the old `name the whole rest`. */
export function pairsOf({ name, text }: Instruction): [name: string, value: string][] {
  const words = wordsKeepingQuotes(text)
  if (!words[0]!.includes('=')) {
    const [, key = '', value] = /^(\S+)\s+([\s\S]+)$/.exec(text) ?? []
    if (value === undefined) throw new BuildError(`${name} must have two arguments`)
    return [[key, value]]
  }
  return words.map((word) => {
    const at = word.indexOf('=')
    if (at > 0) return [word.slice(0, at), word.slice(at + 1)]
    throw new BuildError(
      `Syntax error - can't find = in "${word}". Must be of the form: name=value`,
    )
  })
}

function portsOf(text: string): string[] {
  const match = /^(?:[^:]*:)*(\d+)(?:-(\d+))?(?:\/(tcp|udp|sctp))?$/i.exec(text)
  const [, first, last = first, protocol = 'tcp'] = match ?? []
  const isRange = Number(first) <= Number(last) && Number(last) <= 65_535
  if (!match || !isRange) throw new BuildError(`Invalid containerPort: ${text}`)
  const count = Number(last) - Number(first) + 1
  return Array.from({ length: count }, (_, at) => `${Number(first) + at}/${protocol.toLowerCase()}`)
}

const DURATIONS = ['interval', 'timeout', 'start-period', 'start-interval'] as const
const members = {
  interval: 'Interval',
  timeout: 'Timeout',
  'start-period': 'StartPeriod',
  'start-interval': 'StartInterval',
} as const

function healthcheckOf({ text, flags }: Instruction, stage: Stage): Healthcheck {
  const [, kind = '', rest = ''] = /^(\S+)\s*([\s\S]*)$/.exec(text)!
  if (kind.toUpperCase() === 'NONE') return { Test: ['NONE'] }
  if (kind.toUpperCase() !== 'CMD' || rest === '') {
    throw new BuildError(`Unknown type "${kind}" in HEALTHCHECK (try CMD)`)
  }
  const strings = jsonOf(rest)
  const isOwnShell = stage.image.config.Shell !== undefined
  const check: Healthcheck = {
    Test: strings
      ? ['CMD', ...strings]
      : isOwnShell
        ? ['CMD', ...shellOf(stage), rest]
        : ['CMD-SHELL', rest],
  }
  for (const [name, value] of flags) {
    const duration = DURATIONS.find((it) => it === name)
    if (duration) check[members[duration]] = nanoseconds(value)
    else if (name === 'retries') check.Retries = Number(value)
    else throw new BuildError(`unknown flag: ${name}`)
  }
  return check
}

const units = { ns: 1, us: 1e3, µs: 1e3, ms: 1e6, s: 1e9, m: 60e9, h: 3600e9 }

/** Go's durations: `1m30s`. */
function nanoseconds(text: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ns|us|\u00b5s|ms|s|m|h)/g)]
  if (parts.length === 0 || parts.map(([all]) => all).join('') !== text) {
    throw new BuildError(`time: invalid duration "${text}"`)
  }
  return parts.reduce((sum, [, n, unit]) => sum + Number(n) * units[unit as keyof typeof units], 0)
}
