import { createAnchors } from '../comment-anchors.ts'
import { addComment, deleteComment, editComment } from '../comments.ts'
import { codeTables } from '../context.ts'
import { commentsOf } from '../store-comments.ts'
import { parseColumn } from '../../kernel/index.ts'
import { pullRequestsOf } from '../store-pull-requests.ts'
import { activityOf } from '../store-reviews.ts'
import type { ActivityRow, CommentRow } from '../tables.ts'
import { createTask, editTask, findTask, listTasks, removeTask } from '../tasks.ts'
import { objectIn, rawIn, textIn } from './body.ts'
import { type Call, created, inPull, inRepo, nothing, type PullAsk, type RepoAsk } from './call.ts'
import { badFields, BitbucketError } from './errors.ts'
import { listing } from './paging.ts'
import { momentOf } from './people.ts'
import { presentComment, presentPull, presentTask, pullUrl } from './present-pull.ts'
import type { Json } from './query.ts'

const rowsOf = (ask: PullAsk): Promise<CommentRow[]> =>
  commentsOf(codeTables(ask.parts.context.kernel.database), ask.pull.id)

async function list(ask: PullAsk) {
  const anchors = await createAnchors(ask.parts.context, ask.repo, ask.pull)
  const all = await rowsOf(ask)
  return listing(ask, { all, present: (row) => presentComment(ask, row, anchors) })
}

async function find(ask: PullAsk, id = ask.params['comment_id']): Promise<CommentRow> {
  const row = (await rowsOf(ask)).find((entry) => String(entry.number) === String(id))
  if (!row) throw new BitbucketError(404, 'Comment not found')
  return row
}

const lineIn = (inline: Json, name: string): number | undefined => {
  const value = inline[name]
  if (value === undefined || value === null) return undefined
  if (typeof value === 'number' && Number.isInteger(value) && value > 0) return value
  throw badFields({ inline: [`${name} is not a line`] })
}

/** `to` is a line of the new side, `from` one of the old; a path alone means the whole file. */
function placeIn(body: Json) {
  const inline = objectIn(body, 'inline')
  const path = textIn(inline, 'path')
  if (path === undefined) return undefined
  const [to, from] = [lineIn(inline, 'to'), lineIn(inline, 'from')]
  if (to === undefined && from === undefined) return { path, line: 1, side: 'new' as const }
  const side = to === undefined ? ('old' as const) : ('new' as const)
  const startLine = lineIn(inline, side === 'new' ? 'start_to' : 'start_from')
  return { path, line: (to ?? from)!, side, startLine }
}

async function make(ask: PullAsk) {
  const { repo, actor, pull, parts } = ask
  const body = await ask.body.json()
  const parent = objectIn(body, 'parent')['id']
  const replyTo = parent === undefined ? undefined : (await find(ask, String(parent))).id
  const given = { text: rawIn(body), place: placeIn(body), replyTo }
  const comment = await addComment(parts.context, repo, { actor, pull, given })
  const row = (await rowsOf(ask)).find(({ id }) => id === comment.id)
  return created(await presentComment(ask, row!))
}

async function edit(ask: PullAsk) {
  const { repo, actor, pull, parts } = ask
  const text = rawIn(await ask.body.json())
  const { id } = await find(ask)
  await editComment(parts.context, repo, { actor, pull, id, edit: { text } })
  return presentComment(ask, await find(ask))
}

async function remove(ask: PullAsk) {
  const { repo, actor, pull, parts } = ask
  const { id } = await find(ask)
  await deleteComment(parts.context, repo, { actor, pull, id })
  return nothing()
}

const resolve = (isResolved: boolean) => async (ask: PullAsk) => {
  const { repo, actor, pull, parts } = ask
  const { id } = await find(ask)
  await editComment(parts.context, repo, { actor, pull, id, edit: { isResolved } })
  if (!isResolved) return nothing()
  const user = await ask.people.user(actor.id, actor.name)
  const created_on = momentOf(parts.context.kernel.clock.now())
  return { type: 'comment_resolution', user, created_on }
}

async function taskList(ask: PullAsk) {
  const all = await listTasks(ask.parts.context, ask.pull)
  return listing(ask, { all, present: (row) => presentTask(ask, row) })
}

const task = (ask: PullAsk) => findTask(ask.parts.context, ask.pull, ask.params['task_id']!)

async function makeTask(ask: PullAsk) {
  const { repo, actor, pull, parts } = ask
  const body = await ask.body.json()
  const about = objectIn(body, 'comment')['id']
  const comment = about === undefined ? undefined : (await find(ask, String(about))).id
  const given = { text: rawIn(body), comment }
  return created(
    await presentTask(ask, await createTask(parts.context, repo, { actor, pull, given })),
  )
}

async function changeTask(ask: PullAsk) {
  const { repo, actor, pull, parts } = ask
  const body = await ask.body.json()
  const state = textIn(body, 'state')
  if (state !== undefined && state !== 'RESOLVED' && state !== 'UNRESOLVED') {
    throw badFields({ state: [`"${state}" is not a valid choice.`] })
  }
  const wish = {
    text: body['content'] === undefined ? undefined : rawIn(body),
    isDone: state === undefined ? undefined : state === 'RESOLVED',
  }
  const given = { actor, pull, task: await task(ask), edit: wish }
  return presentTask(ask, await editTask(parts.context, repo, given))
}

