import type { Tree, TreeEntry } from '@madang/api'
import { isoOf } from './commit-read.ts'
import { git, records, startGit } from './git-process.ts'
import type { ObjectReader } from './object-reader.ts'
import { refuse } from './refuse.ts'
import { cleanPath, type RepoAt, resolveRevision } from './revision.ts'
import { decodeText, isBinary } from './text-content.ts'

const MOST_ENTRIES = 2000
/** How far back the newest change of each entry is looked for, and for how long. */
const MOST_COMMITS = 5000
const LONGEST_WALK_MS = 1500
const MOST_LISTED = 20_000
const README_BYTES = 256 * 1024

const kinds: Record<string, TreeEntry['kind']> = {
  '040000': 'folder',
  '120000': 'link',
  '160000': 'submodule',
}

/** A folder of a commit: folders first, each entry with the newest commit that changed it. */
export async function readTree(
  objects: ObjectReader,
  repo: RepoAt,
  at: { ref: string | undefined; path: string },
): Promise<Tree> {
  const { ref, sha } = await resolveRevision(objects, repo, at.ref)
  const path = cleanPath(at.path)
  const info = await objects.info(repo.folder, path === '' ? `${sha}^{tree}` : `${sha}:${path}`)
  if (info?.type !== 'tree') throw refuse('pathNotFound', { path: at.path, ref })
  const listing = await git(['ls-tree', '-z', '--long', info.sha], { folder: repo.folder })
  const all = records(listing).map((record) => parseEntry(record, path))
  all.sort(foldersFirst)
  const entries = all.slice(0, MOST_ENTRIES)
  const lastCommits = await lastCommitsOf(
    repo.folder,
    sha,
    path,
    new Set(entries.map((e) => e.name)),
  )
  for (const entry of entries) entry.lastCommit = lastCommits.get(entry.name)
  const readme = await readmeOf(objects, repo, entries)
  return { ref, sha, path, entries, truncated: all.length > entries.length, readme }
}

/** What lies in a tree, down to a depth, folders before what they hold; at most 20,000 entries. */
export async function listTree(
  folder: string,
  { tree, path, depth }: { tree: string; path: string; depth: number },
): Promise<TreeEntry[]> {
  const listing = await git(['ls-tree', '-z', '--long', tree], { folder })
  const own = records(listing).map((record) => parseEntry(record, path))
  own.sort(foldersFirst)
  if (depth <= 1) return own
  const all: TreeEntry[] = []
  for (const entry of own) {
    all.push(entry)
    if (entry.kind !== 'folder' || all.length > MOST_LISTED) continue
    all.push(...(await listTree(folder, { tree: entry.sha, path: entry.path, depth: depth - 1 })))
  }
  return all.slice(0, MOST_LISTED)
}

function parseEntry(record: string, folder: string): TreeEntry {
  const tab = record.indexOf('\t')
  const [mode = '', , sha = '', size = '-'] = record.slice(0, tab).split(/ +/)
  const name = record.slice(tab + 1)
  return {
    name,
    path: folder === '' ? name : `${folder}/${name}`,
    kind: kinds[mode] ?? 'file',
    sha,
    sizeBytes: size === '-' ? undefined : Number(size),
  }
}

function foldersFirst(a: TreeEntry, b: TreeEntry): number {
  if ((a.kind === 'folder') !== (b.kind === 'folder')) return a.kind === 'folder' ? -1 : 1
  return a.name < b.name ? -1 : 1
}

async function readmeOf(
  objects: ObjectReader,
  repo: RepoAt,
  entries: TreeEntry[],
): Promise<Tree['readme']> {
  const entry = entries.find(
    (item) => item.kind === 'file' && /^readme(\.md|\.txt)?$/i.test(item.name),
  )
  if (!entry || (entry.sizeBytes ?? 0) > README_BYTES) return undefined
  const bytes = await objects.contents(repo.folder, entry.sha)
  if (!bytes || isBinary(bytes)) return undefined
  return { path: entry.path, text: decodeText(bytes).text }
}

type LastCommit = NonNullable<TreeEntry['lastCommit']>

/**
 * Walks the history once, newest first, until each name had its commit. With `-z --name-only` a
 * record is `\x01<sha>\n<time>\n<title>` and after it, NUL-separated, the paths it changed.
 */
function lastCommitsOf(
  folder: string,
  sha: string,
  path: string,
  wanted: Set<string>,
): Promise<Map<string, LastCommit>> {
  const args = ['log', '-z', '--name-only', '--no-renames', '--format=%x01%H%n%ct%n%s']
  args.push(`--max-count=${MOST_COMMITS}`, sha, '--')
  if (path !== '') args.push(`:(literal)${path}`)
  const child = startGit(folder, args)
  child.stdin.end()
  child.stderr.resume()
  const walk = new LastCommitWalk(path, wanted)
  const late = setTimeout(() => child.kill('SIGKILL'), LONGEST_WALK_MS)
  child.stdout.setEncoding('utf8')
  child.stdout.on('data', (text: string) => {
    walk.feed(text)
    if (walk.isDone) child.kill('SIGKILL')
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', () => {
      clearTimeout(late)
      resolve(walk.found)
    })
  })
}

class LastCommitWalk {
  readonly found = new Map<string, LastCommit>()
  readonly #prefix: string
  readonly #wanted: Set<string>
  #current: LastCommit | undefined
  #rest = ''

  constructor(path: string, wanted: Set<string>) {
    this.#prefix = path === '' ? '' : `${path}/`
    this.#wanted = wanted
  }

  get isDone(): boolean {
    return this.found.size >= this.#wanted.size
  }

  feed(text: string): void {
    const parts = (this.#rest + text).split('\0')
    this.#rest = parts.pop() ?? ''
    for (const part of parts) this.#take(part)
  }

  #take(part: string): void {
    // Between a commit's header and its first path git puts a line break (or an empty record).
    const header = /^\n?\x01([0-9a-f]{40})\n(-?\d+)\n([^\n]*)/.exec(part)
    if (header) {
      this.#current = { sha: header[1]!, at: isoOf(header[2]!), title: header[3]! }
      const rest = part.slice(header[0].length).replace(/^\n+/, '')
      if (rest !== '') this.#path(rest)
    } else if (part !== '') this.#path(part.replace(/^\n/, ''))
  }

  #path(path: string): void {
    if (!this.#current || !path.startsWith(this.#prefix)) return
    const name = path.slice(this.#prefix.length).split('/')[0]!
    if (this.#wanted.has(name) && !this.found.has(name)) this.found.set(name, this.#current)
  }
}
