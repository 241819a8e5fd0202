import type { Iam, Operations } from '../../gateway/index.ts'
import type { Authority } from './authority.ts'
import { groupOf } from './lookup.ts'
import { alreadyExists, arnOf, checkName, deleteConflict, type Group, newEntity } from './model.ts'
import { pageOf, underPath } from './paging.ts'
import { presentGroup, presentUser } from './present.ts'
import { withoutTags } from './users.ts'

export function groupOperations({ store }: Authority) {
  return {
    CreateGroup: (input, ctx) =>
      store.change(ctx.account, (account) => {
        const name = checkName(input.GroupName, 'groupName', 128)
        if (account.get('group', name)) throw alreadyExists('group', name)
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
        Users: items.map((user) => withoutTags(presentUser(user))),
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
        const name = checkName(input.NewGroupName ?? group.name, 'newGroupName', 128)
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
        if (hasMembers) {
          throw deleteConflict('Cannot delete entity, must remove users from group first.')
        }
        if (group.attached.length > 0) {
          throw deleteConflict('Cannot delete entity, must detach all policies first.')
        }
        if (Object.keys(group.inline).length > 0) {
          throw deleteConflict('Cannot delete entity, must delete policies first.')
        }
        account.remove('group', group.name)
        return {}
      }),
  } satisfies Operations<Iam>
}
