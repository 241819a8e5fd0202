import picomatch from 'picomatch'
import type { Owner } from './accounts.ts'
import { BuildError } from './errors.ts'
import { joined, packingOf, unpack } from './layer-read.ts'
import type { Spool } from './spool.ts'
import { baseOf, type Change, type Entry, folder, LAYER_MTIME, type Tree } from './tree.ts'

export interface Copying {
  name: 'COPY' | 'ADD'
  from: Tree
  sources: readonly string[]
  /** Absolute, by the working directory; ends in `/` where a directory is meant. */
  to: string
  owner: Owner | undefined
  mode: number | undefined
  /** Says of what is not there whether `.dockerignore` took it away. */
  ignores(path: string): boolean
  /** Where ADD unpacks archives to; undefined: COPY. */
  spool: Spool | undefined
}

/** Puts files of a context or another stage into a tree; gives what changed, in order. */
export async function copyInto(tree: Tree, copying: Copying): Promise<Change[]> {
  const found = copying.sources.flatMap((source) => matches(copying, source))
  const { name, to } = copying
  const wantsFolder = to.endsWith('/') || tree.get(tree.resolve(to))?.type === 'directory'
  if (found.length > 1 && !wantsFolder) {
    throw new BuildError(
      `When using ${name} with more than one source file, the destination must be a directory and end with a /`,
    )
  }
  const changes: Change[] = []
  for (const source of found) {
    changes.push(...(await copyOne(tree, copying, { source, wantsFolder })))
  }
  return changes
}

/** Paths in the source that a word of the instruction means. */
function matches({ from, name, ignores }: Copying, word: string): string[] {
  const path = clean(word)
  if (!/[*?[]/.test(path)) {
    const at = from.resolve(path)
    if (from.get(at)) return [at]
    const why = ignores(path) ? ' (.dockerignore leaves it out)' : ''
    throw new BuildError(`${name} failed: "/${path}": not found${why}`)
  }
  from.resolve(path.replace(/[*?[][\s\S]*$/, '')) // refuses what leads out
  // As Go's filepath.Match: no `**`, no braces, and `*` takes names with a dot, too.
  const options = { dot: true, noglobstar: true, nobrace: true, noextglob: true, nonegate: true }
  const fits = picomatch(path, options)
  const depth = path.split('/').length
  const found = from
    .paths()
    .filter((it) => it !== '' && it.split('/').length === depth && fits(it))
    .toSorted()
  if (found.length === 0) throw new BuildError(`${name} failed: no source files match ${word}`)
  return found.map((it) => from.resolve(it)).filter((it) => from.get(it))
}

/** `..` climbs within the path only: one that leads out of it stays and is refused. */
function clean(word: string): string {
  const parts: string[] = []
  for (const part of word.split('/')) {
    if (part === '' || part === '.') continue
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop()
    else parts.push(part)
  }
  return parts.join('/')
}

async function copyOne(
  tree: Tree,
  copying: Copying,
  { source, wantsFolder }: { source: string; wantsFolder: boolean },
): Promise<Change[]> {
  const { from, to } = copying
  const entry = from.get(source)!
  if (entry.type === 'directory') return copyFolder(tree, copying, source)
  const unpacked = await unpackInto(tree, copying, entry)
  if (unpacked) return unpacked
  const at = wantsFolder ? joined(to.replace(/\/+$/, ''), baseOf(source)) : to
  if (tree.get(tree.resolve(at, { keepsLast: true }))?.type === 'directory') {
    throw new BuildError(`cannot overwrite directory ${at} with a file`)
  }
  return tree.put(at, owned(copying, entry, source), parentFor(copying))
}

/** What it holds goes into the destination, not the directory itself. */
function copyFolder(tree: Tree, copying: Copying, source: string): Change[] {
  const { from, to } = copying
  const at = tree.resolve(to)
  const there = tree.get(at)
  if (there && there.type !== 'directory') {
    throw new BuildError(`cannot copy to non-directory: ${to}`)
  }
  const changes = there
    ? []
    : tree.put(at, owned(copying, from.get(source)!, source), parentFor(copying))
  for (const path of from.below(source)) {
    const target = joined(at, source === '' ? path : path.slice(source.length + 1))
    const entry = from.get(path)!
    const earlier = tree.get(tree.resolve(target, { keepsLast: true }))
    if (entry.type === 'directory' && tree.get(tree.resolve(target))?.type === 'directory') continue
    if (earlier?.type === 'directory') {
      throw new BuildError(`cannot overwrite directory /${target} with a file`)
    }
    changes.push(...tree.put(target, owned(copying, entry, path), parentFor(copying)))
  }
  return changes
}

/** ADD takes archives of the context apart, whatever they are called. */
async function unpackInto(tree: Tree, copying: Copying, entry: Entry) {
  const { spool, to } = copying
  if (!spool || !entry.content) return undefined
  const packing = await packingOf(entry.content)
  if (packing === 'none') return undefined
  const made = tree.folders(to, parentFor(copying))
  const at = tree.resolve(to)
  return [...made, ...(await unpack(entry.content, packing, { tree, spool, at, isArchive: true }))]
}

function owned({ owner, mode }: Copying, entry: Entry, path: string): Entry {
  if (entry.type === 'special') {
    throw new BuildError(`/${path}: device nodes, pipes and sockets are not copied`)
  }
  const isLink = entry.type === 'symlink'
  return {
    ...entry,
    ...owner,
    mode: isLink || mode === undefined ? entry.mode : mode,
    mtime: LAYER_MTIME,
    // A copy is a file of its own: hard links are of one tree only.
    ...(entry.content && { content: { ...entry.content } }),
  }
}

const parentFor = ({ owner }: Copying) => folder(0o755, owner?.uid, owner?.gid)
