import type { Iam, Operations, RequestContext } from '../../gateway/index.ts'
import type { Authority } from './authority.ts'
import { profileOf, roleOf } from './lookup.ts'
import {
  alreadyExists,
  checkName,
  deleteConflict,
  type InstanceProfile,
  limitExceeded,
  newEntity,
  tagList,
  tagRecord,
} from './model.ts'
import { pageOf, underPath } from './paging.ts'
import { presentProfile } from './present.ts'
import type { AccountView, IamStore } from './store.ts'
import { without } from './users.ts'

function profileChange(store: IamStore) {
  return (
    ctx: RequestContext,
    name: string | undefined,
    edit: (profile: InstanceProfile, view: AccountView) => Partial<InstanceProfile>,
  ) =>
    store.change(ctx.account, (account) => {
      const profile = profileOf(account, name)
      account.put('profile', profile.name, { ...profile, ...edit(profile, account) })
      return {}
    })
}

export function profileOperations({ store }: Authority) {
  const change = profileChange(store)
  return {
    ...tagOperations({ store }),
    CreateInstanceProfile: (input, ctx) =>
      store.change(ctx.account, (account) => {
        const name = checkName(input.InstanceProfileName, 'instanceProfileName', 128)
        if (account.get('profile', name)) throw alreadyExists('profile', name)
        const given = { name, path: input.Path, tags: input.Tags, now: ctx.now }
        const profile = { ...newEntity(ctx.account, 'profile', given), roles: [] }
        account.put('profile', name, profile)
        return { InstanceProfile: presentProfile(profile, account) }
      }),
    GetInstanceProfile(input, ctx) {
      const view = store.account(ctx.account)
      return {
        InstanceProfile: presentProfile(profileOf(view, input.InstanceProfileName), view),
      }
    },
    ListInstanceProfiles(input, ctx) {
      const view = store.account(ctx.account)
      const { items, tail } = pageOf(
        view.list('profile').filter(underPath(input.PathPrefix)),
        input,
      )
      return { InstanceProfiles: items.map((profile) => presentProfile(profile, view)), ...tail }
    },
    ListInstanceProfilesForRole(input, ctx) {
      const view = store.account(ctx.account)
      const { name } = roleOf(view, input.RoleName)
      const profiles = view.list('profile').filter(({ roles }) => roles.includes(name))
      const { items, tail } = pageOf(profiles, input)
      return { InstanceProfiles: items.map((profile) => presentProfile(profile, view)), ...tail }
    },
    DeleteInstanceProfile: (input, ctx) =>
      store.change(ctx.account, (account) => {
        const profile = profileOf(account, input.InstanceProfileName)
        if (profile.roles.length > 0) {
          throw deleteConflict(
            'Cannot delete entity, must remove roles from instance profile first.',
          )
        }
        account.remove('profile', profile.name)
        return {}
      }),
    AddRoleToInstanceProfile: (input, ctx) =>
      change(ctx, input.InstanceProfileName, ({ roles }, view) => {
        const { name } = roleOf(view, input.RoleName)
        if (roles.length > 0) {
          throw limitExceeded('Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1')
        }
        return { roles: [name] }
      }),
    RemoveRoleFromInstanceProfile: (input, ctx) =>
      change(ctx, input.InstanceProfileName, ({ roles }, view) => {
        const { name } = roleOf(view, input.RoleName)
        return { roles: roles.filter((role) => role !== name) }
      }),
  } satisfies Operations<Iam>
}

function tagOperations({ store }: Pick<Authority, 'store'>) {
  const change = profileChange(store)
  return {
    TagInstanceProfile: (input, ctx) =>
      change(ctx, input.InstanceProfileName, ({ tags }) => ({
        tags: { ...tags, ...tagRecord(input.Tags) },
      })),
    UntagInstanceProfile: (input, ctx) =>
      change(ctx, input.InstanceProfileName, ({ tags }) => ({
        tags: without(tags, input.TagKeys),
      })),
    ListInstanceProfileTags(input, ctx) {
      const profile = profileOf(store.account(ctx.account), input.InstanceProfileName)
      const { items, tail } = pageOf(tagList(profile.tags), input)
      return { Tags: items, ...tail }
    },
  } satisfies Operations<Iam>
}