async function dropTask(ask: PullAsk) {
  const { repo, actor, pull, parts } = ask
  await removeTask(parts.context, repo, { actor, pull, task: await task(ask) })
  return nothing()
}

async function activity(ask: PullAsk) {
  const { pull } = ask
  const db = codeTables(ask.parts.context.kernel.database)
  const rows = await activityOf(db, [pull.id])
  const comments = new Map((await rowsOf(ask)).map((row) => [row.id, row]))
  const first = { ...blankActivity(ask), created_at: pull.created_at, id: 'opened' }
  const all = [...rows, first]
  if (pull.closed_at !== null) {
    all.unshift({ ...blankActivity(ask), created_at: pull.closed_at, id: 'closed' })
  }
  const shown = all.filter(
    (row) => isListed(row) && (row.kind !== 'commented' || comments.has(aboutOf(row))),
  )
  return listing(ask, {
    all: shown,
    present: (row) => presentActivity(ask, row, comments.get(aboutOf(row))),
  })
}

/**
 * What the original's list knows: not tasks (they are asked for there as BCLOUD-23906), nor what
 * became of a comment, nor the queue, which it has not.
 */
const listedKinds = ['updated', 'reviewersChanged', 'approved', 'changesRequested', 'commented']
const isListed = ({ kind }: ActivityRow): boolean => listedKinds.includes(kind)

const aboutOf = (row: ActivityRow) => parseColumn<{ about?: string }>(row.data).about ?? ''

function blankActivity({ pull }: PullAsk): ActivityRow {
  const { id: pull_request_id, author_id: actor_id, author_name: actor_name } = pull
  const base = { pull_request_id, actor_id, actor_name, created_at: 0 }
  return { ...base, id: '', kind: 'updated', data: '{}' }
}

async function presentActivity(
  ask: PullAsk,
  row: ActivityRow,
  comment: CommentRow | undefined,
): Promise<Json> {
  const { repo, pull } = ask
  const user = await ask.people.user(row.actor_id, row.actor_name)
  const date = momentOf(row.created_at)
  const self = { href: await pullUrl(ask, repo, pull) }
  const about = { type: 'pullrequest', id: pull.number, title: pull.title, links: { self } }
  const base = { pull_request: about }
  if (row.kind === 'approved') return { ...base, approval: { date, user, pullrequest: about } }
  if (row.kind === 'changesRequested') {
    return { ...base, changes_requested: { date, user, pullrequest: about } }
  }
  if (row.kind === 'commented' && comment) {
    return { ...base, comment: await presentComment(ask, comment) }
  }
  const whole = await presentPull(ask, repo, pull)
  const { title, description, reviewers, source, destination, reason } = whole
  const state = row.id === 'closed' ? whole['state'] : 'OPEN'
  const { changes = {} } = parseColumn<{ changes?: object }>(row.data)
  const kept = { title, description, reviewers, source, destination, reason }
  return { ...base, update: { ...kept, state, author: user, date, changes } }
}

/** Of all pull requests of the repository, the newest first. */
async function repoActivity(ask: RepoAsk) {
  const db = codeTables(ask.parts.context.kernel.database)
  const pulls = new Map((await pullRequestsOf(db, ask.repo.row.id)).map((pull) => [pull.id, pull]))
  const all = (await activityOf(db, [...pulls.keys()])).filter(isListed)
  return listing(ask, {
    all,
    async present(row) {
      const asked: PullAsk = { ...ask, pull: pulls.get(row.pull_request_id)! }
      const comments = row.kind === 'commented' ? await rowsOf(asked) : []
      const comment = comments.find(({ id }) => id === aboutOf(row))
      return presentActivity(asked, row, comment)
    },
  })
}

const reading = inPull('viewer')
const writing = inPull('developer')

/** Before the calls about one pull request, whose number `activity` would stand for. */
export const pullActivityCalls: Call[] = [
  inRepo('viewer')('GET', '/pullrequests/activity', repoActivity),
]

export const commentCalls: Call[] = [
  reading('GET', '/comments', list),
  writing('POST', '/comments', make),
  reading('GET', '/comments/:comment_id', async (ask) => presentComment(ask, await find(ask))),
  writing('PUT', '/comments/:comment_id', edit),
  writing('DELETE', '/comments/:comment_id', remove),
  writing('POST', '/comments/:comment_id/resolve', resolve(true)),
  writing('DELETE', '/comments/:comment_id/resolve', resolve(false)),
  reading('GET', '/tasks', taskList),
  writing('POST', '/tasks', makeTask),
  reading('GET', '/tasks/:task_id', async (ask) => presentTask(ask, await task(ask))),
  writing('PUT', '/tasks/:task_id', changeTask),
  writing('DELETE', '/tasks/:task_id', dropTask),
  reading('GET', '/activity', activity),
]
