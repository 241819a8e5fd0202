import { randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream, existsSync, realpathSync } from 'node:fs'
import { chmod, mkdir, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { dirname, isAbsolute, join, relative, sep } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { antFilter, type AntPatterns } from './ant.ts'

export interface FileFacts {
  isFolder: boolean
  size: number
  modifiedMs: number
  /** Permissions: 0o755. */
  mode: number
}

export interface FoundFile extends FileFacts {
  /** From the folder that was searched, with `/`. */
  path: string
}

/**
 * The files of the machine that a step runs on: this one's, or an agent's. Paths are absolute there.
 * Whatever is not there reads as undefined (`stat`), as nothing (`find`), or throws ENOENT (`read`);
 * `write` makes the folders that it needs, and `remove` is content when there is nothing.
 */
export interface Files {
  /** Whether a path, links followed, is in one of the folders. */
  isWithin(path: string, roots: string[]): Promise<boolean>
  stat(path: string): Promise<FileFacts | undefined>
  /** The path with links followed; undefined when there is nothing. */
  realPath(path: string): Promise<string | undefined>
  /** Files below a folder that fit, sorted by path; links that lead out of `root` are left out. */
  find(folder: string, root: string, patterns: AntPatterns): Promise<FoundFile[]>
  read(path: string): AsyncIterable<Uint8Array>
  write(path: string, content: Content, options?: { mode?: number | undefined }): Promise<void>
  makeFolder(path: string, mode?: number): Promise<void>
  remove(path: string): Promise<void>
  touch(path: string, atMs: number): Promise<void>
}

export type Content = Uint8Array | AsyncIterable<Uint8Array>

/** The files of this machine. */
export const localFiles: Files = {
  isWithin: async (path, roots) => isWithin(path, roots),
  async stat(path) {
    return existsSync(path) ? factsOf(path) : undefined
  },
  async realPath(path) {
    return existsSync(path) ? realpathSync(path) : undefined
  },
  async find(folder, root, patterns) {
    if (!existsSync(folder)) return []
    const fits = antFilter(patterns)
    const real = realOf(root)
    const { isShallow = false } = patterns
    const entries = await readdir(folder, { recursive: !isShallow, withFileTypes: true })
    const names = entries
      .filter((entry) => isShallow || !entry.isDirectory())
      .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
      .filter((name) => fits(name) && isOwnFile(real, join(folder, name)))
      .sort()
    const found: FoundFile[] = []
    for (const path of names) found.push({ path, ...(await factsOf(join(folder, path))) })
    return found
  },
  read: (path) => createReadStream(path, { highWaterMark: 256 * 1024 }),
  async write(path, content, { mode } = {}) {
    await mkdir(dirname(path), { recursive: true })
    const options = mode === undefined ? {} : { mode }
    if (content instanceof Uint8Array) await writeFile(path, content, options)
    else await writeBeside(path, content, options)
    // A file that was there keeps its permissions otherwise.
    if (mode !== undefined) await chmod(path, mode)
  },
  async makeFolder(path, mode) {
    await mkdir(path, { recursive: true, ...(mode === undefined ? {} : { mode }) })
  },
  remove: (path) => rm(path, { recursive: true, force: true }),
  async touch(path, atMs) {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, '', { flag: 'a' })
    await utimes(path, new Date(atMs), new Date(atMs))
  },
}

/** Written beside its place and renamed, so that a half one is never found. */
async function writeBeside(path: string, content: AsyncIterable<Uint8Array>, options: object) {
  const fresh = `${path}.${randomUUID()}.part`
  try {
    await pipeline(Readable.from(content), createWriteStream(fresh, options))
    await rename(fresh, path)
  } catch (error) {
    await rm(fresh, { force: true })
    throw error
  }
}

async function factsOf(path: string): Promise<FileFacts> {
  const found = await stat(path)
  const mode = found.mode & 0o7777
  return { isFolder: found.isDirectory(), size: found.size, modifiedMs: found.mtimeMs, mode }
}

/** Whether a path of this machine, links followed, is in one of the folders. */
export function isWithin(path: string, roots: string[]): boolean {
  const real = realOf(path)
  return roots.map(realOf).some((root) => isInside(root, real))
}

/** The path with links followed; of a path that isn't there yet, as far as it is. */
function realOf(path: string): string {
  if (existsSync(path)) return realpathSync(path)
  const parent = dirname(path)
  return parent === path ? path : join(realOf(parent), relative(parent, path))
}

function isInside(root: string, path: string): boolean {
  const way = relative(root, path)
  return way === '' || (!way.startsWith(`..${sep}`) && way !== '..' && !isAbsolute(way))
}

/** Links to files elsewhere are left out. */
function isOwnFile(realRoot: string, path: string): boolean {
  return existsSync(path) && isInside(realRoot, realOf(path))
}
