import { BuildError } from './errors.ts'

/** Bytes of a file: a piece of a file of this machine. Hard links of one tree share the object. */
export interface Content {
  file: string
  offset: number
  size: number
  /** A build context's folder that `file` must still lie in when it is read. */
  within?: string
}

export interface Entry {
  type: 'file' | 'directory' | 'symlink' | 'special'
  /** Permission bits, 0 to 0o7777. */
  mode: number
  uid: number
  gid: number
  /** Seconds since 1970. */
  mtime: number
  content?: Content
  /** Of a symbolic link. */
  target?: string
}

/** What a layer does at one path; `entry` undefined: removes it. */
export interface Change {
  path: string
  entry: Entry | undefined
}

const MOST_LINKS = 40

export const folder = (mode = 0o755, uid = 0, gid = 0): Entry => ({
  type: 'directory',
  mode,
  uid,
  gid,
  mtime: LAYER_MTIME,
})

/** Of everything that COPY, ADD and WORKDIR make: the same files then are the same layer. */
export const LAYER_MTIME = 1

/**
 * The files of an image or a build context, by path (`usr/bin/env`; the root is ''). Parents of
 * every path are real directories: whatever is put in through a symbolic link stands where the link
 * leads, and no link leads out.
 */
export class Tree {
  readonly #entries: Map<string, Entry>
  /** Where links must not lead out of; undefined: they are read as from the root, as in a container. */
  readonly #boundary: string | undefined

  constructor(given: { from?: Tree; boundary?: string } = {}) {
    this.#entries = given.from ? new Map(given.from.#entries) : new Map([['', folder()]])
    this.#boundary = given.boundary
  }

  get(path: string): Entry | undefined {
    return this.#entries.get(path)
  }

  paths(): string[] {
    return [...this.#entries.keys()]
  }

  /** Of everything below a path, in order; the path itself is not among them. */
  below(path: string): string[] {
    const prefix = path === '' ? '' : `${path}/`
    return [...this.#entries.keys()].filter((it) => it !== '' && it.startsWith(prefix)).toSorted()
  }

  /** Names in a directory. */
  names(path: string): string[] {
    const prefix = path === '' ? '' : `${path}/`
    return this.below(path).flatMap((it) => {
      const name = it.slice(prefix.length)
      return name.includes('/') ? [] : [name]
    })
  }

  /** The path with all links in it followed; with `keepsLast` not that of its last part. */
  resolve(path: string, { keepsLast = false } = {}): string {
    const wanted = partsOf(path, this.#boundary)
    const done: string[] = []
    for (let links = 0; wanted.length > 0;) {
      const part = wanted.shift()!
      if (part === '..') {
        if (done.length === 0 && this.#boundary) throw leadsOut(path, this.#boundary)
        done.pop()
        continue
      }
      const at = [...done, part].join('/')
      const entry = this.#entries.get(at)
      if (entry?.type !== 'symlink' || (keepsLast && wanted.length === 0)) {
        done.push(part)
        continue
      }
      if (++links > MOST_LINKS) throw new BuildError(`${path}: too many levels of symbolic links`)
      const target = entry.target!
      if (target.startsWith('/')) {
        if (this.#boundary) throw leadsOut(path, this.#boundary)
        done.length = 0
      }
      wanted.unshift(...target.split('/').filter((it) => it !== '' && it !== '.'))
    }
    return done.join('/')
  }

  /** Puts an entry where the path leads, with its parents; gives all that changed by it. */
  put(path: string, entry: Entry, parent: Entry = folder()): Change[] {
    const at = this.resolve(path, { keepsLast: true })
    // Docker gives every root 755, whatever an archive says of it.
    if (at === '') return []
    const changes = this.folders(at.split('/').slice(0, -1).join('/'), parent)
    const earlier = this.#entries.get(at)
    if (earlier?.type === 'directory' && entry.type !== 'directory') this.#drop(at)
    this.#entries.set(at, entry)
    return [...changes, { path: at, entry }]
  }

  /** Makes a directory and its parents where there are none. */
  folders(path: string, made: Entry = folder()): Change[] {
    const changes: Change[] = []
    let at = ''
    for (const part of path.split('/').filter(Boolean)) {
      at = this.resolve(at === '' ? part : `${at}/${part}`)
      const entry = this.#entries.get(at)
      if (entry?.type === 'directory') continue
      if (entry) throw new BuildError(`/${at} is no directory`)
      // A link to what is not there: its target is made, with the parents it needs.
      if (this.#entries.get(parentOf(at))?.type !== 'directory') {
        changes.push(...this.folders(parentOf(at), made))
      }
      this.#entries.set(at, made)
      changes.push({ path: at, entry: made })
    }
    return changes
  }

  remove(path: string): void {
    const at = this.resolve(path, { keepsLast: true })
    if (at === '') return
    this.#entries.delete(at)
    this.#drop(at)
  }

  /** What a directory holds goes. */
  empty(path: string): void {
    this.#drop(this.resolve(path))
  }

  #drop(path: string): void {
    for (const it of this.below(path)) this.#entries.delete(it)
  }

  /** Changes of a layer that was made from this tree. */
  apply(changes: readonly Change[]): void {
    for (const { path, entry } of changes) {
      if (entry) this.put(path, entry)
      else this.remove(path)
    }
  }
}

export const parentOf = (path: string) => path.slice(0, Math.max(0, path.lastIndexOf('/')))
export const baseOf = (path: string) => path.slice(path.lastIndexOf('/') + 1)

function partsOf(path: string, boundary: string | undefined): string[] {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.')
  let depth = 0
  for (const part of parts) {
    depth += part === '..' ? -1 : 1
    if (depth < 0 && boundary) throw leadsOut(path, boundary)
  }
  return parts
}

const leadsOut = (path: string, boundary: string) =>
  new BuildError(`forbidden path outside the ${boundary}: ${path}`)
