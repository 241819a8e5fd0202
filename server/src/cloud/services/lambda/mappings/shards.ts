import type { Aws } from '../../../gateway/index.ts'
import { asFacts } from './filter.ts'
import {
  kindOf,
  type MappingConfig,
  regionOf,
  type SourceRecord,
  type MappingRow,
} from './model.ts'

export interface Shard {
  id: string
  parents: string[]
}

export interface Read {
  records: SourceRecord[]
  /** Undefined: the shard is closed and read to its end. */
  next: string | undefined
}

/** What Kinesis' shards and DynamoDB's have in common for a reader. */
export interface ShardSource {
  list(): Promise<Shard[]>
  /** An iterator after a checkpoint, or where the mapping begins. */
  iterator(shard: string, after: Checkpoint | undefined, isFirst: boolean): Promise<string>
  read(iterator: string, shard: string, limit: number): Promise<Read>
}

/** A sequence number, or (nothing was read yet) the moment from which on records count. */
export type Checkpoint = { sequence: string } | { sinceMs: number }

type Position = 'LATEST' | 'TRIM_HORIZON' | 'AT_TIMESTAMP'

export function shardSource(aws: Aws, row: MappingRow, config: MappingConfig): ShardSource {
  return kindOf(row) === 'kinesis' ? kinesisSource(aws, row, config) : tableSource(aws, row, config)
}

function kinesisSource(aws: Aws, row: MappingRow, config: MappingConfig): ShardSource {
  const StreamARN = row.source_arn
  const { kinesis } = aws
  return {
    async list() {
      const all: Shard[] = []
      for (let NextToken: string | undefined; ;) {
        const page = await kinesis.listShards(NextToken ? { NextToken } : { StreamARN })
        for (const { ShardId, ParentShardId, AdjacentParentShardId } of page.Shards ?? []) {
          const parents = [ParentShardId, AdjacentParentShardId].filter((it) => it !== undefined)
          all.push({ id: ShardId!, parents })
        }
        NextToken = page.NextToken
        if (NextToken === undefined) return all
      }
    },
    async iterator(ShardId, after, isFirst) {
      const place =
        after === undefined
          ? beginning(config, isFirst)
          : 'sequence' in after
            ? {
                ShardIteratorType: 'AFTER_SEQUENCE_NUMBER' as const,
                StartingSequenceNumber: after.sequence,
              }
            : { ShardIteratorType: 'AT_TIMESTAMP' as const, Timestamp: new Date(after.sinceMs) }
      const { ShardIterator } = await kinesis.getShardIterator({ StreamARN, ShardId, ...place })
      return ShardIterator!
    },
    async read(ShardIterator, shard, Limit) {
      const got = await kinesis.getRecords({ StreamARN, ShardIterator, Limit })
      const records = (got.Records ?? []).map((record): SourceRecord => {
        const data = Buffer.from(record.Data!)
        const arrivedAtMs = record.ApproximateArrivalTimestamp?.getTime() ?? 0
        const kinesisPart = {
          kinesisSchemaVersion: '1.0',
          partitionKey: record.PartitionKey,
          sequenceNumber: record.SequenceNumber,
          data: data.toString('base64'),
          approximateArrivalTimestamp: arrivedAtMs / 1000,
        }
        return {
          event: {
            kinesis: kinesisPart,
            eventSource: 'aws:kinesis',
            eventVersion: '1.0',
            eventID: `${shard}:${record.SequenceNumber}`,
            eventName: 'aws:kinesis:record',
            invokeIdentityArn: row.role_arn,
            awsRegion: regionOf(StreamARN),
            eventSourceARN: StreamARN,
          },
          facts: {
            data: asFacts(data.toString('utf8')),
            partitionKey: record.PartitionKey,
            sequenceNumber: record.SequenceNumber,
          },
          lane: record.PartitionKey,
          position: record.SequenceNumber!,
          itemId: record.SequenceNumber!,
          sizeBytes: data.length,
          arrivedAtMs,
        }
      })
      return { records, next: got.NextShardIterator }
    },
  }
}

/** A shard that came later is read from its start: it holds what came while nobody knew of it. */
function beginning({ startingPosition, startingTimestampMs }: MappingConfig, isFirst: boolean) {
  const ShardIteratorType = (isFirst ? startingPosition : 'TRIM_HORIZON') as Position
  if (ShardIteratorType !== 'AT_TIMESTAMP') return { ShardIteratorType }
  return { ShardIteratorType, Timestamp: new Date(startingTimestampMs ?? 0) }
}

function tableSource(aws: Aws, row: MappingRow, config: MappingConfig): ShardSource {
  const StreamArn = row.source_arn
  const streams = aws['dynamodb-streams']
  return {
    async list() {
      const all: Shard[] = []
      for (let after: string | undefined; ;) {
        const { StreamDescription: page } = await streams.describeStream({
          StreamArn,
          ...(after !== undefined && { ExclusiveStartShardId: after }),
        })
        for (const { ShardId, ParentShardId } of page?.Shards ?? []) {
          all.push({ id: ShardId!, parents: ParentShardId ? [ParentShardId] : [] })
        }
        after = page?.LastEvaluatedShardId
        if (after === undefined) return all
      }
    },
    async iterator(ShardId, after, isFirst) {
      const type = isFirst && config.startingPosition === 'LATEST' ? 'LATEST' : 'TRIM_HORIZON'
      // Streams of tables have no iterator by time: the reader leaves out what is older.
      const place =
        after && 'sequence' in after
          ? { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER' as const, SequenceNumber: after.sequence }
          : { ShardIteratorType: (after ? 'TRIM_HORIZON' : type) as 'LATEST' | 'TRIM_HORIZON' }
      const { ShardIterator } = await streams.getShardIterator({ StreamArn, ShardId, ...place })
      return ShardIterator!
    },
    async read(ShardIterator, _shard, Limit) {
      const got = await streams.getRecords({ ShardIterator, Limit: Math.min(Limit, 1000) })
      const records = (got.Records ?? []).map((record): SourceRecord => {
        const { dynamodb } = record
        const arrivedAtMs = dynamodb?.ApproximateCreationDateTime?.getTime() ?? 0
        const event = {
          ...record,
          dynamodb: { ...dynamodb, ApproximateCreationDateTime: Math.floor(arrivedAtMs / 1000) },
          eventSourceARN: StreamArn,
        }
        return {
          event,
          facts: event,
          lane: JSON.stringify(dynamodb?.Keys),
          position: dynamodb!.SequenceNumber!,
          itemId: dynamodb!.SequenceNumber!,
          sizeBytes: dynamodb?.SizeBytes ?? 0,
          arrivedAtMs,
        }
      })
      return { records, next: got.NextShardIterator }
    },
  }
}
