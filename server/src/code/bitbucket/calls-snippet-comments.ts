import {
  commentsOf,
  deleteComment,
  editComment,
  insertComment,
  type SnippetCommentRow,
} from '../snippets/index.ts'
import { objectIn, rawIn } from './body.ts'
import { Answer, type Call, type Method, nothing } from './call.ts'
import { BitbucketError } from './errors.ts'
import { rendered } from './markup.ts'
import { listing } from './paging.ts'
import { momentOf } from './people.ts'
import type { Json } from './query.ts'
import { presentBriefly, type SnippetAsk, snippetUrl } from './snippet-view.ts'

const selfOf = async (ask: SnippetAsk, { number }: SnippetCommentRow) =>
  `${await snippetUrl(ask, ask.snippet)}/comments/${number}`

async function present(ask: SnippetAsk, row: SnippetCommentRow): Promise<Json> {
  const self = { href: await selfOf(ask, row) }
  return {
    type: 'snippet_comment',
    id: row.number,
    content: rendered(row.text),
    user: await ask.people.user(row.author_id, row.author_name),
    created_on: momentOf(row.created_at),
    updated_on: momentOf(row.edited_at ?? row.created_at),
    deleted: false,
    snippet: await presentBriefly(ask, ask.snippet),
    ...(row.reply_to === null ? {} : { parent: { id: row.reply_to } }),
    links: { self, html: self },
  }
}

const databaseOf = (ask: SnippetAsk) => ask.parts.context.kernel.database

async function find(ask: SnippetAsk, id = ask.params['comment_id']): Promise<SnippetCommentRow> {
  const rows = await commentsOf(databaseOf(ask), ask.snippet.id)
  const found = rows.find(({ number }) => String(number) === id)
  if (found) return found
  throw new BitbucketError(404, 'Comment not found')
}

async function make(ask: SnippetAsk) {
  const { ids, clock } = ask.parts.context.kernel
  const body = await ask.body.json()
  const parent = objectIn(body, 'parent')['id']
  const row = {
    id: ids.next('scm'),
    snippet_id: ask.snippet.id,
    author_id: ask.actor.id,
    author_name: ask.actor.name,
    text: rawIn(body),
    reply_to: parent === undefined ? null : (await find(ask, String(parent))).number,
    created_at: clock.now(),
    edited_at: null,
  }
  const stored = await databaseOf(ask).write((tx) => insertComment(tx, row))
  return new Answer(201, await present(ask, stored), { location: await selfOf(ask, stored) })
}

/** Its author changes it; whoever owns the snippet deletes it, too. */
function checkAuthor({ actor, snippet }: SnippetAsk, row: SnippetCommentRow, isOwnerToo = false) {
  if (row.author_id === actor.id) return
  if (isOwnerToo && [snippet.owner, snippet.creator_id].includes(actor.id)) return
  throw new BitbucketError(403, 'You may only change your own comments.')
}

async function edit(ask: SnippetAsk) {
  const row = await find(ask)
  checkAuthor(ask, row)
  const text = rawIn(await ask.body.json())
  const next = { ...row, text, edited_at: ask.parts.context.kernel.clock.now() }
  await databaseOf(ask).write((tx) => editComment(tx, next))
  return present(ask, next)
}

async function remove(ask: SnippetAsk) {
  const row = await find(ask)
  checkAuthor(ask, row, true)
  await databaseOf(ask).write((tx) => deleteComment(tx, row.id))
  return nothing()
}

type OfSnippet = (
  method: Method,
  path: string,
  handle: (ask: SnippetAsk) => Promise<unknown>,
) => Call

export function snippetCommentCalls(of: OfSnippet): Call[] {
  const one = '/comments/:comment_id'
  return [
    of('GET', '/comments', async (ask) => {
      const all = await commentsOf(databaseOf(ask), ask.snippet.id)
      return listing(ask, { all, present: (row) => present(ask, row) })
    }),
    of('POST', '/comments', make),
    of('GET', one, async (ask) => present(ask, await find(ask))),
    of('PUT', one, edit),
    of('DELETE', one, remove),
  ]
}
