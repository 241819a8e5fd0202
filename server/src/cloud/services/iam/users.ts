import type { Iam, Operations, RequestContext } from '../../gateway/index.ts'
import type { Authority } from './authority.ts'
import { boundaryOf, groupOf, userOf, withoutBoundary } from './lookup.ts'
import { alreadyExists, arnOf, deleteFirst, newEntity, overQuota, type User } from './model.ts'
import { pageOf, underPath } from './paging.ts'
import { listedUser, presentGroup, presentUser } from './present.ts'
import type { AccountView } from './store.ts'
import { checkedTags, tagList, withoutKeys, withTags } from './tags.ts'
import { changeTrusted } from './trusted-principals.ts'

const GROUPS_PER_USER = 10
const USERS = 5000

export function userOperations({ store }: Authority) {
  const change = (
    ctx: RequestContext,
    name: string | undefined,
    edit: (user: User, view: AccountView) => Partial<User>,
  ) =>
    store.change(ctx.account, (account) => {
      const user = userOf(account, name, ctx)
      account.put('user', user.name, { ...user, ...edit(user, account) })
      return {}
    })
  return {
    ...lifecycle({ store }),
    GetUser: (input, ctx) => ({ User: ownUser(store.account(ctx.account), input.UserName, ctx) }),
    ListUsers(input, ctx) {
      const users = store.account(ctx.account).list('user').filter(underPath(input.PathPrefix))
      const { items, tail } = pageOf(users, input)
      return { Users: items.map(listedUser), ...tail }
    },
    TagUser: (input, ctx) =>
      change(ctx, input.UserName, ({ tags }) => ({ tags: withTags(tags, input.Tags, 'anyCase') })),
    UntagUser: (input, ctx) =>
      change(ctx, input.UserName, ({ tags }) => ({
        tags: withoutKeys(tags, input.TagKeys, 'anyCase'),
      })),
    ListUserTags(input, ctx) {
      const user = userOf(store.account(ctx.account), input.UserName)
      const { items, tail } = pageOf(tagList(user.tags), input)
      return { Tags: items, ...tail }
    },
    PutUserPermissionsBoundary: (input, ctx) =>
      change(ctx, input.UserName, (_user, view) => ({
        boundary: boundaryOf(view, input.PermissionsBoundary ?? ''),
      })),
    DeleteUserPermissionsBoundary: (input, ctx) =>
      change(ctx, input.UserName, (user) => withoutBoundary('User', user)),
    AddUserToGroup: (input, ctx) =>
      change(ctx, input.UserName, ({ groups }, view) => {
        const { name } = groupOf(view, input.GroupName)
        if (groups.includes(name)) return {}
        if (groups.length >= GROUPS_PER_USER) throw overQuota('GroupsPerUser', GROUPS_PER_USER)
        return { groups: [...groups, name] }
      }),
    RemoveUserFromGroup: (input, ctx) =>
      change(ctx, input.UserName, ({ groups }, view) => {
        const { name } = groupOf(view, input.GroupName)
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

// The owner of an account made before anything in it; nobody knows when here.
const ROOT_MADE_AT = new Date('2015-02-06T18:39:46Z')

/** Root asking for itself is answered with what it has: no name and no path. */
function ownUser(view: AccountView, name: string | undefined, ctx: RequestContext) {
  const { kind, account, arn } = ctx.principal
  if (name === undefined && kind === 'root') {
    const root = { UserId: account, Arn: arn, CreateDate: ROOT_MADE_AT }
    return root as typeof root & { Path: undefined; UserName: undefined }
  }
  return presentUser(userOf(view, name, ctx))
}

function lifecycle({ store }: Pick<Authority, 'store'>) {
  return {
    CreateUser: (input, ctx) =>
      store.change(ctx.account, (account) => {
        const name = input.UserName!
        const tags = checkedTags(input.Tags, 'anyCase')
        if (account.get('user', name)) throw alreadyExists('user', name)
        if (account.list('user').length >= USERS) throw overQuota('UsersPerAccount', USERS)
        const user: User = {
          ...newEntity(ctx.account, 'user', { name, path: input.Path, tags, now: ctx.now }),
          attached: [],
          inline: {},
          groups: [],
          keys: [],
          ...(input.PermissionsBoundary !== undefined && {
            boundary: boundaryOf(account, input.PermissionsBoundary),
          }),
        }
        account.put('user', name, user)
        return { User: { ...presentUser(user), ...(tags.length > 0 && { Tags: given(tags) }) } }
      }),
    UpdateUser: (input, ctx) =>
      changeTrusted(store, ctx.account, (account) => {
        const user = userOf(account, input.UserName)
        const name = input.NewUserName ?? user.name
        const path = input.NewPath ?? user.path
        const taken = account.get('user', name)
        if (taken && taken.id !== user.id) throw alreadyExists('user', name)
        account.remove('user', user.name)
        const arn = arnOf(ctx.account, 'user', path, name)
        account.put('user', name, { ...user, name, path, arn })
        for (const device of account.list('mfa')) {
          if (device.user === user.name) account.put('mfa', device.name, { ...device, user: name })
        }
        return { from: user.arn, to: arn }
      }),
    DeleteUser: (input, ctx) =>
      changeTrusted(store, ctx.account, (account) => {
        const user = userOf(account, input.UserName)
        const reason = whyUserStays(user, account)
        if (reason) throw deleteFirst(reason)
        account.remove('user', user.name)
        return { from: user.arn, to: user.id }
      }),
  } satisfies Operations<Iam>
}

function whyUserStays(user: User, view: AccountView): string | undefined {
  if (user.groups.length > 0) return 'remove users from group'
  if (user.attached.length > 0) return 'detach all policies'
  if (Object.keys(user.inline).length > 0) return 'delete policies'
  if (user.login) return 'delete login profile'
  if (user.keys.length > 0) return 'delete access keys'
  if (user.signingCertificates?.length) return 'delete signing certificates'
  if (view.list('mfa').some((device) => device.user === user.name)) return 'delete MFA device'
  if (user.sshKeys?.length || user.serviceCredentials?.length) return 'remove referenced objects'
  return undefined
}

/** Tags as the caller gave them: an answer to a creation doesn't sort them. */
export const given = (tags: { Key: string | undefined; Value: string | undefined }[]) =>
  tags.map(({ Key = '', Value = '' }) => ({ Key, Value }))
