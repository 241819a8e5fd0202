import type { Commit } from '@madang/api'
import { git, records } from './git-process.ts'

/**
 * Fields of a commit, a line each and the message last, so that nothing an author writes can
 * shift them. Records end with NUL (`-z`).
 */
export const COMMIT_FORMAT = '--format=%H%n%P%n%an%n%ae%n%at%n%cn%n%ce%n%ct%n%B'

export function parseCommit(record: string): Commit {
  const lines = record.split('\n')
  const [sha = '', parents = '', name = '', email = '', at = ''] = lines
  const [committer = '', committerEmail = '', committedAt = ''] = lines.slice(5)
  const message = lines.slice(8)
  const gap = message.findIndex((line) => line.trim() === '')
  const titleEnd = gap < 0 ? message.length : gap
  return {
    sha,
    parents: parents.split(' ').filter(Boolean),
    title: message.slice(0, titleEnd).join(' '),
    body: message.slice(titleEnd).join('\n').trim(),
    author: { name, email, at: isoOf(at) },
    committer: { name: committer, email: committerEmail, at: isoOf(committedAt) },
  }
}

/** A broken date in an old commit is the epoch, as `git log` shows it. */
export function isoOf(seconds: string): string {
  const ms = Number(seconds) * 1000
  return new Date(Number.isFinite(ms) && Math.abs(ms) < 8.64e15 ? ms : 0).toISOString()
}

export interface LogRange {
  folder: string
  /** Shas; a leading `^` leaves out what that one holds. */
  tips: string[]
  path?: string
  skip?: number
  limit: number
  /** Oldest first, without merges: what a rebase replays. */
  isReplay?: boolean
}

/** Newest first, unless for a replay. */
export async function readLog(range: LogRange): Promise<Commit[]> {
  const args = ['log', '-z', COMMIT_FORMAT, `--max-count=${range.limit}`]
  if (range.skip) args.push(`--skip=${range.skip}`)
  if (range.isReplay) args.push('--reverse', '--topo-order', '--no-merges')
  args.push(...range.tips, '--')
  if (range.path) args.push(`:(literal)${range.path}`)
  const answer = await git(args, { folder: range.folder })
  return records(answer).map(parseCommit)
}

export async function readCommit(folder: string, sha: string): Promise<Commit> {
  const answer = await git(['show', '-s', '-z', COMMIT_FORMAT, sha, '--'], { folder })
  return parseCommit(records(answer)[0] ?? '')
}

/** Commits only the second has, commits only the first has. */
export async function countBetween(
  folder: string,
  from: string,
  to: string,
): Promise<{ ahead: number; behind: number }> {
  const args = ['rev-list', '--count', '--left-right', `${from}...${to}`, '--']
  const answer = (await git(args, { folder })).toString('latin1')
  const [behind = 0, ahead = 0] = answer.trim().split('\t').map(Number)
  return { ahead, behind }
}

export async function mergeBaseOf(
  folder: string,
  one: string,
  other: string,
): Promise<string | undefined> {
  const answer = await git(['merge-base', one, other], { folder, accept: [0, 1] })
  return answer.toString('latin1').trim() || undefined
}

export async function isAncestor(folder: string, old: string, young: string): Promise<boolean> {
  return (await mergeBaseOf(folder, old, young)) === old
}
