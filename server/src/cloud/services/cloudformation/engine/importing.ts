import type { Stack, StackOutput, Structure } from '../model.ts'
import { providerOf, readResource, ResourceFailure } from '../resources/index.ts'
import { resolve } from '../template/index.ts'
import { checkProperties } from './difference.ts'
import { type Execution, failStep, refusalText, stepContext } from './execution.ts'
import { recordFor } from './forward.ts'
import { checkExports, outputsOf } from './outputs.ts'
import { prepare, type Prepared, viewOf } from './prepare.ts'
import { enterPhase, finishOperation } from './status.ts'

/** Takes things that are there into a stack, as they are. */
export async function runImport(execution: Execution): Promise<void> {
  const { operation } = execution
  if (operation.phase === 'forward') {
    const result = await takeIn(execution)
    if (!('failure' in result)) {
      const change = (next: Stack) => void (next.outputs = result.outputs)
      const exports = { imports: [...result.prepared.imports] }
      return finishOperation(execution, { status: 'IMPORT_COMPLETE', change, exports })
    }
    await enterPhase(execution, 'rollback', 'IMPORT_ROLLBACK_IN_PROGRESS', result.failure)
  }
  await letGo(execution)
  const change = (stack: Stack) => void Object.assign(stack, operation.before!.input)
  await finishOperation(execution, { status: 'IMPORT_ROLLBACK_COMPLETE', change })
}

async function takeIn(
  execution: Execution,
): Promise<{ prepared: Prepared; outputs: StackOutput[] } | { failure: string }> {
  const { stores, operation, stack, journal } = execution
  try {
    const exports = await stores.operations.exports(stack.account, stack.region)
    const prepared = prepare(operation.target!, stack, exports)
    for (const id of prepared.order) {
      const physicalId = operation.imports![id]
      if (physicalId === undefined || (await takeOne(execution, prepared, id, physicalId))) continue
      return { failure: `The following resource(s) failed to import: [${id}]. ` }
    }
    const outputs = outputsOf(prepared, journal.resources)
    await checkExports(stores, stack, outputs)
    return { prepared, outputs }
  } catch (error) {
    return { failure: refusalText(execution, error) }
  }
}

/** A thing keeps its properties, whatever the template says of them; it gets the stack's tags. */
async function takeOne(
  execution: Execution,
  prepared: Prepared,
  logicalId: string,
  physicalId: string,
): Promise<boolean> {
  const { journal, stack } = execution
  const key = `forward:${logicalId}`
  const known = journal.steps.get(key)
  if (known && known.state !== 'started') return known.state === 'done'
  const target = prepared.active[logicalId]!
  const resource = {
    ...recordFor(execution, target, [...(prepared.graph.get(logicalId) ?? [])], undefined),
    physicalId,
    status: 'IMPORT_IN_PROGRESS',
    statusReason: 'Resource import started.',
  }
  const line = { key, logicalId, action: 'import' as const, physicalId }
  const scope = prepared.scope((id) => journal.resources[id] && viewOf(journal.resources[id]))
  resource.properties = resolve(target.properties, scope) as Structure
  const step = await journal.begin(line, resource)
  const say = async (status: string, statusReason: string) => {
    Object.assign(resource, { status, statusReason })
    await journal.record(step, resource)
  }
  try {
    const { type, properties } = resource
    checkProperties(logicalId, type, properties)
    if (!(await readResource(execution.awsIn(stack.region), type, physicalId, properties))) {
      throw new ResourceFailure(
        `Resource of type '${type}' with identifier '${physicalId}' was not found.`,
      )
    }
    await say('IMPORT_COMPLETE', 'Resource import completed.')
    const tagging = 'Apply stack-level tags to imported resource if applicable.'
    await say('UPDATE_IN_PROGRESS', tagging)
    const context = stepContext(execution, step, resource)
    const provider = providerOf(type)
    const outcome = provider.takeOver
      ? await provider.takeOver(context, physicalId, properties)
      : await provider.update!(context, physicalId, properties, properties)
    resource.attributes = outcome.attributes
  } catch (error) {
    return failStep(execution, step, resource, 'IMPORT_FAILED', error)
  }
  const done = { ...resource, status: 'UPDATE_COMPLETE', statusReason: undefined }
  await journal.record({ ...step, state: 'done' }, done)
  return true
}

/** What was taken in is left to itself again. */
async function letGo({ journal, operation }: Execution): Promise<void> {
  for (const id of Object.keys(operation.imports!)) {
    const resource = journal.resources[id]
    const step = journal.steps.get(`forward:${id}`)
    if (!resource || !step) continue
    const left = { ...resource, status: 'IMPORT_ROLLBACK_COMPLETE', statusReason: undefined }
    await journal.record(step, left)
    await journal.forget(id)
  }
}
