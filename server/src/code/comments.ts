import type { PullRequestComment } from '@madang/api'
import { type Actor, includes, parseColumn } from '../kernel/index.ts'
import { announce, type CodeContext, codeTables, type OpenRepo } from './context.ts'
import { iso } from './pull-request-view.ts'
import { refuse } from './refuse.ts'
import { commentById, commentsOf, insertComment, updateComment } from './store-comments.ts'
import type { CommentRow, PullRequestRow } from './tables.ts'

export interface NewComment {
  text: string
  place?: { path: string; line: number; side: 'old' | 'new' }
  replyTo?: string
}

export async function listComments(
  context: CodeContext,
  pull: PullRequestRow,
): Promise<PullRequestComment[]> {
  const rows = await commentsOf(codeTables(context.kernel.database), pull.id)
  return rows.map(present)
}

/** On the whole (no place), on a line of the diff as it is now, or an answer to another. */
export async function addComment(
  context: CodeContext,
  repo: OpenRepo,
  { actor, pull, given }: { actor: Actor; pull: PullRequestRow; given: NewComment },
): Promise<PullRequestComment> {
  const { database, ids, clock } = context.kernel
  const parent = given.replyTo && (await find(context, pull, given.replyTo))
  const place = given.place && JSON.stringify({ ...given.place, head: pull.head })
  const row: CommentRow = {
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
  }
  await database.write(async (tx) => {
    await insertComment(codeTables(tx), row)
    announce(context, tx, repo, { type: 'code.pullRequestCommented', id: String(pull.number) })
  })
  return present(row)
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
  const row = await find(context, pull, given.id)
  const set: Partial<CommentRow> = {}
  if (edit.text !== undefined) {
    if (row.author_id !== actor.id) throw refuse('commentNotYours')
    set.text = edit.text
    set.edited_at = context.kernel.clock.now()
  }
  if (edit.isResolved !== undefined) set.resolved_by = edit.isResolved ? actor.name : null
  await save(context, repo, { pull, row, set })
  return present({ ...row, ...set })
}

/** By its author or a maintainer; the place in the discussion stays, the text goes. */
export async function deleteComment(
  context: CodeContext,
  repo: OpenRepo,
  { actor, pull, id }: { actor: Actor; pull: PullRequestRow; id: string },
): Promise<void> {
  const row = await find(context, pull, id)
  const role = await context.identity.roleIn(actor, repo.project)
  if (row.author_id !== actor.id && !includes(role, 'maintainer')) throw refuse('commentNotYours')
  await save(context, repo, { pull, row, set: { is_deleted: 1, text: '' } })
}

async function save(
  context: CodeContext,
  repo: OpenRepo,
  { pull, row, set }: { pull: PullRequestRow; row: CommentRow; set: Partial<CommentRow> },
): Promise<void> {
  if (Object.keys(set).length === 0) return
  await context.kernel.database.write(async (tx) => {
    await updateComment(codeTables(tx), row.id, set)
    announce(context, tx, repo, { type: 'code.pullRequestCommented', id: String(pull.number) })
  })
}

async function find(context: CodeContext, pull: PullRequestRow, id: string): Promise<CommentRow> {
  const row = await commentById(codeTables(context.kernel.database), pull.id, id)
  if (!row || row.is_deleted === 1) throw refuse('commentNotFound')
  return row
}

function present(row: CommentRow): PullRequestComment {
  return {
    id: row.id,
    author: { id: row.author_id, name: row.author_name },
    text: row.text,
    place: row.place === null ? undefined : parseColumn(row.place),
    replyTo: row.reply_to ?? undefined,
    isResolved: row.resolved_by !== null,
    resolvedBy: row.resolved_by ?? undefined,
    isDeleted: row.is_deleted === 1,
    createdAt: iso(row.created_at),
    editedAt: row.edited_at === null ? undefined : iso(row.edited_at),
  }
}
