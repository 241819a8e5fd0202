import { accessTable, AwsError, type IamRequest, type RequestContext } from '../../gateway/index.ts'
import { requestTags } from './request-tags.ts'
import { arnOf } from './model.ts'
import type { IamStore } from './store.ts'

type Input = Record<string, unknown>

export const iamAccess = accessTable({
  prefix: 'iam',
  // Lending a role to instances is passing it on.
  actions: { AddRoleToInstanceProfile: ['AddRoleToInstanceProfile', 'PassRole'] },
})

// Asked for nothing in particular ("Actions defined by AWS Identity and Access Management").
const onNothing =
  /^(?:List(?:Users|Roles|Groups|Policies|InstanceProfiles|ServerCertificates|AccountAliases|OpenIDConnectProviders|SAMLProviders|VirtualMFADevices|OrganizationsFeatures)$|GetAccount|Generate(?:Credential|Organizations)|GetCredentialReport|GetServiceLastAccessed|Simulate|GetContextKeysForCustom|(?:Create|Delete)AccountAlias|UpdateAccountPassword|DeleteAccountPassword|SetSecurityToken|(?:Enable|Disable|Get)Outbound|(?:Enable|Disable)Organizations)/

const named = [
  ['user', 'UserName'],
  ['role', 'RoleName'],
  ['group', 'GroupName'],
  ['profile', 'InstanceProfileName'],
  ['serverCertificate', 'ServerCertificateName'],
] as const

const byArn = ['PolicyArn', 'OpenIDConnectProviderArn', 'SAMLProviderArn', 'SerialNumber', 'Arn']

/**
 * Throws for sessions that IAM does not hear: a federated user's, and a user's without MFA ("Compare AWS
 * STS credentials").
 */
export function checkSession({ principal }: RequestContext): void {
  const { kind, accessKeyId, arn, context } = principal
  if (kind === 'role' || !accessKeyId?.startsWith('ASIA')) return
  const isFederated = arn.includes(':federated-user/')
  if (!isFederated && context?.['aws:MultiFactorAuthPresent'] === 'true') return
  const message = 'The security token included in the request is invalid'
  throw new AwsError('InvalidClientTokenId', message, { status: 403 })
}

/** What IAM is asked before one of its own operations. */
export function iamRequests(
  store: IamStore,
  operation: string,
  input: Input,
  ctx: RequestContext,
): IamRequest[] {
  const resource = resourceOf(store, operation, input, ctx)
  const asked: IamRequest[] = [
    {
      action: iamAccess.actionOf(operation),
      resource,
      context: {
        ...contextOf(operation, input),
        ...requestTags(input),
        ...tagsOf(store, resource),
      },
    },
  ]
  if (operation === 'AddRoleToInstanceProfile') {
    const role = store.account(ctx.account).get('role', String(input['RoleName']))
    if (role) {
      const context = { 'iam:PassedToService': 'ec2.amazonaws.com' }
      asked.push({ action: 'iam:PassRole', resource: role.arn, context })
    }
  }
  return asked
}

function contextOf(operation: string, input: Input): Record<string, string> {
  const context: Record<string, string> = {}
  if (/^(?:Attach|Detach)/.test(operation)) context['iam:PolicyARN'] = String(input['PolicyArn'])
  const boundary = input['PermissionsBoundary']
  if (typeof boundary === 'string') context['iam:PermissionsBoundary'] = boundary
  const service = input['AWSServiceName']
  if (typeof service === 'string') context['iam:AWSServiceName'] = service
  return context
}

/** `aws:ResourceTag/…` and IAM's own name for it. */
function tagsOf(store: IamStore, resource: string): Record<string, string> {
  const [, account, kind, name] =
    /^arn:aws:iam::(\d{12}):(user|role|policy)\/(?:.*\/)?([^/]+)$/.exec(resource) ?? []
  const entity = name && store.account(account!).get(kind as 'user' | 'role' | 'policy', name)
  if (!entity) return {}
  return Object.fromEntries(
    Object.entries(entity.tags).flatMap(([key, value]) => [
      [`aws:ResourceTag/${key}`, value],
      [`iam:ResourceTag/${key}`, value],
    ]),
  )
}

/** The entity the operation is about; `*` for lists. */
function resourceOf(store: IamStore, operation: string, input: Input, ctx: RequestContext): string {
  if (onNothing.test(operation)) return '*'
  const { account } = ctx
  const path = typeof input['Path'] === 'string' ? input['Path'] : '/'
  const kinds = about(operation)
  for (const [kind, member] of kinds) {
    const name = input[member]
    if (typeof name !== 'string') continue
    return store.account(account).get(kind, name)?.arn ?? arnOf(account, kind, path, name)
  }
  for (const member of byArn) {
    const arn = input[member]
    if (typeof arn === 'string') return arn
  }
  return created(operation, input, path, ctx)
}

/** Of a profile and a role the operation is the profile's, of a group and a user the group's. */
function about(operation: string) {
  if (operation.endsWith('InstanceProfile')) return named.toReversed()
  return operation.endsWith('Group') ? named.filter(([kind]) => kind !== 'user') : named
}

function created(operation: string, input: Input, path: string, ctx: RequestContext): string {
  const { account, principal } = ctx
  const text = (member: string) => String(input[member] ?? '')
  switch (operation) {
    case 'CreatePolicy':
      return arnOf(account, 'policy', path, text('PolicyName'))
    case 'CreateVirtualMFADevice':
      return arnOf(account, 'mfa', path, text('VirtualMFADeviceName'))
    case 'CreateOpenIDConnectProvider':
      return `arn:aws:iam::${account}:oidc-provider/${text('Url').replace(/^https:\/\//, '')}`
    case 'CreateSAMLProvider':
      return `arn:aws:iam::${account}:saml-provider/${text('Name')}`
    case 'CreateServiceLinkedRole':
      return `arn:aws:iam::${account}:role/aws-service-role/${text('AWSServiceName')}/*`
    case 'GetServiceLinkedRoleDeletionStatus':
      // `task/aws-service-role/<service>/<role>/<uuid>`
      return `arn:aws:iam::${account}:role/${text('DeletionTaskId').split('/').slice(1, -1).join('/')}`
    default:
      return principal.kind === 'user' ? principal.arn : '*'
  }
}
