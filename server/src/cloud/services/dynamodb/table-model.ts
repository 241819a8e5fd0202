import type { DynamoDb, Output } from '../../gateway/index.ts'
import { type OnDemandLimits, type Warm, warmUnits } from './extra-throughput.ts'

export interface Scope {
  account: string
  region: string
}

export type TableDescription = NonNullable<Output<DynamoDb, 'DescribeTable'>['Table']>
export type Throughput = { ReadCapacityUnits: number; WriteCapacityUnits: number }
export type KeyType = 'S' | 'N' | 'B'

/** A table's key. */
export interface Key {
  hash: string
  range?: string | undefined
}

/** An index's key: of each kind up to four attributes where the index is global, in their order. */
export interface IndexKey {
  hash: string[]
  range: string[]
}

export interface Policy {
  text: string
  revision: string
}

export interface Stream {
  /** One namespace of numbers with tables' and indexes' ids. */
  id: number
  viewType: string
  startedAtMs: number
  closedAtMs?: number
  policy?: Policy | undefined
}

export interface Index {
  /** One namespace of numbers with tables' ids. */
  id: number
  name: string
  isGlobal: boolean
  key: IndexKey
  projection: { type: 'ALL' | 'KEYS_ONLY' | 'INCLUDE'; attributes: string[] }
  throughput: Throughput
  onDemandLimits?: OnDemandLimits
  /** What it was warmed to, or the most it ever was. */
  warm?: Warm
  /** Entries of items older than the index are all made. */
  isFilled: boolean
}

export interface Destination {
  /** Its records wait under this number; one namespace with tables' ids. */
  id: number
  streamArn: string
  isActive: boolean
  precision?: 'MILLISECOND' | 'MICROSECOND' | undefined
}

export interface Insight {
  isEnabled: boolean
  changedAtMs: number
  mode: 'ACCESSED_AND_THROTTLED_KEYS' | 'THROTTLED_KEYS'
}

/** Tables of one name in several regions, every write going to all of them at once. */
export interface Group {
  /** One namespace of numbers with tables' ids. */
  id: number
  regions: string[]
  version: '2017.11.29' | '2019.11.21'
  consistency?: 'EVENTUAL' | 'STRONG' | undefined
  createdAtMs: number
}

/** What is kept of a table as JSON beside its name; moments in ms. */
export interface TableDefinition {
  uuid: string
  attributes: Record<string, KeyType>
  key: Key
  indexes: Index[]
  onDemand: boolean
  onDemandSinceMs?: number | undefined
  throughput: Throughput
  increasedAtMs?: number | undefined
  decreasedAtMs?: number | undefined
  createdAtMs: number
  /** Until then it is shown as being created or updated. */
  readyAtMs: number
  updating?: boolean | undefined
  /** From then on it isn't there; until then it is shown as being deleted. */
  goneAtMs?: number | undefined
  deletionProtected: boolean
  tableClass?: string | undefined
  tableClassSinceMs?: number | undefined
  stream?: Stream | undefined
  /** Streams that were switched off; their records may be read for a day. */
  closedStreams?: Stream[]
  sse?: { type: string; keyArn?: string } | undefined
  ttl?: { attribute: string } | undefined
  /** Time to live was last switched on or off. */
  ttlChangedAtMs?: number
  onDemandLimits?: OnDemandLimits
  /** What it was warmed to, or the most it ever was. */
  warm?: Warm
  tags: Record<string, string>
  policy?: Policy | undefined
  /** Point-in-time recovery: since when, and how far back. */
  recovery?: { sinceMs: number; days: number } | undefined
  /** The tables of other regions that hold the same items, this one among `regions`. */
  group?: Group | undefined
  /** Kinesis streams its changes go to; at most one of them is ACTIVE. */
  destinations?: Destination[]
  /** Contributor insights, of the table (under '') and its indexes by name. */
  insights?: Record<string, Insight>
  /** Replicas' scaling of provisioned throughput, as it was given. */
  scaling?: Record<string, unknown> | undefined
  /** Its items are still coming from S3. */
  importing?: boolean | undefined
  /** Made of a backup, or of another table as it was. */
  restored?: { tableArn: string; backupArn?: string; atMs: number } | undefined
}

