import { AwsError, type Iam, type Operations } from '../../gateway/index.ts'
import type { Authority } from './authority.ts'
import { awsPolicies } from './aws-policies.ts'
import { checkedPolicy, ownPolicyOf, policyOf } from './lookup.ts'
import {
  alreadyExists,
  checkName,
  deleteConflict,
  limitExceeded,
  type ManagedPolicy,
  newEntity,
  tagList,
  tagRecord,
} from './model.ts'
import { pageOf, underPath } from './paging.ts'
import { encoded, presentPolicy, presentVersion } from './present.ts'
import type { AccountView } from './store.ts'
import { without, withoutTags } from './users.ts'

const VERSIONS_PER_POLICY = 5

export function policyOperations({ store }: Authority) {
  return {
    ...versions({ store }),
    ...tags({ store }),
    ...entities({ store }),
    CreatePolicy: (input, ctx) =>
      store.change(ctx.account, (account) => {
        const name = checkName(input.PolicyName, 'policyName', 128)
        const document = checkedPolicy(input.PolicyDocument, 'identity', 'policy')
        if (account.get('policy', name)) throw alreadyExists('policy', name)
        const given = { name, path: input.Path, tags: input.Tags, now: ctx.now }
        const policy: ManagedPolicy = {
          ...newEntity(ctx.account, 'policy', given),
          ...(input.Description !== undefined && { description: input.Description }),
          versions: [{ id: 'v1', document, createdAt: ctx.now }],
          defaultVersion: 'v1',
          lastVersion: 1,
          updatedAt: ctx.now,
        }
        account.put('policy', name, policy)
        return { Policy: presentPolicy(policy, account) }
      }),
    GetPolicy(input, ctx) {
      const view = store.account(ctx.account)
      return { Policy: presentPolicy(policyOf(view, input.PolicyArn), view) }
    },
    ListPolicies(input, ctx) {
      const view = store.account(ctx.account)
      const policies = inScope(view, input.Scope)
        .filter(underPath(input.PathPrefix))
        .map((policy) => presentPolicy(policy, view))
        .filter((policy) => !input.OnlyAttached || policy.AttachmentCount > 0)
      const { items, tail } = pageOf(policies, input)
      return { Policies: items.map(withoutTags), ...tail }
    },
    DeletePolicy: (input, ctx) =>
      store.change(ctx.account, (account) => {
        const policy = ownPolicyOf(account, input.PolicyArn)
        const { AttachmentCount, PermissionsBoundaryUsageCount } = presentPolicy(policy, account)
        if (AttachmentCount + PermissionsBoundaryUsageCount > 0) {
          throw deleteConflict('Cannot delete a policy attached to entities.')
        }
        if (policy.versions.length > 1) {
          throw deleteConflict(
            "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
          )
        }
        account.remove('policy', policy.name)
        return {}
      }),
  } satisfies Operations<Iam>
}

function inScope(view: AccountView, scope: string | undefined): ManagedPolicy[] {
  const aws = scope === 'Local' ? [] : [...awsPolicies.values()]
  return scope === 'AWS' ? aws : [...aws, ...view.list('policy')]
}

function entities({ store }: Pick<Authority, 'store'>) {
  return {
    ListEntitiesForPolicy(input, ctx) {
      const view = store.account(ctx.account)
      const { arn } = policyOf(view, input.PolicyArn)
      const holds = (holder: { attached: string[]; boundary?: string }) =>
        input.PolicyUsageFilter === 'PermissionsBoundary'
          ? holder.boundary === arn
          : holder.attached.includes(arn)
      const wants = (kind: string) => !input.EntityFilter || input.EntityFilter === kind
      return {
        PolicyUsers: wants('User')
          ? view
              .list('user')
              .filter(holds)
              .map(({ name, id }) => ({ UserName: name, UserId: id }))
          : [],
        PolicyGroups: wants('Group')
          ? view
              .list('group')
              .filter(holds)
              .map(({ name, id }) => ({ GroupName: name, GroupId: id }))
          : [],
        PolicyRoles: wants('Role')
          ? view
              .list('role')
              .filter(holds)
              .map(({ name, id }) => ({ RoleName: name, RoleId: id }))
          : [],
        IsTruncated: false,
      }
    },
  } satisfies Operations<Iam>
}

