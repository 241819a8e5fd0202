import { createHash, randomBytes } from 'node:crypto'
import { createReadStream, createWriteStream, type WriteStream } from 'node:fs'
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { once } from 'node:events'

const CHUNK_BYTES = 1024 * 1024

/** A stored byte string. Its id says where it is; whoever keeps the id in a table owns it. */
export interface BlobInfo {
  id: string
  sizeBytes: number
  /** Hex. */
  sha256: string
}

/**
 * Large bytes as files: written under a temporary name, flushed, then renamed, so a blob that has an
 * id is whole and survives a crash. Contents never change. A blob whose id reached no table (a crash
 * in between) is found by `sweep`.
 */
export interface Blobs {
  write(bytes: AsyncIterable<Uint8Array> | Uint8Array, options?: WriteOptions): Promise<BlobInfo>
  /** Takes over a whole file that lies in the data folder: flushed, then renamed into place; gives its id. */
  adopt(file: string): Promise<string>
  /** Streams a blob, or the bytes from `start` to `end` (both included). */
  read(id: string, range?: { start: number; end: number }): AsyncIterable<Uint8Array>
  readAll(id: string): Promise<Buffer>
  /** Path of the file, for programs that take one (git, a child process). Read only. */
  path(id: string): string
  /** Removes it; fine when it is gone already. Call after the commit that forgets the id. */
  remove(id: string): Promise<void>
  /** Removes blobs older than `olderThanMs` that `isKept` does not know; returns how many. */
  sweep(isKept: (id: string) => Promise<boolean>, olderThanMs: number): Promise<number>
}

export interface WriteOptions {
  /** Stops with `BlobTooLarge` beyond it. */
  limitBytes?: number
  /** Sees every piece as it is written (to hash it in further ways). */
  tap?: (piece: Uint8Array) => void
}

export class BlobTooLarge extends Error {
  readonly limitBytes: number
  constructor(limitBytes: number) {
    super(`more than ${limitBytes} bytes`)
    this.limitBytes = limitBytes
  }
}

/** Without `durable` nothing is flushed to disk. */
export async function createBlobs(folder: string, { durable } = { durable: true }): Promise<Blobs> {
  await mkdir(join(folder, 'incoming'), { recursive: true })
  const path = (id: string) => join(folder, id.slice(0, 2), id.slice(2))
  return {
    path,
    async write(bytes, options = {}) {
      const id = randomBytes(20).toString('hex')
      const temporary = join(folder, 'incoming', id)
      try {
        const info = await writeFile(temporary, bytes, options, durable)
        await mkdir(dirname(path(id)), { recursive: true })
        await rename(temporary, path(id))
        if (durable) await flushFolder(dirname(path(id)))
        return { id, ...info }
      } catch (error) {
        await rm(temporary, { force: true })
        throw error
      }
    },
    async adopt(file) {
      const id = randomBytes(20).toString('hex')
      if (durable) await flushFile(file)
      await mkdir(dirname(path(id)), { recursive: true })
      await rename(file, path(id))
      if (durable) await flushFolder(dirname(path(id)))
      return id
    },
    read: (id, range) => createReadStream(path(id), { highWaterMark: CHUNK_BYTES, ...range }),
    async readAll(id) {
      const file = await open(path(id))
      try {
        return await file.readFile()
      } finally {
        await file.close()
      }
    },
    remove: (id) => rm(path(id), { force: true }),
    sweep: (isKept, olderThanMs) => sweep(folder, isKept, olderThanMs),
  }
}

async function writeFile(
  file: string,
  bytes: AsyncIterable<Uint8Array> | Uint8Array,
  options: WriteOptions,
  flush: boolean,
): Promise<{ sizeBytes: number; sha256: string }> {
  const out = createWriteStream(file, { flags: 'wx', flush, highWaterMark: CHUNK_BYTES })
  // What goes wrong is read from `errored`; a rejection that nobody awaits would end the process.
  const closed = new Promise<void>(
    (resolve) => void out.on('error', () => undefined).once('close', resolve),
  )
  const hash = createHash('sha256')
  let sizeBytes = 0
  try {
    for await (const piece of bytes instanceof Uint8Array ? [bytes] : bytes) {
      sizeBytes += piece.length
      if (options.limitBytes !== undefined && sizeBytes > options.limitBytes) {
        throw new BlobTooLarge(options.limitBytes)
      }
      hash.update(piece)
      options.tap?.(piece)
      await writePiece(out, piece)
    }
    out.end()
    await closed
    if (out.errored) throw out.errored
  } catch (error) {
    out.destroy()
    await closed
    throw error
  }
  return { sizeBytes, sha256: hash.digest('hex') }
}

async function writePiece(out: WriteStream, piece: Uint8Array): Promise<void> {
  if (out.errored) throw out.errored
  if (!out.write(piece)) await once(out, 'drain')
}

async function flushFile(file: string): Promise<void> {
  const handle = await open(file, 'r+')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function flushFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function sweep(
  folder: string,
  isKept: (id: string) => Promise<boolean>,
  olderThanMs: number,
): Promise<number> {
  let removed = 0
  for (const shelf of await readdir(folder)) {
    for (const name of await readdir(join(folder, shelf))) {
      const file = join(folder, shelf, name)
      const age = Date.now() - (await stat(file)).mtimeMs
      const kept = shelf !== 'incoming' && (await isKept(shelf + name))
      if (age <= olderThanMs || kept) continue
      await rm(file, { force: true })
      removed++
    }
  }
  return removed
}