export interface Table extends TableDefinition, Scope {
  id: number
  name: string
}

export const tableArn = ({ account, region, name }: Scope & { name: string }): string =>
  `arn:aws:dynamodb:${region}:${account}:table/${name}`

/** Requests name a table by name or ARN. */
export const nameOf = (given: string): string =>
  /^arn:[^:]+:dynamodb:[^:]*:[^:]*:table\/([^/]+)/.exec(given)?.[1] ?? given

export type Status = 'CREATING' | 'UPDATING' | 'DELETING' | 'ACTIVE'

export function statusOf(table: Table, now: number): Status {
  if (table.goneAtMs !== undefined) return 'DELETING'
  if (table.importing) return 'CREATING'
  if (now < table.readyAtMs) return table.updating ? 'UPDATING' : 'CREATING'
  if (table.indexes.every(({ isFilled }) => isFilled)) return 'ACTIVE'
  // A restored table's indexes are part of its making.
  return table.restored && !table.updating ? 'CREATING' : 'UPDATING'
}

const namesOf = (given: string | string[] | undefined): string[] =>
  typeof given === 'string' ? [given] : (given ?? [])

/** A table's key as an index's would be. */
export const keyParts = ({ hash, range }: Key | IndexKey): IndexKey => ({
  hash: namesOf(hash),
  range: namesOf(range),
})

export const keyNames = ({ hash, range }: Key | IndexKey): string[] => [
  ...namesOf(hash),
  ...namesOf(range),
]

/** Attributes an index shows: its own key, the table's key and what is projected. */
export function projectedNames(table: Table, index: Index): Set<string> | undefined {
  if (index.projection.type === 'ALL') return undefined
  const own = index.projection.type === 'INCLUDE' ? index.projection.attributes : []
  return new Set([...keyNames(index.key), ...keyNames(table.key), ...own])
}

export function keySchema(key: Key | IndexKey): NonNullable<TableDescription['KeySchema']> {
  const { hash, range } = keyParts(key)
  return [
    ...hash.map((AttributeName) => ({ AttributeName, KeyType: 'HASH' as const })),
    ...range.map((AttributeName) => ({ AttributeName, KeyType: 'RANGE' as const })),
  ]
}

const projectionOf = ({ projection: { type, attributes } }: Index) => ({
  ProjectionType: type,
  ...(attributes.length > 0 && { NonKeyAttributes: attributes.toSorted() }),
})

export interface Counted {
  items: number
  sizeBytes: number
}

/** A table as the operations on tables show it; `shown` is its status in this answer. */
export function describeTable(table: Table, shown: Status, counted: Counted): TableDescription {
  const { name, indexes, sse } = table
  const locals = indexes.filter(({ isGlobal }) => !isGlobal)
  const globals = indexes.filter(({ isGlobal }) => isGlobal)
  return {
    AttributeDefinitions: Object.entries(table.attributes)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([AttributeName, AttributeType]) => ({ AttributeName, AttributeType })),
    TableName: name,
    KeySchema: keySchema(table.key),
    TableStatus: shown,
    CreationDateTime: new Date(table.createdAtMs),
    ProvisionedThroughput: throughputOf(table),
    TableSizeBytes: counted.sizeBytes,
    ItemCount: counted.items,
    TableArn: tableArn(table),
    TableId: table.uuid,
    ...billingOf(table),
    ...(locals.length > 0 && {
      LocalSecondaryIndexes: locals.map((index) => describeLocal(table, index, counted)),
    }),
    ...(globals.length > 0 && {
      GlobalSecondaryIndexes: globals.map((index) => describeGlobal(table, index, shown, counted)),
    }),
    ...latestStream(table),
    ...(sse && {
      SSEDescription: {
        Status: 'ENABLED' as const,
        SSEType: sse.type as 'KMS',
        ...(sse.keyArn && { KMSMasterKeyArn: sse.keyArn }),
      },
    }),
    ...(table.tableClass && {
      TableClassSummary: {
        TableClass: table.tableClass as 'STANDARD',
        ...(table.tableClassSinceMs && { LastUpdateDateTime: new Date(table.tableClassSinceMs) }),
      },
    }),
    ...(table.group && replicasOf(table.group, table.region)),
    ...(table.restored && { RestoreSummary: restoreOf(table.restored, shown) }),
    ...(table.onDemandLimits && { OnDemandThroughput: table.onDemandLimits }),
    ...(shown !== 'CREATING' && { WarmThroughput: warmOf(table) }),
    DeletionProtectionEnabled: table.deletionProtected,
  }
}

