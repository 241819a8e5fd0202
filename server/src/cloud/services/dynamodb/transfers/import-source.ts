import { pipeline, Readable, type Transform } from 'node:stream'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import type { Aws } from '../../../gateway/index.ts'
import type { KeyType } from '../table-model.ts'
import type { Item, Value } from '../item-types.ts'
import { csvRecords } from './csv.ts'
import type { ImportFacts } from './import-model.ts'
import { IonError, readIon } from './ion-reader.ts'

/** One line of an import: the item it gives, or why it gives none. */
export type Line = { item: Item } | { wrong: string }

type Bytes = AsyncIterable<Uint8Array>

/** Keys of the objects to import, in order. */
export async function* sourceKeys(aws: Aws, { bucket, prefix }: ImportFacts) {
  let token: string | undefined
  do {
    const page = await aws.s3.listObjectsV2({
      Bucket: bucket,
      ...(prefix !== undefined && { Prefix: prefix }),
      ...(token !== undefined && { ContinuationToken: token }),
    })
    for (const { Key: key } of page.Contents ?? []) if (!key!.endsWith('/')) yield key!
    token = page.NextContinuationToken
  } while (token !== undefined)
}

/** An object's lines; `counted` sees its bytes, expanded. */
export async function* linesOf(
  aws: Aws,
  key: string,
  facts: ImportFacts,
  counted: (bytes: number) => void,
): AsyncGenerator<Line> {
  const { Body: body } = await aws.s3.getObject({ Bucket: facts.bucket, Key: key })
  const texts = textOf(counting(expanded(piecesOf(body), facts.compression), counted))
  if (facts.format === 'CSV') yield* csvLines(texts, facts)
  else if (facts.format === 'ION') for await (const line of eachLine(texts)) yield ionLine(line)
  else for await (const line of eachLine(texts)) yield* jsonLine(line)
}

async function* piecesOf(body: Uint8Array | Bytes | Readable | undefined): Bytes2 {
  if (!body) return
  if (body instanceof Uint8Array) yield body
  else yield* body as Bytes
}

type Bytes2 = AsyncGenerator<Uint8Array>

async function* counting(pieces: Bytes, counted: (bytes: number) => void): Bytes2 {
  for await (const piece of pieces) {
    counted(piece.byteLength)
    yield piece
  }
}

function expanded(pieces: Bytes, compression: ImportFacts['compression']): Bytes {
  if (compression === 'NONE') return pieces
  const expander: Transform = compression === 'GZIP' ? createGunzip() : createZstdDecompress()
  // What fails on the way is thrown to whoever reads the end of it.
  return pipeline(Readable.from(pieces), expander, () => undefined)
}

async function* textOf(pieces: Bytes): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  for await (const piece of pieces) yield decoder.decode(piece, { stream: true })
  yield decoder.decode()
}

async function* eachLine(texts: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = ''
  for await (const text of texts) {
    const lines = (rest + text).split('\n')
    rest = lines.pop()!
    for (const line of lines) if (line.trim() !== '') yield line
  }
  if (rest.trim() !== '') yield rest
}

/** A line may hold several objects, one after the other. */
function jsonLine(line: string): Line[] {
  return objectsOf(line).map((text) => {
    try {
      const { Item: item } = JSON.parse(text) as { Item?: unknown }
      if (typeof item === 'object' && item !== null) return { item: revived(item as Item) }
      return { wrong: 'The line has no Item.' }
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
      return { wrong: error.message }
    }
  })
}

const token = /"(?:[^"\\]|\\.)*"|[{}]/g

/** The texts of a line's objects; of what is no JSON, the whole line. */
function objectsOf(line: string): string[] {
  const found: string[] = []
  let depth = 0
  let from = 0
  for (const { 0: text, index } of line.matchAll(token)) {
    depth += text === '{' ? 1 : text === '}' ? -1 : 0
    if (text !== '}' || depth !== 0) continue
    found.push(line.slice(from, index + 1))
    from = index + 1
  }
  const rest = line.slice(from)
  return rest.trim() === '' ? found : [...found, rest]
}

function ionLine(line: string): Line {
  try {
    const item = readIon(line).M?.['Item']?.M
    return item ? { item } : { wrong: 'The line has no Item.' }
  } catch (error) {
    if (!(error instanceof IonError || error instanceof SyntaxError)) throw error
    return { wrong: error.message }
  }
}

/** Bytes come as base64, as they do over the wire. */
const revived = (item: Item): Item =>
  Object.fromEntries(Object.entries(item).map(([name, value]) => [name, revivedValue(value)]))

function revivedValue(value: Value): Value {
  const bytes = (text: unknown) => Buffer.from(String(text), 'base64')
  if (value.B !== undefined) return { B: bytes(value.B) }
  if (value.BS) return { BS: value.BS.map(bytes) }
  if (value.L) return { L: value.L.map(revivedValue) }
  return value.M ? { M: revived(value.M) } : value
}

/** Columns are strings, but for those that are keys. */
async function* csvLines(
  texts: AsyncIterable<string>,
  { delimiter, header: given, types }: ImportFacts,
): AsyncGenerator<Line> {
  let header = given
  for await (const fields of csvRecords(texts, delimiter)) {
    if (fields.length === 1 && fields[0] === '') continue
    if (!header) {
      header = fields
      continue
    }
    yield fields.length > header.length
      ? { wrong: `${fields.length} fields for ${header.length} columns` }
      : { item: rowItem(header, fields, types) }
  }
}

/** An empty field gives no attribute. */
const rowItem = (header: string[], fields: string[], types: ImportFacts['types']): Item =>
  Object.fromEntries(
    header.flatMap((name, i) => (fields[i] ? [[name, columnValue(fields[i], types[name])]] : [])),
  )

function columnValue(text: string, type: KeyType | undefined): Value {
  if (type === 'N') return { N: text }
  return type === 'B' ? { B: Buffer.from(text, 'base64') } : { S: text }
}
