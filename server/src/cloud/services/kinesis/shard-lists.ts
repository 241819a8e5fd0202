import type { Input, Kinesis, Operations } from '../../gateway/index.ts'
import { HOUR_MS, shardIndex, type ShardFacts, streamArn } from './model.ts'
import { type KinesisParts, streamOf } from './parts.ts'
import { badArgument, expiredToken } from './refusals.ts'
import { shardShown } from './shard-shapes.ts'
import type { Stream } from './stream.ts'

const USUAL = 1000
const TOKEN_MS = 300_000

type ListInput = Input<Kinesis, 'ListShards'>

export const shardListOperations = (parts: KinesisParts) =>
  ({
    ListShards(input, ctx) {
      if ([input.NextToken, input.StreamName, input.StreamARN].every((one) => one === undefined)) {
        throw badArgument('Either NextToken or StreamName should be provided.')
      }
      const token = input.NextToken === undefined ? undefined : readToken(input, ctx.now)
      const stream = token
        ? streamOf(parts, { StreamARN: token.arn }, ctx)
        : streamOf(parts, input, ctx)
      const filter = token ? token.filter : input.ShardFilter
      const after = token ? token.after : indexOf(input.ExclusiveStartShardId)
      const rest = filtered(stream, filter, ctx.now).filter(({ index }) => index > after)
      const page = rest.slice(0, input.MaxResults ?? USUAL)
      if (page.length === rest.length) return { Shards: page.map(shardShown) }
      const next = {
        arn: streamArn(stream.facts),
        after: page.at(-1)!.index,
        atMs: ctx.now,
        ...(filter && { filter }),
      }
      return { Shards: page.map(shardShown), NextToken: written(next) }
    },
  }) satisfies Operations<Kinesis>

type Filter = ListInput['ShardFilter']

interface Token {
  arn: string
  after: number
  atMs: number
  filter?: Filter
}

const written = (token: Token) => Buffer.from(JSON.stringify(token)).toString('base64')

function readToken(input: ListInput, now: number): Token {
  if (input.StreamName !== undefined || input.StreamARN !== undefined) {
    throw badArgument('NextToken and StreamName cannot be provided together.')
  }
  let token: Token
  try {
    token = JSON.parse(Buffer.from(input.NextToken!, 'base64').toString('utf8')) as Token
  } catch {
    throw badArgument('NextToken is invalid.')
  }
  if (now - token.atMs > TOKEN_MS) {
    throw expiredToken('NextToken is expired. A token is valid for 300 seconds.')
  }
  const moment = token.filter?.Timestamp
  if (moment !== undefined) token.filter!.Timestamp = new Date(moment)
  return token
}

const indexOf = (id: string | undefined) => (id === undefined ? -1 : (shardIndex(id) ?? -1))

/** Which shards a filter lets through (API reference of ShardFilter). */
function filtered(stream: Stream, filter: Filter, now: number): ShardFacts[] {
  const all = stream.list(now)
  const horizon = now - stream.facts.retentionHours * HOUR_MS
  const openAt = (moment: number) => (shard: ShardFacts) =>
    shard.createdAtMs <= moment && (shard.closedAtMs ?? Number.POSITIVE_INFINITY) > moment
  switch (filter?.Type) {
    case 'AFTER_SHARD_ID': {
      if (!filter.ShardId) throw badArgument('ShardId must be specified for AFTER_SHARD_ID.')
      return all.filter(({ index }) => index > indexOf(filter.ShardId))
    }
    case 'AT_LATEST':
      return all.filter(({ closedAtMs }) => closedAtMs === undefined)
    case 'AT_TRIM_HORIZON':
      return all.filter(openAt(Math.max(horizon, stream.facts.createdAtMs)))
    case 'AT_TIMESTAMP':
      return all.filter(openAt(momentOf(filter).getTime()))
    case 'FROM_TIMESTAMP': {
      const from = momentOf(filter).getTime()
      return all.filter(({ closedAtMs }) => (closedAtMs ?? now) >= from)
    }
    default:
      return all
  }
}

function momentOf({ Timestamp, Type }: NonNullable<Filter>): Date {
  if (Timestamp === undefined) throw badArgument(`Timestamp must be specified for ${Type}.`)
  return Timestamp
}
