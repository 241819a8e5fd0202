import type { Row } from './row.ts'
import { csvRows } from './csv-rows.ts'
import { jsonValues, rowsOf } from './json-rows.ts'
import { namedColumns } from './named-columns.ts'
import { written } from './output.ts'
import { parseQuery } from './parser.ts'
import { rangeOf, readRequest, type SelectRequest } from './request.ts'
import { planQuery } from './run.ts'
import type { SelectInput } from './shapes.ts'
import { type Counts, unpacked } from './source.ts'
import type { Query } from './syntax.ts'

export interface SelectObject {
  sizeBytes: number
  read(): AsyncIterable<Uint8Array>
}

// AWS puts up to a megabyte into one event; less makes the first result come sooner.
const CHUNK_BYTES = 128 * 1024

/**
 * The events of SelectObjectContent over an object. What is wrong with the question, also with the
 * columns that it names, is thrown at once; what is wrong with the data, as AwsError while streaming.
 */
export async function selectEvents(input: SelectInput, object: SelectObject, now: number) {
  const request = readRequest(input)
  const query = parseQuery(request.expression)
  const run = planQuery(query)
  const range = rangeOf(input.ScanRange, request, object.sizeBytes)
  const counts: Counts = { scanned: 0, processed: 0 }
  const bytes = unpacked(object.read(), request.compression, counts)
  const rows = rowsFrom(bytes, request, query, range)
  const read = request.input.kind === 'csv' ? await begun(rows) : rows
  return events(run(read, now), request, counts)
}

/** The rows once the first of them, and with it the header, has been read. */
async function begun(rows: AsyncGenerator<Row>): Promise<AsyncIterable<Row>> {
  const first = await rows.next()
  return (async function* () {
    if (!first.done) yield first.value
    yield* rows
  })()
}

async function* rowsFrom(
  bytes: AsyncIterable<Uint8Array>,
  { input }: SelectRequest,
  query: Query,
  range: ReturnType<typeof rangeOf>,
): AsyncGenerator<Row> {
  if (input.kind === 'csv') yield* csvRows(bytes, input.csv, range, namedColumns(query))
  else if (input.kind === 'parquet') {
    const { parquetRows } = await import('./parquet-rows.ts')
    yield* parquetRows(bytes)
  } else {
    for await (const value of jsonValues(bytes, input.type, range)) {
      yield* rowsOf(value, query.from)
    }
  }
}

async function* events(
  results: ReturnType<ReturnType<typeof planQuery>>,
  { output, withProgress }: SelectRequest,
  counts: Counts,
) {
  let returned = 0
  let held = ''
  const flushed = () => {
    const Payload = Buffer.from(held)
    held = ''
    returned += Payload.length
    return { Records: { Payload } }
  }
  const details = () => ({
    Details: {
      BytesScanned: counts.scanned,
      BytesProcessed: counts.processed,
      BytesReturned: returned,
    },
  })
  for await (const cells of results) {
    held += written(cells, output)
    if (held.length < CHUNK_BYTES) continue
    yield flushed()
    if (withProgress) yield { Progress: details() }
  }
  if (held !== '') yield flushed()
  if (withProgress) yield { Progress: details() }
  yield { Stats: details() }
  yield { End: {} }
}
