import type { Iam, Operations } from '../../gateway/index.ts'
import type { Authority } from './authority.ts'
import { awsPolicies } from './aws-policies.ts'
import { attachablePolicy, checkedManaged, notOfAws, policyOf, versionOf } from './lookup.ts'
import {
  alreadyExists,
  deleteConflict,
  limitExceeded,
  type ManagedPolicy,
  newEntity,
  overQuota,
} from './model.ts'
import { pageOf, underPath } from './paging.ts'
import { encoded, listedPolicy, presentPolicy, presentVersion } from './present.ts'
import type { AccountChange, AccountView } from './store.ts'
import { checkedTags, tagList, withoutKeys, withTags } from './tags.ts'
import { given } from './users.ts'

const VERSIONS_PER_POLICY = 5
const POLICIES = 1500

function ownPolicyOf(change: AccountChange, arn: string | undefined): ManagedPolicy {
  notOfAws(arn)
  return policyOf(change, arn)
}

export function policyOperations({ store }: Authority) {
  return {
    ...versions({ store }),
    ...tags({ store }),
    ...entities({ store }),
    CreatePolicy: (input, ctx) =>
      store.change(ctx.account, (account) => {
        const name = input.PolicyName!
        const tags = checkedTags(input.Tags, 'exactCase')
        const document = checkedManaged(input.PolicyDocument)
        if (account.get('policy', name)) throw alreadyExists('policy', name)
        if (account.list('policy').length >= POLICIES) {
          throw overQuota('PoliciesPerAccount', POLICIES)
        }
        const policy: ManagedPolicy = {
          ...newEntity(ctx.account, 'policy', { name, path: input.Path, tags, now: ctx.now }),
          ...(input.Description !== undefined && { description: input.Description }),
          versions: [{ id: 'v1', document, createdAt: ctx.now }],
          defaultVersion: 'v1',
          lastVersion: 1,
          updatedAt: ctx.now,
        }
        account.put('policy', name, policy)
        const answer = listedPolicy(policy, account)
        return { Policy: { ...answer, ...(tags.length > 0 && { Tags: given(tags) }) } }
      }),
    GetPolicy(input, ctx) {
      const view = store.account(ctx.account)
      return { Policy: presentPolicy(policyOf(view, input.PolicyArn), view) }
    },
    ListPolicies(input, ctx) {
      const view = store.account(ctx.account)
      const policies = inScope(view, input.Scope)
        .filter(underPath(input.PathPrefix))
        .map((policy) => listedPolicy(policy, view))
        .filter((policy) => isWanted(policy, input))
      const { items, tail } = pageOf(policies, input)
      return { Policies: items, ...tail }
    },
    DeletePolicy: (input, ctx) =>
      store.change(ctx.account, (account) => {
        const policy = ownPolicyOf(account, input.PolicyArn)
        const { AttachmentCount, PermissionsBoundaryUsageCount } = listedPolicy(policy, account)
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

/** By use: attached as permissions or as a boundary, and only attached ones where that is asked. */
function isWanted(
  policy: { AttachmentCount: number; PermissionsBoundaryUsageCount: number },
  input: { OnlyAttached?: boolean | undefined; PolicyUsageFilter?: string | undefined },
): boolean {
  const { AttachmentCount: attached, PermissionsBoundaryUsageCount: bounding } = policy
  if (input.PolicyUsageFilter === 'PermissionsBoundary') return bounding > 0
  if (input.PolicyUsageFilter === 'PermissionsPolicy') return attached > 0
  return !input.OnlyAttached || attached + bounding > 0
}

function inScope(view: AccountView, scope: string | undefined): ManagedPolicy[] {
  const aws = scope === 'Local' ? [] : awsPolicies.values()
  return scope === 'AWS' ? aws : [...aws, ...view.list('policy')]
}

interface Bearer {
  name: string
  id: string
  path: string
  attached: string[]
  boundary?: string
}

function entities({ store }: Pick<Authority, 'store'>) {
  return {
    ListEntitiesForPolicy(input, ctx) {
      const view = store.account(ctx.account)
      const { arn } = policyOf(view, input.PolicyArn)
      const holds = ({ attached, boundary }: Bearer) =>
        (input.PolicyUsageFilter !== 'PermissionsBoundary' && attached.includes(arn)) ||
        (input.PolicyUsageFilter !== 'PermissionsPolicy' && boundary === arn)
      const found = (['group', 'user', 'role'] as const)
        .filter((kind) => !input.EntityFilter || input.EntityFilter.toLowerCase() === kind)
        .flatMap((kind) => (view.list(kind) as Bearer[]).map((bearer) => ({ kind, bearer })))
        .filter(({ bearer }) => holds(bearer) && underPath(input.PathPrefix)(bearer))
      const { items, tail } = pageOf(found, input)
      const of = (wanted: string) =>
        items.filter(({ kind }) => kind === wanted).map(({ bearer }) => bearer)
      return {
        PolicyGroups: of('group').map(({ name, id }) => ({ GroupName: name, GroupId: id })),
        PolicyUsers: of('user').map(({ name, id }) => ({ UserName: name, UserId: id })),
        PolicyRoles: of('role').map(({ name, id }) => ({ RoleName: name, RoleId: id })),
        ...tail,
      }
    },
  } satisfies Operations<Iam>
}

function versions({ store }: Pick<Authority, 'store'>) {
  return {
    CreatePolicyVersion: (input, ctx) =>
      store.change(ctx.account, (account) => {
        notOfAws(input.PolicyArn)
        const policy = attachablePolicy(account, input.PolicyArn)
        const document = checkedManaged(input.PolicyDocument)
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
      const view = store.account(ctx.account)
      const { policy, version } = versionOf(view, input.PolicyArn, input.VersionId)
      const Document = encoded(version.document)
      return { PolicyVersion: { Document, ...presentVersion(policy, version) } }
    },
    ListPolicyVersions(input, ctx) {
      const policy = policyOf(store.account(ctx.account), input.PolicyArn)
      const { items, tail } = pageOf(policy.versions, input)
      return { Versions: items.map((version) => presentVersion(policy, version)), ...tail }
    },
    SetDefaultPolicyVersion: (input, ctx) =>
      store.change(ctx.account, (account) => {
        notOfAws(input.PolicyArn)
        const { policy, version } = versionOf(account, input.PolicyArn, input.VersionId)
        const changed = { ...policy, defaultVersion: version.id, updatedAt: ctx.now }
        account.put('policy', policy.name, changed)
        return {}
      }),
    DeletePolicyVersion: (input, ctx) =>
      store.change(ctx.account, (account) => {
        notOfAws(input.PolicyArn)
        const { policy, version } = versionOf(account, input.PolicyArn, input.VersionId)
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
        const changed = withTags(policy.tags, input.Tags, 'exactCase')
        account.put('policy', policy.name, { ...policy, tags: changed })
        return {}
      }),
    UntagPolicy: (input, ctx) =>
      store.change(ctx.account, (account) => {
        const policy = ownPolicyOf(account, input.PolicyArn)
        const changed = withoutKeys(policy.tags, input.TagKeys, 'exactCase')
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
