import type { Blobs } from '../../../kernel/index.ts'
import { SecondChance } from './second-chance.ts'

const budgetBytes = 32 * 1024 * 1024
const mostBytes = 1024 * 1024

/**
 * Files of middle size that were read of late. A file's content never changes, and whoever asks has
 * its id from a row: nothing has to be dropped when an object changes. Reading here is a third of
 * reading the file, most of it memory that is asked for and given back.
 */
export interface HotBlobs {
  /** The bytes where they are at hand; many readers share them. */
  get(id: string): Uint8Array | undefined
  /** Reads a file whole and keeps it; undefined for a larger one, which is streamed. */
  read(id: string, sizeBytes: number): Promise<Uint8Array> | undefined
}

export function createHotBlobs(blobs: Pick<Blobs, 'readAll'>): HotBlobs {
  const held = new SecondChance<Uint8Array>(budgetBytes)
  return {
    get: (id) => held.get(id),
    read(id, sizeBytes) {
      if (sizeBytes > mostBytes) return undefined
      return blobs.readAll(id).then((bytes) => {
        held.put(id, bytes, bytes.length)
        return bytes
      })
    },
  }
}
