import { AwsError, type Iam, type Operations, type RequestContext } from '../../gateway/index.ts'
import type { Authority } from './authority.ts'
import { checkedPolicy, policyOf, roleOf } from './lookup.ts'
import {
  alreadyExists,
  checkName,
  deleteConflict,
  invalid,
  newEntity,
  type Role,
  tagList,
  tagRecord,
} from './model.ts'
import { pageOf, underPath } from './paging.ts'
import { presentRole } from './present.ts'
import type { AccountChange } from './store.ts'
import { without, withoutTags } from './users.ts'

export function roleOperations({ store }: Authority) {
  const change = (
    ctx: RequestContext,
    name: string | undefined,
    edit: (role: Role) => Partial<Role>,
  ) =>
    store.change(ctx.account, (account) => {
      const role = { ...roleOf(account, name) }
      const changed = { ...role, ...edit(role) }
      account.put('role', role.name, changed)
      return changed
    })
  const silently = async (done: Promise<unknown>) => {
    await done
    return {}
  }
  return {
    ...lifecycle({ store }),
    GetRole: (input, ctx) => ({
      Role: presentRole(roleOf(store.account(ctx.account), input.RoleName)),
    }),
    ListRoles(input, ctx) {
      const roles = store.account(ctx.account).list('role').filter(underPath(input.PathPrefix))
      const { items, tail } = pageOf(roles, input)
      return { Roles: items.map((role) => withoutTags(presentRole(role))), ...tail }
    },
    UpdateRole: (input, ctx) =>
      silently(
        change(ctx, input.RoleName, (role) => ({
          description: input.Description ?? role.description,
          maxSessionS: checkDuration(input.MaxSessionDuration ?? role.maxSessionS),
        })),
      ),
    async UpdateRoleDescription(input, ctx) {
      const role = await change(ctx, input.RoleName, () => ({ description: input.Description }))
      return { Role: presentRole(role) }
    },
    UpdateAssumeRolePolicy: (input, ctx) =>
      silently(
        change(ctx, input.RoleName, () => ({
          trust: checkedPolicy(input.PolicyDocument, 'trust', 'trust'),
        })),
      ),
    TagRole: (input, ctx) =>
      silently(
        change(ctx, input.RoleName, ({ tags }) => ({
          tags: { ...tags, ...tagRecord(input.Tags) },
        })),
      ),
    UntagRole: (input, ctx) =>
      silently(change(ctx, input.RoleName, ({ tags }) => ({ tags: without(tags, input.TagKeys) }))),
    ListRoleTags(input, ctx) {
      const role = roleOf(store.account(ctx.account), input.RoleName)
      const { items, tail } = pageOf(tagList(role.tags), input)
      return { Tags: items, ...tail }
    },
    PutRolePermissionsBoundary: (input, ctx) =>
      silently(
        change(ctx, input.RoleName, () => ({
          boundary: policyOf(store.account(ctx.account), input.PermissionsBoundary).arn,
        })),
      ),
    DeleteRolePermissionsBoundary: (input, ctx) =>
      silently(change(ctx, input.RoleName, () => ({ boundary: undefined }))),
  } satisfies Operations<Iam>
}

function lifecycle({ store }: Pick<Authority, 'store'>) {
  return {
    CreateRole: (input, ctx) =>
      store.change(ctx.account, (account) => {
        const role = newRole(account, ctx, {
          name: checkName(input.RoleName, 'roleName'),
          path: input.Path,
          tags: input.Tags,
          trust: checkedPolicy(input.AssumeRolePolicyDocument, 'trust', 'trust'),
          description: input.Description,
          maxSessionS: checkDuration(input.MaxSessionDuration ?? 3600),
          boundary: input.PermissionsBoundary && policyOf(account, input.PermissionsBoundary).arn,
        })
        return { Role: presentRole(role) }
      }),
    CreateServiceLinkedRole: (input, ctx) =>
      store.change(ctx.account, (account) => {
        const service = input.AWSServiceName ?? ''
        const suffix = input.CustomSuffix ? `_${input.CustomSuffix}` : ''
        const role = newRole(account, ctx, {
          name: `AWSServiceRoleFor${serviceLabel(service)}${suffix}`,
          path: `/aws-service-role/${service}/`,
          tags: undefined,
          trust: trustOf(service),
          description: input.Description,
          maxSessionS: 3600,
          boundary: undefined,
        })
        return { Role: presentRole(role) }
      }),
    DeleteRole: (input, ctx) =>
      store.change(ctx.account, (account) => {
        const role = roleOf(account, input.RoleName)
        const reason = whyRoleStays(account, role)
        if (reason) throw deleteConflict(`Cannot delete entity, must ${reason} first.`)
        account.remove('role', role.name)
        return {}
      }),
  } satisfies Operations<Iam>
}

interface NewRole {
  name: string
  path: string | undefined
  tags: Parameters<typeof tagRecord>[0]
  trust: string
  description: string | undefined
  maxSessionS: number
  boundary: string | undefined
}

function newRole(account: AccountChange, ctx: RequestContext, given: NewRole): Role {
  const { name, path, tags, trust, description, maxSessionS, boundary } = given
  if (account.get('role', name)) throw alreadyExists('role', name)
  const entity = newEntity(ctx.account, 'role', { name, path, tags, now: ctx.now })
  const own = { attached: [], inline: {}, trust, description, maxSessionS, boundary }
  const role: Role = { ...entity, ...own }
  account.put('role', name, role)
  return role
}

function whyRoleStays(account: AccountChange, role: Role): string | undefined {
  if (account.list('profile').some(({ roles }) => roles.includes(role.name))) {
    return 'remove roles from instance profile'
  }
  if (role.attached.length > 0) return 'detach all policies'
  if (Object.keys(role.inline).length > 0) return 'delete policies'
  return undefined
}

function checkDuration(seconds: number): number {
  if (seconds >= 3600 && seconds <= 43_200) return seconds
  throw invalid(
    `1 validation error detected: Value '${seconds}' at 'maxSessionDuration' failed to satisfy constraint: Member must have value between 3600 and 43200`,
  )
}

function serviceLabel(service: string): string {
  const name = /^([a-z0-9-]+)(?:\.[a-z0-9-]+)*\.amazonaws\.com$/.exec(service)?.[1]
  if (!name) {
    throw new AwsError('InvalidInput', `Invalid service principal: ${service}`, { status: 400 })
  }
  return name.replace(/(?:^|-)(\w)/g, (_whole, letter: string) => letter.toUpperCase())
}

const trustOf = (service: string) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }],
  })
