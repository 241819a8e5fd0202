import type { Iam, Operations, RequestContext } from '../../gateway/index.ts'
import type { Authority } from './authority.ts'
import { boundaryOf, checkedTrust, ownRoleOf, roleOf, withoutBoundary } from './lookup.ts'
import { alreadyExists, deleteFirst, newEntity, overQuota, type Role } from './model.ts'
import { pageOf, underPath } from './paging.ts'
import { innerRole, listedRole, newRoleAnswer, presentRole } from './present.ts'
import type { AccountView } from './store.ts'
import { checkedTags, tagList, withoutKeys, withTags } from './tags.ts'
import { changeTrusted } from './trusted-principals.ts'
import { given } from './users.ts'

const ROLES = 1000

export function roleOperations({ store, roleUse }: Authority) {
  return {
    ...lifecycle({ store }),
    ...changes({ store }),
    GetRole(input, ctx) {
      const role = roleOf(store.account(ctx.account), input.RoleName)
      return { Role: presentRole(role, roleUse(role.id)) }
    },
    ListRoles(input, ctx) {
      const roles = store.account(ctx.account).list('role').filter(underPath(input.PathPrefix))
      const { items, tail } = pageOf(roles, input)
      return { Roles: items.map(listedRole), ...tail }
    },
    ListRoleTags(input, ctx) {
      const role = roleOf(store.account(ctx.account), input.RoleName)
      const { items, tail } = pageOf(tagList(role.tags), input)
      return { Tags: items, ...tail }
    },
  } satisfies Operations<Iam>
}

function changes({ store }: Pick<Authority, 'store'>) {
  const change = (
    ctx: RequestContext,
    name: string | undefined,
    edit: (role: Role, view: AccountView) => Partial<Role>,
  ) =>
    store.change(ctx.account, (account) => {
      const role = ownRoleOf(account, name)
      account.put('role', role.name, { ...role, ...edit(role, account) })
      return {}
    })
  return {
    UpdateRole: (input, ctx) =>
      change(ctx, input.RoleName, (role) => ({
        description: input.Description ?? role.description,
        maxSessionS: input.MaxSessionDuration ?? role.maxSessionS,
      })),
    UpdateRoleDescription: (input, ctx) =>
      store.change(ctx.account, (account) => {
        // A service-linked role's description is the one thing its owner may change.
        const role = { ...roleOf(account, input.RoleName), description: input.Description }
        account.put('role', role.name, role)
        return { Role: { ...innerRole(role), Description: input.Description } }
      }),
    UpdateAssumeRolePolicy: (input, ctx) =>
      change(ctx, input.RoleName, (_role, view) => ({
        trust: checkedTrust(view, input.PolicyDocument),
      })),
    TagRole: (input, ctx) =>
      change(ctx, input.RoleName, ({ tags }) => ({ tags: withTags(tags, input.Tags, 'anyCase') })),
    UntagRole: (input, ctx) =>
      change(ctx, input.RoleName, ({ tags }) => ({
        tags: withoutKeys(tags, input.TagKeys, 'anyCase'),
      })),
    PutRolePermissionsBoundary: (input, ctx) =>
      change(ctx, input.RoleName, (_role, view) => ({
        boundary: boundaryOf(view, input.PermissionsBoundary ?? ''),
      })),
    DeleteRolePermissionsBoundary: (input, ctx) =>
      change(ctx, input.RoleName, (role) => withoutBoundary('Role', role)),
  } satisfies Operations<Iam>
}

function lifecycle({ store }: Pick<Authority, 'store'>) {
  return {
    CreateRole: (input, ctx) =>
      store.change(ctx.account, (account) => {
        const name = input.RoleName!
        const tags = checkedTags(input.Tags, 'anyCase')
        const trust = checkedTrust(account, input.AssumeRolePolicyDocument)
        const boundary = input.PermissionsBoundary
        if (account.get('role', name)) throw alreadyExists('role', name)
        if (account.list('role').length >= ROLES) throw overQuota('RolesPerAccount', ROLES)
        const role: Role = {
          ...newEntity(ctx.account, 'role', { name, path: input.Path, tags, now: ctx.now }),
          attached: [],
          inline: {},
          trust,
          description: input.Description,
          maxSessionS: input.MaxSessionDuration ?? 3600,
          boundary: boundary === undefined ? undefined : boundaryOf(account, boundary),
        }
        account.put('role', name, role)
        return { Role: { ...newRoleAnswer(role), ...(tags.length > 0 && { Tags: given(tags) }) } }
      }),
    DeleteRole: (input, ctx) =>
      changeTrusted(store, ctx.account, (account) => {
        const role = ownRoleOf(account, input.RoleName)
        const reason = whyRoleStays(account, role)
        if (reason) throw deleteFirst(reason)
        account.remove('role', role.name)
        return { from: role.arn, to: role.id }
      }),
  } satisfies Operations<Iam>
}

function whyRoleStays(view: AccountView, role: Role): string | undefined {
  if (view.list('profile').some(({ roles }) => roles.includes(role.name))) {
    return 'remove roles from instance profile'
  }
  if (role.attached.length > 0) return 'detach all policies'
  if (Object.keys(role.inline).length > 0) return 'delete policies'
  return undefined
}
