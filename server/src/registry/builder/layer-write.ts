import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { Transform, Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { pack, type Pack } from 'tar-stream'
import { BuildError } from './errors.ts'
import { read } from './spool.ts'
import { baseOf, type Change, type Content, type Entry, parentOf } from './tree.ts'

export interface Layer {
  /** Of the compressed bytes. */
  digest: string
  size: number
  /** Of the uncompressed ones: what a config's `rootfs` lists. */
  diffId: string
}

// What the octal fields of a ustar header hold.
const LARGEST_ID = 0o7777777

/**
 * Writes a layer as a file: a gzipped tar, in the order of its paths, removals as `.wh.` files. The
 * same changes always give the same bytes.
 */
export async function writeLayer(changes: readonly Change[], file: string): Promise<Layer> {
  const tar = pack()
  const diff = createHash('sha256')
  const whole = createHash('sha256')
  let size = 0
  const counted = new Transform({
    transform(piece: Buffer, _encoding, done) {
      whole.update(piece)
      size += piece.length
      done(null, piece)
    },
  })
  const plain = new Transform({
    transform(piece: Buffer, _encoding, done) {
      diff.update(piece)
      done(null, piece)
    },
  })
  const out = createWriteStream(file, { flags: 'wx', mode: 0o600 })
  const writing = pipeline(tar, plain, createGzip(), counted, out)
  const filling = fill(tar, last(changes)).catch((error: unknown) => {
    tar.destroy(error as Error)
    throw error
  })
  await Promise.all([filling, writing])
  return { digest: `sha256:${whole.digest('hex')}`, size, diffId: `sha256:${diff.digest('hex')}` }
}

/** Of several changes of one path the last, in the order of the paths. */
export function last(changes: readonly Change[]): Change[] {
  const byPath = new Map(changes.map((change) => [change.path, change]))
  return [...byPath.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1))
}

async function fill(tar: Pack, changes: readonly Change[]): Promise<void> {
  const written = new Map<Content, string>()
  for (const { path, entry } of changes) {
    if (path === '') continue
    if (entry) await add(tar, path, entry, written)
    else tar.entry({ ...plainFile, name: whiteoutOf(path) }, '')
  }
  tar.finalize()
}

const plainFile = { mode: 0, uid: 0, gid: 0, mtime: new Date(0) }

function whiteoutOf(path: string): string {
  const folder = parentOf(path)
  return `${folder === '' ? '' : `${folder}/`}.wh.${baseOf(path)}`
}

async function add(tar: Pack, path: string, entry: Entry, written: Map<Content, string>) {
  const { mode, uid, gid, mtime, content, target } = entry
  if (uid > LARGEST_ID || gid > LARGEST_ID) {
    throw new BuildError(`/${path}: owner ${uid}:${gid} does not fit into a layer`)
  }
  const facts = { mode, uid, gid, mtime: new Date(mtime * 1000) }
  if (entry.type === 'directory') {
    return void tar.entry({ ...facts, type: 'directory', name: `${path}/` })
  }
  if (entry.type === 'symlink') {
    return void tar.entry({ ...facts, type: 'symlink', name: path, linkname: target! })
  }
  if (!content) throw new BuildError(`/${path}: device nodes, pipes and sockets are not taken`)
  const first = written.get(content)
  if (first !== undefined) {
    return void tar.entry({ ...facts, type: 'link', name: path, linkname: first })
  }
  written.set(content, path)
  const sink = tar.entry({ ...facts, type: 'file', name: path, size: content.size })
  await pipeline(Readable.from(read(content)), sink)
}
