import type { LambdaTables } from '../migrations.ts'

export type MappingRow = LambdaTables['lambda_mapping']

export type SourceKind = 'sqs' | 'kinesis' | 'dynamodb'

/** What is kept of a mapping beside its names: the wire's own members. */
export interface MappingConfig {
  batchSize: number
  windowS: number
  startingPosition?: string | undefined
  startingTimestampMs?: number | undefined
  filters: string[]
  reportsItems: boolean
  bisect: boolean
  /** -1: until the record is gone. */
  maxRetries: number
  /** -1: no limit. */
  maxAgeS: number
  parallelization: number
  /** Seconds of a tumbling window; 0: none. */
  tumblingS?: number | undefined
  onFailure?: string | undefined
  maxConcurrency?: number | undefined
}

/** Which service an ARN is of; undefined for one that Lambda does not read from here. */
export function sourceKind(arn: string): SourceKind | undefined {
  const [, , service, , , resource = ''] = arn.split(':')
  if (service === 'sqs') return 'sqs'
  if (service === 'kinesis' && resource.startsWith('stream/')) return 'kinesis'
  if (service === 'dynamodb' && /^table\/[^/]+\/stream\//.test(arn.split(':').slice(5).join(':'))) {
    return 'dynamodb'
  }
  return undefined
}

export const regionOf = (arn: string) => arn.split(':')[3] ?? ''
export const accountOf = (arn: string) => arn.split(':')[4] ?? ''
export const kindOf = (row: MappingRow) => sourceKind(row.source_arn)!

/** One record on its way to a function: what the function sees, and what says how far one has come. */
export interface SourceRecord {
  /** As in the event. */
  event: Record<string, unknown>
  /** What filter patterns are matched with: bodies that are JSON as values. */
  facts: Record<string, unknown>
  /** What must stay in order: its partition's key. */
  lane?: string | undefined
  /** Receipt handle or sequence number. */
  position: string
  /** What a partial failure names: message id or sequence number. */
  itemId: string
  sizeBytes: number
  arrivedAtMs: number
}
