import { lstat, readdir, readFile, readlink, realpath } from 'node:fs/promises'
import { join, relative } from 'node:path'
import dockerignore from '@balena/dockerignore'
import { BuildError } from './errors.ts'
import { isWithin } from './path-within.ts'
import { type Entry, LAYER_MTIME, Tree } from './tree.ts'

const MOST_FILES = 500_000

export interface Context {
  tree: Tree
  /** Whether `.dockerignore` leaves a path out. */
  ignores(path: string): boolean
}

/** The files that COPY and ADD may take: the folder without what `.dockerignore` names. */
export async function readContext(folder: string, dockerfile: string): Promise<Context> {
  const root = await realpath(folder)
  const rules = await rulesOf(root, dockerfile)
  const walk = new Walk(root, rules)
  await walk.enter('')
  return { tree: walk.tree, ignores: (path) => path !== '' && rules.filter.ignores(path) }
}

interface Rules {
  filter: { ignores(path: string): boolean }
  /** Without exceptions (`!…`) nothing below an ignored folder can be wanted. */
  hasExceptions: boolean
}

/** `<name of the Dockerfile>.dockerignore` goes before `.dockerignore`. */
async function rulesOf(root: string, dockerfile: string): Promise<Rules> {
  const own = await textOf(`${dockerfile}.dockerignore`, root)
  const text = own ?? (await textOf(join(root, '.dockerignore'), root)) ?? ''
  const filter = dockerignore.default({ ignorecase: false }).add(text)
  return { filter, hasExceptions: /^\s*!/m.test(text) }
}

async function textOf(path: string, root: string): Promise<string | undefined> {
  try {
    const real = await realpath(path)
    if (!isWithin(real, root)) throw new BuildError(`${path} leads out of the build context`)
    return await readFile(real, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

class Walk {
  readonly tree = new Tree({ boundary: 'build context' })
  readonly #root: string
  readonly #rules: Rules
  #count = 0

  constructor(root: string, rules: Rules) {
    this.#root = root
    this.#rules = rules
  }

  async enter(folder: string): Promise<void> {
    const names = (await readdir(join(this.#root, folder))).toSorted()
    for (const name of names) await this.#take(folder === '' ? name : `${folder}/${name}`)
  }

  async #take(path: string): Promise<void> {
    const { filter, hasExceptions } = this.#rules
    const isIgnored = filter.ignores(path)
    if (isIgnored && !hasExceptions) return
    if (++this.#count > MOST_FILES) {
      throw new BuildError(`the build context has more than ${MOST_FILES} files; use .dockerignore`)
    }
    const entry = await this.#entry(path)
    if (!entry) return
    if (!isIgnored) this.tree.put(path, entry)
    if (entry.type === 'directory') await this.enter(path)
  }

  async #entry(path: string): Promise<Entry | undefined> {
    const file = join(this.#root, path)
    const facts = await lstat(file)
    const shared = { mode: facts.mode & 0o7777, uid: 0, gid: 0, mtime: LAYER_MTIME }
    if (facts.isDirectory()) return { type: 'directory', ...shared }
    if (facts.isSymbolicLink()) {
      return { type: 'symlink', ...shared, mode: 0o777, target: await readlink(file) }
    }
    if (facts.isSocket()) return undefined // as Docker, which leaves them out
    if (!facts.isFile()) return { type: 'special', ...shared }
    const content = { file, offset: 0, size: facts.size, within: this.#root }
    return { type: 'file', ...shared, content }
  }
}

/** A file that the build itself reads (the Dockerfile); throws where it lies outside. */
export async function readInside(folder: string, path: string): Promise<string> {
  const root = await realpath(folder)
  const text = await textOf(join(root, relative(root, join(root, path))), root)
  if (text === undefined)
    throw new BuildError(`failed to read dockerfile: open ${path}: no such file`)
  return text
}
