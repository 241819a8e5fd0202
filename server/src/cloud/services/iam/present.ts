import type { Group, InstanceProfile, ManagedPolicy, PolicyVersion, Role, User } from './model.ts'
import { type TagRecord, tagList } from './tags.ts'
import type { AccountView } from './store.ts'
import { wholeSecond } from '../../whole-second.ts'

// Which members an answer has differs by operation: a role just made has no MaxSessionDuration, one
// in a list no tags, one inside an instance profile neither; seen in answers of the real service.

/** IAM gives documents URL-encoded (RFC 3986). */
export const encoded = (document: string): string =>
  encodeURIComponent(document).replace(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  )

const tagsOf = (tags: TagRecord) => (Object.keys(tags).length > 0 ? { Tags: tagList(tags) } : {})

// The model's enum says `PermissionsBoundaryPolicy`; the service says `Policy`.
const BOUNDARY_TYPE = 'Policy' as 'PermissionsBoundaryPolicy'

const boundaryOf = (boundary: string | undefined) =>
  boundary === undefined
    ? {}
    : {
        PermissionsBoundary: {
          PermissionsBoundaryType: BOUNDARY_TYPE,
          PermissionsBoundaryArn: boundary,
        },
      }

export function listedUser(user: User) {
  return {
    Path: user.path,
    UserName: user.name,
    UserId: user.id,
    Arn: user.arn,
    CreateDate: wholeSecond(user.createdAt),
  }
}

export const presentUser = (user: User) => ({
  ...listedUser(user),
  ...boundaryOf(user.boundary),
  ...tagsOf(user.tags),
})

export function presentGroup(group: Group) {
  return {
    Path: group.path,
    GroupName: group.name,
    GroupId: group.id,
    Arn: group.arn,
    CreateDate: wholeSecond(group.createdAt),
  }
}

/** A role inside another answer. */
export function innerRole(role: Role) {
  return {
    Path: role.path,
    RoleName: role.name,
    RoleId: role.id,
    Arn: role.arn,
    CreateDate: wholeSecond(role.createdAt),
    AssumeRolePolicyDocument: encoded(role.trust),
  }
}

export const newRoleAnswer = (role: Role) => ({
  ...innerRole(role),
  ...boundaryOf(role.boundary),
  ...tagsOf(role.tags),
})

const described = ({ description }: { description?: string }) =>
  description === undefined ? {} : { Description: description }

export const listedRole = (role: Role) => ({
  ...innerRole(role),
  ...described(role),
  MaxSessionDuration: role.maxSessionS,
})

export interface LastUse {
  at: number
  region: string
}

export const roleUse = (use: LastUse | undefined) =>
  use ? { LastUsedDate: wholeSecond(use.at), Region: use.region } : {}

export const presentRole = (role: Role, use: LastUse | undefined) => ({
  ...listedRole(role),
  ...boundaryOf(role.boundary),
  ...tagsOf(role.tags),
  RoleLastUsed: roleUse(use),
})

export const detailedRole = (role: Role, use: LastUse | undefined) => ({
  ...innerRole(role),
  ...boundaryOf(role.boundary),
  Tags: tagList(role.tags),
  RoleLastUsed: roleUse(use),
})

export const detailedUser = (user: User) => ({
  ...listedUser(user),
  ...boundaryOf(user.boundary),
  Tags: tagList(user.tags),
})

export function listedPolicy(policy: ManagedPolicy, views: AccountView) {
  const holders = [...views.list('user'), ...views.list('group'), ...views.list('role')]
  return {
    PolicyName: policy.name,
    PolicyId: policy.id,
    Arn: policy.arn,
    Path: policy.path,
    DefaultVersionId: policy.defaultVersion,
    AttachmentCount: holders.filter(({ attached }) => attached.includes(policy.arn)).length,
    PermissionsBoundaryUsageCount: holders.filter(({ boundary }) => boundary === policy.arn).length,
    IsAttachable: true,
    CreateDate: wholeSecond(policy.createdAt),
    UpdateDate: wholeSecond(policy.updatedAt),
  }
}

export const presentPolicy = (policy: ManagedPolicy, views: AccountView) => ({
  ...listedPolicy(policy, views),
  ...described(policy),
  Tags: tagList(policy.tags),
})

export function presentVersion(policy: ManagedPolicy, version: PolicyVersion) {
  return {
    VersionId: version.id,
    IsDefaultVersion: version.id === policy.defaultVersion,
    CreateDate: wholeSecond(version.createdAt),
  }
}

export function listedProfile(profile: InstanceProfile, view: AccountView) {
  return {
    Path: profile.path,
    InstanceProfileName: profile.name,
    InstanceProfileId: profile.id,
    Arn: profile.arn,
    CreateDate: wholeSecond(profile.createdAt),
    Roles: profile.roles.flatMap((name) => {
      const role = view.get('role', name)
      return role ? [innerRole(role)] : []
    }),
  }
}

export const presentProfile = (profile: InstanceProfile, view: AccountView) => ({
  ...listedProfile(profile, view),
  Tags: tagList(profile.tags),
})
