import { type BigIntStats, createReadStream, createWriteStream } from 'node:fs'
import {
  chmod,
  lchown,
  link,
  lstat,
  mkdir,
  readdir,
  readlink,
  rm,
  rmdir,
  symlink,
  utimes,
} from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { read, type Spool } from './spool.ts'
import { type Change, type Content, type Entry, parentOf, type Tree } from './tree.ts'

/** Whether files can be given to other users: else a RUN has one user only. */
export const isRoot = process.getuid?.() === 0

/**
 * A stage's files as a folder, for the programs of RUN. What they changed is read off by inode and
 * time of change, so that only changed files are read again.
 */
export class RootFolder {
  readonly path: string
  readonly #seen = new Map<string, string>()
  readonly #linked = new Map<Content, string>()

  constructor(path: string) {
    this.path = path
  }

  async make(tree: Tree): Promise<void> {
    await mkdir(this.path, { recursive: true })
    const paths = tree.paths().toSorted()
    await this.apply(paths.map((path) => ({ path, entry: tree.get(path)! })))
  }

  /** Writes changes that were made to the tree. Parents of every path are real directories there. */
  async apply(changes: readonly Change[]): Promise<void> {
    for (const { path, entry } of changes) {
      if (entry?.type === 'special') continue
      const at = join(this.path, path)
      if (path !== '' && entry?.type !== 'directory') await rm(at, { recursive: true, force: true })
      if (entry) await this.#write(at, entry)
    }
    // Directories again, last first: what was written into them changed their times.
    for (const { path } of changes) await this.#note(path)
  }

  async #write(at: string, entry: Entry): Promise<void> {
    const { type, mode, uid, gid, mtime, content, target } = entry
    if (type === 'directory') await mkdir(at, { recursive: true })
    else if (type === 'symlink') await symlink(target!, at)
    else if (await this.#writeFile(at, content!)) return
    if (isRoot) await lchown(at, uid, gid)
    if (type === 'symlink') return
    // A directory of this server's own user has to stay open to it.
    await chmod(at, type === 'directory' && !isRoot ? mode | 0o700 : mode)
    await utimes(at, mtime, mtime)
  }

  /** True: it is a link to a file that is there already. */
  async #writeFile(at: string, content: Content): Promise<boolean> {
    const first = this.#linked.get(content)
    if (first !== undefined) {
      await link(first, at)
      return true
    }
    this.#linked.set(content, at)
    await pipeline(read(content), createWriteStream(at, { flags: 'wx', mode: 0o600 }))
    return false
  }

  async #note(path: string): Promise<void> {
    try {
      this.#seen.set(path, markOf(await lstat(join(this.path, path), { bigint: true })))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      this.#seen.delete(path)
    }
  }

  /** What programs changed since; the tree is brought up to it. */
  async changes(tree: Tree, spool: Spool): Promise<Change[]> {
    const scan = new Scan(this.path, tree, this.#seen, spool)
    await scan.enter('')
    const gone = [...this.#seen.keys()].filter((path) => path !== '' && !scan.found.has(path))
    const tops = gone.filter((path) => !gone.some((other) => path.startsWith(`${other}/`)))
    const removed = tops.map((path) => ({ path, entry: undefined }))
    // A directory that became a file takes what it held with it.
    const changes = [...removed.filter(({ path }) => !scan.isBelowFile(path)), ...scan.changes]
    this.#seen.clear()
    for (const [path, mark] of scan.found) this.#seen.set(path, mark)
    this.#linked.clear()
    tree.apply([...removed, ...scan.changes])
    return changes
  }

  /** Mount points that the sandbox made for itself go, where nothing was put beside them. */
  async forget(paths: readonly string[], tree: Tree): Promise<void> {
    for (const path of paths) {
      for (let at = path; at !== '' && !tree.get(at); at = parentOf(at)) {
        if (!(await removedIfEmpty(join(this.path, at)))) break
      }
    }
  }

  async remove(): Promise<void> {
    await rm(this.path, { recursive: true, force: true })
  }
}

async function removedIfEmpty(path: string): Promise<boolean> {
  try {
    const facts = await lstat(path)
    if (facts.isDirectory()) await rmdir(path)
    else if (facts.isFile() && facts.size === 0) await rm(path)
    else return false
    return true
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (['ENOENT', 'ENOTEMPTY', 'ENOTDIR'].includes(code)) return false
    throw error
  }
}

const markOf = ({ ino, ctimeNs }: BigIntStats) => `${ino}:${ctimeNs}`

class Scan {
  readonly changes: Change[] = []
  readonly found = new Map<string, string>()
  readonly #root: string
  readonly #tree: Tree
  readonly #seen: ReadonlyMap<string, string>
  readonly #spool: Spool
  readonly #contents = new Map<bigint, Content>()

  constructor(root: string, tree: Tree, seen: ReadonlyMap<string, string>, spool: Spool) {
    this.#root = root
    this.#tree = tree
    this.#seen = seen
    this.#spool = spool
  }

  async enter(folder: string): Promise<void> {
    for (const name of (await readdir(join(this.#root, folder))).toSorted()) {
      const path = folder === '' ? name : `${folder}/${name}`
      const facts = await lstat(join(this.#root, path), { bigint: true })
      this.found.set(path, markOf(facts))
      await this.#look(path, facts)
      if (facts.isDirectory()) await this.enter(path)
    }
  }

  async #look(path: string, facts: BigIntStats): Promise<void> {
    const earlier = this.#tree.get(path)
    if (earlier && this.#seen.get(path) === markOf(facts)) return
    const entry = await this.#entry(path, facts, earlier)
    if (entry && !(entry.type === 'directory' && earlier && isSameFolder(entry, earlier))) {
      this.changes.push({ path, entry })
    }
  }

  async #entry(
    path: string,
    facts: BigIntStats,
    earlier: Entry | undefined,
  ): Promise<Entry | undefined> {
    const shared = {
      mode: Number(facts.mode) & 0o7777,
      uid: isRoot ? Number(facts.uid) : (earlier?.uid ?? 0),
      gid: isRoot ? Number(facts.gid) : (earlier?.gid ?? 0),
      mtime: Number(facts.mtimeMs / 1000n),
    }
    const file = join(this.#root, path)
    if (facts.isDirectory()) return { type: 'directory', ...shared }
    if (facts.isSymbolicLink()) {
      return { type: 'symlink', ...shared, mode: 0o777, target: await readlink(file) }
    }
    if (!facts.isFile()) return undefined // sockets and pipes that a program left
    return { type: 'file', ...shared, content: await this.#content(file, facts) }
  }

  /** Copied: the next RUN may change the file again. Names of one file share it. */
  async #content(file: string, { ino, nlink }: BigIntStats): Promise<Content> {
    const known = this.#contents.get(ino)
    if (known) return known
    const content = await this.#spool.add(createReadStream(file))
    if (nlink > 1n) this.#contents.set(ino, content)
    return content
  }

  isBelowFile(path: string): boolean {
    return this.changes.some(
      (change) => change.entry?.type !== 'directory' && path.startsWith(`${change.path}/`),
    )
  }
}

const isSameFolder = (a: Entry, b: Entry) =>
  a.type === b.type && a.mode === b.mode && a.uid === b.uid && a.gid === b.gid
