import { AwsError } from '../../gateway/index.ts'
import type { DynamoDb, Input, Operations, Output, RequestContext } from '../../gateway/index.ts'
import { enqueueExpiry } from './jobs.ts'
import { describedTable, type DynamoParts } from './parts.ts'
import { badValue, invalid } from './refusals.ts'
import { statusOf, type Table } from './table-model.ts'

const TAG_LIMIT = 50
const TAG_PAGE = 10
/** How long the real service refuses a second change: an hour is documented, 31 minutes measured. */
const TTL_REST_MS = 31 * 60_000

export const tableSettingOperations = (parts: DynamoParts) =>
  ({
    UpdateTimeToLive: (input, ctx) => updateTimeToLive(parts, input, ctx),

    DescribeTimeToLive(input, ctx) {
      const table = describedTable(parts, ctx, input.TableName)
      const status = statusOf(table, ctx.now)
      if (status === 'CREATING' || status === 'DELETING') {
        throw invalid(
          `Cannot describe time to live while table is in ${status} state: ` +
            `Current table state is ${status}`,
        )
      }
      const { ttl } = table
      return {
        TimeToLiveDescription: ttl
          ? { TimeToLiveStatus: 'ENABLED', AttributeName: ttl.attribute }
          : { TimeToLiveStatus: 'DISABLED' },
      }
    },

    async TagResource(input, ctx) {
      checkTableArn(input.ResourceArn!)
      const given = checkedTags(input.Tags!)
      const table = taggedTable(parts, input.ResourceArn!, ctx)
      const tags = { ...table.tags, ...given }
      if (Object.keys(tags).length > TAG_LIMIT) throw tooManyTags()
      await parts.tables.save({ ...table, tags })
      return {}
    },

    async UntagResource(input, ctx) {
      checkTableArn(input.ResourceArn!)
      if (!input.TagKeys!.length) {
        throw invalid('Atleast one Tag Key needs to be provided as Input.')
      }
      if (input.TagKeys!.includes('')) throw invalid('The Tag Key provided is invalid, Key: ')
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
  const changedAtMs = table.ttlChangedAtMs ?? -TTL_REST_MS
  if (parts.deps.settings.realistic && ctx.now - changedAtMs < TTL_REST_MS) {
    throw invalid('Time to live has been modified multiple times within a fixed interval')
  }
  const attribute = given.AttributeName!
  for (const one of [table, ...parts.tables.replicasOf(table)]) {
    const changed = {
      ...one,
      ttl: given.Enabled ? { attribute } : undefined,
      ttlChangedAtMs: ctx.now,
    }
    await parts.tables.save(changed, async (tx) => {
      if (given.Enabled) await enqueueExpiry(parts.deps.kernel.jobs, tx, one.id, ctx.now)
    })
  }
  return { TimeToLiveSpecification: { Enabled: given.Enabled, AttributeName: attribute } }
}

const arnForm = /^arn:aws:dynamodb:([^:]+):(\d{12}):table\/([A-Za-z0-9_.-]{3,255})/

/** Words for ARNs of other things, as the tag and policy operations have them. */
function checkTableArn(arn: string): void {
  if (!arn.startsWith('arn:')) throw badValue(`ARNs must start with 'arn:': ${arn}`)
  if (arn.split(':')[2] !== 'dynamodb') {
    throw badValue(`Provided Arn is not a DynamoDB resource arn: ${arn}`)
  }
  if (!arnForm.test(arn)) {
    throw invalid(`Invalid TableArn: Invalid ResourceArn provided as input ${arn}`)
  }
  if (!arn.includes('/index/')) return
  throw badValue(
    'Invalid resource arn provided, only table or stream is accepted. ' +
      `Provided resource arn: ${arn}`,
  )
}

const tooManyTags = () =>
  invalid('Number of Tags exceed the current limit for the provided ResourceArn')

/** Letters, blanks and digits of any language, and a few signs. */
const tagText = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u

/** Tags as a record, or what is wrong with the first of them. */
export function checkedTags(given: { Key?: string; Value?: string }[]): Record<string, string> {
  if (given.length === 0) throw invalid('Atleast one Tag needs to be provided as Input.')
  if (given.length > TAG_LIMIT) throw tooManyTags()
  const tags: Record<string, string> = {}
  for (const { Key: key, Value: value } of given) {
    if (key === undefined) throw invalid('The Tag Key provided is invalid, Key: null')
    if (key.startsWith('aws:')) throw invalid(`Tag Key cannot be prefixed with aws:, Key: ${key}`)
    if (key === '' || key.length > 128 || !tagText.test(key)) {
      throw invalid(`The Tag Key provided is invalid, Key: ${key}`)
    }
    if (value === undefined || value.length > 256 || !tagText.test(value)) {
      throw invalid(`The Tag Value provided is invalid, Value: ${value ?? 'null'}`)
    }
    if (tags[key] !== undefined) {
      throw invalid(`Duplicate Tag Keys provided as input: Duplicate Tag Key found ${key}`)
    }
    tags[key] = value
  }
  return tags
}

/** The caller's table of an ARN, if it is there and made. */
export function tableByArn(
  { tables }: DynamoParts,
  arn: string,
  ctx: RequestContext,
): { name: string; table: Table | undefined } {
  checkTableArn(arn)
  const [, region, account, name] = arnForm.exec(arn)!
  const table = tables.get({ account: account!, region: region! }, name!, ctx.now)
  const isMade = table?.account === ctx.account && statusOf(table, ctx.now) !== 'CREATING'
  return { name: name!, table: isMade ? table : undefined }
}

function taggedTable(parts: DynamoParts, arn: string, ctx: RequestContext): Table {
  const { table } = tableByArn(parts, arn, ctx)
  if (table) return table
  throw new AwsError(
    'ResourceNotFoundException',
    `Requested resource not found: ResourceArn: ${arn} not found`,
  )
}
