import type { Iam, Operations, RequestContext } from '../../gateway/index.ts'
import type { Authority } from './authority.ts'
import { groupOf, policyOf, userOf } from './lookup.ts'
import {
  alreadyExists,
  arnOf,
  checkName,
  deleteConflict,
  newEntity,
  tagList,
  tagRecord,
  type User,
} from './model.ts'
import { pageOf, underPath } from './paging.ts'
import { presentGroup, presentUser } from './present.ts'

export function userOperations({ store }: Authority) {
  const change = (
    ctx: RequestContext,
    name: string | undefined,
    edit: (user: User) => Partial<User>,
  ) =>
    store.change(ctx.account, (account) => {
      const user = userOf(account, name, ctx)
      account.put('user', user.name, { ...user, ...edit(user) })
      return {}
    })
  return {
    ...lifecycle({ store }),
    GetUser: (input, ctx) => ({
      User: presentUser(userOf(store.account(ctx.account), input.UserName, ctx)),
    }),
    ListUsers(input, ctx) {
      const users = store.account(ctx.account).list('user').filter(underPath(input.PathPrefix))
      const { items, tail } = pageOf(users, input)
      return { Users: items.map((user) => withoutTags(presentUser(user))), ...tail }
    },
    TagUser: (input, ctx) =>
      change(ctx, input.UserName, ({ tags }) => ({ tags: { ...tags, ...tagRecord(input.Tags) } })),
    UntagUser: (input, ctx) =>
      change(ctx, input.UserName, ({ tags }) => ({ tags: without(tags, input.TagKeys) })),
    ListUserTags(input, ctx) {
      const user = userOf(store.account(ctx.account), input.UserName)
      const { items, tail } = pageOf(tagList(user.tags), input)
      return { Tags: items, ...tail }
    },
    PutUserPermissionsBoundary: (input, ctx) =>
      change(ctx, input.UserName, () => ({
        boundary: policyOf(store.account(ctx.account), input.PermissionsBoundary).arn,
      })),
    DeleteUserPermissionsBoundary: (input, ctx) =>
      change(ctx, input.UserName, () => ({ boundary: undefined })),
    AddUserToGroup: (input, ctx) =>
      change(ctx, input.UserName, ({ groups }) => {
        const { name } = groupOf(store.account(ctx.account), input.GroupName)
        return { groups: groups.includes(name) ? groups : [...groups, name] }
      }),
    RemoveUserFromGroup: (input, ctx) =>
      change(ctx, input.UserName, ({ groups }) => {
        const { name } = groupOf(store.account(ctx.account), input.GroupName)
        return { groups: groups.filter((group) => group !== name) }
      }),
    ListGroupsForUser(input, ctx) {
      const view = store.account(ctx.account)
      const groups = userOf(view, input.UserName).groups.map((name) => groupOf(view, name))
      const { items, tail } = pageOf(groups, input)
      return { Groups: items.map(presentGroup), ...tail }
    },
  } satisfies Operations<Iam>
}

function lifecycle({ store }: Pick<Authority, 'store'>) {
  return {
    CreateUser: (input, ctx) =>
      store.change(ctx.account, (account) => {
        const name = checkName(input.UserName, 'userName')
        if (account.get('user', name)) throw alreadyExists('user', name)
        const given = { name, path: input.Path, tags: input.Tags, now: ctx.now }
        const user: User = {
          ...newEntity(ctx.account, 'user', given),
          attached: [],
          inline: {},
          groups: [],
          keys: [],
          ...(input.PermissionsBoundary && {
            boundary: policyOf(account, input.PermissionsBoundary).arn,
          }),
        }
        account.put('user', name, user)
        return { User: presentUser(user) }
      }),
    UpdateUser: (input, ctx) =>
      store.change(ctx.account, (account) => {
        const user = userOf(account, input.UserName)
        const name = checkName(input.NewUserName ?? user.name, 'newUserName')
        const path = input.NewPath ?? user.path
        const taken = account.get('user', name)
        if (taken && taken.id !== user.id) throw alreadyExists('user', name)
        account.remove('user', user.name)
        account.put('user', name, {
          ...user,
          name,
          path,
          arn: arnOf(ctx.account, 'user', path, name),
        })
        return {}
      }),
    DeleteUser: (input, ctx) =>
      store.change(ctx.account, (account) => {
        const user = userOf(account, input.UserName)
        const reason = whyUserStays(user)
        if (reason) throw deleteConflict(`Cannot delete entity, must ${reason} first.`)
        account.remove('user', user.name)
        return {}
      }),
  } satisfies Operations<Iam>
}

function whyUserStays(user: User): string | undefined {
  if (user.attached.length > 0) return 'detach all policies'
  if (Object.keys(user.inline).length > 0) return 'delete policies'
  if (user.keys.length > 0) return 'delete access keys'
  if (user.groups.length > 0) return 'remove users from group'
  return undefined
}

// Lists leave tags and boundaries out (ListUsers, ListRoles in the API reference).
export function withoutTags<T extends { Tags?: unknown; PermissionsBoundary?: unknown }>(
  entity: T,
): Omit<T, 'Tags' | 'PermissionsBoundary'> {
  const { Tags: _tags, PermissionsBoundary: _boundary, ...rest } = entity
  return rest
}

export function without(tags: Record<string, string>, keys: string[] | undefined) {
  return Object.fromEntries(Object.entries(tags).filter(([key]) => !keys?.includes(key)))
}