function versions({ store }: Pick<Authority, 'store'>) {
  return {
    CreatePolicyVersion: (input, ctx) =>
      store.change(ctx.account, (account) => {
        const policy = ownPolicyOf(account, input.PolicyArn)
        const document = checkedPolicy(input.PolicyDocument, 'identity', 'policy')
        if (policy.versions.length >= VERSIONS_PER_POLICY) {
          throw limitExceeded(
            `A managed policy can have up to ${VERSIONS_PER_POLICY} versions. Before you create a new version, you must delete an existing version.`,
          )
        }
        const lastVersion = policy.lastVersion + 1
        const version = { id: `v${lastVersion}`, document, createdAt: ctx.now }
        const changed = {
          ...policy,
          versions: [version, ...policy.versions],
          defaultVersion: input.SetAsDefault ? version.id : policy.defaultVersion,
          lastVersion,
          updatedAt: ctx.now,
        }
        account.put('policy', policy.name, changed)
        return { PolicyVersion: presentVersion(changed, version) }
      }),
    GetPolicyVersion(input, ctx) {
      const policy = policyOf(store.account(ctx.account), input.PolicyArn)
      const version = versionOf(policy, input.VersionId)
      const Document = encoded(version.document)
      return { PolicyVersion: { ...presentVersion(policy, version), Document } }
    },
    ListPolicyVersions(input, ctx) {
      const policy = policyOf(store.account(ctx.account), input.PolicyArn)
      const { items, tail } = pageOf(policy.versions, input)
      return { Versions: items.map((version) => presentVersion(policy, version)), ...tail }
    },
    SetDefaultPolicyVersion: (input, ctx) =>
      store.change(ctx.account, (account) => {
        const policy = ownPolicyOf(account, input.PolicyArn)
        const { id } = versionOf(policy, input.VersionId)
        account.put('policy', policy.name, { ...policy, defaultVersion: id, updatedAt: ctx.now })
        return {}
      }),
    DeletePolicyVersion: (input, ctx) =>
      store.change(ctx.account, (account) => {
        const policy = ownPolicyOf(account, input.PolicyArn)
        const version = versionOf(policy, input.VersionId)
        if (version.id === policy.defaultVersion) {
          throw deleteConflict('Cannot delete the default version of a policy.')
        }
        const kept = policy.versions.filter((each) => each !== version)
        account.put('policy', policy.name, { ...policy, versions: kept })
        return {}
      }),
  } satisfies Operations<Iam>
}

function tags({ store }: Pick<Authority, 'store'>) {
  return {
    TagPolicy: (input, ctx) =>
      store.change(ctx.account, (account) => {
        const policy = ownPolicyOf(account, input.PolicyArn)
        const changed = { ...policy.tags, ...tagRecord(input.Tags) }
        account.put('policy', policy.name, { ...policy, tags: changed })
        return {}
      }),
    UntagPolicy: (input, ctx) =>
      store.change(ctx.account, (account) => {
        const policy = ownPolicyOf(account, input.PolicyArn)
        const changed = without(policy.tags, input.TagKeys)
        account.put('policy', policy.name, { ...policy, tags: changed })
        return {}
      }),
    ListPolicyTags(input, ctx) {
      const policy = policyOf(store.account(ctx.account), input.PolicyArn)
      const { items, tail } = pageOf(tagList(policy.tags), input)
      return { Tags: items, ...tail }
    },
  } satisfies Operations<Iam>
}

function versionOf(policy: ManagedPolicy, id = '') {
  const version = policy.versions.find((each) => each.id === id)
  if (version) return version
  const message = `Policy ${policy.arn} version ${id} does not exist or is not attachable.`
  throw new AwsError('NoSuchEntity', message, { status: 404 })
}
