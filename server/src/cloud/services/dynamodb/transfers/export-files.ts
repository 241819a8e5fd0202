import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { Aws, Principal } from '../../../gateway/index.ts'
import { keyOf, placeId, type Stored } from '../item-key.ts'
import type { Item } from '../item-types.ts'
import type { DynamoParts } from '../parts.ts'
import type { Found } from '../store-items.ts'
import type { Table } from '../table-model.ts'
import { itemOf, itemText } from '../value.ts'
import { type Export, folderOf } from './export-model.ts'
import { decimalText, ionItem } from './ion.ts'

const PIECE = 500
const FILE_BYTES = 8 * 1024 * 1024
const compress = promisify(gzip)

interface DataFile {
  itemCount: number
  md5Checksum: string
  etag: string
  dataFileS3Key: string
}

interface Lines {
  texts: string[]
  sizeBytes: number
}

const digest = (text: string | Uint8Array, form: 'hex' | 'base64') =>
  createHash('md5').update(text).digest(form)

/** Writes an export's files as its owner: the data, then the manifests that tell of it. */
export async function writeExport(
  parts: DynamoParts,
  given: Export,
  principal: Principal,
): Promise<{ billedBytes: number; items: number }> {
  const aws = parts.deps.as({ principal, region: given.region, account: given.account })
  const put = putter(aws, given)
  await put(`${folderOf(given)}_started`, '')
  const files: DataFile[] = []
  let [items, billedBytes] = [0, 0]
  for await (const { texts, sizeBytes } of filesOf(linesOf(parts, given))) {
    const bytes = await compress(`${texts.join('\n')}\n`)
    const name = digest(`${given.arn}/${files.length}`, 'hex').slice(0, 26)
    const key = `${folderOf(given)}data/${name}.${isIon(given) ? 'ion' : 'json'}.gz`
    files.push({
      itemCount: texts.length,
      md5Checksum: digest(bytes, 'base64'),
      etag: await put(key, bytes),
      dataFileS3Key: key,
    })
    items += texts.length
    billedBytes += sizeBytes
  }
  const told = { items, billedBytes }
  const manifest = files.map((file) => JSON.stringify(file)).join('\n')
  await putSummed(put, `${folderOf(given)}manifest-files.json`, manifest && `${manifest}\n`)
  const summary = summaryOf(given, told, parts.deps.kernel.clock.now())
  await putSummed(put, `${folderOf(given)}manifest-summary.json`, JSON.stringify(summary))
  return told
}

type Put = (key: string, body: string | Uint8Array) => Promise<string>

const putter =
  (aws: Aws, { facts }: Export): Put =>
  async (Key, body) => {
    const { ETag = '' } = await aws.s3.putObject({
      Bucket: facts.bucket,
      Key,
      Body: Buffer.from(body),
      ...(facts.sse === 'KMS' && {
        ServerSideEncryption: 'aws:kms' as const,
        ...(facts.sseKey !== undefined && { SSEKMSKeyId: facts.sseKey }),
      }),
    })
    return ETag.replaceAll('"', '')
  }

async function putSummed(put: Put, key: string, text: string): Promise<void> {
  await put(key, text)
  await put(key.replace(/json$/, 'md5'), digest(text, 'base64'))
}

/** Lines gathered until a file is full; a table without items makes no file. */
async function* filesOf(lines: AsyncIterable<{ text: string; size: number }>) {
  let file: Lines = { texts: [], sizeBytes: 0 }
  for await (const { text, size } of lines) {
    file.texts.push(text)
    file.sizeBytes += size
    if (file.sizeBytes < FILE_BYTES) continue
    yield file
    file = { texts: [], sizeBytes: 0 }
  }
  if (file.texts.length > 0) yield file
}

function linesOf(parts: DynamoParts, given: Export) {
  return given.facts.fromMs === undefined ? allItems(parts, given) : changedItems(parts, given)
}

const isIon = ({ facts }: Export) => facts.format === 'ION'

