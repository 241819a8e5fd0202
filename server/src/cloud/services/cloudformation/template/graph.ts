import type { Template, TemplateOutput, TemplateResource } from './model.ts'
import { type Reference, referencesIn } from './references.ts'
import { unresolved } from './resolve.ts'
import { invalid, type Value } from './value.ts'

/** Logical id → the logical ids it needs first. */
export type Graph = Map<string, Set<string>>

/** What each resource waits for: DependsOn and every reference in its properties. */
export function dependencyGraph(resources: Record<string, TemplateResource>): Graph {
  const graph: Graph = new Map()
  for (const resource of Object.values(resources)) {
    const named = referencesIn(resource.properties)
      .filter((reference) => reference.kind === 'ref' || reference.kind === 'attribute')
      .map((reference) => reference.name)
    const needs = [...resource.dependsOn, ...named].filter((name) => Object.hasOwn(resources, name))
    graph.set(resource.logicalId, new Set(needs))
  }
  return graph
}

/** Ids so that each comes after what it needs. Throws CloudFormation's words for a circle. */
export function inOrder(graph: Graph): string[] {
  const order: string[] = []
  const left = new Map([...graph].map(([id, needs]) => [id, new Set(needs)]))
  while (left.size > 0) {
    const free = [...left].filter(([, needs]) => needs.size === 0).map(([id]) => id)
    if (free.length === 0) {
      throw invalid(`Circular dependency between resources: [${circle(left).join(', ')}]`)
    }
    for (const id of free) left.delete(id)
    for (const needs of left.values()) for (const id of free) needs.delete(id)
    order.push(...free)
  }
  return order
}

/** Only those of the rest that lie on a circle or between two: nothing outside needs them. */
function circle(left: Graph): string[] {
  const ids = new Set(left.keys())
  for (let found = true; found;) {
    found = false
    for (const id of ids) {
      const isNeeded = [...ids].some((other) => other !== id && left.get(other)!.has(id))
      if (isNeeded || left.get(id)!.has(id)) continue
      ids.delete(id)
      found = true
    }
  }
  return [...ids].sort()
}

/** The resources whose condition holds. */
export function activeResources(
  template: Template,
  conditions: Record<string, boolean>,
): Record<string, TemplateResource> {
  return Object.fromEntries(
    Object.entries(template.resources).filter(
      ([, resource]) => resource.condition === undefined || conditions[resource.condition],
    ),
  )
}

/** Refuses what refers to a resource whose condition does not hold. */
export function refuseSkipped(
  template: Template,
  active: Record<string, TemplateResource>,
  conditions: Record<string, boolean>,
): void {
  const isSkipped = ({ kind, name }: Reference) =>
    (kind === 'ref' || kind === 'attribute') &&
    Object.hasOwn(template.resources, name) &&
    !Object.hasOwn(active, name)
  const skippedIn = (values: (Value | undefined)[]) => {
    const found = values.flatMap((value) => referencesIn(value, conditions)).filter(isSkipped)
    return [...new Set(found.map(({ name }) => name))]
  }
  const missing = skippedIn(Object.values(active).map((resource) => resource.properties))
  if (missing.length > 0) throw unresolved(...missing)
  const outputs = activeOutputs(template, conditions)
  const absent = skippedIn(outputs.flatMap(({ value, exportName }) => [value, exportName]))
  if (absent.length === 0) return
  throw invalid(
    `Unresolved resource dependencies [${absent.join(', ')}] in the Outputs block of the template`,
  )
}

/** The outputs whose condition holds. */
export function activeOutputs(
  template: Template,
  conditions: Record<string, boolean>,
): TemplateOutput[] {
  return Object.values(template.outputs).filter(
    (output) => output.condition === undefined || conditions[output.condition],
  )
}
