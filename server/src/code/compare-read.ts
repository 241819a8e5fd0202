import type { Commit, Compare } from '@madang/api'
import { countBetween, mergeBaseOf, readCommit, readLog } from './commit-read.ts'
import { EMPTY_TREE, readDiff } from './diff-read.ts'
import type { ObjectReader } from './object-reader.ts'
import { refuse } from './refuse.ts'
import { cleanPath, type RepoAt, resolveRevision } from './revision.ts'

const MOST_COMMITS = 250

/** What `to` brings over `from`: its commits, and the diff from their merge base. */
export async function compareRevisions(
  objects: ObjectReader,
  repo: RepoAt,
  range: { from: string; to: string },
): Promise<Compare> {
  const { folder } = repo
  const from = await resolveRevision(objects, repo, range.from)
  const to = await resolveRevision(objects, repo, range.to)
  const mergeBase = await mergeBaseOf(folder, from.sha, to.sha)
  const distance = await countBetween(folder, from.sha, to.sha)
  const commits = await readLog({ folder, tips: [to.sha, `^${from.sha}`], limit: MOST_COMMITS })
  const diff = await readDiff(folder, mergeBase ?? EMPTY_TREE, to.sha)
  return { from: from.sha, to: to.sha, mergeBase, ...distance, commits, diff }
}

export interface HistoryQuery {
  ref: string | undefined
  path: string
  limit: number
  cursor?: string
}

/** Newest first; a cursor holds the commit it began at, so a push in between shifts nothing. */
export async function readHistory(
  objects: ObjectReader,
  repo: RepoAt,
  query: HistoryQuery,
): Promise<{ items: Commit[]; nextCursor?: string }> {
  const place = /^([0-9a-f]{40}):(\d{1,9})$/.exec(query.cursor ?? '')
  const { sha } = await resolveRevision(objects, repo, place?.[1] ?? query.ref)
  const skip = Number(place?.[2] ?? 0)
  const path = cleanPath(query.path)
  const limit = query.limit + 1
  const commits = await readLog({ folder: repo.folder, tips: [sha], path, skip, limit })
  const items = commits.slice(0, query.limit)
  const hasMore = commits.length > items.length
  return { items, nextCursor: hasMore ? `${sha}:${skip + items.length}` : undefined }
}

/** A commit with what it changes against its first parent. Throws `refNotFound`. */
export async function readCommitWithDiff(objects: ObjectReader, repo: RepoAt, sha: string) {
  const info = await objects.info(repo.folder, `${sha}^{commit}`)
  if (!info) throw refuse('refNotFound', { ref: sha })
  const commit = await readCommit(repo.folder, info.sha)
  return { ...commit, diff: await readDiff(repo.folder, commit.parents[0] ?? EMPTY_TREE, info.sha) }
}
