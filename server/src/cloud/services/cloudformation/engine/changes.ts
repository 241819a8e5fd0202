import type {
  ChangeDetail,
  Resource,
  ResourceChange,
  Stack,
  StackInput,
  Structure,
} from '../model.ts'
import { providerOf } from '../resources/index.ts'
import {
  KNOWN_AFTER_APPLY,
  referencesIn,
  resolve,
  type TemplateResource,
} from '../template/index.ts'
import { differences } from './difference.ts'
import { isGone } from './gone.ts'
import { type Prepared, sameTags, viewOf } from './prepare.ts'

/** What an update would do to each resource, without doing it. Order: that of the template. */
export function previewChanges(
  prepared: Prepared,
  input: StackInput,
  stack: Stack,
  resources: Record<string, Resource>,
): ResourceChange[] {
  const living = Object.values(resources).filter((resource) => !isGone(resource))
  const present = Object.fromEntries(living.map((resource) => [resource.logicalId, resource]))
  const changed = new Map<string, ResourceChange>()
  const scope = prepared.scope((id) => viewAhead(present[id], changed.get(id)))
  for (const id of prepared.order) {
    const target = prepared.active[id]!
    const properties = resolve(target.properties, scope) as Structure
    const before = present[id]
    const areTagsNew = !sameTags(before?.tags ?? stack.tags, input.tags)
    const change = before ? modification(before, target, properties, areTagsNew) : added(target)
    if (change) changed.set(id, change)
  }
  const removed = living.filter((resource) => !prepared.active[resource.logicalId]).map(removal)
  const order = Object.keys(prepared.template.resources)
  const made = [...changed.values()].sort(
    (a, b) => order.indexOf(a.logicalId) - order.indexOf(b.logicalId),
  )
  return [...made, ...removed]
}

/** A resource as it will be: what only the execution brings is marked so. */
function viewAhead(before: Resource | undefined, change: ResourceChange | undefined) {
  const isNew = !before || change?.action === 'Add' || change?.replacement === 'True'
  if (isNew) return { ref: KNOWN_AFTER_APPLY, attribute: () => KNOWN_AFTER_APPLY }
  if (!change) return viewOf(before)
  const isUncertain = change.replacement === 'Conditional'
  return {
    ref: isUncertain ? KNOWN_AFTER_APPLY : viewOf(before).ref,
    // A changed resource may give other values; an ARN it keeps.
    attribute: (name: string) => {
      const isKept = name.endsWith('Arn') && !isUncertain
      return isKept ? viewOf(before).attribute(name) : KNOWN_AFTER_APPLY
    },
  }
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

function modification(
  before: Resource,
  target: TemplateResource,
  properties: Structure,
  areStackTagsNew: boolean,
): ResourceChange | undefined {
  const found = differences(target.type, before.properties, properties)
  const details = found.map(({ name, change }) => {
    const isDynamic = JSON.stringify(properties[name] ?? null).includes(KNOWN_AFTER_APPLY)
    return detailOf(target, name, change, isDynamic)
  })
  const metadata = target.metadata === undefined ? undefined : JSON.stringify(target.metadata)
  const isMetadataNew = metadata !== before.metadata
  const areTagsNew = areStackTagsNew && providerOf(target.type).tagged === true
  if (details.length === 0 && !isMetadataNew && !areTagsNew) return undefined
  const attributes = details.map((detail) => detail.attribute)
  const scope = [
    ...attributes,
    ...(areTagsNew ? ['Tags'] : []),
    ...(isMetadataNew ? ['Metadata'] : []),
  ]
  return {
    action: 'Modify',
    logicalId: before.logicalId,
    type: before.type,
    physicalId: before.physicalId,
    replacement: replacementOf(details),
    scope: [...new Set(scope)],
    details,
  }
}

function replacementOf(details: ChangeDetail[]): 'True' | 'False' | 'Conditional' {
  const always = details.filter((detail) => detail.recreation === 'Always')
  if (always.some((detail) => detail.evaluation === 'Static')) return 'True'
  const isOpen = always.length > 0 || details.some((d) => d.recreation === 'Conditionally')
  return isOpen ? 'Conditional' : 'False'
}

function detailOf(
  target: TemplateResource,
  name: string,
  change: 'update' | 'replace' | 'conditional',
  isDynamic: boolean,
): ChangeDetail {
  const recreation = { update: 'Never', replace: 'Always', conditional: 'Conditionally' } as const
  const reference = referencesIn(target.properties[name])[0]
  const attribute = reference?.kind === 'attribute'
  return {
    attribute: name === 'Tags' ? 'Tags' : 'Properties',
    name: name === 'Tags' ? undefined : name,
    recreation: recreation[change],
    evaluation: isDynamic ? 'Dynamic' : 'Static',
    source: !reference
      ? 'DirectModification'
      : attribute
        ? 'ResourceAttribute'
        : sourceOf(isDynamic),
    causing: reference && (attribute ? `${reference.name}.${reference.attribute}` : reference.name),
  }
}

function sourceOf(isDynamic: boolean): string {
  return isDynamic ? 'ResourceReference' : 'ParameterReference'
}
