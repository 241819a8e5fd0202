import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const UNUSED_MS = 30 * 24 * 3_600_000

/** What a job's cache of one path holds: the archive by its content, and what it was made for. */
export interface CacheEntry {
  archive: string
  /** MD5 of the files that decide whether it still holds; undefined: nothing decides. */
  validity?: string | undefined
  /** What is kept, as the step names it; missing in what older servers kept. */
  path?: string | undefined
  /** The run that made it. */
  run?: string | undefined
}

/** An entry with where it is and what it takes. */
export interface KeptCache extends CacheEntry {
  job: string
  id: string
  sizeBytes: number
  madeMs: number
}

/**
 * Caches of a project: archives by their SHA-256, so that branches with the same bytes share them, and
 * an entry per job and path that names one. Entries that nobody used for 30 days go.
 */
export class CacheStore {
  readonly #folder: string

  /** `folder` is the project's. */
  constructor(folder: string) {
    this.#folder = folder
  }

  async get(job: string, id: string): Promise<CacheEntry | undefined> {
    const file = this.#entry(job, id)
    const text = await unlessAbsent(readFile(file, 'utf8'))
    if (text === undefined) return undefined
    await utimes(file, new Date(), new Date())
    return JSON.parse(text) as CacheEntry
  }

  /** Keeps the archive that `pack` makes at a path of this machine, and points the entry to it. */
  async put(
    job: string,
    id: string,
    made: Omit<CacheEntry, 'archive'>,
    pack: (archive: string) => Promise<void>,
  ): Promise<void> {
    await mkdir(join(this.#folder, 'archives'), { recursive: true })
    const fresh = join(this.#folder, `archives/${crypto.randomUUID()}.part`)
    try {
      await pack(fresh)
      const archive = await sha256(fresh)
      await rename(fresh, this.archiveOf({ archive }))
      const entry = this.#entry(job, id)
      await mkdir(join(this.#folder, 'jobs', encodeURIComponent(job)), { recursive: true })
      await writeFile(`${entry}.part`, JSON.stringify({ ...made, archive } satisfies CacheEntry))
      await rename(`${entry}.part`, entry)
    } finally {
      await rm(fresh, { force: true })
    }
    await this.sweep()
  }

  /** Those of a repository's jobs, by job. */
  async list(repo: string): Promise<KeptCache[]> {
    const jobs = (await unlessAbsent(readdir(join(this.#folder, 'jobs')))) ?? []
    const own = jobs.map(decodeURIComponent).filter((job) => job.startsWith(`${repo}/`))
    const kept: KeptCache[] = []
    for (const job of own.sort()) {
      const folder = join(this.#folder, 'jobs', encodeURIComponent(job))
      const names = (await unlessAbsent(readdir(folder))) ?? []
      for (const name of names.filter((one) => one.endsWith('.json')).sort()) {
        const id = decodeURIComponent(name.slice(0, -'.json'.length))
        const found = await this.#facts(job, id)
        if (found) kept.push(found)
      }
    }
    return kept
  }

  async drop({ job, id }: Pick<KeptCache, 'job' | 'id'>): Promise<void> {
    await rm(this.#entry(job, id), { force: true })
    await this.sweep()
  }

  /** Undefined: it went meanwhile. */
  async #facts(job: string, id: string): Promise<KeptCache | undefined> {
    const text = await unlessAbsent(readFile(this.#entry(job, id), 'utf8'))
    if (text === undefined) return undefined
    const entry = JSON.parse(text) as CacheEntry
    const archive = await unlessAbsent(stat(this.archiveOf(entry)))
    return archive && { ...entry, job, id, sizeBytes: archive.size, madeMs: archive.mtimeMs }
  }

  /** Where the archive of an entry is on this machine. */
  archiveOf({ archive }: CacheEntry): string {
    return join(this.#folder, 'archives', archive)
  }

  /** False: the job had none. */
  async remove(job: string): Promise<boolean> {
    const folder = join(this.#folder, 'jobs', encodeURIComponent(job))
    const had = (await unlessAbsent(stat(folder))) !== undefined
    await rm(folder, { recursive: true, force: true })
    await this.sweep()
    return had
  }

  /** Removes entries that nobody used for long, and archives that no entry names. */
  async sweep(): Promise<void> {
    const used = new Set<string>()
    const entries = await unlessAbsent(readdir(join(this.#folder, 'jobs'), { recursive: true }))
    for (const name of (entries ?? []).filter((one) => one.endsWith('.json'))) {
      const file = join(this.#folder, 'jobs', name)
      const { mtimeMs } = (await unlessAbsent(stat(file))) ?? { mtimeMs: 0 }
      // Another run, or somebody who asked for it, may take it away meanwhile.
      const text = await unlessAbsent(readFile(file, 'utf8'))
      if (Date.now() - mtimeMs > UNUSED_MS) await rm(file, { force: true })
      else if (text !== undefined) used.add((JSON.parse(text) as CacheEntry).archive)
    }
    for (const name of (await unlessAbsent(readdir(join(this.#folder, 'archives')))) ?? []) {
      // A half-made one belongs to a run under way, or to a server that was killed a day ago.
      const file = join(this.#folder, 'archives', name)
      const { mtimeMs } = (await unlessAbsent(stat(file))) ?? { mtimeMs: 0 }
      const graceMs = name.endsWith('.part') ? UNUSED_MS : 60_000
      if (!used.has(name) && Date.now() - mtimeMs > graceMs) await rm(file, { force: true })
    }
  }

  #entry(job: string, id: string): string {
    return join(this.#folder, 'jobs', encodeURIComponent(job), `${encodeURIComponent(id)}.json`)
  }
}

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const piece of createReadStream(file)) hash.update(piece as Buffer)
  return hash.digest('hex')
}

async function unlessAbsent<T>(read: Promise<T>): Promise<T | undefined> {
  try {
    return await read
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
