import { createGunzip } from 'node:zlib'
import { collect } from '../../../gateway/index.ts'
import { bunzip2 } from './bunzip2.ts'
import { refuse } from './refusals.ts'

/** How much has been read of the object, and how much that was unpacked. */
export interface Counts {
  scanned: number
  processed: number
}

export const LARGEST_WHOLE_BYTES = 256 * 1024 * 1024

/** The object's bytes, unpacked; counted as they pass. */
export async function* unpacked(
  bytes: AsyncIterable<Uint8Array>,
  compression: string,
  counts: Counts,
): AsyncGenerator<Uint8Array> {
  for await (const piece of opened(scanned(bytes, counts), compression)) {
    counts.processed += piece.length
    yield piece
  }
}

async function* scanned(bytes: AsyncIterable<Uint8Array>, counts: Counts) {
  for await (const piece of bytes) {
    counts.scanned += piece.length
    yield piece
  }
}

async function* opened(bytes: AsyncIterable<Uint8Array>, compression: string) {
  if (compression === 'GZIP') yield* gunzipped(bytes)
  else if (compression === 'BZIP2') yield* bunzip2(await collect(bytes, LARGEST_WHOLE_BYTES))
  else yield* bytes
}

async function* gunzipped(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip()
  const fed = feed(bytes, gunzip)
  try {
    for await (const piece of gunzip) yield piece as Uint8Array
    await fed
  } catch (error) {
    const { code } = error as { code?: string }
    if (code === 'Z_BUF_ERROR') {
      throw refuse(
        'TruncatedInput',
        'Object decompression failed. Please check that the object is properly compressed using the format specified in the request.',
      )
    }
    if (code?.startsWith('Z_')) {
      throw refuse(
        'InvalidCompressionFormat',
        'GZIP is not applicable to the queried object. Please correct the request and try again.',
      )
    }
    throw error
  } finally {
    gunzip.destroy()
  }
}

async function feed(bytes: AsyncIterable<Uint8Array>, gunzip: ReturnType<typeof createGunzip>) {
  try {
    for await (const piece of bytes) {
      if (gunzip.destroyed) return
      if (!gunzip.write(piece)) {
        await new Promise((resolve) => {
          gunzip.once('drain', resolve)
          gunzip.once('close', resolve)
        })
      }
    }
    gunzip.end()
  } catch (error) {
    // The reader of the stream is told instead.
    gunzip.destroy(error as Error)
  }
}
