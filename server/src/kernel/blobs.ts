import { createHash, randomBytes } from 'node:crypto'
import { createReadStream, createWriteStream, type WriteStream } from 'node:fs'
import { mkdir, open, rename, rm, utimes } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { once } from 'node:events'
import { blobPath, isOwnerName, type KeptOf, type Swept, sweepBlobs } from './blob-sweep.ts'
import { invariant } from './errors.ts'

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
 * id is whole and survives a crash. Contents never change. Who writes says first how to tell what it
 * keeps: a blob whose id reached no table (a crash in between) is found by that (`blob-sweep.ts`).
 */
export interface Blobs {
  /**
   * The one way to write. `owner` (2 to 16 of a-z and digits) becomes part of each id and is never
   * changed: it says whom to ask about a file that was found. Throws where it is taken.
   */
  of(owner: string, keptOf: KeptOf): OwnedBlobs
  /** Streams a blob, or the bytes from `start` to `end` (both included). */
  read(id: string, range?: { start: number; end: number }): AsyncIterable<Uint8Array>
  readAll(id: string): Promise<Buffer>
  /** Path of the file, for programs that take one (git, a child process). Read only. */
  path(id: string): string
  /** Removes it; fine when it is gone already. Call after the commit that forgets the id. */
  remove(id: string): Promise<void>
  /** Looks for files that no owner keeps; see `sweepBlobs`. The kernel does it daily. */
  sweep(): Promise<Swept>
}

type Bytes = AsyncIterable<Uint8Array> | Uint8Array

export interface OwnedBlobs {
  write(bytes: Bytes, options?: WriteOptions): Promise<BlobInfo>
  /** Without the hash, which costs 0.7 ms of a processor for each MiB. */
  writePlain(bytes: Bytes, options?: WriteOptions): Promise<Omit<BlobInfo, 'sha256'>>
  /** Takes over a whole file that lies in the data folder: flushed, then renamed into place; gives its id. */
  adopt(file: string): Promise<string>
}

export interface WriteOptions {
  /** Stops with `BlobTooLarge` beyond it. */
  limitBytes?: number
  /** Sees every piece as it is written (to hash it in further ways), and may make it wait. */
  tap?: (piece: Uint8Array) => Promise<void> | void
  /** Each piece is written before the next is asked for: its memory is used again. */
  isLent?: boolean
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
  const path = (id: string) => blobPath(folder, id)
  const owners = new Map<string, KeptOf>()
  return {
    path,
    of(owner, keptOf) {
      invariant(isOwnerName(owner) && !owners.has(owner), `blobs can't belong to ${owner}`)
      owners.set(owner, keptOf)
      return ownedBlobs({ folder, owner, durable })
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
    sweep: () => sweepBlobs(folder, owners),
  }
}

interface Given {
  folder: string
  owner: string
  durable: boolean
}

function ownedBlobs({ folder, owner, durable }: Given): OwnedBlobs {
  const newId = () => `${randomBytes(20).toString('hex')}-${owner}`
  const path = (id: string) => blobPath(folder, id)
  const store = async (bytes: Bytes, options: WriteOptions) => {
    const id = newId()
    const temporary = join(folder, 'incoming', id)
    try {
      const sizeBytes = await writeFile(temporary, bytes, options, durable)
      await mkdir(dirname(path(id)), { recursive: true })
      await rename(temporary, path(id))
      if (durable) await flushFolder(dirname(path(id)))
      return { id, sizeBytes }
    } catch (error) {
      await rm(temporary, { force: true })
      throw error
    }
  }
  return {
    async write(bytes, { tap, ...options } = {}) {
      const hash = createHash('sha256')
      const both = (piece: Uint8Array) => {
        hash.update(piece)
        return tap?.(piece)
      }
      const info = await store(bytes, { ...options, tap: both })
      return { ...info, sha256: hash.digest('hex') }
    },
    writePlain: (bytes, options = {}) => store(bytes, options),
    async adopt(file) {
      const id = newId()
      // Its age as a blob begins now, however long it was gathered.
      await utimes(file, new Date(), new Date())
      if (durable) await flushFile(file)
      await mkdir(dirname(path(id)), { recursive: true })
      await rename(file, path(id))
      if (durable) await flushFolder(dirname(path(id)))
      return id
    },
  }
}

async function writeFile(
  file: string,
  bytes: Bytes,
  options: WriteOptions,
  flush: boolean,
): Promise<number> {
  const out = createWriteStream(file, { flags: 'wx', flush, highWaterMark: CHUNK_BYTES })
  // What goes wrong is read from `errored`; a rejection that nobody awaits would end the process.
  const closed = new Promise<void>(
    (resolve) => void out.on('error', () => undefined).once('close', resolve),
  )
  let sizeBytes = 0
  try {
    for await (const piece of bytes instanceof Uint8Array ? [bytes] : bytes) {
      sizeBytes += piece.length
      if (options.limitBytes !== undefined && sizeBytes > options.limitBytes) {
        throw new BlobTooLarge(options.limitBytes)
      }
      await options.tap?.(piece)
      await writePiece(out, piece, options.isLent)
    }
    out.end()
    await closed
    if (out.errored) throw out.errored
  } catch (error) {
    out.destroy()
    await closed
    throw error
  }
  return sizeBytes
}

async function writePiece(out: WriteStream, piece: Uint8Array, isLent = false): Promise<void> {
  if (out.errored) throw out.errored
  if (isLent) {
    await new Promise<void>((resolve, reject) => {
      out.write(piece, (error) => (error ? reject(error) : resolve()))
    })
  } else if (!out.write(piece)) await once(out, 'drain')
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
