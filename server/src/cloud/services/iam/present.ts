import type { Group, InstanceProfile, ManagedPolicy, PolicyVersion, Role, User } from './model.ts'
import { tagList } from './model.ts'
import type { AccountView } from './store.ts'

/** IAM gives documents URL-encoded (RFC 3986), except in GetAccountAuthorizationDetails' JSON form. */
export const encoded = (document: string): string =>
  encodeURIComponent(document).replace(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  )

const tagsOf = (tags: Record<string, string>) =>
  Object.keys(tags).length > 0 ? { Tags: tagList(tags) } : {}

const boundaryOf = (boundary: string | undefined) =>
  boundary === undefined
    ? {}
    : {
        PermissionsBoundary: {
          PermissionsBoundaryType: 'PermissionsBoundaryPolicy' as const,
          PermissionsBoundaryArn: boundary,
        },
      }

export function presentUser(user: User) {
  return {
    Path: user.path,
    UserName: user.name,
    UserId: user.id,
    Arn: user.arn,
    CreateDate: new Date(user.createdAt),
    ...boundaryOf(user.boundary),
    ...tagsOf(user.tags),
  }
}

export function presentGroup(group: Group) {
  return {
    Path: group.path,
    GroupName: group.name,
    GroupId: group.id,
    Arn: group.arn,
    CreateDate: new Date(group.createdAt),
  }
}

export function presentRole(role: Role) {
  return {
    Path: role.path,
    RoleName: role.name,
    RoleId: role.id,
    Arn: role.arn,
    CreateDate: new Date(role.createdAt),
    AssumeRolePolicyDocument: encoded(role.trust),
    ...(role.description !== undefined && { Description: role.description }),
    MaxSessionDuration: role.maxSessionS,
    RoleLastUsed: {},
    ...boundaryOf(role.boundary),
    ...tagsOf(role.tags),
  }
}

export function presentPolicy(policy: ManagedPolicy, views: AccountView) {
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
    ...(policy.description !== undefined && { Description: policy.description }),
    CreateDate: new Date(policy.createdAt),
    UpdateDate: new Date(policy.updatedAt),
    ...tagsOf(policy.tags),
  }
}

export function presentVersion(policy: ManagedPolicy, version: PolicyVersion) {
  return {
    VersionId: version.id,
    IsDefaultVersion: version.id === policy.defaultVersion,
    CreateDate: new Date(version.createdAt),
  }
}

export function presentProfile(profile: InstanceProfile, view: AccountView) {
  return {
    Path: profile.path,
    InstanceProfileName: profile.name,
    InstanceProfileId: profile.id,
    Arn: profile.arn,
    CreateDate: new Date(profile.createdAt),
    Roles: profile.roles.flatMap((name) => {
      const role = view.get('role', name)
      return role ? [presentRole(role)] : []
    }),
    ...tagsOf(profile.tags),
  }
}
