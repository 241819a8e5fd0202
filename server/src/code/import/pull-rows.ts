import { stringify } from '../../kernel/index.ts'
import type { StoredPlace } from '../comment-anchors.ts'
import type { OpenRepo } from '../context.ts'
import type { ApprovalRow, CommentRow, PullRequestRow } from '../tables.ts'
import {
  forkBranch,
  type SourceComment,
  type SourcePerson,
  type SourcePull,
  type SourceVerdict,
} from './model.ts'

/** What git here knows of a pull request: whole shas of commits that are here. */
export interface PullCommits {
  head: string
  base: string | undefined
  mergedAs: string | undefined
  isSquash: boolean
}

/** Nobody here wrote it: who did is told by their host, and can never sign in as that. */
export const importedId = (host: string, { login }: SourcePerson) => `imported:${host}/${login}`
export const importedName = (host: string, { name }: SourcePerson) => `${name} (${host})`

const NO_TITLE = '(no title)'

export function pullRow(
  pull: SourcePull,
  given: { id: string; number: number; repo: OpenRepo; host: string; commits: PullCommits },
): PullRequestRow {
  const { host, commits, repo } = given
  const isMerged = pull.state === 'merged'
  const isOpen = pull.state === 'open'
  const closer = pull.closedBy
  return {
    id: given.id,
    repo_id: repo.row.id,
    number: given.number,
    title: pull.title || NO_TITLE,
    description: withOrigin(pull, host),
    state: pull.state,
    source: forkBranch(pull),
    target: pull.target,
    head: commits.head,
    author_id: importedId(host, pull.author),
    author_name: importedName(host, pull.author),
    delete_source: 0,
    merging_as: null,
    merged_as: isMerged ? (commits.mergedAs ?? commits.head) : null,
    base: isOpen ? null : (commits.base ?? null),
    strategy: isMerged ? (commits.isSquash ? 'squash' : 'merge') : null,
    closed_by: closer && !isOpen ? importedName(host, closer) : null,
    closed_by_id: closer && !isOpen ? importedId(host, closer) : null,
    created_at: pull.createdAt,
    updated_at: pull.updatedAt,
    closed_at: isOpen ? null : (pull.closedAt ?? pull.updatedAt),
    is_draft: pull.isDraft ? 1 : 0,
    auto_merge: null,
    reason: pull.reason ?? '',
  }
}

function withOrigin(pull: SourcePull, host: string): string {
  const where = pull.url === '' ? host : `[${host} #${pull.number}](${pull.url})`
  const line = `*Imported from ${where}, by ${pull.author.login}*`
  return pull.description === '' ? line : `${pull.description}\n\n---\n${line}`
}

export type NewCommentRow = Omit<CommentRow, 'number'>

/** With the parents before their answers, and each answer where its discussion is. */
export function commentRows(
  comments: SourceComment[],
  given: { pull: PullRequestRow; host: string; nextId: () => string; base: string | undefined },
): NewCommentRow[] {
  const { pull, host, base } = given
  const byId = new Map(comments.map((comment) => [comment.id, comment]))
  const ids = new Map<string, string>()
  const sorted = comments.toSorted((a, b) => a.createdAt - b.createdAt)
  for (const comment of sorted) ids.set(comment.id, given.nextId())
  return sorted.map((comment) => {
    const root = rootOf(comment, byId)
    const place = root.place && placeOf(root.place, { pull, base })
    return {
      id: ids.get(comment.id)!,
      pull_request_id: pull.id,
      author_id: importedId(host, comment.author),
      author_name: importedName(host, comment.author),
      text: comment.text,
      place: place ? stringify(place) : null,
      reply_to: root === comment ? null : ids.get(root.id)!,
      resolved_by: comment.isResolved
        ? importedName(host, comment.resolvedBy ?? root.author)
        : null,
      resolved_by_id: comment.isResolved
        ? importedId(host, comment.resolvedBy ?? root.author)
        : null,
      resolved_at: comment.isResolved ? (comment.editedAt ?? comment.createdAt) : null,
      is_deleted: 0,
      created_at: comment.createdAt,
      edited_at: comment.editedAt ?? null,
    }
  })
}

/** Answers to answers belong to the first; one whose parent was deleted stands for itself. */
function rootOf(comment: SourceComment, byId: Map<string, SourceComment>): SourceComment {
  const seen = new Set<SourceComment>()
  let at = comment
  for (;;) {
    seen.add(at)
    const parent = at.replyTo === undefined ? undefined : byId.get(at.replyTo)
    if (!parent || seen.has(parent)) return at
    at = parent
  }
}

function placeOf(
  { path, line, side, startLine, head, base: ownBase }: NonNullable<SourceComment['place']>,
  { pull, base }: { pull: PullRequestRow; base: string | undefined },
): StoredPlace {
  const from = ownBase ?? base
  return {
    path,
    line,
    side,
    ...(startLine === undefined ? {} : { startLine }),
    head: head ?? pull.head,
    ...(from === undefined ? {} : { base: from }),
  }
}

/** The last word of each. */
export function verdictRows(
  verdicts: SourceVerdict[],
  { pull, host }: { pull: PullRequestRow; host: string },
): ApprovalRow[] {
  const rows = verdicts.map((each) => ({
    pull_request_id: pull.id,
    actor_id: importedId(host, each.author),
    actor_name: importedName(host, each.author),
    head: each.head ?? pull.head,
    created_at: each.atMs,
    verdict: each.verdict,
  }))
  const sorted = rows.toSorted((a, b) => a.created_at - b.created_at)
  return [...new Map(sorted.map((row) => [row.actor_id, row])).values()]
}

/** Whoever was let in over there is nobody here, so it must not count for a merge here. */
export const verdictComments = (verdicts: SourceVerdict[]): SourceComment[] =>
  verdicts.map((each, index) => ({
    id: `verdict-${index}`,
    author: each.author,
    text: each.verdict === 'approved' ? '👍 *Approved there*' : '*Asked for changes there*',
    createdAt: each.atMs,
  }))