async function* allItems({ items }: DynamoParts, given: Export) {
  const { facts } = given
  const itemLine = ({ item, text }: Stored) =>
    isIon(given) ? `$ion_1_0 {Item:${ionItem(item)}}` : `{"Item":${text}}`
  let after: Found | undefined
  for (;;) {
    const range = { of: facts.itemsId, isIndex: false, backward: false, ...(after && { after }) }
    const found = await items.page(range, PIECE)
    for (const { stored } of found) yield { text: itemLine(stored), size: stored.sizeBytes }
    after = found.at(-1)
    if (found.length < PIECE) return
  }
}

/** What changed within the stretch: each key once, as it was before and as it was at the end. */
async function* changedItems({ items, changes, tables }: DynamoParts, given: Export) {
  const { facts } = given
  const table: Table | undefined = tables.byId(facts.tableId)
  if (!table) return
  for (const one of await changes.changed(facts.tableId, facts.fromMs!, facts.atMs)) {
    const { pk, sk, before, atMs } = one
    const place = { pk, sk, id: placeId(facts.itemsId, pk, sk) }
    const after = await items.get(facts.itemsId, place)
    if (before === null && !after) continue
    const old = facts.view === 'NEW_AND_OLD_IMAGES' && before !== null ? before : undefined
    const record: Change = {
      keys: keyOf(table.key, after?.item ?? itemOf(before!)),
      micros: atMs * 1000,
      after: after?.text,
      old,
    }
    yield {
      text: isIon(given) ? ionRecord(record) : jsonRecord(record),
      size: (after?.sizeBytes ?? 0) + (old?.length ?? 0),
    }
  }
}

/** One key's change; its images are items' texts. */
interface Change {
  keys: Item
  micros: number
  after: string | undefined
  old: string | undefined
}

function jsonRecord({ keys, micros, after, old }: Change): string {
  const images =
    (after === undefined ? '' : `,"NewImage":${after}`) +
    (old === undefined ? '' : `,"OldImage":${old}`)
  const metadata = `"Metadata":{"WriteTimestampMicros":{"N":"${micros}"}}`
  return `{${metadata},"Keys":${itemText(keys)}${images}}`
}

function ionRecord({ keys, micros, after, old }: Change): string {
  const image = (name: string, text: string | undefined) =>
    text === undefined ? '' : `,${name}:${ionItem(itemOf(text))}`
  const metadata = `Metadata:{WriteTimestampMicros:${decimalText(String(micros))}}`
  const images = image('OldImage', old) + image('NewImage', after)
  return `$ion_1_0 {Record:{Keys:${ionItem(keys)},${metadata}${images}}}`
}

const iso = (ms: number) => new Date(ms).toISOString()

function summaryOf(given: Export, told: { items: number; billedBytes: number }, now: number) {
  const { facts, arn, createdAtMs } = given
  const isFull = facts.fromMs === undefined
  return {
    version: isFull ? '2020-06-30' : '2023-08-01',
    exportArn: arn,
    startTime: iso(createdAtMs),
    endTime: iso(now),
    tableArn: facts.tableArn,
    tableId: facts.tableUuid,
    ...(isFull
      ? { exportTime: iso(facts.atMs) }
      : { exportFromTime: iso(facts.fromMs!), exportToTime: iso(facts.atMs) }),
    s3Bucket: facts.bucket,
    s3Prefix: facts.prefix ?? null,
    s3SseAlgorithm: facts.sse,
    s3SseKmsKeyId: facts.sseKey ?? null,
    manifestFilesS3Key: `${folderOf(given)}manifest-files.json`,
    billedSizeBytes: told.billedBytes,
    itemCount: told.items,
    outputFormat: facts.format ?? 'DYNAMODB_JSON',
    ...(isFull
      ? { exportType: 'FULL_EXPORT' }
      : { outputView: facts.view, exportType: 'INCREMENTAL_EXPORT' }),
  }
}
