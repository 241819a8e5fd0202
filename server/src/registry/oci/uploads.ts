import { createReadStream } from 'node:fs'
import { open, readdir, rm, stat } from 'node:fs/promises'
import type { Hash } from 'node:crypto'
import { join } from 'node:path'
import type { Kernel } from '../../kernel/index.ts'
import { OciError } from './error.ts'
import { hashFor } from './names.ts'
import type { OciTables } from './tables.ts'

const WRITE_BYTES = 1024 * 1024

interface Hashing {
  algorithm: string
  hash: Hash
  sizeBytes: number
}

/**
 * Uploads under way: a file each, which grows by chunks and outlives the process, so that a push that
 * was cut goes on where it stopped. What a chunk's answer acknowledged is on disk.
 */
export class Uploads {
  readonly #kernel: Kernel
  readonly #folder: string
  /** Hashes so far; lost with the process and made anew from the file then. */
  readonly #hashes = new Map<string, Hashing>()
  readonly #busy = new Set<string>()

  constructor(kernel: Kernel) {
    this.#kernel = kernel
    this.#folder = kernel.folder('uploads')
  }

  async start(repo: string): Promise<string> {
    const { clock, database } = this.#kernel
    const id = crypto.randomUUID()
    const now = clock.now()
    const file = await open(this.path(id), 'wx', 0o600)
    await file.close()
    await database.write(async (tx) => {
      await tx
        .tables<OciTables>()
        .insertInto('registry_oci_upload')
        .values({ id, repo, created_at: now, touched_at: now })
        .execute()
    })
    return id
  }

  /** Bytes received so far. Throws BLOB_UPLOAD_UNKNOWN. */
  async size(repo: string, id: string): Promise<number> {
    const row = await this.#kernel.database
      .tables<OciTables>()
      .selectFrom('registry_oci_upload')
      .select('id')
      .where('id', '=', id)
      .where('repo', '=', repo)
      .executeTakeFirst()
    if (!row) throw unknown(id)
    try {
      return (await stat(this.path(id))).size
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw unknown(id)
      throw error
    }
  }

  /**
   * Appends what arrives, up to `limitBytes` in all; gives the new size. A body that ends early keeps
   * what came and throws what the connection threw.
   */
  async append(
    id: string,
    from: number,
    bytes: AsyncIterable<Uint8Array>,
    limitBytes: number,
  ): Promise<number> {
    if (this.#busy.has(id)) {
      throw new OciError('BLOB_UPLOAD_INVALID', 'another chunk of this upload is on its way', {
        status: 416,
      })
    }
    this.#busy.add(id)
    try {
      return await this.#write(id, from, bytes, limitBytes)
    } finally {
      this.#busy.delete(id)
    }
  }

  async #write(id: string, from: number, bytes: AsyncIterable<Uint8Array>, limitBytes: number) {
    const hashing = await this.#hashing(id, 'sha256', from)
    const file = await open(this.path(id), 'r+')
    let at = from
    const writePiece = async (pieces: Uint8Array[]) => {
      for (const piece of pieces) hashing.hash.update(piece)
      const { bytesWritten } = await file.writev(pieces, at)
      at += bytesWritten
      hashing.sizeBytes = at
    }
    try {
      for await (const pieces of gathered(bytes)) {
        const coming = pieces.reduce((sum, piece) => sum + piece.length, 0)
        if (at + coming > limitBytes) throw tooLarge(limitBytes)
        await writePiece(pieces)
      }
    } finally {
      await file.datasync()
      await file.close()
      // Never mistaken for whole: the file may hold more than was hashed when a write failed halfway.
      if ((await stat(this.path(id))).size !== hashing.sizeBytes) this.#hashes.delete(id)
    }
    return at
  }

  /** The digest of all that arrived, `<algorithm>:<hex>`. */
  async digest(id: string, algorithm: string, sizeBytes: number): Promise<string> {
    const { hash } = await this.#hashing(id, algorithm, sizeBytes)
    return `${algorithm}:${hash.copy().digest('hex')}`
  }

  async #hashing(id: string, algorithm: string, sizeBytes: number): Promise<Hashing> {
    const known = this.#hashes.get(id)
    if (known && known.algorithm === algorithm && known.sizeBytes === sizeBytes) return known
    const hash = hashFor(algorithm)
    if (sizeBytes > 0) {
      const file = createReadStream(this.path(id), {
        end: sizeBytes - 1,
        highWaterMark: WRITE_BYTES,
      })
      for await (const piece of file) hash.update(piece as Buffer)
    }
    const made = { algorithm, hash, sizeBytes }
    this.#hashes.set(id, made)
    return made
  }

  /** Ends it: its bytes were taken, or nobody wants them. */
  async remove(id: string): Promise<void> {
    this.#hashes.delete(id)
    await this.#kernel.database.write(async (tx) => {
      await tx.tables<OciTables>().deleteFrom('registry_oci_upload').where('id', '=', id).execute()
    })
    await rm(this.path(id), { force: true })
  }

  /** Removes those that nobody went on with, and files that no row knows. */
  async sweep(olderThanMs: number): Promise<number> {
    let removed = 0
    for (const id of await readdir(this.#folder)) {
      const age = Date.now() - (await stat(this.path(id))).mtimeMs
      if (age <= olderThanMs || this.#busy.has(id)) continue
      await this.remove(id)
      removed++
    }
    return removed
  }

  path(id: string): string {
    // Ids are made here; one from a URL must not lead elsewhere.
    if (!/^[0-9a-f-]{36}$/.test(id)) throw unknown(id)
    return join(this.#folder, id)
  }
}

/** Small pieces of a socket, joined to writes of a megabyte. */
async function* gathered(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array[]> {
  let pieces: Uint8Array[] = []
  let size = 0
  try {
    for await (const piece of bytes) {
      pieces.push(piece)
      size += piece.length
      if (size < WRITE_BYTES) continue
      yield pieces
      pieces = []
      size = 0
    }
  } catch (error) {
    // The client vanished: what came before counts.
    if (size > 0) yield pieces
    throw error
  }
  if (size > 0) yield pieces
}

function unknown(id: string): OciError {
  return new OciError('BLOB_UPLOAD_UNKNOWN', 'there is no such upload; begin a new one', {
    detail: { uuid: id },
  })
}

function tooLarge(limitBytes: number): OciError {
  return new OciError('SIZE_INVALID', `a blob may have at most ${limitBytes} bytes`, {
    status: 413,
  })
}
