import type { DynamoDb, Input, Output } from '../../../gateway/index.ts'
import { AwsError } from '../../../gateway/index.ts'
import { invalid } from '../refusals.ts'
import type { Transfer } from '../store-backups.ts'

export type ExportInput = Input<DynamoDb, 'ExportTableToPointInTime'>
export type ExportDescription = NonNullable<Output<DynamoDb, 'DescribeExport'>['ExportDescription']>

/** Moments in ms. */
export interface ExportFacts {
  tableArn: string
  tableUuid: string
  tableId: number
  token: string
  /** The request without its token, by which another of the same token is told apart. */
  asked?: string
  /** As the request names it, if it does. */
  type?: 'FULL_EXPORT' | 'INCREMENTAL_EXPORT'
  atMs: number
  /** Only what changed from then on. */
  fromMs?: number
  view?: 'NEW_IMAGE' | 'NEW_AND_OLD_IMAGES'
  bucket: string
  bucketOwner?: string
  prefix?: string
  sse: 'AES256' | 'KMS'
  sseKey?: string
  /** Absent in exports of before there was a choice. */
  format?: 'DYNAMODB_JSON' | 'ION'
  /** Where the items of that moment are kept until they are out. */
  itemsId: number
  state: 'IN_PROGRESS' | 'COMPLETED' | 'FAILED'
  endedAtMs?: number
  billedBytes?: number
  items?: number
  failure?: { FailureCode: string; FailureMessage: string }
}

export type Export = Transfer<ExportFacts>

export const typeOf = ({ fromMs }: ExportFacts) =>
  fromMs === undefined ? 'FULL_EXPORT' : 'INCREMENTAL_EXPORT'

export function askedText({ ClientToken: _token, ...rest }: ExportInput): string {
  const spec = Object.entries(rest.IncrementalExportSpecification ?? {}).toSorted()
  return JSON.stringify([Object.entries(rest).toSorted(), spec])
}

export const exportId = ({ arn }: { arn: string }): string => arn.slice(arn.lastIndexOf('/') + 1)

/** `prefix/AWSDynamoDB/<id>/`, the folder all of an export's files lie in. */
export const folderOf = (given: Export): string => {
  const { prefix } = given.facts
  const above = prefix === undefined ? '' : `${prefix.replace(/\/$/, '')}/`
  return `${above}AWSDynamoDB/${exportId(given)}/`
}

export function describeExport(given: Export): ExportDescription {
  const { facts, arn, createdAtMs } = given
  const { state, fromMs } = facts
  return {
    ExportArn: arn,
    ExportStatus: state,
    StartTime: new Date(createdAtMs),
    ...(facts.endedAtMs !== undefined && { EndTime: new Date(facts.endedAtMs) }),
    ...(state === 'COMPLETED' && { ExportManifest: `${folderOf(given)}manifest-summary.json` }),
    TableArn: facts.tableArn,
    TableId: facts.tableUuid,
    ...(fromMs === undefined && { ExportTime: new Date(facts.atMs) }),
    ClientToken: facts.token,
    S3Bucket: facts.bucket,
    ...(facts.bucketOwner !== undefined && { S3BucketOwner: facts.bucketOwner }),
    ...(facts.prefix !== undefined && { S3Prefix: facts.prefix }),
    S3SseAlgorithm: facts.sse,
    ...(facts.sseKey !== undefined && { S3SseKmsKeyId: facts.sseKey }),
    ...facts.failure,
    ExportFormat: facts.format ?? 'DYNAMODB_JSON',
    ...(state === 'COMPLETED' && {
      BilledSizeBytes: facts.billedBytes,
      ItemCount: facts.items,
    }),
    // Told only where it was asked for (seen of the real service).
    ...(facts.type && { ExportType: facts.type }),
    ...(fromMs !== undefined && {
      IncrementalExportSpecification: {
        ExportFromTime: new Date(fromMs),
        ExportToTime: new Date(facts.atMs),
        ExportViewType: facts.view!,
      },
    }),
  }
}

/** The stretch of time an export is of; refused where recovery doesn't reach it. */
export function stretchOf(
  input: ExportInput,
  earliestMs: number,
  now: number,
): Pick<ExportFacts, 'atMs' | 'fromMs' | 'view'> {
  const within = (at: Date | undefined): number => {
    const ms = at?.getTime() ?? now
    if (ms >= Math.floor(earliestMs / 1000) * 1000 && ms <= now) return ms
    throw new AwsError(
      'InvalidExportTimeException',
      'The specified ExportTime is outside of the point in time recovery window.',
    )
  }
  const { ExportType: type = 'FULL_EXPORT', IncrementalExportSpecification: spec } = input
  if (type === 'FULL_EXPORT') {
    if (!spec) return { atMs: within(input.ExportTime) }
    throw invalid('IncrementalExportSpecification can only be specified with INCREMENTAL_EXPORT')
  }
  if (!spec?.ExportFromTime) {
    throw invalid(
      'Invalid Request: ExportFromTime must be provided in IncrementalExportSpecification',
    )
  }
  const { ExportFromTime: from, ExportToTime: to = new Date(now) } = spec
  checkPeriod(to.getTime() - from.getTime())
  const view = spec.ExportViewType ?? 'NEW_AND_OLD_IMAGES'
  return { fromMs: within(from), atMs: within(to), view }
}

const MINUTE_MS = 60_000

function checkPeriod(periodMs: number): void {
  if (periodMs <= 0) throw invalid('Export from time must be before the export to time')
  const wrong = periodMs < 15 * MINUTE_MS ? 'less than 15 minutes' : 'greater than 24 hours'
  if (periodMs >= 15 * MINUTE_MS && periodMs <= 24 * 60 * MINUTE_MS) return
  throw new AwsError(
    'InvalidExportTimeException',
    `Difference between export period from time and export period to time is ${wrong}`,
  )
}
