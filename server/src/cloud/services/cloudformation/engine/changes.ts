import type {
  ChangeDetail,
  Resource,
  ResourceChange,
  Stack,
  StackInput,
  Structure,
  Value,
} from '../model.ts'
import { providerOf } from '../resources/index.ts'
import {
  KNOWN_AFTER_APPLY,
  referencesIn,
  resolve,
  type TemplateResource,
} from '../template/index.ts'
import { changeOf, type Difference, differences } from './difference.ts'
import { isGone } from './gone.ts'
import { type Prepared, sameTags, viewOf } from './prepare.ts'
import { masker } from './shown-parameters.ts'

/** A stack that is a resource of another, as it is going to be. */
export interface NestedTarget {
  logicalId: string
  physicalId?: string
  properties: Structure
}

export interface Preview {
  changes: ResourceChange[]
  nested: NestedTarget[]
}

/** What an update would do to each resource, without doing it. Order: that of the template. */
export function previewChanges(
  prepared: Prepared,
  input: StackInput,
  stack: Stack,
  resources: Record<string, Resource>,
): Preview {
  const nested: NestedTarget[] = []
  const living = Object.values(resources).filter((resource) => !isGone(resource))
  const present = Object.fromEntries(living.map((resource) => [resource.logicalId, resource]))
  const changed = new Map<string, ResourceChange>()
  const scope = prepared.scope((id) => viewAhead(present[id], changed.get(id)))
  const isParameterNew = (name: string) => stack.parameters[name] !== input.parameters[name]
  const causes = causesOf(prepared.template.parameters, isParameterNew, changed)
  const masked = masker(input, stack)
  for (const id of prepared.order) {
    const target = prepared.active[id]!
    const properties = resolve(target.properties, scope) as Structure
    const before = present[id]
    if (providerOf(target.type).changesInside) {
      nested.push({ logicalId: id, physicalId: before?.physicalId, properties })
    }
    const areTagsNew = !sameTags(before?.tags ?? stack.tags, input.tags)
    const change = before
      ? modification(before, { target, properties, areTagsNew }, causes)
      : added(target)
    if (!change) continue
    const shown = before && masked(before.properties)
    changed.set(id, { ...change, before: shown, after: masked(properties) })
  }
  const removed = living
    .filter((resource) => !prepared.active[resource.logicalId])
    .map((resource) => ({ ...removal(resource), before: masked(resource.properties) }))
  const order = Object.keys(prepared.template.resources)
  const made = [...changed.values()].sort(
    (a, b) => order.indexOf(a.logicalId) - order.indexOf(b.logicalId),
  )
  return { changes: [...made, ...removed], nested }
}

/** A resource as it will be: what only the execution brings is marked so. */
function viewAhead(before: Resource | undefined, change: ResourceChange | undefined) {
  const isNew = !before || change?.action === 'Add' || change?.replacement === 'True'
  if (isNew) return { ref: KNOWN_AFTER_APPLY, attribute: () => KNOWN_AFTER_APPLY }
  if (!change) return viewOf(before)
  // One that changes in place is taken to give the values that it gives now.
  if (change.replacement !== 'Conditional') return viewOf(before)
  return { ref: KNOWN_AFTER_APPLY, attribute: () => KNOWN_AFTER_APPLY }
}

function added(target: TemplateResource): ResourceChange {
  const { logicalId, type } = target
  return { action: 'Add', logicalId, type, scope: [], details: [] }
}

function removal(resource: Resource): ResourceChange {
  const { logicalId, type, physicalId, deletionPolicy } = resource
  const policyAction = deletionPolicy === 'Delete' ? 'Delete' : 'Retain'
  return { action: 'Remove', logicalId, type, physicalId, policyAction, scope: [], details: [] }
}

interface Next {
  target: TemplateResource
  properties: Structure
  areTagsNew: boolean
}

