import type { Principal } from '../../gateway/index.ts'
import { awsPolicies } from './aws-policies.ts'
import { type NamedPolicy, parsePolicy, type Subject } from '../../policy/index.ts'
import type { Holder, ManagedPolicy, Role, User } from './model.ts'
import type { AccountView, IamStore } from './store.ts'

/** A principal with all that IAM knows of it. */
export interface Standing {
  subject: Subject
  /** False: the user or role behind the credentials is gone, or is another one by the same name. */
  known: boolean
  identity: NamedPolicy[]
  boundary?: NamedPolicy
  tags: Record<string, string>
}

const assumedRole = /^arn:aws:sts::\d{12}:assumed-role\/([^/]+)\//

/** The name of the role behind an assumed-role ARN. */
export const roleNameOf = (arn: string): string | undefined => assumedRole.exec(arn)?.[1]

/** Looks up principals; what it found is kept until an entity changes. */
export function createStandings(store: IamStore): (principal: Principal) => Standing {
  const known = new Map<string, Standing>()
  store.onChange(() => known.clear())
  return (principal) => {
    if (principal.kind !== 'user' && principal.kind !== 'role') return plain(principal)
    const key = `${principal.arn} ${principal.userId}`
    let standing = known.get(key)
    if (!standing) {
      standing = lookUp(principal, store.account(principal.account))
      if (known.size > 5000) known.clear()
      known.set(key, standing)
    }
    return standing
  }
}

function plain({ kind, account, arn, userId }: Principal): Standing {
  const subject: Subject = { kind, account, arn }
  if (kind === 'service') subject.service = userId
  return { subject, known: true, identity: [], tags: {} }
}

function lookUp(principal: Principal, view: AccountView): Standing {
  const { kind, account, arn } = principal
  const subject: Subject = { kind, account, arn }
  const holder = kind === 'user' ? userOf(principal, view) : roleOf(principal, view)
  if (!holder) return { subject, known: false, identity: [], tags: {} }
  if (kind === 'role') subject.roleArn = holder.arn
  const boundary = holder.boundary ? managed(view, holder.boundary) : undefined
  return {
    subject,
    known: true,
    identity: policiesOf(view, holder),
    tags: holder.tags,
    ...(boundary && { boundary: named(boundary) }),
  }
}

function userOf(principal: Principal, view: AccountView): User | undefined {
  const user = view.get('user', principal.arn.split('/').at(-1)!)
  return user?.id === principal.userId ? user : undefined
}

function roleOf(principal: Principal, view: AccountView): Role | undefined {
  const role = view.get('role', roleNameOf(principal.arn) ?? '')
  return role?.id === principal.userId.split(':')[0] ? role : undefined
}

/** Inline and attached policies, for a user with those of its groups. */
export function policiesOf(view: AccountView, holder: Holder | User): NamedPolicy[] {
  const groups = 'groups' in holder ? holder.groups : []
  const holders = [holder, ...groups.flatMap((name) => view.get('group', name) ?? [])]
  return holders.flatMap((each) => [
    ...Object.entries(each.inline).map(([name, text]) => ({ name, document: parsePolicy(text) })),
    ...each.attached.flatMap((arn) => {
      const policy = managed(view, arn)
      return policy ? [named(policy)] : []
    }),
  ])
}

/** A managed policy of the account or of AWS. */
export function managed(view: AccountView, arn: string): ManagedPolicy | undefined {
  const policy = awsPolicies.get(arn) ?? view.get('policy', arn.split('/').at(-1)!)
  return policy?.arn === arn ? policy : undefined
}

export function defaultDocument(policy: ManagedPolicy): string {
  return policy.versions.find((version) => version.id === policy.defaultVersion)!.document
}

const named = (policy: ManagedPolicy): NamedPolicy => ({
  name: policy.arn,
  document: parsePolicy(defaultDocument(policy)),
})
