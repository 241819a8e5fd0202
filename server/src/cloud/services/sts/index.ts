import type { ServiceDeps } from '../../deps.ts'
import {
  accessTable,
  type IamRequest,
  type RequestContext,
  service,
  type Service,
} from '../../gateway/index.ts'
import type { AssumableRole, RoleAuthority } from './authority.ts'
import { federationOperations } from './federation.ts'
import { checkInput } from './input-rules.ts'
import { issuerRoutes } from './issuer-routes.ts'
import { checkTags, tagRequestContext } from './session-tags.ts'
import { checkSession, rootOf, sessionOperations } from './sessions.ts'
import { webTokenOperations } from './web-identity-token.ts'

type Input = Record<string, unknown>

// Anyone may ask who they are, and whoever brings a token proves itself by it.
const open = [
  'GetCallerIdentity',
  'GetSessionToken',
  // The trust policy is asked about whom the token or assertion is for.
  'AssumeRoleWithWebIdentity',
  'AssumeRoleWithSAML',
]

const stsAccess = accessTable({
  prefix: 'sts',
  open,
  besides: { AssumeRole: { TagSession: 'Tags', SetSourceIdentity: 'SourceIdentity' } },
})

/** STS over IAM's authority: both are one system at AWS too. */
export async function createSts<Role extends AssumableRole>(
  deps: ServiceDeps,
  authority: RoleAuthority<Role>,
): Promise<Service> {
  return service({
    id: 'sts',
    routes: issuerRoutes(authority, deps),
    anonymous: ['AssumeRoleWithWebIdentity', 'AssumeRoleWithSAML'],
    operations: {
      ...sessionOperations(deps, authority),
      ...federationOperations(deps, authority),
      ...webTokenOperations(authority),
    },
    access: stsAccess,
    authorise(operation, input, ctx) {
      // STS reads its input before it asks who may: a malformed ARN isn't "access denied".
      checkInput(operation, input)
      checkSession(ctx, operation)
      if (operation === 'AssumeRole') return roleRequests(authority, input, ctx)
      if (open.includes(operation)) return []
      const action = stsAccess.actionOf(operation)
      if (operation === 'GetFederationToken') {
        const name = String(input['Name'])
        const resource = `arn:aws:sts::${ctx.account}:federated-user/${name}`
        return [{ action, resource, context: tagRequestContext(input) }]
      }
      if (operation !== 'AssumeRoot') return [{ action, resource: '*' }]
      return [{ action, resource: rootOf(String(input['TargetPrincipal'])) }]
    },
  })
}

/** Taking the role, and giving its session tags or a source identity, are permissions each. */
function roleRequests<Role extends AssumableRole>(
  authority: RoleAuthority<Role>,
  input: Input,
  ctx: RequestContext,
): IamRequest[] {
  checkTags(input, ctx.principal)
  const roleArn = String(input['RoleArn'])
  const role = authority.findRole(roleArn)
  const base = {
    resource: roleArn,
    resourceAccount: roleArn.split(':')[4] || ctx.account,
    resourcePolicy: role?.trust ?? nobody,
    context: { ...assumeContext(input), ...tagRequestContext(input) },
  }
  const actions = [stsAccess.actionOf('AssumeRole'), ...stsAccess.besides('AssumeRole', input)]
  return actions.map((action) => ({ ...base, action }))
}

/** What a role that isn't there says: the caller doesn't learn that it isn't. */
const nobody = {
  Version: '2012-10-17',
  Statement: { Effect: 'Allow', Principal: { AWS: '000000000000' }, Action: 'sts:Nothing' },
}

function assumeContext(input: Input): Record<string, string> {
  const context: Record<string, string> = {
    'sts:RoleSessionName': String(input['RoleSessionName']),
  }
  if (input['ExternalId']) context['sts:ExternalId'] = String(input['ExternalId'])
  if (input['SourceIdentity']) context['sts:SourceIdentity'] = String(input['SourceIdentity'])
  return context
}
