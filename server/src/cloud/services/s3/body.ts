import { hash } from 'node:crypto'
import { crc64Nvme, type Blobs, type OwnedBlobs } from '../../../kernel/index.ts'
import {
  type Checksum,
  checksumsAside,
  createChecksum,
  LongBody,
  pieces,
  type RequestBody,
} from '../../gateway/index.ts'
import type { ChecksumName } from './model.ts'
import { type Seal, sealer } from './seal.ts'

/** Small bytes stay beside their row: a file each costs four system calls more. */
export const INLINE_BYTES = 64 * 1024

export interface StoredBody {
  sizeBytes: number
  /** Hex. */
  md5: string
  checksums: Partial<Record<ChecksumName, string>>
  inline?: Uint8Array
  blob?: string
}

interface StoreOptions {
  /** What to compute besides the MD5. */
  checksums: ChecksumName[]
  /** Parts of an upload are files whatever their size, so that they can be joined by name. */
  asBlob?: boolean
  /** Encrypts the bytes on their way; sums are of what came. */
  seal?: Seal | undefined
}

/**
 * Takes the bytes in, hashing them as they pass; at once where they are few and at hand. A body that
 * breaks off leaves nothing behind.
 */
export function storeBody(
  blobs: OwnedBlobs,
  body: RequestBody | undefined,
  options: StoreOptions,
): StoredBody | Promise<StoredBody> {
  if (!body) return storeInline(new Uint8Array(0), options)
  if (body instanceof Uint8Array) {
    return body.length <= INLINE_BYTES && !options.asBlob
      ? storeInline(body, options)
      : storeBlob(blobs, [body], options)
  }
  if (body instanceof LongBody) return storeLong(blobs, body, options)
  return options.asBlob
    ? storeBlob(blobs, pieces(body), options)
    : storeStream(blobs, body, options)
}

async function storeStream(
  blobs: OwnedBlobs,
  body: AsyncIterable<Uint8Array>,
  options: StoreOptions,
): Promise<StoredBody> {
  const iterator = body[Symbol.asyncIterator]()
  const head: Uint8Array[] = []
  let sizeBytes = 0
  while (sizeBytes <= INLINE_BYTES) {
    const next = await iterator.next()
    if (next.done) return storeInline(Buffer.concat(head, sizeBytes), options)
    head.push(next.value)
    sizeBytes += next.value.length
  }
  return storeBlob(blobs, rejoined(head, iterator), options)
}

async function* rejoined(
  head: Uint8Array[],
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield* head
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value
}

function storeInline(
  bytes: Uint8Array,
  { checksums, seal }: StoreOptions,
): StoredBody | Promise<StoredBody> {
  const stored = (values: StoredBody['checksums']): StoredBody => ({
    sizeBytes: bytes.length,
    md5: hash('md5', bytes),
    checksums: values,
    inline: seal ? sealer(seal).update(bytes) : bytes,
  })
  // What is computed where the client named nothing: in most requests.
  const isUsual = checksums.length === 1 && checksums[0] === 'CRC64NVME'
  if (isUsual) return stored({ CRC64NVME: crc64Nvme(bytes) })
  return checksumsOf(checksums, bytes).then(stored)
}

async function checksumsOf(names: ChecksumName[], bytes: Uint8Array) {
  const values: StoredBody['checksums'] = {}
  for (const name of names) values[name] = await checksumOf(name, bytes)
  return values
}

export async function checksumOf(name: ChecksumName, bytes: Uint8Array): Promise<string> {
  if (name === 'CRC64NVME') return crc64Nvme(bytes)
  const checksum = await checksumNamed(name)
  checksum.update(bytes)
  return checksum.digest()
}

const summedNames = (checksums: ChecksumName[]) => [
  'md5',
  ...checksums.map((name) => name.toLowerCase()),
]

function storedBlob(
  { sizeBytes, id }: { sizeBytes: number; id: string },
  checksums: ChecksumName[],
  [md5 = '', ...values]: string[],
): StoredBody {
  return {
    sizeBytes,
    md5: Buffer.from(md5, 'base64').toString('hex'),
    checksums: Object.fromEntries(checksums.map((name, at) => [name, values[at]])),
    blob: id,
  }
}

/** Written from where it was read to, and summed there; sealed bytes lie elsewhere. */
async function storeLong(
  blobs: OwnedBlobs,
  body: LongBody,
  options: StoreOptions,
): Promise<StoredBody> {
  const { checksums, seal } = options
  const summing = seal ? undefined : body.summing(summedNames(checksums))
  if (!summing) return storeBlob(blobs, body, options)
  const info = await blobs.writePlain(summing.pieces, { isLent: true })
  return storedBlob(info, checksums, await summing.digests)
}

async function storeBlob(
  blobs: OwnedBlobs,
  source: AsyncIterable<Uint8Array> | Uint8Array[],
  { checksums, seal }: StoreOptions,
): Promise<StoredBody> {
  const sums = await checksumsAside(summedNames(checksums))
  const tap = (piece: Uint8Array) => sums.update(piece)
  try {
    const info = seal
      ? await blobs.writePlain(sealedStream(source, seal, tap))
      : await blobs.writePlain(asStream(source), { tap })
    return storedBlob(info, checksums, await sums.digests())
  } catch (error) {
    sums.drop()
    throw error
  }
}

async function* sealedStream(
  source: AsyncIterable<Uint8Array> | Uint8Array[],
  seal: Seal,
  tap: (piece: Uint8Array) => Promise<void> | void,
) {
  const cipher = sealer(seal)
  for await (const piece of source) {
    await tap(piece)
    yield cipher.update(piece)
  }
}

async function* asStream(source: AsyncIterable<Uint8Array> | Uint8Array[]) {
  yield* source
}

export async function checksumNamed(name: ChecksumName): Promise<Checksum> {
  return (await createChecksum(name.toLowerCase()))!
}

/** The bytes from `start` to `end` (both included) of blobs that follow one another. */
export async function* readJoined(
  blobs: Blobs,
  parts: { id: string; sizeBytes: number }[],
  start: number,
  end: number,
): AsyncGenerator<Uint8Array> {
  let offset = 0
  for (const { id, sizeBytes } of parts) {
    const from = Math.max(start - offset, 0)
    const to = Math.min(end - offset, sizeBytes - 1)
    if (from <= to) yield* blobs.read(id, { start: from, end: to })
    offset += sizeBytes
    if (offset > end) return
  }
}
