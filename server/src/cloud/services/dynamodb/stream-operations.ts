import { AwsError } from '../../gateway/index.ts'
import type {
  DynamoDbStreams,
  Input,
  Operations,
  Output,
  RequestContext,
} from '../../gateway/index.ts'
import type { DynamoParts } from './parts.ts'
import { invalid } from './refusals.ts'
import { eventId, type StreamRecord } from './store-streams.ts'
import { keyNames, type Stream, streamArn, streamLabel, type Table } from './table-model.ts'
import { itemOf } from './value.ts'

const RETENTION_MS = 86_400_000
const ITERATOR_MS = 15 * 60_000
const MOST_RECORDS = 1000
const PAGE = 100

type Description = NonNullable<Output<DynamoDbStreams, 'DescribeStream'>['StreamDescription']>
type Told = NonNullable<Output<DynamoDbStreams, 'GetRecords'>['Records']>[number]

/** A stream with the table it tells of. */
interface Found {
  table: Table
  stream: Stream
}

export const streamOperations = (parts: DynamoParts) =>
  ({
    ListStreams(input, ctx) {
      const { Limit: limit = PAGE, ExclusiveStartStreamArn: start, TableName: name } = input
      const all = streamsOf(parts, ctx).filter(({ table }) => !name || table.name === name)
      const shown = all.map(({ table, stream }) => ({
        StreamArn: streamArn(table, stream),
        TableName: table.name,
        StreamLabel: streamLabel(stream.startedAtMs),
      }))
      const from = start === undefined ? 0 : shown.findIndex((s) => s.StreamArn === start) + 1
      const page = shown.slice(from, from + limit)
      const more = from + limit < shown.length
      return { Streams: page, ...(more && { LastEvaluatedStreamArn: page.at(-1)!.StreamArn }) }
    },

    DescribeStream(input, ctx) {
      const found = streamOf(parts, input.StreamArn, ctx)
      const start = input.ExclusiveStartShardId
      return { StreamDescription: describe(found, start === shardId(found.stream)) }
    },

    GetShardIterator(input, ctx) {
      const found = streamOf(parts, input.StreamArn, ctx)
      if (input.ShardId !== shardId(found.stream)) {
        throw notFound(`Requested resource not found: Shard does not exist`)
      }
      const from = startOf(parts, input, found)
      return { ShardIterator: iteratorOf(found, from, ctx.now) }
    },

    GetRecords: (input, ctx) => getRecords(parts, input, ctx),
  }) satisfies Operations<DynamoDbStreams>

const notFound = (message: string) => new AwsError('ResourceNotFoundException', message)

function streamsOf({ tables }: DynamoParts, ctx: RequestContext): Found[] {
  return tables
    .list(ctx, ctx.now)
    .flatMap((table) =>
      [...(table.closedStreams ?? []), ...(table.stream ? [table.stream] : [])]
        .filter(({ closedAtMs }) => ctx.now - (closedAtMs ?? ctx.now) < RETENTION_MS)
        .map((stream) => ({ table, stream })),
    )
}

function streamOf(parts: DynamoParts, arn: string | undefined, ctx: RequestContext): Found {
  const found = streamsOf(parts, ctx).find((one) => streamArn(one.table, one.stream) === arn)
  if (found) return found
  throw notFound(`Requested resource not found: Stream: ${arn} not found`)
}

const shardId = ({ startedAtMs, id }: Stream) =>
  `shardId-${String(startedAtMs * 1000).padStart(20, '0')}-${id.toString(16).padStart(8, '0')}`

/** Sequence numbers are 21 digits and more. */
const sequence = (seq: number) => String(seq).padStart(21, '1')
const seqOf = (text: string) => Number(text.slice(-16))

