import type { Directive, Jenkinsfile, Pipeline, Section } from './declarative/index.ts'
import { SYMBOL } from './described.ts'
import type { Expr } from './groovy/index.ts'
import {
  type Described,
  jobProperties,
  type JobProperties,
  noProperties,
} from './job-properties.ts'

export interface FileSettings extends JobProperties {
  /** Nothing in it has to be run to be known. */
  isWhole: boolean
}

/** What a Declarative file says of its job, as far as that stands there without running it. */
export function settingsOf(file: Jenkinsfile): FileSettings {
  if (file.kind !== 'declarative' || file.findings.length > 0) {
    return { ...noProperties(), isWhole: false }
  }
  return settingsOfPipeline(file.pipeline)
}

export function settingsOfPipeline(pipeline: Pipeline): FileSettings {
  const items = propertyDirectives(pipeline)
  const constant = items.filter(({ directive }) => isConstant(directive.expr))
  const described = constant.map(({ kind, directive }) =>
    within(kind, describe(directive.expr) as Described),
  )
  return { ...jobProperties(described), isWhole: constant.length === items.length }
}

export interface PropertyDirective {
  kind: 'parameters' | 'triggers' | 'options'
  directive: Directive
}

/** Options that are properties of the job, with all parameters and triggers. */
export function propertyDirectives(sections: {
  parameters: Section | null
  triggers: Section | null
  options: Section | null
}): PropertyDirective[] {
  return (['options', 'triggers', 'parameters'] as const).flatMap((kind) =>
    (sections[kind]?.items ?? [])
      .filter(({ name }) => kind !== 'options' || OPTIONS.has(name))
      .map((directive) => ({ kind, directive })),
  )
}

const OPTIONS = new Set([
  'buildDiscarder',
  'disableConcurrentBuilds',
  'quietPeriod',
  'preserveStashes',
])

/** A parameter or trigger as the property that would hold it. */
export function within(kind: PropertyDirective['kind'], item: Described): Described {
  if (kind === 'parameters') return { [SYMBOL]: 'parameters', parameterDefinitions: [item] }
  if (kind === 'triggers') return { [SYMBOL]: 'pipelineTriggers', triggers: [item] }
  return item
}

/** Names of arguments that come alone. */
const alone: Record<string, string> = {
  cron: 'spec',
  pollSCM: 'spec',
  upstream: 'upstreamProjects',
  buildDiscarder: 'strategy',
  quietPeriod: 'quietPeriod',
  logRotator: 'numToKeepStr',
}

function isConstant(expr: Expr): boolean {
  if (expr.kind === 'literal') return true
  if (expr.kind === 'list') return expr.items.every(isConstant)
  if (expr.kind !== 'call' || expr.object || typeof expr.method !== 'string') return false
  return [...expr.args, ...expr.named.map(({ value }) => value)].every(isConstant)
}

/** A literal's value, a list of them, or a call as a map; undefined for what has to be run. */
function describe(expr: Expr): unknown {
  if (expr.kind === 'list') return expr.items.map(describe)
  if (expr.kind === 'call' && !expr.object && typeof expr.method === 'string') {
    const members: Described = { [SYMBOL]: expr.method }
    const [only] = expr.args
    const name = alone[expr.method]
    if (only && name) members[name] = describe(only)
    for (const { key, value } of expr.named) {
      if (key?.kind === 'literal') members[key.raw] = describe(value)
    }
    return members
  }
  if (expr.kind !== 'literal') return undefined
  if (expr.type === 'null') return null
  if (expr.type === 'boolean') return expr.raw === 'true'
  return expr.type === 'string' ? expr.raw : Number(expr.raw)
}
