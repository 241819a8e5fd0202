import { createHash } from 'node:crypto'
import { isAbsolute, join, relative } from 'node:path'
import type { FoundFile } from '../agents/index.ts'
import { type CacheEntry, CacheStore } from '../cache-store.ts'
import { abortException, type Call, type Step, SYMBOL, toJson } from '../engine/index.ts'
import { packFolder, unpackFolder } from './cache-archive.ts'
import { filesIn, filesOf, placeOf } from './machine.ts'

const MEBIBYTE = 1024 * 1024
const ALL = '**/*'

/**
 * `cache(maxCacheSize: 250, caches: [arbitraryFileCache(path: 'node_modules',
 * cacheValidityDecidingFile: 'package-lock.json')]) { … }`: the job cacher plugin's step, with its
 * words in the log. What a job kept is found by its next run, and by other branches that name its
 * branch as `defaultBranch`.
 */
export const cache: Step = {
  kind: 'own',
  isBlock: true,
  needsNode: true,
  async run(call) {
    const caches = cachesOf(call)
    const { journal } = call.session
    try {
      await journal.fixed(`${call.path}:restored`, async () => {
        for (const one of caches) await call.scope.interrupts.during((on) => one.restore(on))
        return true
      })
      return await call.body()
    } finally {
      if (!call.session.isLetGo) {
        // Also after a failure, as the plugin does: what was fetched until then helps the next run.
        await journal.fixed(`${call.path}:saved`, async () => {
          await save(call, caches)
          return true
        })
      }
      call.close()
    }
  },
}

async function save(call: Call, caches: PathCache[]): Promise<void> {
  const most = call.args.number('maxCacheSize', 0)
  const sizes = await Promise.all(caches.map((one) => one.sizeBytes()))
  const total = sizes.reduce((sum, size) => sum + size, 0)
  if (most === 0 || total <= most * MEBIBYTE) {
    for (const one of caches) await one.save()
    return
  }
  const tell = (n: number, text: string) => call.scope.sayOnce(`${call.path}!size${n}`, text)
  tell(
    1,
    `Removing job cache as it has grown beyond configured maximum size of ${most}M. ` +
      'Next build will start with no cache.',
  )
  const { store, job } = place(call)
  if (await store.remove(job)) return
  tell(
    2,
    'Cache does not exist even though max cache was reached.' +
      '  You may want to consider increasing maximum cache size.',
  )
}

function place({ session }: Call) {
  const { project, repo, branch } = session.record
  const store = new CacheStore(join(session.kernel.folder('caches'), project))
  return { store, job: `${repo}/${branch}`, jobOf: (other: string) => `${repo}/${other}` }
}

function cachesOf(call: Call): PathCache[] {
  const given = toJson(call.args.value('caches'))
  if (!Array.isArray(given) || given.length === 0) {
    throw abortException('cache: the argument "caches" has to be a list of arbitraryFileCache(…)')
  }
  return given.map((one: Record<string, unknown>, at) => {
    const kind = String(one[SYMBOL] ?? 'arbitraryFileCache').replace(/^.*\./, '')
    if (!/^arbitraryFileCache$/i.test(kind)) {
      throw abortException(`cache: "${kind}" is not known here; use arbitraryFileCache`)
    }
    return new PathCache(call, one, at)
  })
}

/** One path that is kept from run to run. */
class PathCache {
  readonly #call: Call
  readonly #given: Record<string, unknown>
  readonly #path: string
  readonly #id: string
  readonly #at: number
  #lines = 0