function modification(
  before: Resource,
  { target, properties, areTagsNew }: Next,
  causes: Causes,
): ResourceChange | undefined {
  const found = differences(target.type, before.properties, properties)
  const details = [
    ...found.flatMap(({ name, change }) =>
      detailsOf(name, change, causes(target.properties[name])),
    ),
    ...uncertain(target, found, causes),
  ]
  if (details.length === 0 && providerOf(target.type).changesInside) details.push(automatic)
  const metadata = target.metadata === undefined ? undefined : JSON.stringify(target.metadata)
  const isMetadataNew = metadata !== before.metadata
  const isTagged = areTagsNew && providerOf(target.type).tagged === true
  if (details.length === 0 && !isMetadataNew && !isTagged) return undefined
  const attributes = details.map((detail) => detail.attribute)
  const scope = [
    ...attributes,
    ...(isTagged ? ['Tags'] : []),
    ...(isMetadataNew ? ['Metadata'] : []),
  ]
  const replacement = replacementOf(details)
  const replaced = before.updateReplacePolicy === 'Delete' ? 'Delete' : 'Retain'
  return {
    action: 'Modify',
    logicalId: before.logicalId,
    type: before.type,
    physicalId: before.physicalId,
    replacement,
    policyAction: replacement === 'True' ? `ReplaceAnd${replaced}` : undefined,
    scope: [...new Set(scope)],
    details,
  }
}

/** Properties that are the same until a resource they ask for an attribute has been changed. */
function uncertain(target: TemplateResource, found: Difference[], causes: Causes): ChangeDetail[] {
  return Object.keys(target.properties)
    .filter((name) => !found.some((difference) => difference.name === name))
    .sort()
    .flatMap((name) => {
      const dynamic = causes(target.properties[name]).filter(
        ({ source }) => source === 'ResourceAttribute',
      )
      const [change] = dynamic.length > 0 ? [changeOf(target.type, name)] : []
      return change ? detailsOf(name, change, dynamic) : []
    })
    .map((detail) => ({ ...detail, isOfNames: true }))
}

function replacementOf(details: ChangeDetail[]): 'True' | 'False' | 'Conditional' {
  const always = details.filter((detail) => detail.recreation === 'Always')
  if (always.some((detail) => detail.evaluation === 'Static')) return 'True'
  const isOpen = always.length > 0 || details.some((d) => d.recreation === 'Conditionally')
  return isOpen ? 'Conditional' : 'False'
}

type Cause = Pick<ChangeDetail, 'evaluation' | 'source' | 'causing' | 'isOfValues'>
type Causes = (value: Value | undefined) => Cause[]

/** Of what may have changed by itself. */
const automatic: ChangeDetail = {
  attribute: 'Properties',
  recreation: 'Never',
  evaluation: 'Dynamic',
  source: 'Automatic',
}

const direct: Cause = { evaluation: 'Static', source: 'DirectModification' }

/** What made a property change: parameters and resources it refers to, or the template itself. */
function causesOf(
  parameters: Record<string, unknown>,
  isParameterNew: (name: string) => boolean,
  changed: Map<string, ResourceChange>,
): Causes {
  return (value) => {
    const causes = referencesIn(value).flatMap(({ kind, name, attribute }): Cause[] => {
      if (Object.hasOwn(parameters, name)) {
        if (!isParameterNew(name)) return []
        return [{ evaluation: 'Static', source: 'ParameterReference', causing: name }]
      }
      const change = changed.get(name)
      if (!change) return []
      if (kind !== 'attribute') {
        return [{ evaluation: 'Dynamic', source: 'ResourceReference', causing: name }]
      }
      const evaluation = change.replacement === 'True' ? 'Static' : 'Dynamic'
      return [{ evaluation, source: 'ResourceAttribute', causing: `${name}.${attribute}` }]
    })
    if (causes.length === 0) return [direct]
    // That the template may have changed as well is said besides.
    const isOfValues = !causes.some(({ source }) => source === 'ParameterReference')
    return [...causes, { ...direct, evaluation: 'Dynamic', isOfValues }]
  }
}

function detailsOf(
  name: string,
  change: 'update' | 'replace' | 'conditional',
  causes: Cause[],
): ChangeDetail[] {
  const recreation = { update: 'Never', replace: 'Always', conditional: 'Conditionally' } as const
  return causes.map((cause) => ({
    attribute: name === 'Tags' ? 'Tags' : 'Properties',
    name: name === 'Tags' ? undefined : name,
    recreation: recreation[change],
    ...cause,
  }))
}
