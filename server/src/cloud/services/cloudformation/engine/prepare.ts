import type { Resource, StackInput, StackOutput, Structure, Tag, Value } from '../model.ts'
import { providers } from '../resources/index.ts'
import {
  activeOutputs,
  activeResources,
  asksOutside,
  dependencyGraph,
  type Graph,
  inOrder,
  invalid,
  KNOWN_AFTER_APPLY,
  parameterValues,
  parseTemplate,
  readParameters,
  readTemplate,
  refuseSkipped,
  resolve,
  resolveConditions,
  type ResourceView,
  type Scope,
  type Template,
  type TemplateOutput,
  type TemplateResource,
  transform,
  transformsOf,
  validateTemplate,
  withoutTransforms,
} from '../template/index.ts'

export interface StackPlace {
  stackId: string
  name: string
  account: string
  region: string
}

/** A template with its parameters, ready to be resolved for one stack. */
export interface Prepared {
  template: Template
  /** The template after its transforms. */
  processed: Structure
  conditions: Record<string, boolean>
  active: Record<string, TemplateResource>
  outputs: TemplateOutput[]
  graph: Graph
  order: string[]
  /** Names of the imports that were looked up while resolving. */
  imports: Set<string>
  scope(resource: (logicalId: string) => ResourceView | undefined): Scope
}

type TemplateInput = Pick<StackInput, 'templateText' | 'processedText' | 'parameters' | 'stored'>

/** The template alone, before parameters are known: `GetTemplateSummary`, `ValidateTemplate`. */
export function readText(text: string) {
  const raw = parseTemplate(text)
  if (asksOutside(raw))
    return { raw, template: readTemplate(withoutTransforms(raw), { isPart: true }) }
  const declared = readParameters(raw)
  const defaults = Object.entries(declared).flatMap(([key, parameter]) =>
    parameter.default === undefined ? [] : [[key, parameter.default]],
  )
  const values = parameterValues(declared, Object.fromEntries(defaults) as Record<string, string>)
  const template = readTemplate(transform(raw, values))
  validateTemplate(template, providers)
  return { raw, template }
}

/** A stack's template after its transforms. */
export function readInput(input: TemplateInput) {
  const raw = parseTemplate(input.templateText)
  const texts = { ...input.parameters, ...parametersIn(input) }
  const values = parameterValues(readParameters(raw), texts)
  const processed =
    input.processedText === undefined
      ? transform(raw, values)
      : (JSON.parse(input.processedText) as Structure)
  const template = readTemplate(processed)
  validateTemplate(template, providers)
  return { raw, values, processed, template }
}

/** Of what came from Parameter Store that which parameters stand for. */
function parametersIn({ parameters, stored = {} }: TemplateInput): Record<string, string> {
  return Object.fromEntries(
    Object.entries(stored).filter(([key]) => Object.hasOwn(parameters, key)),
  )
}

/** As it was sent: a transform that fails leaves nothing else to read. */
export function descriptionOf(input: TemplateInput): string | undefined {
  const description = parseTemplate(input.processedText ?? input.templateText)['Description']
  return typeof description === 'string' ? description : undefined
}

/** `isAhead`: what another stack does not export yet is not known, and no failure. */
export function prepare(
  input: StackInput,
  place: StackPlace,
  exports: { name: string; value: string }[],
  { isAhead = false } = {},
): Prepared {
  const { processed, template, raw, values } = readInput(input)
  const imports = new Set<string>()
  const known = Object.fromEntries(exports.map(({ name, value }) => [name, value]))
  const base = {
    values: { ...values, ...pseudoValues(place, input) },
    mappings: template.mappings,
    exports: new Proxy(known, {
      get(target, name) {
        if (typeof name !== 'string' || !Object.hasOwn(target, name)) {
          return isAhead ? KNOWN_AFTER_APPLY : undefined
        }
        imports.add(name)
        return target[name]
      },
    }),
    zones: (region: string) => ['a', 'b', 'c'].map((letter) => region + letter),
    extended: transformsOf(raw).includes('AWS::LanguageExtensions'),
    stored: input.stored,
  }
  const conditions = resolveConditions(template.conditions, base)
  const active = activeResources(template, conditions)
  refuseSkipped(template, active, conditions)
  const graph = dependencyGraph(active)
  return {
    template,
    processed,
    conditions,
    active,
    outputs: activeOutputs(template, conditions),
    graph,
    order: inOrder(graph),
    imports,
    scope: (resource) => ({ ...base, conditions, resource }),
  }
}

/** Resolves everything with resources still to come, so that what can never be fails before any is made. */
export function rehearse(prepared: Prepared): void {
  const ahead = { ref: KNOWN_AFTER_APPLY, attribute: () => KNOWN_AFTER_APPLY }
  const scope = prepared.scope(() => ahead)
  for (const { properties } of Object.values(prepared.active)) resolve(properties, scope)
  for (const output of prepared.outputs) resolvedOutput(output, scope)
}

export function resolvedOutput(output: TemplateOutput, scope: Scope): StackOutput {
  const value = resolve(output.value, scope)
  if (typeof value === 'object') {
    throw invalid(
      'Template format error: The Value field of every Outputs member must evaluate to a String.',
    )
  }
  const { name, description, exportName: named } = output
  const exportName = named === undefined ? undefined : String(resolve(named, scope))
  return { key: name, value: String(value), description, exportName }
}

function pseudoValues(place: StackPlace, input: StackInput): Record<string, Value> {
  return {
    'AWS::AccountId': place.account,
    'AWS::Region': place.region,
    'AWS::Partition': 'aws',
    'AWS::URLSuffix': 'amazonaws.com',
    'AWS::StackId': place.stackId,
    'AWS::StackName': place.name,
    'AWS::NotificationARNs': input.notificationArns,
  }
}

/** A made resource for `Ref` and `GetAtt`. */
export function viewOf(resource: Resource): ResourceView {
  return {
    ref: resource.physicalId ?? KNOWN_AFTER_APPLY,
    attribute(name) {
      const value = resource.attributes[name]
      if (value !== undefined) return value
      throw invalid(
        `Attribute error: ${resource.logicalId} (${resource.physicalId ?? resource.type}) ` +
          `doesn't contain ${name} attribute`,
      )
    },
  }
}

export function sameTags(one: Tag[], other: Tag[]): boolean {
  const text = (tags: Tag[]) =>
    tags
      .map((tag) => `${tag.Key}=${tag.Value}`)
      .sort()
      .join('\n')
  return text(one) === text(other)
}
