import { gunzipSync } from 'node:zlib'
import { parquetMetadata, parquetReadObjects } from 'hyparquet'
import { collect } from '../../../gateway/index.ts'
import { jsonRow } from './json-rows.ts'
import { refuse } from './refusals.ts'
import type { Row } from './row.ts'
import { LARGEST_WHOLE_BYTES } from './source.ts'
import type { Value } from './values.ts'

const ROWS_AT_ONCE = 5000

/** A Parquet file's records, some thousand at a time. Snappy and GZIP columns, as S3 reads them. */
export async function* parquetRows(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Row> {
  const whole = await collect(bytes, LARGEST_WHOLE_BYTES)
  const file = new Uint8Array(whole).buffer
  const metadata = metadataOf(file)
  const rows = Number(metadata.num_rows)
  const compressors = {
    GZIP: (input: Uint8Array) => new Uint8Array(gunzipSync(input)),
  }
  for (let rowStart = 0; rowStart < rows; rowStart += ROWS_AT_ONCE) {
    const rowEnd = Math.min(rowStart + ROWS_AT_ONCE, rows)
    const found = await parquetReadObjects({ file, metadata, rowStart, rowEnd, compressors })
    for (const each of found) yield jsonRow(valueOf(each))
  }
}

function metadataOf(file: ArrayBuffer) {
  try {
    return parquetMetadata(file)
  } catch (error) {
    if (!(error instanceof Error)) throw error
    throw refuse(
      'ParquetParsingError',
      'Error parsing Parquet file. Please check the file and try again.',
    )
  }
}

/** A column's value as SQL has it. */
function valueOf(value: unknown): Value {
  if (typeof value === 'bigint') return Number(value)
  if (value instanceof Date) {
    return { isTimestamp: true, ms: value.getTime(), offsetMinutes: 0, precision: 'fraction' }
  }
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8')
  if (Array.isArray(value)) return value.map(valueOf)
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, valueOf(each)]))
  }
  return value as Value
}
