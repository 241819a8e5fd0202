import type { CodeHit } from '@madang/api'
import { filePage } from '../model.ts'
import { type CodeContext, openRow, type OpenRepo } from '../context.ts'
import type { RepoRow } from '../tables.ts'
import { decodeText } from '../text-content.ts'
import { type FoundLines, linesWith } from './file-lines.ts'
import type { OpenIndex, OpenIndexes } from './open-indexes.ts'
import { grepFiles } from './pattern-grep.ts'
import type { Question } from './question.ts'
import type { Doc } from './segment-build.ts'

export interface Found {
  hits: CodeHit[]
  /** Where the next page begins. */
  next: string | undefined
  truncated: boolean
}

const LONGEST_MS = 2000
/** Files that are looked into at once. */
const BATCH = 32

/**
 * Looks through repositories in their order, each in the order of its paths, from where the last
 * page ended (`<repository id> <path>`). Stops after `limit` files or two seconds.
 */
export async function searchRepos(
  context: CodeContext,
  indexes: OpenIndexes,
  given: { rows: RepoRow[]; question: Question; limit: number; after: string | undefined },
): Promise<Found> {
  const { question, limit, after = '' } = given
  const endMs = performance.now() + LONGEST_MS
  const space = after.indexOf(' ')
  const from = { repo: after.slice(0, space), path: after.slice(space + 1) }
  const start = after === '' ? 0 : given.rows.findIndex((row) => row.id === from.repo)
  const hits: CodeHit[] = []
  for (const row of given.rows.slice(Math.max(0, start))) {
    const index = await indexes.get(row.id)
    if (!index) continue
    const repo = await openRow(context, row)
    const isFirst = row.id === from.repo
    for (const batch of batchesOf(index, question, isFirst ? from.path : '')) {
      for (const hit of await lookInto(context, repo, { index, question, docs: batch })) {
        hits.push(hit)
        if (hits.length < limit) continue
        return { hits, next: `${row.id} ${hit.path}`, truncated: false }
      }
      if (performance.now() < endMs) continue
      const next = `${row.id} ${batch.at(-1)!.path}`
      return { hits, next, truncated: true }
    }
  }
  return { hits, next: undefined, truncated: false }
}

/** Files that may hold it, by path, a batch at a time; the segments are merged as they are read. */
function* batchesOf(index: OpenIndex, question: Question, afterPath: string): Generator<Doc[]> {
  const lanes = index.segments.map(({ segment, dead }) => {
    const numbers = segment.candidates(question.trigrams).filter((number) => !dead.has(number))
    return { segment, numbers, at: 0, doc: undefined as Doc | undefined }
  })
  let batch: Doc[] = []
  for (;;) {
    let best: (typeof lanes)[number] | undefined
    for (const lane of lanes) {
      if (lane.at >= lane.numbers.length) continue
      lane.doc ??= lane.segment.doc(lane.numbers[lane.at]!)
      if (!best || isBefore(lane.doc.path, best.doc!.path)) best = lane
    }
    if (!best) break
    const doc = best.doc!
    best.at++
    best.doc = undefined
    const isWanted = afterPath === '' || isBefore(afterPath, doc.path)
    if (isWanted && question.takesPath(doc.path)) batch.push(doc)
    if (batch.length < BATCH) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

/** In the order of their bytes, as the index has them. */
function isBefore(one: string, other: string): boolean {
  return Buffer.compare(Buffer.from(one), Buffer.from(other)) < 0
}

async function lookInto(
  context: CodeContext,
  repo: OpenRepo,
  given: { index: OpenIndex; question: Question; docs: Doc[] },
): Promise<CodeHit[]> {
  const { index, question, docs } = given
  const found = question.isPattern
    ? await byPattern(repo, index.sha, given)
    : await byText(context, repo, given)
  return docs.flatMap((doc, at) => {
    const lines = found[at]
    return lines ? [present(repo, index.sha, doc.path, lines)] : []
  })
}

function byText(
  { objects }: CodeContext,
  repo: OpenRepo,
  { question, docs }: { question: Question; docs: Doc[] },
): Promise<(FoundLines | undefined)[]> {
  return Promise.all(
    docs.map(async ({ sha }) => {
      const bytes = await objects.contents(repo.folder, sha)
      return bytes && linesWith(decodeText(bytes).text, question.text, question.matchCase)
    }),
  )
}

async function byPattern(
  repo: OpenRepo,
  sha: string,
  { question, docs }: { question: Question; docs: Doc[] },
): Promise<(FoundLines | undefined)[]> {
  const { text: pattern, matchCase } = question
  const paths = docs.map((doc) => doc.path)
  const found = await grepFiles({ folder: repo.folder, sha, pattern, matchCase, paths })
  return paths.map((path) => found.get(path))
}

function present(repo: OpenRepo, sha: string, path: string, found: FoundLines): CodeHit {
  const { project, slug, defaultBranch: ref } = repo
  return {
    project,
    repo: slug,
    ref,
    sha,
    path,
    url: `${filePage(repo, ref, path)}#L${found.lines[0]!.number}`,
    lines: found.lines,
    hasMoreLines: found.hasMore,
  }
}
