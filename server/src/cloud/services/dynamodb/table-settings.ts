import { AwsError } from '../../gateway/index.ts'
import type { DynamoDb, Input, Operations, Output, RequestContext } from '../../gateway/index.ts'
import { enqueueExpiry } from './jobs.ts'
import { describedTable, type DynamoParts } from './parts.ts'
import { invalid } from './refusals.ts'
import type { Table } from './table-model.ts'

const TAG_LIMIT = 50
const TAG_PAGE = 10

export const tableSettingOperations = (parts: DynamoParts) =>
  ({
    UpdateTimeToLive: (input, ctx) => updateTimeToLive(parts, input, ctx),

    DescribeTimeToLive(input, ctx) {
      const { ttl } = describedTable(parts, ctx, input.TableName)
      return {
        TimeToLiveDescription: ttl
          ? { TimeToLiveStatus: 'ENABLED', AttributeName: ttl.attribute }
          : { TimeToLiveStatus: 'DISABLED' },
      }
    },

    async TagResource(input, ctx) {
      if (!arnForm.test(input.ResourceArn!)) throw wrongArn(input.ResourceArn!)
      if (!input.Tags!.length) throw invalid('Atleast one Tag needs to be provided as Input.')
      const table = taggedTable(parts, input.ResourceArn!, ctx)
      const more = (input.Tags ?? []).map((tag) => [tag.Key!, tag.Value!] as const)
      const tags = { ...table.tags, ...Object.fromEntries(more) }
      if (Object.keys(tags).length > TAG_LIMIT) {
        throw invalid('Too many tags: A table can have at most 50 tags')
      }
      await parts.tables.save({ ...table, tags })
      return {}
    },

    async UntagResource(input, ctx) {
      if (!arnForm.test(input.ResourceArn!)) throw wrongArn(input.ResourceArn!)
      if (!input.TagKeys!.length) {
        throw invalid('Atleast one Tag Key needs to be provided as Input.')
      }
      const table = taggedTable(parts, input.ResourceArn!, ctx)
      const gone = new Set(input.TagKeys)
      const left = Object.entries(table.tags).filter(([key]) => !gone.has(key))
      await parts.tables.save({ ...table, tags: Object.fromEntries(left) })
      return {}
    },

    ListTagsOfResource(input, ctx) {
      const table = taggedTable(parts, input.ResourceArn!, ctx)
      const all = Object.entries(table.tags).map(([Key, Value]) => ({ Key, Value }))
      const from = Number(input.NextToken ?? 0)
      const next = from + TAG_PAGE
      return {
        Tags: all.slice(from, next),
        ...(next < all.length && { NextToken: String(next) }),
      }
    },
  }) satisfies Operations<DynamoDb>

async function updateTimeToLive(
  parts: DynamoParts,
  input: Input<DynamoDb, 'UpdateTimeToLive'>,
  ctx: RequestContext,
): Promise<Output<DynamoDb, 'UpdateTimeToLive'>> {
  const given = input.TimeToLiveSpecification!
  const table = describedTable(parts, ctx, input.TableName)
  const { ttl } = table
  if (given.Enabled && ttl) {
    throw invalid(
      ttl.attribute === given.AttributeName
        ? 'TimeToLive is already enabled'
        : 'TimeToLive is active on a different AttributeName: current AttributeName is ' +
            ttl.attribute,
    )
  }
  if (!given.Enabled && !ttl) throw invalid('TimeToLive is already disabled')
  if (ttl && ttl.attribute !== given.AttributeName) {
    throw invalid(
      `TimeToLive is active on a different AttributeName: current AttributeName is ${ttl.attribute}`,
    )
  }
  const now = { attribute: given.AttributeName!, changedAtMs: ctx.now }
  for (const one of [table, ...parts.tables.replicasOf(table)]) {
    await parts.tables.save({ ...one, ttl: given.Enabled ? now : undefined }, async (tx) => {
      if (given.Enabled) await enqueueExpiry(parts.deps.kernel.jobs, tx, one.id, ctx.now)
    })
  }
  return { TimeToLiveSpecification: { Enabled: given.Enabled, AttributeName: now.attribute } }
}

const arnForm = /^arn:aws:dynamodb:([^:]+):(\d{12}):table\/([A-Za-z0-9_.-]+)/

export function taggedTable({ tables }: DynamoParts, arn: string, ctx: RequestContext): Table {
  const [, region, account, name] = arnForm.exec(arn) ?? []
  if (!name || name.length < 3) throw wrongArn(arn)
  const table = tables.get({ account: account!, region: region! }, name, ctx.now)
  if (table && table.account === ctx.account) return table
  throw new AwsError(
    'ResourceNotFoundException',
    `Requested resource not found: ResourcArn: ${arn} not found`,
  )
}

const wrongArn = (arn: string) =>
  invalid(`Invalid TableArn: Invalid ResourceArn provided as input ${arn}`)
