import { AwsError, type RequestContext } from '../../gateway/index.ts'
import { awsPolicies } from './aws-policies.ts'
import {
  type Group,
  type InstanceProfile,
  invalid,
  limitExceeded,
  type ManagedPolicy,
  noSuch,
  type Role,
  type User,
} from './model.ts'
import { checkPolicy, PolicyFault, type PolicyKind } from '../../policy/index.ts'
import type { AccountChange, AccountView } from './store.ts'

// Finders that refuse: NoSuchEntity where there is nothing, ValidationError where no name was given.

export function userOf(view: AccountView, name: string | undefined, ctx?: RequestContext): User {
  const wanted = name ?? ownName(ctx)
  return view.get('user', wanted) ?? absent('user', wanted)
}

/** Without a name the calls about users mean the caller. */
function ownName(ctx: RequestContext | undefined): string {
  if (ctx?.principal.kind === 'user') return ctx.principal.arn.split('/').at(-1)!
  throw invalid('Must specify userName when calling with non-User credentials')
}

export const groupOf = (view: AccountView, name = ''): Group =>
  view.get('group', name) ?? absent('group', name)

export const roleOf = (view: AccountView, name = ''): Role =>
  view.get('role', name) ?? absent('role', name)

export const profileOf = (view: AccountView, name = ''): InstanceProfile =>
  view.get('profile', name) ?? absent('profile', name)

export function policyOf(view: AccountView, arn = ''): ManagedPolicy {
  const policy = awsPolicies.get(arn) ?? view.get('policy', arn.split('/').at(-1)!)
  if (policy?.arn === arn) return policy
  if (!/^arn:aws[\w-]*:iam::(\d{12}|aws):policy\/./.test(arn)) {
    throw invalid(`Invalid ARN: ${arn}`)
  }
  return absent('policy', arn)
}

/** The same, refusing AWS's own, which nobody changes. */
export function ownPolicyOf(change: AccountChange, arn = ''): ManagedPolicy {
  const policy = policyOf(change, arn)
  if (!awsPolicies.has(arn)) return policy
  throw new AwsError(
    'AccessDenied',
    `Policy ${arn} is an AWS managed policy and can't be changed.`,
    { status: 403 },
  )
}

function absent(kind: Parameters<typeof noSuch>[0], name: string): never {
  throw noSuch(kind, name)
}

// Sizes without whitespace: "IAM and AWS STS quotas".
const longestText = { user: 2048, group: 5120, role: 10_240, policy: 6144, trust: 2048 }

/** The document as it is stored, or MalformedPolicyDocument in AWS's words. */
export function checkedPolicy(
  text: string | undefined,
  kind: PolicyKind,
  holder: keyof typeof longestText,
): string {
  try {
    checkPolicy(text ?? '', kind)
  } catch (error) {
    if (!(error instanceof PolicyFault)) throw error
    throw new AwsError('MalformedPolicyDocument', error.message, { status: 400 })
  }
  if (text!.replace(/\s/g, '').length > longestText[holder]) {
    throw limitExceeded(`Cannot exceed quota for PolicySize: ${longestText[holder]}`)
  }
  return text!
}
