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
    ExportType: fromMs === undefined ? 'FULL_EXPORT' : 'INCREMENTAL_EXPORT',
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
      'Export time is outside of the PITR window or in the future.',
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
  const fromMs = within(spec.ExportFromTime)
  const atMs = within(spec.ExportToTime)
  if (fromMs >= atMs) {
    throw invalid('Export from time must be before the export to time')
  }
  return { fromMs, atMs, view: spec.ExportViewType ?? 'NEW_AND_OLD_IMAGES' }
}