  constructor(call: Call, given: Record<string, unknown>, at: number) {
    this.#call = call
    this.#given = given
    this.#path = this.#text('path') ?? ''
    if (this.#path === '') throw abortException('arbitraryFileCache: "path" is missing')
    const name = this.#text('cacheName')
    const id = createHash('md5').update(this.#path).digest('hex')
    this.#id = name ? `${id}-${name}` : id
    this.#at = at
  }

  async restore(signal: AbortSignal): Promise<void> {
    const tell = this.#teller('restore')
    if (this.#call.args.flag('skipRestore')) {
      return tell('Skip restoring cache due skipRestore parameter')
    }
    const entry = await this.#valid(tell)
    if (!entry) return tell('Skip restoring cache as no up-to-date cache exists')
    tell('Restoring cache...')
    const started = performance.now()
    const target = await this.#target()
    const archive = place(this.#call).store.archiveOf(entry)
    try {
      await unpackFolder(this.#call, archive, target, signal)
    } catch (error) {
      if (signal.aborted) throw error
      tell(`Failed to restore cache, cleaning up ${this.#path}... (${(error as Error).message})`)
      return filesOf(this.#call).remove(target)
    }
    tell(`Cache restored in ${Math.round(performance.now() - started)}ms`)
  }

  async save(): Promise<void> {
    const tell = this.#teller('save')
    const target = await this.#target()
    if (this.#call.args.flag('skipSave')) return tell('Skip saving cache due skipSave parameter')
    if (!(await filesOf(this.#call).stat(target)))
      return tell('Cannot create cache as the path does not exist')
    const { store, job, jobOf } = place(this.#call)
    const main = this.#call.args.optionalText('defaultBranch')
    if (this.#decider && (await this.#fits(tell, await store.get(job, this.#id)))) {
      return tell('Skip cache creation as the cache is up-to-date')
    }
    if (this.#decider && main && (await this.#fits(tell, await store.get(jobOf(main), this.#id)))) {
      return tell('Skip cache creation as the default cache is still valid')
    }
    tell('Creating cache...')
    const started = performance.now()
    const names = await this.#names()
    const pack = (archive: string) => packFolder(this.#call, target, names, archive)
    const { id: run } = this.#call.session.record
    const made = { validity: await this.#validity(), path: this.#path, run }
    await store.put(job, this.#id, made, pack)
    tell(`Cache created in ${Math.round(performance.now() - started)}ms`)
  }

  async sizeBytes(): Promise<number> {
    const found = await this.#files()
    return found.reduce((total, { size }) => total + size, 0)
  }

  async #valid(tell: (text: string) => void): Promise<CacheEntry | undefined> {
    const { store, job, jobOf } = place(this.#call)
    tell('Searching cache in job specific caches...')
    const own = await this.#fits(tell, await store.get(job, this.#id))
    if (own) {
      tell('Found cache in job specific caches')
      return own
    }
    tell('Searching cache in default caches...')
    const main = this.#call.args.optionalText('defaultBranch')
    const other = main ? await this.#fits(tell, await store.get(jobOf(main), this.#id)) : undefined
    if (other) tell('Found cache in default caches')
    return other
  }

  async #fits(tell: (text: string) => void, entry: CacheEntry | undefined) {
    if (!entry || !this.#decider) return entry
    const validity = await this.#validity()
    const told = 'cacheValidityDecidingFile configured, but'
    if (validity === undefined) {
      tell(`${told} file(s) not present in workspace - considering cache anyway`)
      return entry
    }
    if (entry.validity === validity) return entry
    const why = entry.validity === undefined ? 'not available' : 'does not match'
    tell(`${told} previous hash ${why} - cache outdated`)
    return undefined
  }

  get #decider(): string | undefined {
    return this.#text('cacheValidityDecidingFile')
  }

  /** MD5 of the deciding files, one after the other; undefined: there are none. */
  async #validity(): Promise<string | undefined> {
    const parts = (this.#decider ?? '').split(',').map((part) => part.trim())
    const includes = parts.filter((part) => part && !part.startsWith('!')).join(',')
    const excludes = parts.filter((part) => part.startsWith('!')).map((part) => part.slice(1))
    if (includes === '') return undefined
    const found = await filesIn(this.#call, { includes, excludes: excludes.join(',') })
    if (found.length === 0) return undefined
    const hash = createHash('md5')
    for (const { path } of found) {
      const file = join(this.#call.scope.folder!, path)
      for await (const piece of filesOf(this.#call).read(file)) hash.update(piece)
    }
    return hash.digest('hex')
  }

  /** Names of the files to pack; undefined: all there are, with what is no file. */
  async #names(): Promise<string[] | undefined> {
    if (!(await this.#isAtHome())) return (await this.#files()).map(({ path }) => path)
    if (this.#includes === ALL && !this.#text('excludes')) return undefined
    throw abortException(`cache: includes and excludes are possible in the workspace only`)
  }

  /** Files of the cache by its patterns. */
  async #files(): Promise<FoundFile[]> {
    const folder = await this.#target()
    const hasDefaultExcludes = this.#given['useDefaultExcludes'] !== false
    const excludes = this.#text('excludes')
    const patterns = { includes: this.#includes, excludes, hasDefaultExcludes }
    return filesOf(this.#call).find(folder, folder, patterns)
  }

  get #includes(): string {
    return this.#text('includes') ?? ALL
  }

  /** In the workspace, or in the home folder of the node's person (`~/.m2`), but not in this server's own. */
  async #target(): Promise<string> {
    const { scope, session } = this.#call
    const path = expanded(this.#path, (name) => scope.environment.get(name))
    if (!isAbsolute(path) || isBelow(scope.node!.workspace, path)) return placeOf(this.#call, path)
    const home = scope.environment.get('HOME') ?? ''
    const own = session.kernel.config.home
    const isOwn = !scope.node!.agent && (isBelow(own, path) || isBelow(path, own) || path === own)
    if (isBelow(home, path) && !isOwn) return path
    throw abortException(`cache: ${path} is neither in the workspace nor below the home folder`)
  }

  async #isAtHome(): Promise<boolean> {
    return !isBelow(this.#call.scope.node!.workspace, await this.#target())
  }

  #text(name: string): string | undefined {
    const value = this.#given[name]
    return value === undefined || value === null || value === '' ? undefined : String(value)
  }

  #teller(phase: string) {
    const { path, scope } = this.#call
    return (text: string) =>
      scope.sayOnce(
        `${path}!${phase}${this.#at}.${++this.#lines}`,
        `[Cache for ${this.#path} with id ${this.#id}] ${text}`,
      )
  }
}

function isBelow(folder: string, path: string): boolean {
  const way = relative(folder, path)
  return folder !== '' && way !== '' && !way.startsWith('..') && !isAbsolute(way)
}

/** `$HOME/.m2`, `${HOME}/.m2` and `~/.m2`; what is not set stays as it is written. */
function expanded(path: string, get: (name: string) => string | undefined): string {
  return path
    .replace(/^~(?=\/|$)/, () => get('HOME') ?? '~')
    .replace(/\$(?:\{(\w+)\}|(\w+))/g, (all, braced, plain) => get(String(braced ?? plain)) ?? all)
}
