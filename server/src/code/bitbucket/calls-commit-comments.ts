import { type Actor, includes, parseColumn, stringify } from '../../kernel/index.ts'
import { refuse } from '../refuse.ts'
import { objectIn, rawIn, textIn } from './body.ts'
import { type Call, created, inRepo, nothing, type RepoAsk } from './call.ts'
import { badFields, BitbucketError } from './errors.ts'
import { rendered } from './markup.ts'
import { listing } from './paging.ts'
import { momentOf } from './people.ts'
import { commitBriefly } from './present-commit.ts'
import { repoUrl } from './present-repo.ts'
import type { Json } from './query.ts'
import { commitAt } from './revisions.ts'
import {
  commitApprovals,
  commitComments,
  insertCommitComment,
  putApproval,
  removeApproval,
  updateCommitComment,
} from './store-commits.ts'
import { bitbucketTables, type CommitApprovalRow, type CommitCommentRow } from './tables.ts'

interface Place {
  path: string
  from: number | null
  to: number | null
}

async function placeOf(ask: RepoAsk) {
  const sha = await commitAt(ask, ask.params['commit']!)
  return { repo_id: ask.repo.row.id, sha }
}

const dbOf = (ask: RepoAsk) => bitbucketTables(ask.parts.context.kernel.database)

async function present(ask: RepoAsk, row: CommitCommentRow): Promise<Json> {
  const commit = `${await repoUrl(ask, ask.repo)}/commit/${row.sha}`
  const self = { href: `${commit}/comments/${row.number}` }
  const isGone = row.is_deleted === 1
  return {
    type: 'commit_comment',
    id: row.number,
    content: rendered(isGone ? '' : row.text),
    user: await ask.people.user(row.author_id, row.author_name),
    created_on: momentOf(row.created_at),
    updated_on: momentOf(row.edited_at ?? row.created_at),
    deleted: isGone,
    commit: await commitBriefly(ask, ask.repo, row.sha),
    ...(row.place === null ? {} : { inline: parseColumn<Place>(row.place) }),
    ...(row.reply_to === null ? {} : { parent: { id: row.reply_to } }),
    links: { self },
  }
}

async function find(ask: RepoAsk, id = ask.params['comment_id']): Promise<CommitCommentRow> {
  const rows = await commitComments(dbOf(ask), await placeOf(ask))
  const row = rows.find((entry) => String(entry.number) === id)
  if (!row) throw new BitbucketError(404, 'Comment not found')
  return row
}

function lineIn(inline: Json, name: 'from' | 'to'): number | null {
  const value = inline[name] ?? null
  if (value === null || (Number.isInteger(value) && Number(value) > 0))
    return value as number | null
  throw badFields({ inline: [`${name} is not a line`] })
}

function inlineIn(body: Json): Place | undefined {
  const inline = objectIn(body, 'inline')
  const path = textIn(inline, 'path')
  return path === undefined
    ? undefined
    : { path, from: lineIn(inline, 'from'), to: lineIn(inline, 'to') }
}

async function make(ask: RepoAsk) {
  const { actor, parts } = ask
  const { database, ids, clock } = parts.context.kernel
  const place = await placeOf(ask)
  const body = await ask.body.json()
  const parent = objectIn(body, 'parent')['id']
  const replyTo = parent === undefined ? null : (await find(ask, String(parent))).number
  const inline = inlineIn(body)
  const row = {
    id: ids.next('cmt'),
    ...place,
    author_id: actor.id,
    author_name: actor.name,
    text: rawIn(body),
    place: inline ? stringify(inline) : null,
    reply_to: replyTo,
    is_deleted: 0,
    created_at: clock.now(),
    edited_at: null,
  }
  const stored = await database.write((tx) => insertCommitComment(bitbucketTables(tx), row))
  return created(await present(ask, stored))
}

function checkAuthor(actor: Actor, row: CommitCommentRow): void {
  if (row.author_id !== actor.id) throw refuse('commentNotYours')
}

async function edit(ask: RepoAsk) {
  const { database, clock } = ask.parts.context.kernel
  const row = await find(ask)
  checkAuthor(ask.actor, row)
  const set = { text: rawIn(await ask.body.json()), edited_at: clock.now() }
  await database.write((tx) => updateCommitComment(bitbucketTables(tx), row.id, set))
  return present(ask, { ...row, ...set })
}

/** By its author, or whoever maintains the repository; answers to it stay. */
async function remove(ask: RepoAsk) {
  const { identity, kernel } = ask.parts.context
  const row = await find(ask)
  const role = await identity.roleIn(ask.actor, ask.repo.project, ask.repo.slug)
  if (!includes(role, 'maintainer')) checkAuthor(ask.actor, row)
  const set = { is_deleted: 1, text: '' }
  await kernel.database.write((tx) => updateCommitComment(bitbucketTables(tx), row.id, set))
  return nothing()
}

async function presentApproval(ask: RepoAsk, row: CommitApprovalRow): Promise<Json> {
  return {
    type: 'participant',
    role: 'PARTICIPANT',
    approved: true,
    state: 'approved',
    participated_on: momentOf(row.created_at),
    user: await ask.people.user(row.actor_id, row.actor_name),
  }
}

/** Who approved a commit, for the commit itself. */
export async function participantsOf(ask: RepoAsk, sha: string): Promise<Json[]> {
  const rows = await commitApprovals(dbOf(ask), { repo_id: ask.repo.row.id, sha })
  return Promise.all(rows.map((row) => presentApproval(ask, row)))
}

async function approve(ask: RepoAsk) {
  const { actor } = ask
  const { database, clock } = ask.parts.context.kernel
  const by = { actor_id: actor.id, actor_name: actor.name, created_at: clock.now() }
  const row = { ...(await placeOf(ask)), ...by }
  await database.write((tx) => putApproval(bitbucketTables(tx), row))
  return presentApproval(ask, row)
}

async function unapprove(ask: RepoAsk) {
  const row = { ...(await placeOf(ask)), actor_id: ask.actor.id }
  const { database } = ask.parts.context.kernel
  await database.write((tx) => removeApproval(bitbucketTables(tx), row))
  return nothing()
}

const reading = inRepo('viewer')
const writing = inRepo('developer')

export const commitCommentCalls: Call[] = [
  reading('GET', '/commit/:commit/comments', async (ask) => {
    const all = await commitComments(dbOf(ask), await placeOf(ask))
    return listing(ask, { all, present: (row) => present(ask, row) })
  }),
  writing('POST', '/commit/:commit/comments', make),
  reading('GET', '/commit/:commit/comments/:comment_id', async (ask) =>
    present(ask, await find(ask)),
  ),
  writing('PUT', '/commit/:commit/comments/:comment_id', edit),
  writing('DELETE', '/commit/:commit/comments/:comment_id', remove),
  writing('POST', '/commit/:commit/approve', approve),
  writing('DELETE', '/commit/:commit/approve', unapprove),
]
