import type { ServiceDeps } from '../../deps.ts'
import { service, type Service } from '../../gateway/index.ts'
import type { AssumableRole, RoleAuthority } from './authority.ts'
import { stsOperations } from './sessions.ts'

/** STS over IAM's authority: both are one system at AWS too. */
export async function createSts<Role extends AssumableRole>(
  deps: ServiceDeps,
  authority: RoleAuthority<Role>,
): Promise<Service> {
  return service({
    id: 'sts',
    operations: stsOperations(deps, authority),
    authorise(operation, input, ctx) {
      if (operation === 'AssumeRole') {
        const roleArn = String(input['RoleArn'])
        const role = authority.findRole(roleArn)
        return [
          {
            action: 'sts:AssumeRole',
            resource: roleArn,
            resourceAccount: roleArn.split(':')[4] || ctx.account,
            resourcePolicy: role?.trust ?? nobody,
            context: assumeContext(input),
          },
        ]
      }
      // Anyone may ask who they are ("GetCallerIdentity": no permissions are required).
      if (operation === 'GetCallerIdentity' || operation === 'GetSessionToken') return []
      return [{ action: `sts:${operation}`, resource: '*' }]
    },
  })
}

/** What a role that isn't there says: the caller doesn't learn that it isn't. */
const nobody = {
  Version: '2012-10-17',
  Statement: { Effect: 'Deny', NotPrincipal: { AWS: '*' }, Action: 'sts:AssumeRole' },
}

function assumeContext(input: Record<string, unknown>): Record<string, string> {
  const context: Record<string, string> = {
    'sts:RoleSessionName': String(input['RoleSessionName']),
  }
  if (input['ExternalId']) context['sts:ExternalId'] = String(input['ExternalId'])
  return context
}
