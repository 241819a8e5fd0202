import type { PullRequestComment } from '@madang/api'
import { type Actor, includes, parseColumn } from '../kernel/index.ts'
import { nudgeAutoMerge } from './auto-merge-nudge.ts'
import { type Anchors, createAnchors, type StoredPlace } from './comment-anchors.ts'
import { announce, type CodeContext, codeTables, type OpenRepo } from './context.ts'
import { type Activity, noteActivity } from './pull-request-activity.ts'
import { iso } from './pull-request-view.ts'
import { refuse } from './refuse.ts'
import { commentById, commentsOf, insertComment, updateComment } from './store-comments.ts'
import type { CommentRow, PullRequestRow } from './tables.ts'

export interface NewComment {
  text: string
  /** `startLine` when it is about several lines, which then end at `line`. */
  place?: { path: string; line: number; side: 'old' | 'new'; startLine?: number }
  replyTo?: string
}

/** With where each stands in the diff as it is now. */
export async function listComments(
  context: CodeContext,
  repo: OpenRepo,
  pull: PullRequestRow,
): Promise<PullRequestComment[]> {
  const rows = await commentsOf(codeTables(context.kernel.database), pull.id)
  const anchors = await createAnchors(context, repo, pull)
  const comments: PullRequestComment[] = []
  for (const row of rows) comments.push(await presentComment(row, anchors))
  return comments
}

/** On the whole (no place), on a line of the diff as it is now, or an answer to another. */
export async function addComment(
  context: CodeContext,
  repo: OpenRepo,
  { actor, pull, given }: { actor: Actor; pull: PullRequestRow; given: NewComment },
): Promise<PullRequestComment> {
  const { database, ids, clock } = context.kernel
  const parent = given.replyTo && (await findComment(context, pull, given.replyTo))
  const anchors = await createAnchors(context, repo, pull)
  const { head, base } = anchors
  const place = given.place && JSON.stringify({ ...given.place, head, base })
  const row = {
    id: ids.next('cmt'),
    pull_request_id: pull.id,
    author_id: actor.id,
    author_name: actor.name,
    text: given.text,
    place: (parent ? parent.place : place) ?? null,
    reply_to: parent ? (parent.reply_to ?? parent.id) : null,
    resolved_by: null,
    is_deleted: 0,
    created_at: clock.now(),
    edited_at: null,
    resolved_by_id: null,
    resolved_at: null,
  }
  const stored = await database.write(async (tx) => {
    const numbered = await insertComment(codeTables(tx), row)
    const data = { about: row.id }
    await noteActivity(context, tx, repo, { kind: 'commented', actor, pull, data })
    announce(context, tx, repo, { type: 'code.pullRequestCommented', id: String(pull.number) })
    return numbered
  })
  return presentComment(stored, anchors)
}

/** Its text by its author; resolving a discussion by anyone who develops. */
export async function editComment(
  context: CodeContext,
  repo: OpenRepo,
  given: {
    actor: Actor
    pull: PullRequestRow
    id: string
    edit: { text?: string; isResolved?: boolean }
  },
): Promise<PullRequestComment> {
  const { actor, pull, edit } = given
  const row = await findComment(context, pull, given.id)
  const set: Partial<CommentRow> = {}
  if (edit.text !== undefined) {
    if (row.author_id !== actor.id) throw refuse('commentNotYours')
    set.text = edit.text
    set.edited_at = context.kernel.clock.now()
  }
  if (edit.isResolved !== undefined) {
    set.resolved_by = edit.isResolved ? actor.name : null
    set.resolved_by_id = edit.isResolved ? actor.id : null
    set.resolved_at = edit.isResolved ? context.kernel.clock.now() : null
  }
  const kind =
    edit.isResolved === undefined
      ? 'commentUpdated'
      : edit.isResolved
        ? 'commentResolved'
        : 'commentReopened'
  await save(context, repo, { actor, pull, row, set, kind })
  return presentComment({ ...row, ...set }, await createAnchors(context, repo, pull))
}

/** By its author or a maintainer; the place in the discussion stays, the text goes. */
export async function deleteComment(
  context: CodeContext,
  repo: OpenRepo,
  { actor, pull, id }: { actor: Actor; pull: PullRequestRow; id: string },
): Promise<void> {
  const row = await findComment(context, pull, id)
  const role = await context.identity.roleIn(actor, repo.project, repo.slug)
  if (row.author_id !== actor.id && !includes(role, 'maintainer')) throw refuse('commentNotYours')
  const set = { is_deleted: 1, text: '' }
  await save(context, repo, { actor, pull, row, set, kind: 'commentDeleted' })
}

interface Change {
  actor: Actor
  pull: PullRequestRow
  row: CommentRow
  set: Partial<CommentRow>
  kind: Activity['kind']
}

async function save(
  context: CodeContext,
  repo: OpenRepo,
  { actor, pull, row, set, kind }: Change,
): Promise<void> {
  if (Object.keys(set).length === 0) return
  await context.kernel.database.write(async (tx) => {
    await updateComment(codeTables(tx), row.id, set)
    await noteActivity(context, tx, repo, { kind, actor, pull, data: { about: row.id } })
    await nudgeAutoMerge(context, tx, pull)
    announce(context, tx, repo, { type: 'code.pullRequestCommented', id: String(pull.number) })
  })
}

export async function findComment(
  context: CodeContext,
  pull: PullRequestRow,
  id: string,
): Promise<CommentRow> {
  const row = await commentById(codeTables(context.kernel.database), pull.id, id)
  if (!row || row.is_deleted === 1) throw refuse('commentNotFound')
  return row
}

export async function presentComment(
  row: CommentRow,
  anchors: Anchors,
): Promise<PullRequestComment> {
  const place = row.place === null ? undefined : parseColumn<StoredPlace>(row.place)
  return {
    id: row.id,
    author: { id: row.author_id, name: row.author_name },
    text: row.text,
    place: place && { ...place, ...(await anchors.now(place)) },
    replyTo: row.reply_to ?? undefined,
    isResolved: row.resolved_by !== null,
    resolvedBy: row.resolved_by ?? undefined,
    isDeleted: row.is_deleted === 1,
    createdAt: iso(row.created_at),
    editedAt: row.edited_at === null ? undefined : iso(row.edited_at),
  }
}
