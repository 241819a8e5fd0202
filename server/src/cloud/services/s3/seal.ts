import { createCipheriv, createDecipheriv, createHmac, hash, randomBytes } from 'node:crypto'
import type { Blobs } from '../../../kernel/index.ts'
import type { ObjectVersion } from './model.ts'
import type { ByteRange } from './range.ts'

// AES-256 in counter mode: sealed bytes are as many as they were, and any range opens by itself.
const CIPHER = 'aes-256-ctr'
const BLOCK_BYTES = 16

/** What seals one run of bytes; lives as long as the request. */
export interface Seal {
  key: Buffer
  iv: Buffer
}

export const newSeal = (key: Buffer): Seal => ({ key, iv: randomBytes(BLOCK_BYTES) })

export const sealer = ({ key, iv }: Seal) => createCipheriv(CIPHER, key, iv)

/** The whole of a few bytes, there and back. */
export const sealed = (bytes: Uint8Array, seal: Seal): Uint8Array => sealer(seal).update(bytes)

export const unsealedWhole = (bytes: Uint8Array, { key, iv }: Seal): Uint8Array =>
  opener(key, iv, 0).update(bytes)

/** No MD5 of the content, which would tell of it ("Common response headers", ETag). */
export function sealedEtag(md5: string, { key }: Seal): string {
  return hash('md5', createHmac('sha256', key).update(md5).digest())
}

/** The initialisation vector counted on to the block that `offset` lies in. */
function opener(key: Buffer, iv: Buffer, offset: number) {
  let counter =
    (BigInt(`0x${iv.toString('hex')}`) + BigInt(Math.floor(offset / BLOCK_BYTES))) % 2n ** 128n
  const at = Buffer.alloc(BLOCK_BYTES)
  for (let byte = BLOCK_BYTES - 1; byte >= 0; byte--) {
    at[byte] = Number(counter & 255n)
    counter >>= 8n
  }
  const decipher = createDecipheriv(CIPHER, key, at)
  decipher.update(Buffer.alloc(offset % BLOCK_BYTES))
  return decipher
}

/** The bytes of a sealed version, or of a range of them, in the clear. */
export async function* unsealed(
  blobs: Blobs,
  version: ObjectVersion,
  range: ByteRange | undefined,
  key: Buffer,
): AsyncGenerator<Uint8Array> {
  const { start, end } = range ?? { start: 0, end: version.sizeBytes - 1 }
  let offset = 0
  for (const run of runsOf(version)) {
    const from = Math.max(start - offset, 0)
    const to = Math.min(end - offset, run.sizeBytes - 1)
    offset += run.sizeBytes
    if (from > to) continue
    const decipher = opener(key, run.iv, from)
    if (run.inline) yield decipher.update(run.inline.subarray(from, to + 1))
    else {
      for await (const piece of blobs.read(run.blob!, { start: from, end: to })) {
        yield decipher.update(piece)
      }
    }
  }
}

interface Run {
  iv: Buffer
  sizeBytes: number
  inline?: Uint8Array | undefined
  blob?: string | undefined
}

function runsOf({ meta, inline, blobs = [], sizeBytes }: ObjectVersion): Run[] {
  const whole = meta.sealing?.iv
  if (whole) return [{ iv: Buffer.from(whole, 'base64'), sizeBytes, inline, blob: blobs[0] }]
  return blobs.map((blob, index) => {
    const part = meta.parts![index]!
    return { iv: Buffer.from(part.iv!, 'base64'), sizeBytes: part.sizeBytes, blob }
  })
}
