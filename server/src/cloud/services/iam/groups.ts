import type { Iam, Operations } from '../../gateway/index.ts'
import type { Authority } from './authority.ts'
import { groupOf } from './lookup.ts'
import { alreadyExists, arnOf, deleteFirst, type Group, newEntity, overQuota } from './model.ts'
import { pageOf, underPath } from './paging.ts'
import { listedUser, presentGroup } from './present.ts'

const GROUPS = 300

export function groupOperations({ store }: Authority) {
  return {
    CreateGroup: (input, ctx) =>
      store.change(ctx.account, (account) => {
        const name = input.GroupName!
        if (account.get('group', name)) throw alreadyExists('group', name)
        if (account.list('group').length >= GROUPS) throw overQuota('GroupsPerAccount', GROUPS)
        const given = { name, path: input.Path, tags: undefined, now: ctx.now }
        const group: Group = { ...newEntity(ctx.account, 'group', given), attached: [], inline: {} }
        account.put('group', name, group)
        return { Group: presentGroup(group) }
      }),
    GetGroup(input, ctx) {
      const view = store.account(ctx.account)
      const group = groupOf(view, input.GroupName)
      const members = view.list('user').filter(({ groups }) => groups.includes(group.name))
      const { items, tail } = pageOf(members, input)
      return {
        Group: presentGroup(group),
        Users: items.map(listedUser),
        ...tail,
      }
    },
    ListGroups(input, ctx) {
      const groups = store.account(ctx.account).list('group').filter(underPath(input.PathPrefix))
      const { items, tail } = pageOf(groups, input)
      return { Groups: items.map(presentGroup), ...tail }
    },
    UpdateGroup: (input, ctx) =>
      store.change(ctx.account, (account) => {
        const group = groupOf(account, input.GroupName)
        const name = input.NewGroupName ?? group.name
        const path = input.NewPath ?? group.path
        const taken = account.get('group', name)
        if (taken && taken.id !== group.id) throw alreadyExists('group', name)
        account.remove('group', group.name)
        const arn = arnOf(ctx.account, 'group', path, name)
        account.put('group', name, { ...group, name, path, arn })
        for (const user of account.list('user')) {
          if (!user.groups.includes(group.name)) continue
          const groups = user.groups.map((each) => (each === group.name ? name : each))
          account.put('user', user.name, { ...user, groups })
        }
        return {}
      }),
    DeleteGroup: (input, ctx) =>
      store.change(ctx.account, (account) => {
        const group = groupOf(account, input.GroupName)
        const hasMembers = account.list('user').some(({ groups }) => groups.includes(group.name))
        if (hasMembers) throw deleteFirst('remove users from group')
        if (group.attached.length > 0) throw deleteFirst('detach all policies')
        if (Object.keys(group.inline).length > 0) throw deleteFirst('delete policies')
        account.remove('group', group.name)
        return {}
      }),
  } satisfies Operations<Iam>
}
