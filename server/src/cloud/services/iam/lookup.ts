import { AwsError, type RequestContext } from '../../gateway/index.ts'
import { checkPolicy, invalidPrincipal, PolicyFault } from '../../policy/index.ts'
import { awsPolicies } from './aws-policies.ts'
import {
  type Group,
  type InstanceProfile,
  invalid,
  invalidInput,
  limitExceeded,
  type ManagedPolicy,
  noSuch,
  noSuchEntity,
  overQuota,
  type PolicyVersion,
  type Role,
  type SamlProvider,
  type User,
} from './model.ts'
import type { AccountView } from './store.ts'

// Finders that refuse: NoSuchEntity where there is nothing, ValidationError where no name was given.

export function userOf(view: AccountView, name: string | undefined, ctx?: RequestContext): User {
  const wanted = name ?? ownName(view, ctx)
  return view.get('user', wanted) ?? absent('user', wanted)
}

/** Without a name the calls about users mean the caller. */
function ownName(view: AccountView, ctx: RequestContext | undefined): string {
  const { kind, userId } = ctx?.principal ?? {}
  const own = kind === 'user' ? view.list('user').find(({ id }) => id === userId) : undefined
  if (own) return own.name
  throw invalid('Must specify userName when calling with non-User credentials')
}

export const groupOf = (view: AccountView, name = ''): Group =>
  view.get('group', name) ?? absent('group', name)

export const roleOf = (view: AccountView, name = ''): Role =>
  view.get('role', name) ?? absent('role', name)

/** The same, refusing a role that only its service changes. */
export function ownRoleOf(view: AccountView, name = ''): Role {
  const role = roleOf(view, name)
  if (!role.linkedTo) return role
  throw new AwsError(
    'UnmodifiableEntity',
    `Cannot perform the operation on the protected role '${role.name}' - this role is only modifiable by AWS`,
    { status: 400 },
  )
}

export const profileOf = (view: AccountView, name = ''): InstanceProfile =>
  view.get('profile', name) ?? absent('profile', name)

const policyArn = /^arn:aws[\w-]*:iam::(?:\d{12}|aws):policy\/[\x21-\x7e]+$/

function findPolicy(view: AccountView, arn: string): ManagedPolicy | undefined {
  const policy = awsPolicies.get(arn) ?? view.get('policy', arn.split('/').at(-1)!)
  return policy?.arn === arn ? policy : undefined
}

export function policyOf(view: AccountView, arn = ''): ManagedPolicy {
  const policy = findPolicy(view, arn)
  if (policy) return policy
  if (!policyArn.test(arn)) throw invalid(`ARN ${arn} is not valid.`)
  return absent('policy', arn)
}

/** For attaching, where a missing policy is told in other words. */
export function attachablePolicy(view: AccountView, arn = ''): ManagedPolicy {
  const policy = findPolicy(view, arn)
  if (policy) return policy
  if (!policyArn.test(arn)) throw invalid(`ARN ${arn} is not valid.`)
  throw noSuchEntity(`Policy ${arn} does not exist or is not attachable.`)
}

/** The ARN of a permissions boundary, if there is such a policy. */
export function boundaryOf(view: AccountView, arn: string): string {
  if (!policyArn.test(arn)) throw invalidInput(`ARN ${arn} is not valid.`)
  const policy = findPolicy(view, arn)
  if (policy) return policy.arn
  throw noSuchEntity(`Scope ARN: ${arn} does not exist or is not attachable.`)
}

/** What deleting the boundary changes; one that isn't there can't be deleted. */
export function withoutBoundary(kind: 'User' | 'Role', holder: User | Role) {
  if (holder.boundary === undefined) {
    throw noSuchEntity(`Permissions boundary for ${kind} ${holder.name} cannot be found.`)
  }
  return { boundary: undefined }
}

export function versionOf(
  view: AccountView,
  arn = '',
  id = '',
): { policy: ManagedPolicy; version: PolicyVersion } {
  const policy = findPolicy(view, arn)
  const version = policy?.versions.find((each) => each.id === id)
  if (policy && version) return { policy, version }
  if (!policyArn.test(arn)) throw invalid(`ARN ${arn} is not valid.`)
  throw noSuchEntity(`Policy ${arn} version ${id} does not exist or is not attachable.`)
}

/** Refuses a change of AWS's own policies, which nobody makes. */
export function notOfAws(arn: string | undefined): void {
  if (!awsPolicies.has(arn ?? '')) return
  throw new AwsError('AccessDenied', `Policy ${arn} is an AWS managed policy.`, { status: 403 })
}

function absent(kind: Parameters<typeof noSuch>[0], name: string): never {
  throw noSuch(kind, name)
}

// Sizes without whitespace: "IAM and AWS STS quotas".
const MANAGED_LIMIT = 6144
const TRUST_LIMIT = 2048
export const inlineLimits = { user: 2048, group: 5120, role: 10_240 }

export const sizeOf = (text: string): number => text.replace(/\s/g, '').length

function checked(check: () => void): void {
  try {
    check()
  } catch (error) {
    if (!(error instanceof PolicyFault)) throw error
    throw new AwsError('MalformedPolicyDocument', error.message, { status: 400 })
  }
}

/** A managed policy's document as it is stored, or MalformedPolicyDocument in AWS's words. */
export function checkedManaged(text = ''): string {
  checked(() => checkPolicy(text, 'identity'))
  if (sizeOf(text) > MANAGED_LIMIT) throw overQuota('PolicySize', MANAGED_LIMIT)
  return text
}

/** An inline policy's, which shares one limit with the holder's others. */
export function checkedInline(
  text = '',
  kind: keyof typeof inlineLimits,
  name: string,
  others: string[],
): string {
  checked(() => checkPolicy(text, 'inline'))
  const most = inlineLimits[kind]
  if ([text, ...others].reduce((sum, each) => sum + sizeOf(each), 0) > most) {
    throw limitExceeded(`Maximum policy size of ${most} bytes exceeded for ${kind} ${name}`)
  }
  return text
}

/** A role's trust policy; principals of this account have to be there. */
export function checkedTrust(view: AccountView, text = ''): string {
  checked(() => {
    for (const { principals } of checkPolicy(text, 'trust').statements) {
      for (const { type, value } of principals ?? []) {
        if (type === 'AWS' && !isKnown(view, value)) throw invalidPrincipal(type, value)
      }
    }
  })
  if (sizeOf(text) > TRUST_LIMIT) throw overQuota('ACLSizePerRole', TRUST_LIMIT)
  return text
}

function isKnown(view: AccountView, arn: string): boolean {
  const [, account, kind, name] =
    /^arn:aws[\w-]*:iam::(\d{12}):(user|role)\/(?:.*\/)?([^/]+)$/.exec(arn) ?? []
  if (account !== view.account || !name) return true
  return view.get(kind as 'user' | 'role', name)?.arn === arn
}

/** The one of the ARN; undefined where there is none, or one of that name with another ARN. */
export function findSamlProvider(view: AccountView, arn: string): SamlProvider | undefined {
  const provider = view.get('saml', arn.split('/').at(-1)!)
  return provider?.arn === arn ? provider : undefined
}
