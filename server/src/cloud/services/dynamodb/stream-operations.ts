import { AwsError } from '../../gateway/index.ts'
import type {
  DynamoDbStreams,
  Input,
  Operations,
  Output,
  RequestContext,
} from '../../gateway/index.ts'
import type { DynamoParts } from './parts.ts'
import { badValue, invalid, noStream } from './refusals.ts'
import { eventId, type StreamRecord } from './store-streams.ts'
import {
  firstSeq,
  horizon,
  iteratorText,
  lastSeq,
  readIterator,
  RETENTION_MS,
  sequence,
  startOf,
} from './stream-iterators.ts'
import { keySchema, type Stream, streamArn, streamLabel, type Table } from './table-model.ts'
import { itemOf } from './value.ts'

const MOST_RECORDS = 1000
const PAGE_BYTES = 1024 * 1024
const PIECE = 100
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
      refuseMore('Limit cannot be greater than the maximum allowed size: 100', limit, PAGE)
      if (start !== undefined) checkArn(start)
      const shown = streamsOf(parts, ctx)
        .filter(({ table }) => !name || table.name === name)
        .map(({ table, stream }) => ({
          StreamArn: streamArn(table, stream),
          TableName: table.name,
          StreamLabel: streamLabel(stream.startedAtMs),
        }))
        .sort((a, b) => (a.StreamArn < b.StreamArn ? -1 : 1))
        .filter(({ StreamArn }) => start === undefined || StreamArn > start)
      const page = shown.slice(0, limit)
      const more = limit < shown.length
      return { Streams: page, ...(more && { LastEvaluatedStreamArn: page.at(-1)!.StreamArn }) }
    },

    DescribeStream(input, ctx) {
      refuseMore('Limit cannot be greater than the maximum: 100', input.Limit, PAGE)
      const found = streamOf(parts, input.StreamArn, ctx)
      return { StreamDescription: describe(found, input.ExclusiveStartShardId) }
    },

    GetShardIterator(input, ctx) {
      const { table, stream } = streamOf(parts, input.StreamArn, ctx)
      if (input.ShardId !== shardId(stream)) {
        throw notFound('Requested resource not found: Shard does not exist')
      }
      const from = startOf(input, stream, parts.streams.next(), ctx.now)
      return { ShardIterator: iteratorText(streamArn(table, stream), from, ctx.now) }
    },

    GetRecords: (input, ctx) => getRecords(parts, input, ctx),
  }) satisfies Operations<DynamoDbStreams>

const notFound = (message: string) => new AwsError('ResourceNotFoundException', message)

function refuseMore(message: string, limit: number | undefined, most: number): void {
  if (limit !== undefined && limit > most) throw badValue(message)
}

function streamsOf({ tables }: DynamoParts, ctx: RequestContext): Found[] {
  return tables
    .list(ctx, ctx.now)
    .flatMap((table) =>
      [...(table.closedStreams ?? []), ...(table.stream ? [table.stream] : [])]
        .filter(({ closedAtMs }) => ctx.now - (closedAtMs ?? ctx.now) < RETENTION_MS)
        .map((stream) => ({ table, stream })),
    )
}

const arnForm = /^arn:[^:]+:dynamodb:[^:]+:\d{12}:table\/[\w.-]{3,255}\/stream\/.+$/

/** The service says this of any text that is no stream's ARN, however short. */
function checkArn(arn: string): void {
  if (!arnForm.test(arn)) throw invalid('Invalid StreamArn')
}

function streamOf(parts: DynamoParts, arn: string | undefined, ctx: RequestContext): Found {
  checkArn(arn ?? '')
  const found = streamsOf(parts, ctx).find((one) => streamArn(one.table, one.stream) === arn)
  if (found) return found
  throw noStream(arn!)
}

const shardId = ({ startedAtMs, id }: Stream) =>
  `shardId-${String(startedAtMs * 1000).padStart(20, '0')}-${id.toString(16).padStart(8, '0')}`

function describe({ table, stream }: Found, afterShard: string | undefined): Description {
  const { startedAtMs, viewType } = stream
  const [own, last] = [shardId(stream), lastSeq(stream)]
  return {
    StreamArn: streamArn(table, stream),
    StreamLabel: streamLabel(startedAtMs),
    StreamStatus: last === undefined ? 'ENABLED' : 'DISABLED',
    StreamViewType: viewType as 'NEW_IMAGE',
    CreationRequestDateTime: new Date(startedAtMs),
    TableName: table.name,
    KeySchema: keySchema(table.key),
    Shards:
      afterShard !== undefined && own <= afterShard
        ? []
        : [
            {
              ShardId: own,
              SequenceNumberRange: {
                StartingSequenceNumber: sequence(firstSeq(stream)),
                ...(last !== undefined && { EndingSequenceNumber: sequence(last) }),
              },
            },
          ],
  }
}

async function getRecords(
  parts: DynamoParts,
  input: Input<DynamoDbStreams, 'GetRecords'>,
  ctx: RequestContext,
): Promise<Output<DynamoDbStreams, 'GetRecords'>> {
  const { Limit: limit = MOST_RECORDS } = input
  refuseMore('Limit should be less than or equal to 1000', limit, MOST_RECORDS)
  const { arn, from } = readIterator(input.ShardIterator ?? '', ctx.now)
  const found = streamOf(parts, arn, ctx)
  const start = Math.max(from, horizon(ctx.now))
  const { records, isEnd } = await readPage(parts, found.stream, start, limit)
  const next = records.length > 0 ? records.at(-1)!.seq + 1 : from
  const isOver = found.stream.closedAtMs !== undefined && isEnd
  return {
    Records: records.map((record) => told(found, record, ctx.region)),
    ...(!isOver && { NextShardIterator: iteratorText(arn, next, ctx.now) }),
  }
}

/** At most the limit, and the megabyte in which the last record may end. */
async function readPage(
  { streams }: DynamoParts,
  { id }: Stream,
  start: number,
  limit: number,
): Promise<{ records: StreamRecord[]; isEnd: boolean }> {
  const records: StreamRecord[] = []
  let [from, bytes] = [start, 0]
  while (records.length < limit) {
    const wanted = Math.min(PIECE, limit - records.length)
    const piece = await streams.read(id, from, wanted)
    for (const record of piece) {
      records.push(record)
      bytes += record.sizeBytes
      from = record.seq + 1
      if (bytes >= PAGE_BYTES) return { records, isEnd: false }
    }
    if (piece.length < wanted) return { records, isEnd: true }
  }
  return { records, isEnd: false }
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
