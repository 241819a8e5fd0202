import type { Iam, Operations, RequestContext } from '../../gateway/index.ts'
import type { Authority } from './authority.ts'
import {
  attachablePolicy,
  checkedInline,
  groupOf,
  ownRoleOf,
  policyOf,
  roleOf,
  userOf,
} from './lookup.ts'
import { type Group, noSuch, noSuchEntity, overQuota, type Role, type User } from './model.ts'
import { pageOf, underPath } from './paging.ts'
import { encoded } from './present.ts'
import type { AccountView, IamStore } from './store.ts'

// Users, groups and roles hold policies in the same way; the operations differ in name only.

type HolderKind = 'user' | 'group' | 'role'

const ATTACHED_LIMIT = 10
const attachedQuotas = {
  user: 'PoliciesPerUser',
  group: 'PoliciesPerGroup',
  role: 'PoliciesPerRole',
}

interface Ask {
  ctx: RequestContext
  kind: HolderKind
  name: string | undefined
}

interface InlineInput {
  PolicyName: string | undefined
  PolicyDocument?: string | undefined
}

interface PageInput {
  Marker?: string | undefined
  MaxItems?: number | undefined
  PathPrefix?: string | undefined
}

function holderOf(view: AccountView, { kind, name }: Ask): User | Group | Role {
  if (kind === 'user') return userOf(view, name)
  return kind === 'group' ? groupOf(view, name) : roleOf(view, name)
}

function holding(store: IamStore) {
  const change = (ask: Ask, edit: (holder: Group, view: AccountView) => Partial<Group>) =>
    store.change(ask.ctx.account, (account) => {
      const holder = ask.kind === 'role' ? ownRoleOf(account, ask.name) : holderOf(account, ask)
      account.put(ask.kind, holder.name, { ...holder, ...edit(holder, account) } as User & Role)
      return {}
    })
  const read = (ask: Ask) => holderOf(store.account(ask.ctx.account), ask)
  return {
    put: (ask: Ask, input: InlineInput) =>
      change(ask, ({ inline, name: holder }) => {
        const name = input.PolicyName!
        const { [name]: _replaced, ...others } = inline
        const texts = Object.values(others)
        const document = checkedInline(input.PolicyDocument, ask.kind, holder, texts)
        return { inline: { ...inline, [name]: document } }
      }),
    get(ask: Ask, input: InlineInput) {
      const holder = read(ask)
      return {
        PolicyName: input.PolicyName,
        PolicyDocument: encoded(inlineOf(ask, holder, input.PolicyName)),
      }
    },
    remove: (ask: Ask, input: InlineInput) =>
      change(ask, (holder) => {
        inlineOf(ask, holder, input.PolicyName)
        const { [input.PolicyName!]: _removed, ...inline } = holder.inline
        return { inline }
      }),
    list(ask: Ask, input: PageInput) {
      const { items, tail } = pageOf(Object.keys(read(ask).inline).sort(), input)
      return { PolicyNames: items, ...tail }
    },
    attach: (ask: Ask, arn: string | undefined) =>
      change(ask, ({ attached }, view) => {
        const policy = attachablePolicy(view, arn)
        if (attached.includes(policy.arn)) return {}
        if (attached.length >= ATTACHED_LIMIT) {
          throw overQuota(attachedQuotas[ask.kind], ATTACHED_LIMIT)
        }
        return { attached: [...attached, policy.arn] }
      }),
    detach: (ask: Ask, arn: string | undefined) =>
      change(ask, ({ attached }) => {
        if (!attached.includes(arn ?? '')) throw noSuch('policy', arn ?? '')
        return { attached: attached.filter((each) => each !== arn) }
      }),
    listAttached(ask: Ask, input: PageInput) {
      const view = store.account(ask.ctx.account)
      const policies = holderOf(view, ask)
        .attached.map((arn) => policyOf(view, arn))
        .filter(underPath(input.PathPrefix))
      const { items, tail } = pageOf(policies, input)
      return {
        AttachedPolicies: items.map(({ name, arn }) => ({ PolicyName: name, PolicyArn: arn })),
        ...tail,
      }
    },
  }
}

function inlineOf(ask: Ask, holder: Group, name = ''): string {
  const document = holder.inline[name]
  if (document !== undefined) return document
  throw noSuchEntity(`The ${ask.kind} policy with name ${name} cannot be found.`)
}

export function holderOperations({ store }: Authority) {
  const hold = holding(store)
  const user = (input: { UserName: string | undefined }, ctx: RequestContext): Ask => ({
    ctx,
    kind: 'user',
    name: input.UserName ?? '',
  })
  const group = (input: { GroupName: string | undefined }, ctx: RequestContext): Ask => ({
    ctx,
    kind: 'group',
    name: input.GroupName,
  })
  const role = (input: { RoleName: string | undefined }, ctx: RequestContext): Ask => ({
    ctx,
    kind: 'role',
    name: input.RoleName,
  })
  return {
    PutUserPolicy: (i, ctx) => hold.put(user(i, ctx), i),
    PutGroupPolicy: (i, ctx) => hold.put(group(i, ctx), i),
    PutRolePolicy: (i, ctx) => hold.put(role(i, ctx), i),
    GetUserPolicy: (i, ctx) => ({ UserName: i.UserName, ...hold.get(user(i, ctx), i) }),
    GetGroupPolicy: (i, ctx) => ({ GroupName: i.GroupName, ...hold.get(group(i, ctx), i) }),
    GetRolePolicy: (i, ctx) => ({ RoleName: i.RoleName, ...hold.get(role(i, ctx), i) }),
    DeleteUserPolicy: (i, ctx) => hold.remove(user(i, ctx), i),
    DeleteGroupPolicy: (i, ctx) => hold.remove(group(i, ctx), i),
    DeleteRolePolicy: (i, ctx) => hold.remove(role(i, ctx), i),
    ListUserPolicies: (i, ctx) => hold.list(user(i, ctx), i),
    ListGroupPolicies: (i, ctx) => hold.list(group(i, ctx), i),
    ListRolePolicies: (i, ctx) => hold.list(role(i, ctx), i),
    AttachUserPolicy: (i, ctx) => hold.attach(user(i, ctx), i.PolicyArn),
    AttachGroupPolicy: (i, ctx) => hold.attach(group(i, ctx), i.PolicyArn),
    AttachRolePolicy: (i, ctx) => hold.attach(role(i, ctx), i.PolicyArn),
    DetachUserPolicy: (i, ctx) => hold.detach(user(i, ctx), i.PolicyArn),
    DetachGroupPolicy: (i, ctx) => hold.detach(group(i, ctx), i.PolicyArn),
    DetachRolePolicy: (i, ctx) => hold.detach(role(i, ctx), i.PolicyArn),
    ListAttachedUserPolicies: (i, ctx) => hold.listAttached(user(i, ctx), i),
    ListAttachedGroupPolicies: (i, ctx) => hold.listAttached(group(i, ctx), i),
    ListAttachedRolePolicies: (i, ctx) => hold.listAttached(role(i, ctx), i),
  } satisfies Operations<Iam>
}
