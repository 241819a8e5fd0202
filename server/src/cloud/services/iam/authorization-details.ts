import type { Iam, Operations } from '../../gateway/index.ts'
import type { Authority } from './authority.ts'
import { awsPolicies } from './aws-policies.ts'
import type { Group, ManagedPolicy, Role, User } from './model.ts'
import { pageOf } from './paging.ts'
import {
  detailedRole,
  detailedUser,
  encoded,
  listedPolicy,
  listedProfile,
  presentGroup,
  presentVersion,
} from './present.ts'
import type { AccountView } from './store.ts'

type Found =
  | { kind: 'User'; entity: User }
  | { kind: 'Group'; entity: Group }
  | { kind: 'Role'; entity: Role }
  | { kind: 'Policy'; entity: ManagedPolicy }

/** Everything of the account in one listing, a page at a time. */
export function detailOperations({ store, roleUse }: Authority) {
  return {
    GetAccountAuthorizationDetails(input, ctx) {
      const view = store.account(ctx.account)
      const { items, tail } = pageOf(foundBy(view, input.Filter), input)
      return {
        UserDetailList: items.flatMap((each) =>
          each.kind === 'User' ? userDetail(each.entity) : [],
        ),
        GroupDetailList: items.flatMap((each) =>
          each.kind === 'Group' ? groupDetail(each.entity) : [],
        ),
        RoleDetailList: items.flatMap((each) =>
          each.kind === 'Role' ? roleDetail(each.entity, view, roleUse) : [],
        ),
        Policies: items.flatMap((each) =>
          each.kind === 'Policy' ? policyDetail(each.entity, view) : [],
        ),
        ...tail,
      }
    },
  } satisfies Operations<Iam>
}

function foundBy(view: AccountView, filter: string[] | undefined): Found[] {
  const wants = (kind: string) => !filter?.length || filter.includes(kind)
  const isUsed = (policy: ManagedPolicy) => {
    const { AttachmentCount, PermissionsBoundaryUsageCount } = listedPolicy(policy, view)
    return AttachmentCount + PermissionsBoundaryUsageCount > 0
  }
  const found: Found[] = []
  const add = <K extends Found['kind']>(
    kind: K,
    entities: Extract<Found, { kind: K }>['entity'][],
  ) => found.push(...entities.map((entity) => ({ kind, entity }) as Found))
  if (wants('User')) add('User', view.list('user'))
  if (wants('Group')) add('Group', view.list('group'))
  if (wants('Role')) add('Role', view.list('role'))
  if (wants('LocalManagedPolicy')) add('Policy', view.list('policy'))
  // Of AWS's own only what is attached somewhere.
  if (wants('AWSManagedPolicy')) add('Policy', awsPolicies.values().filter(isUsed))
  return found
}

const userDetail = (user: User) => [
  {
    ...detailedUser(user),
    // Seen: of a user without inline policies there is no list, of a role an empty one.
    ...(Object.keys(user.inline).length > 0 && { UserPolicyList: inlineList(user) }),
    GroupList: user.groups,
    AttachedManagedPolicies: attachedList(user),
  },
]

const groupDetail = (group: Group) => [
  {
    ...presentGroup(group),
    GroupPolicyList: inlineList(group),
    AttachedManagedPolicies: attachedList(group),
  },
]

const roleDetail = (role: Role, view: AccountView, use: Authority['roleUse']) => [
  {
    ...detailedRole(role, use(role.id)),
    InstanceProfileList: view
      .list('profile')
      .filter(({ roles }) => roles.includes(role.name))
      .map((profile) => listedProfile(profile, view)),
    RolePolicyList: inlineList(role),
    AttachedManagedPolicies: attachedList(role),
  },
]

const policyDetail = (policy: ManagedPolicy, view: AccountView) => [
  {
    ...listedPolicy(policy, view),
    PolicyVersionList: policy.versions.map((version) => ({
      Document: encoded(version.document),
      ...presentVersion(policy, version),
    })),
  },
]

const inlineList = (holder: Group) =>
  Object.entries(holder.inline).map(([PolicyName, text]) => ({
    PolicyName,
    PolicyDocument: encoded(text),
  }))

const attachedList = (holder: Group) =>
  holder.attached.map((arn) => ({ PolicyName: arn.split('/').at(-1)!, PolicyArn: arn }))
