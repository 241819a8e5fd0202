import type { Iam, Operations, RequestContext } from '../../gateway/index.ts'
import type { Authority } from './authority.ts'
import { profileOf, roleOf } from './lookup.ts'
import {
  alreadyExists,
  deleteFirst,
  type InstanceProfile,
  newEntity,
  noSuchEntity,
  overQuota,
} from './model.ts'
import { pageOf, underPath } from './paging.ts'
import { listedProfile, presentProfile } from './present.ts'
import type { AccountView, IamStore } from './store.ts'
import { checkedTags, tagList, withoutKeys, withTags } from './tags.ts'
import { given } from './users.ts'

const PROFILES = 1000

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
  return {
    ...tagOperations({ store }),
    ...membership({ store }),
    CreateInstanceProfile: (input, ctx) =>
      store.change(ctx.account, (account) => {
        const name = input.InstanceProfileName!
        const tags = checkedTags(input.Tags, 'exactCase')
        if (account.get('profile', name)) throw alreadyExists('profile', name)
        if (account.list('profile').length >= PROFILES) {
          throw overQuota('InstanceProfilesPerAccount', PROFILES)
        }
        const entity = newEntity(ctx.account, 'profile', {
          name,
          path: input.Path,
          tags,
          now: ctx.now,
        })
        const profile = { ...entity, roles: [] }
        account.put('profile', name, profile)
        const answer = listedProfile(profile, account)
        return { InstanceProfile: { ...answer, ...(tags.length > 0 && { Tags: given(tags) }) } }
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
      return { InstanceProfiles: items.map((profile) => listedProfile(profile, view)), ...tail }
    },
    ListInstanceProfilesForRole(input, ctx) {
      const view = store.account(ctx.account)
      const { name } = roleOf(view, input.RoleName)
      const profiles = view.list('profile').filter(({ roles }) => roles.includes(name))
      const { items, tail } = pageOf(profiles, input)
      return { InstanceProfiles: items.map((profile) => listedProfile(profile, view)), ...tail }
    },
    DeleteInstanceProfile: (input, ctx) =>
      store.change(ctx.account, (account) => {
        const profile = profileOf(account, input.InstanceProfileName)
        if (profile.roles.length > 0) {
          throw deleteFirst('remove roles from instance profile')
        }
        account.remove('profile', profile.name)
        return {}
      }),
  } satisfies Operations<Iam>
}

function membership({ store }: Pick<Authority, 'store'>) {
  const change = profileChange(store)
  return {
    AddRoleToInstanceProfile: (input, ctx) =>
      change(ctx, input.InstanceProfileName, ({ roles }, view) => {
        const { name } = roleOf(view, input.RoleName)
        if (roles.length > 0) {
          throw overQuota('InstanceSessionsPerInstanceProfile', 1)
        }
        return { roles: [name] }
      }),
    RemoveRoleFromInstanceProfile: (input, ctx) =>
      change(ctx, input.InstanceProfileName, ({ roles, name: profile }, view) => {
        const { name } = roleOf(view, input.RoleName)
        if (!roles.includes(name)) {
          throw noSuchEntity(`Role ${name} in Instance Profile ${profile} cannot be found.`)
        }
        return { roles: roles.filter((role) => role !== name) }
      }),
  } satisfies Operations<Iam>
}

function tagOperations({ store }: Pick<Authority, 'store'>) {
  const change = profileChange(store)
  return {
    TagInstanceProfile: (input, ctx) =>
      change(ctx, input.InstanceProfileName, ({ tags }) => ({
        tags: withTags(tags, input.Tags, 'exactCase'),
      })),
    UntagInstanceProfile: (input, ctx) =>
      change(ctx, input.InstanceProfileName, ({ tags }) => ({
        tags: withoutKeys(tags, input.TagKeys, 'exactCase'),
      })),
    ListInstanceProfileTags(input, ctx) {
      const profile = profileOf(store.account(ctx.account), input.InstanceProfileName)
      const { items, tail } = pageOf(tagList(profile.tags), input)
      return { Tags: items, ...tail }
    },
  } satisfies Operations<Iam>
}
