import type { ParameterDefinition } from '@madang/api'
import type { Directive, Jenkinsfile, Section } from './declarative/index.ts'
import type { Expr } from './groovy/index.ts'
import { parameterDefinition } from './parameters.ts'

/** What a Declarative file says of its job, read without running it. */
export interface JobSettings {
  parameters: ParameterDefinition[]
  cron: string[]
  /** Undefined: runs of the job may overlap. */
  concurrency: 'wait' | 'abortPrevious' | undefined
  keep: { runs: number | undefined; days: number | undefined }
  /** What the file asks for and this server can't do, for the run's log. */
  problems: string[]
}

export function settingsOf(file: Jenkinsfile): JobSettings {
  const none: JobSettings = {
    parameters: [],
    cron: [],
    concurrency: undefined,
    keep: { runs: undefined, days: undefined },
    problems: [],
  }
  if (file.kind !== 'declarative' || file.findings.length > 0) return none
  const { parameters, options, triggers } = file.pipeline
  const problems: string[] = []
  return {
    parameters: parametersIn(parameters, problems),
    cron: cronIn(triggers, problems),
    concurrency: concurrencyIn(options),
    keep: keepIn(options),
    problems,
  }
}

function parametersIn(section: Section | null, problems: string[]): ParameterDefinition[] {
  return (section?.items ?? []).flatMap((item) => {
    const members = Object.fromEntries(
      [...item.named].map(([name, argument]) => [name, constantOf(argument.expr)]),
    )
    const definition = parameterDefinition(item.name, members)
    if (typeof definition !== 'string') return [definition]
    problems.push(definition)
    return []
  })
}

function cronIn(section: Section | null, problems: string[]): string[] {
  return (section?.items ?? []).flatMap((item) => {
    const spec = item.positional[0] ?? item.named.get('spec')
    if (item.name === 'cron' && spec) return [String(constantOf(spec.expr))]
    // Pushes start runs by themselves: there is nothing to poll.
    if (item.name !== 'pollSCM') problems.push(`The trigger ${item.name} is not supported here yet`)
    return []
  })
}

function optionNamed(section: Section | null, name: string): Directive | undefined {
  return section?.items.find((item) => item.name === name)
}

function concurrencyIn(section: Section | null): JobSettings['concurrency'] {
  const option = optionNamed(section, 'disableConcurrentBuilds')
  if (!option) return undefined
  const abort = option.named.get('abortPrevious')
  return abort && constantOf(abort.expr) === true ? 'abortPrevious' : 'wait'
}

function keepIn(section: Section | null): JobSettings['keep'] {
  const rotator = optionNamed(section, 'buildDiscarder')?.positional[0]?.expr
  const numberOf = (name: string) => {
    if (rotator?.kind !== 'call') return undefined
    const entry = rotator.named.find(({ key }) => key && constantOf(key) === name)
    const number = entry ? Number(constantOf(entry.value)) : NaN
    return Number.isInteger(number) && number > 0 ? number : undefined
  }
  return { runs: numberOf('numToKeepStr'), days: numberOf('daysToKeepStr') }
}

/** The value of a literal, or a list of them; undefined for anything that has to be run. */
function constantOf(expr: Expr): unknown {
  if (expr.kind === 'list') return expr.items.map(constantOf)
  if (expr.kind !== 'literal') return undefined
  if (expr.type === 'null') return null
  if (expr.type === 'boolean') return expr.raw === 'true'
  return expr.type === 'string' ? expr.raw : Number(expr.raw)
}
