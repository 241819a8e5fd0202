import type { CsvFormat, ScanRange } from './csv-rows.ts'
import type { OutputFormat } from './output.ts'
import { missingParameter, refuse } from './refusals.ts'
import type { SelectInput } from './shapes.ts'

export type InputFormat =
  | { kind: 'csv'; csv: CsvFormat }
  | { kind: 'json'; type: 'LINES' | 'DOCUMENT' }
  | { kind: 'parquet' }

export interface SelectRequest {
  expression: string
  input: InputFormat
  compression: string
  output: OutputFormat
  withProgress: boolean
}

const LONGEST_EXPRESSION = 256 * 1024

/** What is asked, with its defaults; throws S3's refusals in S3's order. */
export function readRequest(given: SelectInput): SelectRequest {
  const { Expression, ExpressionType, InputSerialization, OutputSerialization } = given
  if (!Expression) throw missingParameter('Expression')
  if (!ExpressionType) throw missingParameter('ExpressionType')
  if (!InputSerialization) throw missingParameter('InputSerialization')
  if (!OutputSerialization) throw missingParameter('OutputSerialization')
  if (ExpressionType !== 'SQL') {
    throw refuse(
      'InvalidExpressionType',
      'The ExpressionType is invalid. Only SQL expressions are supported.',
    )
  }
  if (Buffer.byteLength(Expression) > LONGEST_EXPRESSION) {
    throw refuse(
      'ExpressionTooLong',
      'The SQL expression is too long: The maximum byte-length for the SQL expression is 256 KB.',
    )
  }
  const input = inputOf(InputSerialization)
  const compression = compressionOf(InputSerialization.CompressionType, input)
  return {
    expression: Expression,
    input,
    compression,
    output: outputOf(OutputSerialization),
    withProgress: given.RequestProgress?.Enabled === true,
  }
}

function inputOf({
  CSV,
  JSON,
  Parquet,
}: NonNullable<SelectInput['InputSerialization']>): InputFormat {
  const given = [CSV, JSON, Parquet].filter((each) => each !== undefined)
  if (given.length > 1) {
    throw refuse(
      'ObjectSerializationConflict',
      'InputSerialization specifies more than one format (CSV, JSON, or Parquet), or OutputSerialization specifies more than one format (CSV or JSON). For InputSerialization and OutputSerialization, you can specify only one format for each.',
    )
  }
  if (given.length === 0) {
    throw refuse(
      'InvalidDataSource',
      'Invalid data source type. Only CSV, JSON, and Parquet are supported.',
    )
  }
  if (JSON) {
    if (!JSON.Type) throw missingParameter('Type')
    if (JSON.Type === 'LINES' || JSON.Type === 'DOCUMENT') return { kind: 'json', type: JSON.Type }
    throw refuse(
      'InvalidJsonType',
      'The JsonType is invalid. Only DOCUMENT and LINES are supported.',
    )
  }
  return CSV ? { kind: 'csv', csv: csvFormat(CSV) } : { kind: 'parquet' }
}

type Csv = NonNullable<NonNullable<SelectInput['InputSerialization']>['CSV']>

function csvFormat(given: Csv): CsvFormat {
  const header = given.FileHeaderInfo ?? 'NONE'
  if (header !== 'NONE' && header !== 'IGNORE' && header !== 'USE') {
    throw refuse(
      'InvalidFileHeaderInfo',
      'The FileHeaderInfo is invalid. Only NONE, USE, and IGNORE are supported.',
    )
  }
  return {
    header,
    fieldDelimiter: latin(given.FieldDelimiter ?? ','),
    recordDelimiter: latin(given.RecordDelimiter ?? '\n'),
    quote: given.QuoteCharacter ?? '"',
    quoteEscape: given.QuoteEscapeCharacter ?? given.QuoteCharacter ?? '"',
    comment: given.Comments ?? '#',
    allowQuotedRecordDelimiter: given.AllowQuotedRecordDelimiter ?? false,
  }
}

/** As the file is read: a character a byte. */
const latin = (text: string): string => Buffer.from(text).toString('latin1')

function compressionOf(given: string | undefined, input: InputFormat): string {
  const compression = given ?? 'NONE'
  if (!['NONE', 'GZIP', 'BZIP2'].includes(compression)) {
    throw refuse(
      'InvalidCompressionFormat',
      'The file is not in a supported compression format. Only GZIP and BZIP2 are supported.',
    )
  }
  if (input.kind === 'parquet' && compression !== 'NONE') {
    throw refuse(
      'ParquetUnsupportedCompressionCodec',
      'The specified Parquet compression codec is not supported.',
    )
  }
  return compression
}

function outputOf({ CSV, JSON }: NonNullable<SelectInput['OutputSerialization']>): OutputFormat {
  if (CSV && JSON) {
    throw refuse(
      'ObjectSerializationConflict',
      'OutputSerialization specifies more than one format (CSV or JSON).',
    )
  }
  if (JSON) return { kind: 'json', recordDelimiter: JSON.RecordDelimiter ?? '\n' }
  if (!CSV) {
    throw refuse(
      'InvalidDataSource',
      'Invalid data source type. Only CSV, JSON, and Parquet are supported.',
    )
  }
  const fields = CSV.QuoteFields ?? 'ASNEEDED'
  if (fields !== 'ASNEEDED' && fields !== 'ALWAYS') {
    throw refuse(
      'InvalidQuoteFields',
      'The QuoteFields is invalid. Only ALWAYS and ASNEEDED are supported.',
    )
  }
  return {
    kind: 'csv',
    fieldDelimiter: CSV.FieldDelimiter ?? ',',
    recordDelimiter: CSV.RecordDelimiter ?? '\n',
    quote: CSV.QuoteCharacter ?? '"',
    quoteEscape: CSV.QuoteEscapeCharacter ?? CSV.QuoteCharacter ?? '"',
    isAlwaysQuoted: fields === 'ALWAYS',
  }
}

/** The bytes records may begin in; both ends included. */
export function rangeOf(
  given: SelectInput['ScanRange'],
  { input, compression }: SelectRequest,
  sizeBytes: number,
): ScanRange | undefined {
  if (!given || (given.Start === undefined && given.End === undefined)) return undefined
  if (compression !== 'NONE') {
    throw refuse(
      'UnsupportedScanRangeInput',
      'Scan range queries are not supported on this type of object.',
    )
  }
  if (input.kind === 'json' && input.type === 'DOCUMENT') {
    throw refuse(
      'UnsupportedScanRangeInput',
      'Scan range queries are not supported on this type of object.',
    )
  }
  const { Start, End } = given
  // An end alone means the last so many bytes.
  if (Start === undefined) return { start: Math.max(sizeBytes - End!, 0), end: sizeBytes }
  if (Start >= sizeBytes || (End !== undefined && End < Start)) {
    throw refuse('InvalidScanRange', 'The provided scan range is invalid.')
  }
  return { start: Start, end: End ?? sizeBytes }
}
