import type { Input, Logs, Operations, Output, RequestContext } from '../../gateway/index.ts'
import type { LogsParts } from './parts.ts'
import {
  checkGroupName,
  groupArn,
  groupNameOf,
  invalid,
  pageSize,
  retentionChoices,
} from './model.ts'
import { listGroups } from './group-list.ts'
import { type Group, type LogsStore, notFound, tagsOf } from './store.ts'

export const groupOperations = (parts: LogsParts) =>
  ({
    async CreateLogGroup(input, ctx) {
      const name = checkGroupName(input.logGroupName)
      await parts.store(ctx).groupCreate(name, {
        class: input.logGroupClass ?? 'STANDARD',
        kms_key: input.kmsKeyId ?? null,
        deletion_protected: input.deletionProtectionEnabled ? 1 : 0,
        created_at: ctx.now,
        tags: JSON.stringify(input.tags ?? {}),
      })
      return {}
    },

    async DeleteLogGroup(input, ctx) {
      const store = parts.store(ctx)
      const group = await store.group(checkGroupName(input.logGroupName))
      if (group.deletion_protected) {
        throw invalid('The specified log group has deletion protection enabled.')
      }
      await store.groupDelete(group.id)
      return {}
    },

    DescribeLogGroups: (input, ctx) => describeGroups(parts.store(ctx), input),
    ListLogGroups: (input, ctx) => listGroups(parts.store(ctx), input),

    async PutLogGroupDeletionProtection(input, ctx) {
      const store = parts.store(ctx)
      const name = groupNameOf(input.logGroupIdentifier ?? '')
      const group = await store.group(checkGroupName(name))
      const deletion_protected = input.deletionProtectionEnabled ? 1 : 0
      await store.groupUpdate(group.id, { deletion_protected })
      return {}
    },

    async PutRetentionPolicy(input, ctx) {
      const store = parts.store(ctx)
      const days = input.retentionInDays
      if (!retentionChoices.includes(days ?? 0)) {
        throw invalid(
          `1 validation error detected: Value '${days}' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value set: [${retentionChoices.join(', ')}]`,
        )
      }
      const group = await store.group(checkGroupName(input.logGroupName))
      await store.groupUpdate(group.id, { retention_days: days! }, (tx) =>
        parts.retention.begin(tx, group.id),
      )
      return {}
    },

    async DeleteRetentionPolicy(input, ctx) {
      const store = parts.store(ctx)
      const group = await store.group(checkGroupName(input.logGroupName))
      await store.groupUpdate(group.id, { retention_days: null }, (tx) =>
        parts.retention.end(tx, group.id),
      )
      return {}
    },

    AssociateKmsKey: (input, ctx) => setKey(parts, input, ctx, input.kmsKeyId!),
    DisassociateKmsKey: (input, ctx) => setKey(parts, input, ctx, null),
  }) satisfies Operations<Logs>

async function setKey(
  parts: LogsParts,
  input: { logGroupName?: string | undefined; resourceIdentifier?: string | undefined },
  ctx: RequestContext,
  kms_key: string | null,
) {
  const store = parts.store(ctx)
  const name = input.logGroupName ?? groupNameOf(input.resourceIdentifier ?? '')
  const group = await store.group(checkGroupName(name))
  await store.groupUpdate(group.id, { kms_key })
  return {}
}

type DescribeInput = Input<Logs, 'DescribeLogGroups'>

async function describeGroups(
  store: LogsStore,
  input: DescribeInput,
): Promise<Output<Logs, 'DescribeLogGroups'>> {
  const limit = pageSize(input.limit, 50, 50)
  const { logGroupNamePrefix: prefix, logGroupNamePattern: pattern } = input
  if (prefix && pattern) {
    throw invalid(
      'LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.',
    )
  }
  const named = input.logGroupIdentifiers?.map(groupNameOf)
  const wanted = ({ name }: Group) =>
    name.startsWith(prefix ?? '') &&
    name.toLowerCase().includes((pattern ?? '').toLowerCase()) &&
    (named?.includes(name) ?? true) &&
    name > (input.nextToken ?? '')
  const all = (await store.groupList()).filter(
    (group) => wanted(group) && (!input.logGroupClass || group.class === input.logGroupClass),
  )
  const page = all.slice(0, limit)
  const bytes = await store.storedBytes(page.map((group) => group.id))
  const filters = await store.metricFilterCounts(page.map((group) => group.id))
  const whole = page.map((group) =>
    present(store, group, bytes.get(group.id) ?? 0, filters.get(group.id) ?? 0),
  )
  // Recorded from the real service: a search by pattern doesn't tell these two.
  const logGroups = pattern
    ? whole.map(({ storedBytes: _size, deletionProtectionEnabled: _guard, ...rest }) => rest)
    : whole
  return { logGroups, ...(all.length > limit && { nextToken: page.at(-1)!.name }) }
}

function present(store: LogsStore, group: Group, storedBytes: number, filterCount: number) {
  const arn = groupArn(store.scope, group.name)
  return {
    logGroupName: group.name,
    creationTime: group.created_at,
    ...(group.retention_days !== null && { retentionInDays: group.retention_days }),
    metricFilterCount: filterCount,
    arn: `${arn}:*`,
    logGroupArn: arn,
    storedBytes,
    ...(group.kms_key !== null && { kmsKeyId: group.kms_key }),
    logGroupClass: group.class as 'STANDARD',
    deletionProtectionEnabled: group.deletion_protected === 1,
  }
}

export const tagOperations = (parts: LogsParts) =>
  ({
    TagResource: (input, ctx) => tag(parts, ctx, input.resourceArn, input.tags ?? {}),
    UntagResource: (input, ctx) => untag(parts, ctx, input.resourceArn, input.tagKeys ?? []),
    TagLogGroup: (input, ctx) => tag(parts, ctx, input.logGroupName, input.tags ?? {}),
    UntagLogGroup: (input, ctx) => untag(parts, ctx, input.logGroupName, input.tags ?? []),
    ListTagsForResource: async (input, ctx) => ({
      tags: tagsOf(await byIdentifier(parts, ctx, input.resourceArn)),
    }),
    ListTagsLogGroup: async (input, ctx) => ({
      tags: tagsOf(await byIdentifier(parts, ctx, input.logGroupName)),
    }),
  }) satisfies Operations<Logs>

async function byIdentifier(parts: LogsParts, ctx: RequestContext, identifier: string | undefined) {
  const group = await parts.store(ctx).groupFind(groupNameOf(identifier ?? ''))
  if (!group) throw notFound('The specified resource does not exist.')
  return group
}

async function tag(
  parts: LogsParts,
  ctx: RequestContext,
  identifier: string | undefined,
  added: Record<string, string>,
) {
  const group = await byIdentifier(parts, ctx, identifier)
  const tags = JSON.stringify({ ...tagsOf(group), ...added })
  await parts.store(ctx).groupUpdate(group.id, { tags })
  return {}
}

async function untag(
  parts: LogsParts,
  ctx: RequestContext,
  identifier: string | undefined,
  removed: string[],
) {
  const group = await byIdentifier(parts, ctx, identifier)
  const kept = Object.entries(tagsOf(group)).filter(([key]) => !removed.includes(key))
  await parts.store(ctx).groupUpdate(group.id, { tags: JSON.stringify(Object.fromEntries(kept)) })
  return {}
}