function describe({ table, stream }: Found, isAfterShard: boolean): Description {
  const { startedAtMs, closedAtMs, viewType } = stream
  const { hash, range } = table.key
  return {
    StreamArn: streamArn(table, stream),
    StreamLabel: streamLabel(startedAtMs),
    StreamStatus: closedAtMs === undefined ? 'ENABLED' : 'DISABLED',
    StreamViewType: viewType as 'NEW_IMAGE',
    CreationRequestDateTime: new Date(startedAtMs),
    TableName: table.name,
    KeySchema: keyNames({ hash, range }).map((AttributeName, i) => ({
      AttributeName,
      KeyType: i === 0 ? ('HASH' as const) : ('RANGE' as const),
    })),
    Shards: isAfterShard
      ? []
      : [
          {
            ShardId: shardId(stream),
            SequenceNumberRange: {
              StartingSequenceNumber: sequence(startedAtMs * 1000),
              ...(closedAtMs !== undefined && {
                EndingSequenceNumber: sequence(closedAtMs * 1000),
              }),
            },
          },
        ],
  }
}

type IteratorInput = Input<DynamoDbStreams, 'GetShardIterator'>

function startOf({ streams }: DynamoParts, input: IteratorInput, { stream }: Found): number {
  const { ShardIteratorType: type, SequenceNumber: given } = input
  if (type === 'TRIM_HORIZON') return stream.startedAtMs * 1000
  if (type === 'LATEST') return streams.next()
  if (given === undefined) {
    throw invalid(`SequenceNumber is required for ShardIteratorType ${type}`)
  }
  return type === 'AFTER_SEQUENCE_NUMBER' ? seqOf(given) + 1 : seqOf(given)
}

const iteratorOf = ({ table, stream }: Found, from: number, now: number): string =>
  `${streamArn(table, stream)}|${Buffer.from(`${from}/${now}`).toString('base64')}`

function readIterator(text: string): { arn: string; from: number; atMs: number } {
  const [arn = '', place = ''] = text.split('|')
  const [from, atMs] = Buffer.from(place, 'base64').toString().split('/').map(Number)
  if (!Number.isFinite(from) || !Number.isFinite(atMs)) throw invalid('Invalid ShardIterator')
  return { arn, from: from!, atMs: atMs! }
}

async function getRecords(
  parts: DynamoParts,
  input: Input<DynamoDbStreams, 'GetRecords'>,
  ctx: RequestContext,
): Promise<Output<DynamoDbStreams, 'GetRecords'>> {
  const { arn, from, atMs } = readIterator(input.ShardIterator ?? '')
  const found = streamOf(parts, arn, ctx)
  if (ctx.now - atMs > ITERATOR_MS) {
    throw new AwsError('ExpiredIteratorException', 'Iterator expired')
  }
  const { Limit: limit = MOST_RECORDS } = input
  if (limit < 1 || limit > MOST_RECORDS) {
    const bound = limit < 1 ? 'greater than or equal to 1' : 'less than or equal to 1000'
    throw invalid(
      `1 validation error detected: Value '${limit}' at 'limit' failed to satisfy constraint: ` +
        `Member must have value ${bound}`,
    )
  }
  const since = (ctx.now - RETENTION_MS) * 1000
  const records = await parts.streams.read(found.stream.id, Math.max(from, since), limit)
  const next = records.length > 0 ? records.at(-1)!.seq + 1 : from
  const isOver = found.stream.closedAtMs !== undefined && records.length < limit
  return {
    Records: records.map((record) => told(found, record, ctx.region)),
    ...(!isOver && { NextShardIterator: iteratorOf(found, next, ctx.now) }),
  }
}

function told({ stream }: Found, record: StreamRecord, region: string): Told {
  const { seq, atMs, name, keys, before, after, sizeBytes, isExpiry } = record
  return {
    eventID: eventId(stream.id, seq),
    eventName: name,
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: region,
    dynamodb: {
      ApproximateCreationDateTime: new Date(Math.floor(atMs / 1000) * 1000),
      Keys: itemOf(keys),
      ...(after !== undefined && { NewImage: itemOf(after) }),
      ...(before !== undefined && { OldImage: itemOf(before) }),
      SequenceNumber: sequence(seq),
      SizeBytes: sizeBytes,
      StreamViewType: stream.viewType as 'NEW_IMAGE',
    },
    ...(isExpiry && { userIdentity: { Type: 'Service', PrincipalId: 'dynamodb.amazonaws.com' } }),
  }
}
