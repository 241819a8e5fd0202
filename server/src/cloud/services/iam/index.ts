import type { ServiceDeps } from '../../deps.ts'
import { type IamRequest, type RequestContext, service, type Service } from '../../gateway/index.ts'
import { accessKeyOperations } from './access-keys.ts'
import { accountOperations } from './account.ts'
import { type Authority } from './authority.ts'
import { groupOperations } from './groups.ts'
import { holderOperations } from './holders.ts'
import { arnOf } from './model.ts'
import { policyOperations } from './policies.ts'
import { profileOperations } from './profiles.ts'
import { roleOperations } from './roles.ts'
import { simulateOperations } from './simulate.ts'
import type { IamStore } from './store.ts'
import { userOperations } from './users.ts'

export { type Authority, createAuthority } from './authority.ts'

/** IAM over the authority that the gateway asks too. */
export async function createIam(deps: ServiceDeps, authority: Authority): Promise<Service> {
  const { store } = authority
  deps.onReset(() => authority.empty())
  return service({
    id: 'iam',
    operations: {
      ...userOperations(authority),
      ...accessKeyOperations(authority, deps.kernel.secrets),
      ...groupOperations(authority),
      ...roleOperations(authority),
      ...policyOperations(authority),
      ...holderOperations(authority),
      ...profileOperations(authority),
      ...simulateOperations(authority),
      ...accountOperations(authority),
    },
    authorise: (operation, input, ctx) => [
      {
        action: `iam:${operation}`,
        resource: resourceOf(store, operation, input, ctx),
        ...(/^(Attach|Detach)/.test(operation) && {
          context: { 'iam:PolicyARN': String(input['PolicyArn']) },
        }),
      } satisfies IamRequest,
    ],
  })
}

const kinds = [
  ['user', 'UserName'],
  ['role', 'RoleName'],
  ['group', 'GroupName'],
  ['profile', 'InstanceProfileName'],
] as const

/** The entity the operation is about; `*` for lists. */
function resourceOf(
  store: IamStore,
  operation: string,
  input: Record<string, unknown>,
  ctx: RequestContext,
): string {
  for (const [kind, member] of kinds) {
    const name = input[member]
    if (typeof name !== 'string') continue
    const path = typeof input['Path'] === 'string' ? input['Path'] : '/'
    return store.account(ctx.account).get(kind, name)?.arn ?? arnOf(ctx.account, kind, path, name)
  }
  if (typeof input['PolicyArn'] === 'string') return input['PolicyArn']
  if (operation === 'CreatePolicy') {
    return arnOf(ctx.account, 'policy', String(input['Path'] ?? '/'), String(input['PolicyName']))
  }
  return ctx.principal.kind === 'user' && /AccessKey|GetUser$/.test(operation)
    ? ctx.principal.arn
    : '*'
}
