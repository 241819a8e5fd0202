import { type UnzipFileInfo, unzipSync } from 'fflate'
import { abortException } from '../engine/index.ts'
import { hostError } from '../groovy/index.ts'

export const LARGEST_ZIP_BYTES = 512 * 1024 ** 2
const LARGEST_CONTENT_BYTES = 2 * 1024 ** 3
/** Unpacked at a time, unless a single file is larger. */
const BATCH_BYTES = 64 * 1024 ** 2
/** Deflate packs no better than 1032 to 1 (RFC 1951: 258 bytes by two bits). */
const BEST_RATIO = 1032

/**
 * The files of a zip that fit and their bytes, a few at a time: what is held is about one batch. A
 * zip that says it holds more than it can is refused before anything is unpacked.
 */
export function* zipEntries(
  bytes: Uint8Array,
  fits: (name: string) => boolean,
): Generator<[string, Uint8Array]> {
  for (const batch of batchesOf(listed(bytes, fits))) {
    const names = new Set(batch)
    yield* Object.entries(opened(bytes, ({ name }) => names.has(name)))
  }
}

/** How many files it holds. */
export const zipSize = (bytes: Uint8Array): number => listed(bytes, () => true).length

function listed(bytes: Uint8Array, fits: (name: string) => boolean): UnzipFileInfo[] {
  const found: UnzipFileInfo[] = []
  let total = 0
  opened(bytes, (entry) => {
    const { name, size, originalSize } = entry
    total += originalSize
    if (total > LARGEST_CONTENT_BYTES) throw abortException('unzip: the content is too large')
    if (originalSize > BEST_RATIO * (size + 1)) throw broken(`the size of ${name} is wrong`)
    if (!name.endsWith('/') && fits(name)) found.push(entry)
    return false
  })
  return found
}

function batchesOf(entries: UnzipFileInfo[]): string[][] {
  const batches: string[][] = [[]]
  let size = 0
  for (const { name, originalSize } of entries) {
    size += originalSize
    if (size > BATCH_BYTES && batches.at(-1)!.length > 0) {
      batches.push([])
      size = originalSize
    }
    batches.at(-1)!.push(name)
  }
  return batches
}

function opened(bytes: Uint8Array, filter: (entry: UnzipFileInfo) => boolean) {
  try {
    return unzipSync(bytes, { filter })
  } catch (error) {
    // The library's own errors have a number; the others are the filter's refusals.
    if (typeof (error as { code?: unknown }).code !== 'number') throw error
    // What Java says of a file without the directory that a zip ends with.
    throw broken('zip END header not found')
  }
}

const broken = (text: string) => hostError('java.util.zip.ZipException', text)
