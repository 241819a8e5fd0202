import { attributionOf } from '../../../attribution.ts'
import {
  descriptionOf,
  isGone,
  prepare,
  type Prepared,
  previewChanges,
  rehearse,
  setStatus,
} from '../engine/index.ts'
import type { ChangeSet, Executor, ResourceChange, Stack, StackInput } from '../model.ts'
import { identifierOf, physicalIdOf } from '../resources/index.ts'
import { canonical, invalid, isStructure } from '../template/index.ts'
import { inputOf, newOperation } from './begin.ts'
import type { In, Parts } from './parts.ts'

type Listed = NonNullable<In<'CreateChangeSet'>['ResourcesToImport']>

/** What an import would take in. Nothing else of the stack may change by it. */
export async function importPlan(
  parts: Parts,
  stack: Stack,
  target: StackInput,
  listed: Listed,
): Promise<{ changes: ResourceChange[]; imports: Record<string, string>; isSame: boolean }> {
  const exports = await parts.operations.exports(stack.account, stack.region)
  const prepared = prepare(target, stack, exports, { isAhead: true })
  rehearse(prepared)
  const resources = await parts.stacks.resources(stack.stackId)
  const planned = previewChanges(prepared, target, stack, resources).changes.filter(
    // Nested stacks are left alone.
    ({ details }) => !details.some(({ source }) => source === 'Automatic'),
  )
  const imports = Object.fromEntries(
    listed.map((one) => [one.LogicalResourceId ?? '', identified(prepared, one)]),
  )
  refuseOthers(planned, imports)
  refuseOutputs(prepared, stack)
  const bare = Object.keys(imports).filter((id) => !hasDeletionPolicy(prepared, id))
  if (bare.length > 0) {
    throw invalid(
      `The following resources to import [${bare.join(', ')}] must have DeletionPolicy attribute ` +
        'specified in the template.',
    )
  }
  await refuseTaken(parts, stack, prepared, imports)
  const changes = planned.map(({ logicalId, type, after }): ResourceChange => {
    const physicalId = imports[logicalId]
    return { action: 'Import', logicalId, type, physicalId, scope: [], details: [], after }
  })
  return { changes, imports, isSame: changes.length === 0 }
}

/** The physical id of a listed resource. */
function identified(
  { active }: Prepared,
  { LogicalResourceId: id = '', ResourceType: type, ResourceIdentifier: given = {} }: Listed[0],
): string {
  const target = active[id]
  if (!target) throw invalid(`Resource ${id} of ResourcesToImport is not in the template.`)
  if (target.type !== type) {
    throw invalid(`Resource ${id} is of type ${target.type} in the template and not of ${type}.`)
  }
  const name = identifierOf(type)
  if (name === undefined) throw invalid(`ResourceTypes [${type}] are not supported for Import`)
  const value = given[name]
  if (value === undefined || Object.keys(given).length > 1) {
    throw invalid(
      `ResourceIdentifier of ${id} must have the key ${name} and no other, and not ` +
        `[${Object.keys(given).join(', ')}].`,
    )
  }
  const said = target.properties[name]
  if (typeof said === 'string' && said !== value) {
    throw invalid(`${name} of ${id} is ${said} in the template and not ${value}.`)
  }
  return physicalIdOf(type, value)
}

function refuseOthers(planned: ResourceChange[], imports: Record<string, string>): void {
  const changed = planned.filter(({ action }) => action !== 'Add').map((one) => one.logicalId)
  const known = Object.keys(imports).filter((id) => !planned.some((one) => one.logicalId === id))
  const modified = [...changed, ...known]
  if (modified.length > 0) {
    throw invalid(
      `You have modified resources [${modified.join(', ')}] in your template that are not being ` +
        'imported. Update, create or delete operations cannot be executed during import operations.',
    )
  }
  const missing = planned.filter(({ logicalId }) => !Object.hasOwn(imports, logicalId))
  if (missing.length === 0) return
  const ids = missing.map(({ logicalId }) => logicalId).join(', ')
  throw invalid(`Resources [${ids}] is missing from ResourceToImport list`)
}

function refuseOutputs({ template }: Prepared, stack: Stack): void {
  const isNew = stack.status === 'REVIEW_IN_PROGRESS'
  const before = isNew ? {} : outputsOf(stack)
  if (canonical(before as never) === canonical(JSON.parse(JSON.stringify(template.outputs)))) return
  throw invalid('As part of the import operation, you cannot modify or add [Outputs]')
}

function outputsOf(stack: Stack) {
  const { template } = prepare(stack, stack, [], { isAhead: true })
  return JSON.parse(JSON.stringify(template.outputs)) as object
}

function hasDeletionPolicy({ processed }: Prepared, id: string): boolean {
  const resources = processed['Resources']
  const resource = isStructure(resources) ? resources[id] : undefined
  return isStructure(resource) && resource['DeletionPolicy'] !== undefined
}

/** A thing belongs to one stack. */
async function refuseTaken(
  parts: Parts,
  stack: Stack,
  { active }: Prepared,
  imports: Record<string, string>,
): Promise<void> {
  const wanted = new Set(
    Object.entries(imports).map(([id, physicalId]) => `${active[id]!.type} ${physicalId}`),
  )
  for (const other of await parts.stacks.stacks(stack.account, stack.region)) {
    if (other.status === 'DELETE_COMPLETE') continue
    const theirs = Object.values(await parts.stacks.resources(other.stackId))
    const taken = theirs.find((one) => !isGone(one) && wanted.has(`${one.type} ${one.physicalId}`))
    if (taken) throw invalid(`${taken.physicalId} already exists in stack ${other.stackId}`)
  }
}

export async function beginImport(
  parts: Parts,
  stack: Stack,
  { input: target, imports = {}, changeSetId }: ChangeSet,
  caller: Executor,
  token: string | undefined,
): Promise<void> {
  const resources = await parts.stacks.resources(stack.stackId)
  const before = { input: inputOf(stack), resources, outputs: stack.outputs }
  const more = { token, target, before, imports }
  const operation = newOperation(parts, 'import', stack.stackId, caller, more)
  const description = descriptionOf(target)
  await parts.stacks.write(async (tx) => {
    const { stackId } = stack
    await setStatus(parts, tx, stackId, 'IMPORT_IN_PROGRESS', 'User Initiated', token, (next) => {
      Object.assign(next, target, { description, changeSetId })
      next.project ??= attributionOf(caller.principal).project
      next.updatedAtMs = parts.kernel.clock.now()
    })
    await parts.stacks.changeSetsEnd(tx, stackId, changeSetId)
    await parts.engine.begin(tx, operation)
  })
}
