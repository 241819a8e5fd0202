import type { Principal } from '../../gateway/index.ts'
import { awsPolicies } from './aws-policies.ts'
import {
  type NamedPolicy,
  parsePolicy,
  type PolicyDocument,
  type Subject,
} from '../../policy/index.ts'
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
  if (!holder) {
    // What a root user lent to a federated one is as wide as root's own, inside its policies.
    const identity = principal.context?.['madang:lentBy'] === account ? [everything] : []
    return { subject, known: false, identity, tags: {} }
  }
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

/** By its id: a user may have been renamed since its session began. */
function userOf({ arn, userId, context }: Principal, view: AccountView): User | undefined {
  const wanted = arn.includes(':federated-user/') ? context?.['madang:lentBy'] : userId
  const user = view.get('user', arn.split('/').at(-1)!)
  return user?.id === wanted ? user : view.list('user').find(({ id }) => id === wanted)
}

const everything: NamedPolicy = {
  name: 'root',
  document: parsePolicy(
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}',
  ),
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
    ...Object.entries(each.inline).map(([name, text]) => ({
      name,
      document: parsePolicy(text),
      text,
    })),
    ...each.attached.flatMap((arn) => {
      const policy = managed(view, arn)
      return policy ? [named(policy)] : []
    }),
  ])
}

/** A policy with where it comes from, in the members of ListPoliciesGrantingServiceAccess. */
export interface SourcedPolicy {
  PolicyName: string
  PolicyType: 'INLINE' | 'MANAGED'
  PolicyArn?: string
  EntityType?: 'USER' | 'GROUP' | 'ROLE'
  EntityName?: string
  document: PolicyDocument
}

const sourceKinds = [
  ['user', 'USER'],
  ['group', 'GROUP'],
  ['role', 'ROLE'],
] as const

/** The policies behind a user's, group's, role's or policy's ARN; undefined when there is none. */
export function sourcedPolicies(view: AccountView, arn: string): SourcedPolicy[] | undefined {
  const policy = managed(view, arn)
  if (policy) return [sourcedManaged(policy)]
  for (const [kind, type] of sourceKinds) {
    const holder = (view.list(kind) as (Holder | User)[]).find((each) => each.arn === arn)
    if (!holder) continue
    const groups = 'groups' in holder ? holder.groups : []
    return [
      ...sourcedOf(view, holder, type),
      ...groups.flatMap((name) => {
        const group = view.get('group', name)
        return group ? sourcedOf(view, group, 'GROUP') : []
      }),
    ]
  }
  return undefined
}

function sourcedOf(view: AccountView, holder: Holder, type: 'USER' | 'GROUP' | 'ROLE') {
  return [
    ...Object.entries(holder.inline).map(([name, text]): SourcedPolicy => ({
      PolicyName: name,
      PolicyType: 'INLINE',
      EntityType: type,
      EntityName: holder.name,
      document: parsePolicy(text),
    })),
    ...holder.attached.flatMap((arn) => {
      const policy = managed(view, arn)
      return policy ? [sourcedManaged(policy)] : []
    }),
  ]
}

const sourcedManaged = (policy: ManagedPolicy): SourcedPolicy => ({
  PolicyName: policy.name,
  PolicyType: 'MANAGED',
  PolicyArn: policy.arn,
  document: parsePolicy(defaultDocument(policy)),
})

/** A managed policy of the account or of AWS. */
export function managed(view: AccountView, arn: string): ManagedPolicy | undefined {
  const policy = awsPolicies.get(arn) ?? view.get('policy', arn.split('/').at(-1)!)
  return policy?.arn === arn ? policy : undefined
}

export function defaultDocument(policy: ManagedPolicy): string {
  return policy.versions.find((version) => version.id === policy.defaultVersion)!.document
}

export const named = (policy: ManagedPolicy): NamedPolicy => ({
  name: policy.arn,
  document: parsePolicy(defaultDocument(policy)),
  text: defaultDocument(policy),
})
