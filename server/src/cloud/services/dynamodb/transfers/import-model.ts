import type { DynamoDb, Input, Output } from '../../../gateway/index.ts'
import { invalid } from '../refusals.ts'
import type { Transfer } from '../store-backups.ts'
import type { KeyType } from '../table-model.ts'

export type ImportInput = Input<DynamoDb, 'ImportTable'>
export type ImportDescription = NonNullable<
  Output<DynamoDb, 'DescribeImport'>['ImportTableDescription']
>
type Creation = NonNullable<ImportInput['TableCreationParameters']>

/** Moments in ms. */
export interface ImportFacts {
  tableArn: string
  tableUuid: string
  tableId: number
  token: string
  bucket: string
  bucketOwner?: string
  prefix?: string
  format: 'CSV' | 'DYNAMODB_JSON' | 'ION'
  delimiter: string
  /** Names of the columns; else the first line of each object. */
  header?: string[]
  compression: 'GZIP' | 'ZSTD' | 'NONE'
  creation: Creation
  types: Record<string, KeyType>
  state: 'IN_PROGRESS' | 'COMPLETED' | 'FAILED'
  endedAtMs?: number
  errors: number
  processed: number
  processedBytes: number
  imported: number
  failure?: { FailureCode: string; FailureMessage: string }
}

export type Import = Transfer<ImportFacts>

export function describeImport({ arn, createdAtMs, facts, account, region }: Import) {
  const logGroup = `arn:aws:logs:${region}:${account}:log-group:/aws-dynamodb/imports:*`
  return {
    ImportArn: arn,
    ImportStatus: facts.state,
    TableArn: facts.tableArn,
    TableId: facts.tableUuid,
    ClientToken: facts.token,
    S3BucketSource: sourceOf(facts),
    ErrorCount: facts.errors,
    ProcessedItemCount: facts.processed,
    ImportedItemCount: facts.imported,
    ...(facts.endedAtMs !== undefined && { ProcessedSizeBytes: facts.processedBytes }),
    CloudWatchLogGroupArn: logGroup,
    InputFormat: facts.format,
    ...(facts.format === 'CSV' && {
      InputFormatOptions: {
        Csv: { Delimiter: facts.delimiter, ...(facts.header && { HeaderList: facts.header }) },
      },
    }),
    InputCompressionType: facts.compression,
    TableCreationParameters: facts.creation,
    StartTime: new Date(createdAtMs),
    ...(facts.endedAtMs !== undefined && { EndTime: new Date(facts.endedAtMs) }),
    ...facts.failure,
  } satisfies ImportDescription
}

const sourceOf = ({ bucket, bucketOwner, prefix }: ImportFacts) => ({
  S3Bucket: bucket,
  ...(bucketOwner !== undefined && { S3BucketOwner: bucketOwner }),
  ...(prefix !== undefined && { S3KeyPrefix: prefix }),
})

const delimiters = [',', '\t', ':', ';', '|', ' ']

/** How the objects are to be read, out of the request. */
export function readingOf(
  input: ImportInput,
): Pick<ImportFacts, 'format' | 'delimiter' | 'header' | 'compression'> {
  const csv = input.InputFormatOptions?.Csv
  if (csv && input.InputFormat !== 'CSV') {
    throw invalid(
      'Invalid Request: Unsupported InputFormatOptions for the given input format: ' +
        `${input.InputFormat}.`,
    )
  }
  const delimiter = csv?.Delimiter ?? ','
  if (!delimiters.includes(delimiter)) {
    throw invalid(
      `1 validation error detected: Value '${delimiter}' at 'inputFormatOptions.csv.delimiter' ` +
        'failed to satisfy constraint: Member must satisfy regular expression pattern: [,;:|\\t ]',
    )
  }
  return {
    format: input.InputFormat!,
    delimiter,
    ...(csv?.HeaderList && { header: csv.HeaderList }),
    compression: input.InputCompressionType ?? 'NONE',
  }
}
