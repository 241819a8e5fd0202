import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import { extract, type Header } from 'tar-stream'
import { BuildError } from './errors.ts'
import type { Spool } from './spool.ts'
import { baseOf, type Change, type Content, type Entry, parentOf, type Tree } from './tree.ts'

const MOST_ENTRIES = 2_000_000
const WHITEOUT = '.wh.'
const OPAQUE = '.wh..wh..opq'

export type Packing = 'tar' | 'gzip' | 'zstd' | 'bzip2' | 'xz' | 'none'

/** By its first bytes; `none`: no archive. */
export async function packingOf({ file, offset, size }: Content): Promise<Packing> {
  const head = Buffer.alloc(512)
  const handle = await open(file)
  const { bytesRead } = await handle.read(head, 0, Math.min(512, size), offset)
  await handle.close()
  const hex = head.subarray(0, bytesRead).toString('hex')
  if (hex.startsWith('1f8b')) return 'gzip'
  if (hex.startsWith('28b52ffd')) return 'zstd'
  if (hex.startsWith('425a68')) return 'bzip2'
  if (hex.startsWith('fd377a585a00')) return 'xz'
  return head.subarray(257, 262).toString('latin1') === 'ustar' ? 'tar' : 'none'
}

interface Unpacking {
  tree: Tree
  spool: Spool
  /** Where the archive's own root stands in the tree. */
  at: string
  /** An archive of a stranger: no device nodes. A layer's are kept out of what is unpacked. */
  isArchive: boolean
}

/** Reads a layer, or an archive of ADD, into a tree; gives what changed. */
export async function unpack(
  content: Content,
  packing: Packing,
  given: Unpacking,
): Promise<Change[]> {
  const { file, offset, size } = content
  if (size === 0) return []
  const source = createReadStream(file, { start: offset, end: offset + size - 1 })
  const tar = extract()
  const feeding = feed(source, packing, tar)
  const changes: Change[] = []
  let count = 0
  try {
    for await (const entry of tar) {
      if (++count > MOST_ENTRIES) throw new BuildError(`more than ${MOST_ENTRIES} files`)
      changes.push(...(await take(entry.header, entry as AsyncIterable<Uint8Array>, given)))
      entry.resume()
    }
    await feeding
  } catch (error) {
    source.destroy()
    await feeding.catch(() => undefined) // it failed by the same
    throw error instanceof BuildError ? error : new BuildError((error as Error).message)
  }
  return changes
}

function feed(source: Readable, packing: Packing, tar: NodeJS.WritableStream): Promise<void> {
  if (packing === 'tar') return pipeline(source, tar)
  if (packing === 'gzip') return pipeline(source, createGunzip(), tar)
  if (packing === 'zstd') return pipeline(source, createZstdDecompress(), tar)
  throw new BuildError(`archives packed by ${packing} are not unpacked here; use gzip or zstd`)
}

async function take(
  header: Header,
  bytes: AsyncIterable<Uint8Array>,
  given: Unpacking,
): Promise<Change[]> {
  const { tree, isArchive } = given
  const path = joined(given.at, safePath(header.name))
  const name = baseOf(path)
  if (!isArchive && name.startsWith(WHITEOUT)) return whiteout(tree, path, name)
  const entry = await entryOf(header, bytes, given)
  return entry ? tree.put(path, entry) : []
}

function whiteout(tree: Tree, path: string, name: string): Change[] {
  if (name === OPAQUE) tree.empty(parentOf(path))
  else tree.remove(joined(parentOf(path), name.slice(WHITEOUT.length)))
  return []
}

async function entryOf(
  header: Header,
  bytes: AsyncIterable<Uint8Array>,
  { tree, spool, at, isArchive }: Unpacking,
): Promise<Entry | undefined> {
  const { name, type, linkname } = header
  const facts = {
    mode: (header.mode ?? 0o644) & 0o7777,
    uid: header.uid ?? 0,
    gid: header.gid ?? 0,
    mtime: Math.floor((header.mtime?.getTime() ?? 0) / 1000),
  }
  switch (type) {
    case 'file':
    case 'contiguous-file':
      return { type: 'file', ...facts, content: await spool.add(bytes) }
    case 'directory':
      return { type: 'directory', ...facts }
    case 'symlink':
      return { type: 'symlink', ...facts, mode: 0o777, target: linkname ?? '' }
    case 'link':
      return linked(tree, joined(at, safePath(linkname ?? '')), name)
    default:
      if (isArchive) throw new BuildError(`${name}: a ${type} is not taken from an archive`)
      return { type: 'special', ...facts }
  }
}

/** The same bytes under another name; only of what stands in the same tree. */
function linked(tree: Tree, target: string, name: string): Entry {
  const entry = tree.get(tree.resolve(target, { keepsLast: true }))
  if (entry && entry.type !== 'directory') return entry
  throw new BuildError(`${name}: a hard link to ${target}, which is no file of the archive`)
}

/** As archives write paths: `./a/b/`; one that climbs is refused. */
function safePath(name: string): string {
  const parts = name.split('/').filter((part) => part !== '' && part !== '.')
  if (parts.includes('..')) {
    throw new BuildError(`${name}: a path of an archive must not lead out of it`)
  }
  if (name.includes('\0')) throw new BuildError('a path of an archive has a NUL')
  return parts.join('/')
}

export const joined = (folder: string, path: string) =>
  folder === '' || path === '' ? folder + path : `${folder}/${path}`
