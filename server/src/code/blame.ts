import type { Readable } from 'node:stream'
import type { Blame, BlameCommit, BlameRange } from '@madang/api'
import { isoOf } from './commit-read.ts'
import { findBlob } from './file-read.ts'
import { GitFailure, startGit, stderrOf } from './git-process.ts'
import type { ObjectReader } from './object-reader.ts'
import type { RepoAt } from './revision.ts'

/** Files of a long history are answered with what is known by then. */
const DEADLINE_MS = 10_000
/** As the page shows the file itself. */
const BLAMED_BYTES = 1024 * 1024

/** Which commit wrote each line of a file; throws `refNotFound` or `pathNotFound`. */
export async function readBlame(
  objects: ObjectReader,
  repo: RepoAt,
  at: { ref: string | undefined; path: string },
): Promise<Blame> {
  const { ref, commit, path, sizeBytes } = await findBlob(objects, repo, at)
  const base = { ref, commit, path }
  if (sizeBytes > BLAMED_BYTES) return { ...base, ranges: [], commits: [], isWhole: false }
  const reader = new BlameReader()
  const isWhole = await readLines(repo.folder, [commit, '--', path], (line) => reader.take(line))
  const ranges = reader.ranges.toSorted((a, b) => a.line - b.line)
  return { ...base, ranges, commits: [...reader.commits.values()], isWhole }
}

/** False when the deadline cut git off. */
async function readLines(
  folder: string,
  of: string[],
  take: (line: string) => void,
): Promise<boolean> {
  const args = ['-c', 'core.quotePath=false', 'blame', '--incremental', ...of]
  const child = startGit(folder, args)
  child.stdin.end()
  const stderr = stderrOf(child)
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  const read = async () => {
    for await (const line of linesOf(child.stdout)) take(line)
  }
  const timer = setTimeout(() => child.kill('SIGKILL'), DEADLINE_MS)
  try {
    // Both at once: a git that cannot be started has no line to wait for.
    const [code] = await Promise.all([ended, read()])
    // Without a code a signal ended it: ours.
    if (code !== 0 && code !== null) throw new GitFailure(args, code, stderr(), Buffer.alloc(0))
    return code === 0
  } finally {
    clearTimeout(timer)
  }
}

/** By line feeds alone: an author's carriage return begins no line of git's. */
async function* linesOf(output: Readable): AsyncGenerator<string> {
  let rest = ''
  for await (const piece of output.setEncoding('utf8') as AsyncIterable<string>) {
    const lines = (rest + piece).split('\n')
    rest = lines.pop()!
    yield* lines
  }
}

/** `git blame --incremental`: ranges as they are found, each commit's facts with its first range. */
class BlameReader {
  readonly ranges: BlameRange[] = []
  readonly commits = new Map<string, BlameCommit>()
  #range: BlameRange = { sha: '', line: 0, count: 0 }
  #facts: Record<string, string> = {}

  take(line: string): void {
    const begins = /^([0-9a-f]{40,64}) \d+ (\d+) (\d+)$/.exec(line)
    if (begins) {
      const [, sha = '', at, count] = begins
      this.#range = { sha, line: Number(at), count: Number(count) }
      this.#facts = {}
      return
    }
    const gap = line.indexOf(' ')
    const name = gap < 0 ? line : line.slice(0, gap)
    this.#facts[name] = gap < 0 ? '' : line.slice(gap + 1)
    // The last line of each range; only a range with it is whole.
    if (name === 'filename') this.#keep()
  }

  #keep(): void {
    const { sha } = this.#range
    const { previous, author = '', summary: title = '' } = this.#facts
    if (!this.commits.has(sha)) {
      const email = (this.#facts['author-mail'] ?? '').replace(/^<|>$/g, '')
      const at = isoOf(this.#facts['author-time'] ?? '')
      this.commits.set(sha, { sha, title, author: { name: author, email, at } })
    }
    const [before, ...path] = previous?.split(' ') ?? []
    this.ranges.push({
      ...this.#range,
      ...(before && { before: { sha: before, path: plainPath(path.join(' ')) } }),
    })
  }
}

/** git puts paths with quotes, backslashes or control characters into quotes, as C would. */
function plainPath(path: string): string {
  if (!path.startsWith('"')) return path
  const letters: Record<string, string> = { n: '\n', t: '\t', r: '\r', a: '\x07', b: '\b' }
  return path.slice(1, -1).replace(/\\([0-7]{3}|.)/g, (_all, mark: string) => {
    if (mark.length === 3) return String.fromCharCode(Number.parseInt(mark, 8))
    return letters[mark] ?? mark
  })
}