const warmOf = (of: Parameters<typeof warmUnits>[0]) => ({
  ...warmUnits(of),
  Status: 'ACTIVE' as const,
})

function throughputOf(table: Table) {
  const { increasedAtMs, decreasedAtMs } = table
  return {
    ...(increasedAtMs && { LastIncreaseDateTime: new Date(increasedAtMs) }),
    ...(decreasedAtMs && { LastDecreaseDateTime: new Date(decreasedAtMs) }),
    NumberOfDecreasesToday: decreasedAtMs ? 1 : 0,
    ...table.throughput,
  }
}

/** Nothing of a table that was never on demand. */
function billingOf({ onDemand, onDemandSinceMs: sinceMs }: Table) {
  if (!onDemand && sinceMs === undefined) return {}
  return {
    BillingModeSummary: {
      BillingMode: onDemand ? ('PAY_PER_REQUEST' as const) : ('PROVISIONED' as const),
      ...(sinceMs !== undefined && { LastUpdateToPayPerRequestDateTime: new Date(sinceMs) }),
    },
  }
}

function replicasOf({ regions, version, consistency }: Group, own: string) {
  if (version !== '2019.11.21') return {}
  const others = regions.filter((region) => region !== own)
  return {
    GlobalTableVersion: version,
    Replicas: others.map((RegionName) => ({ RegionName, ReplicaStatus: 'ACTIVE' as const })),
    ...(consistency && { MultiRegionConsistency: consistency }),
  }
}

const restoreOf = (
  { tableArn: source, backupArn, atMs }: NonNullable<Table['restored']>,
  shown: Status,
) => ({
  ...(backupArn !== undefined && { SourceBackupArn: backupArn }),
  SourceTableArn: source,
  RestoreDateTime: new Date(atMs),
  RestoreInProgress: shown === 'CREATING',
})

const indexArn = (table: Table, index: Index) => `${tableArn(table)}/index/${index.name}`

function describeLocal(table: Table, index: Index, counted: Counted) {
  return {
    IndexName: index.name,
    KeySchema: keySchema(index.key),
    Projection: projectionOf(index),
    IndexSizeBytes: counted.sizeBytes,
    ItemCount: counted.items,
    IndexArn: indexArn(table, index),
  }
}

function describeGlobal(table: Table, index: Index, shown: Status, counted: Counted) {
  const isCreating = shown === 'CREATING' || !index.isFilled
  return {
    IndexName: index.name,
    KeySchema: keySchema(index.key),
    Projection: projectionOf(index),
    IndexStatus: isCreating ? ('CREATING' as const) : ('ACTIVE' as const),
    ...(!index.isFilled && { Backfilling: true }),
    ProvisionedThroughput: { NumberOfDecreasesToday: 0, ...index.throughput },
    IndexSizeBytes: counted.sizeBytes,
    ItemCount: counted.items,
    IndexArn: indexArn(table, index),
    ...(index.onDemandLimits && { OnDemandThroughput: index.onDemandLimits }),
    ...(!isCreating && { WarmThroughput: warmOf({ ...index, onDemand: table.onDemand }) }),
  }
}

export const streamArn = (table: Scope & { name: string }, { startedAtMs }: Stream): string =>
  `${tableArn(table)}/stream/${streamLabel(startedAtMs)}`

export const streamLabel = (startedAtMs: number): string =>
  new Date(startedAtMs).toISOString().replace('Z', '')

/** A stream that was switched off is still named as the latest. */
function latestStream(table: Table) {
  const { stream, closedStreams = [] } = table
  const latest = stream ?? closedStreams.at(-1)
  if (!latest) return {}
  return {
    ...(stream && {
      StreamSpecification: {
        StreamEnabled: true,
        StreamViewType: stream.viewType as 'NEW_IMAGE',
      },
    }),
    LatestStreamLabel: streamLabel(latest.startedAtMs),
    LatestStreamArn: streamArn(table, latest),
  }
}
