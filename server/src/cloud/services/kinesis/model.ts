/** Where a stream lives. */
export interface Place {
  account: string
  region: string
}

export type StreamStatus = 'CREATING' | 'UPDATING' | 'DELETING' | 'ACTIVE'

export interface ShardFacts {
  /** Its rows' key: no two shards of this cloud share it. */
  rowId: number
  /** Its place in the stream: `shardId-000000000003` is 3. */
  index: number
  /** Hash keys it takes, both included, as 32 hex digits. */
  from: string
  to: string
  parent?: number
  adjacentParent?: number
  createdAtMs: number
  closedAtMs?: number
}

export interface Consumer {
  name: string
  createdAtMs: number
  tags: Record<string, string>
  policy?: string
}

/** What is stored of a stream; its records have rows of their own. */
export interface StreamFacts extends Place {
  id: number
  name: string
  createdAtMs: number
  busy?: { status: StreamStatus; untilMs: number }
  isOnDemand: boolean
  /** Records go to its shards in turn, whatever their partition keys. */
  placesRecords?: boolean
  retentionHours: number
  shards: ShardFacts[]
  /** Shards made until now, those that are gone included. */
  shardsMade: number
  metrics: string[]
  tags: Record<string, string>
  consumers: Consumer[]
  policy?: string
  keyId?: string
  maxRecordKiB: number
  warmMiBps?: number
}

export const HOUR_MS = 3_600_000

export const streamArn = ({ region, account, name }: Place & { name: string }) =>
  `arn:aws:kinesis:${region}:${account}:stream/${name}`

export const consumerArn = (stream: StreamFacts, { name, createdAtMs }: Consumer) =>
  `${streamArn(stream)}/consumer/${name}:${Math.floor(createdAtMs / 1000)}`

export const shardId = (index: number) => `shardId-${String(index).padStart(12, '0')}`

/** The index a ShardId tells; undefined for what tells none. */
export function shardIndex(id: string): number | undefined {
  const digits = /^(?:[^-]*-)?(\d{1,12})$/.exec(id)?.[1]
  const index = Number(digits ?? Number.NaN)
  return index <= 0x7fffffff ? index : undefined
}

export const statusOf = ({ busy }: StreamFacts, now: number): StreamStatus =>
  busy && now < busy.untilMs ? busy.status : 'ACTIVE'

/** A closed shard is told until its last record is past its retention. */
export const isKept = (stream: StreamFacts, shard: ShardFacts, now: number): boolean =>
  shard.closedAtMs === undefined || now < shard.closedAtMs + stream.retentionHours * HOUR_MS
