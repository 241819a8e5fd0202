import type { ServiceDeps } from '../../deps.ts'
import {
  accessTable,
  type IamRequest,
  type RequestContext,
  service,
  type Service,
} from '../../gateway/index.ts'
import { answerRoute, createEngine } from './engine/index.ts'
import { migrations } from './migrations.ts'
import { withChoices } from './operations/choices.ts'
import { changeSetOperations } from './operations/change-sets.ts'
import { describeOperations } from './operations/describe.ts'
import { driftOperations } from './operations/drift.ts'
import type { Parts } from './operations/parts.ts'
import { rollbackOperations } from './operations/rollbacks.ts'
import { stackPolicyOperations } from './operations/stack-policies.ts'
import { stackOperations } from './operations/stacks.ts'
import { templateOperations } from './operations/templates.ts'
import { OperationStore } from './store-operations.ts'
import { StackStore } from './store.ts'

export type { StackChanged } from './events.ts'

/** CloudFormation: stacks made, changed and removed by durable operations. */
export async function createCloudFormation(deps: ServiceDeps): Promise<Service> {
  const { kernel } = deps
  await kernel.database.migrate('cloudformation', migrations)
  const stores = {
    kernel,
    stacks: new StackStore(kernel),
    operations: new OperationStore(kernel),
  }
  deps.onReset(() => stores.operations.empty())
  const parts: Parts = { ...stores, deps, engine: createEngine(stores, deps) }
  return service({
    id: 'cloudformation',
    operations: withChoices({
      ...stackOperations(parts),
      ...rollbackOperations(parts),
      ...driftOperations(parts),
      ...stackPolicyOperations(parts),
      ...changeSetOperations(parts),
      ...describeOperations(parts),
      ...templateOperations(parts),
    }),
    routes: [answerRoute(stores.operations)],
    access: stackAccess,
    authorise: (operation, input, ctx) => questions(parts, operation, input, ctx),
  })
}

const role = { 'iam:PassRole': 'RoleARN' }

const stackAccess = accessTable({
  prefix: 'cloudformation',
  besides: {
    ContinueUpdateRollback: role,
    CreateChangeSet: role,
    CreateStack: role,
    DeleteStack: role,
    RollbackStack: role,
    UpdateStack: role,
  },
})

const wholeService = new Set(['ListStacks', 'ListExports', 'ListImports', 'ValidateTemplate'])

/** May the caller do it to this stack? */
async function questions(
  parts: Parts,
  operation: string,
  input: Record<string, unknown>,
  ctx: RequestContext,
): Promise<IamRequest[]> {
  const resource = await resourceOf(parts, operation, input, ctx)
  return [{ action: stackAccess.actionOf(operation), resource }]
}

async function resourceOf(
  parts: Parts,
  operation: string,
  input: Record<string, unknown>,
  ctx: RequestContext,
): Promise<string> {
  const name = input['StackName'] ?? input['ChangeSetName']
  if (wholeService.has(operation) || typeof name !== 'string' || name === '') return '*'
  if (name.startsWith('arn:')) return name
  const stack = await parts.stacks.stack(ctx.account, ctx.region, name)
  // One that is to be made has no id yet: its name with any.
  return stack?.stackId ?? `arn:aws:cloudformation:${ctx.region}:${ctx.account}:stack/${name}/*`
}
