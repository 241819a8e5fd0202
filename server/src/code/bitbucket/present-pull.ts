import { parseColumn } from '../../kernel/index.ts'
import { type Anchors, createAnchors, type StoredPlace } from '../comment-anchors.ts'
import { codeTables, type OpenRepo } from '../context.ts'
import { pullRequestPage } from '../model.ts'
import { commentsOf, countComments } from '../store-comments.ts'
import { verdictsOf } from '../store-pull-requests.ts'
import { reviewersOf, tasksOf } from '../store-reviews.ts'
import type { CommentRow, PullRequestRow, TaskRow } from '../tables.ts'
import type { Ask, PullAsk } from './call.ts'
import { rendered } from './markup.ts'
import { momentOf } from './people.ts'
import { commitBriefly } from './present-commit.ts'
import { presentRepoBriefly, repoUrl } from './present-repo.ts'
import type { Json } from './query.ts'

const states: Record<string, string> = { open: 'OPEN', merged: 'MERGED', declined: 'DECLINED' }

export const pullUrl = async (ask: Ask, repo: OpenRepo, pull: PullRequestRow): Promise<string> =>
  `${await repoUrl(ask, repo)}/pullrequests/${pull.number}`

/** `isWhole`: with reviewers and participants, which lists leave out unless they are asked for. */
export async function presentPull(
  ask: Ask,
  repo: OpenRepo,
  pull: PullRequestRow,
  isWhole = true,
): Promise<Json> {
  const db = codeTables(ask.parts.context.kernel.database)
  const comments = await countComments(db, [pull.id])
  const tasks = await tasksOf(db, [pull.id])
  const title = rendered(pull.title)
  const description = rendered(pull.description)
  const target = await targetOf(ask, repo, pull)
  return {
    type: 'pullrequest',
    id: pull.number,
    title: pull.title,
    description: pull.description,
    rendered: { title, description, reason: rendered(pull.reason) },
    summary: description,
    state: states[pull.state] ?? 'OPEN',
    draft: pull.is_draft === 1,
    queued: false,
    author: await ask.people.user(pull.author_id, pull.author_name),
    source: await endOf(ask, repo, pull.source, pull.head),
    destination: await endOf(ask, repo, pull.target, target),
    merge_commit: pull.merged_as ? await commitBriefly(ask, repo, pull.merged_as, 12) : null,
    comment_count: comments.get(pull.id) ?? 0,
    task_count: tasks.length,
    close_source_branch: pull.delete_source === 1,
    closed_by: await closerOf(ask, pull),
    reason: pull.reason,
    created_on: momentOf(pull.created_at),
    updated_on: momentOf(pull.updated_at),
    ...(isWhole ? await peopleOf(ask, pull) : {}),
    links: await linksOf(ask, repo, pull),
  }
}

async function targetOf(ask: Ask, repo: OpenRepo, pull: PullRequestRow): Promise<string> {
  if (pull.state !== 'open' && pull.base) return pull.base
  const { objects } = ask.parts.context
  const tip = await objects.info(repo.folder, `refs/heads/${pull.target}^{commit}`)
  return tip?.sha ?? pull.head
}

async function closerOf(ask: Ask, pull: PullRequestRow): Promise<Json | null> {
  if (pull.closed_by === null) return null
  return ask.people.user(pull.closed_by_id ?? 'system', pull.closed_by)
}

async function endOf(ask: Ask, repo: OpenRepo, name: string, sha: string): Promise<Json> {
  return {
    branch: { name, links: {} },
    commit: await commitBriefly(ask, repo, sha, 12),
    repository: await presentRepoBriefly(ask, repo),
  }
}

const verdictStates: Record<string, string> = {
  approved: 'approved',
  changesRequested: 'changes_requested',
}

/** Reviewers, and everyone who took part: by a verdict or a comment. */
async function peopleOf(ask: Ask, pull: PullRequestRow): Promise<Json> {
  const db = codeTables(ask.parts.context.kernel.database)
  const asked = await reviewersOf(db, [pull.id])
  const verdicts = await verdictsOf(db, [pull.id])
  const names = new Map(asked.map((row) => [row.person_id, row.name]))
  const seen = new Map<string, number>()
  for (const row of await commentsOf(db, pull.id)) {
    if (row.author_id === pull.author_id || row.is_deleted === 1) continue
    names.set(row.author_id, row.author_name)
    seen.set(row.author_id, row.created_at)
  }
  for (const row of verdicts) {
    names.set(row.actor_id, row.actor_name)
    seen.set(row.actor_id, row.created_at)
  }
  const participants = [...names].map(async ([id, name]) => {
    const verdict = verdicts.find((row) => row.actor_id === id)?.verdict
    const at = seen.get(id)
    return {
      type: 'participant',
      user: await ask.people.user(id, name),
      role: asked.some((row) => row.person_id === id) ? 'REVIEWER' : 'PARTICIPANT',
      approved: verdict === 'approved',
      state: verdict === undefined ? null : verdictStates[verdict],
      participated_on: at === undefined ? null : momentOf(at),
    }
  })
  return {
    reviewers: await Promise.all(asked.map((row) => ask.people.user(row.person_id, row.name))),
    participants: await Promise.all(participants),
  }
}

async function linksOf(ask: Ask, repo: OpenRepo, pull: PullRequestRow): Promise<Json> {
  const self = await pullUrl(ask, repo, pull)
  const parts = ['commits', 'approve', 'request-changes', 'diff', 'diffstat', 'comments']
  const more = ['activity', 'merge', 'decline', 'statuses']
  return {
    self: { href: self },
    html: { href: `${ask.origin}${pullRequestPage(repo, pull.number)}` },
    ...Object.fromEntries([...parts, ...more].map((part) => [part, { href: `${self}/${part}` }])),
  }
}

/** The original's place of a comment: `from` is a line of the old side, `to` one of the new. */
async function inlineOf(place: StoredPlace, anchors: Anchors): Promise<Json> {
  const now = await anchors.now(place)
  const line = now.isOutdated ? null : now.lineNow
  const start = now.startLineNow ?? null
  const isNew = place.side === 'new'
  return {
    path: now.pathNow ?? place.path,
    from: isNew ? null : line,
    to: isNew ? line : null,
    start_from: isNew ? null : start,
    start_to: isNew ? start : null,
    outdated: now.isOutdated,
  }
}

export async function presentComment(
  ask: PullAsk,
  row: CommentRow,
  given?: Anchors,
): Promise<Json> {
  const { repo, pull } = ask
  const { context } = ask.parts
  const self = await pullUrl(ask, repo, pull)
  const anchors = given ?? (await createAnchors(context, repo, pull))
  const place = row.place === null ? undefined : parseColumn<StoredPlace>(row.place)
  const parent = row.reply_to === null ? undefined : await numberOf(ask, row.reply_to)
  return {
    type: 'pullrequest_comment',
    id: row.number,
    content: rendered(row.text),
    user: await ask.people.user(row.author_id, row.author_name),
    created_on: momentOf(row.created_at),
    updated_on: momentOf(row.edited_at ?? row.created_at),
    deleted: row.is_deleted === 1,
    pending: false,
    ...(place ? { inline: await inlineOf(place, anchors) } : {}),
    ...(parent === undefined
      ? {}
      : { parent: { id: parent, links: { self: { href: `${self}/comments/${parent}` } } } }),
    ...(row.resolved_by === null ? {} : { resolution: await resolutionOf(ask, row) }),
    pullrequest: {
      type: 'pullrequest',
      id: pull.number,
      title: pull.title,
      draft: pull.is_draft === 1,
      links: { self: { href: self } },
    },
    links: {
      self: { href: `${self}/comments/${row.number}` },
      html: { href: `${ask.origin}${pullRequestPage(repo, pull.number)}#${row.id}` },
    },
  }
}

async function resolutionOf(ask: Ask, row: CommentRow): Promise<Json> {
  const user = await ask.people.user(row.resolved_by_id ?? 'system', row.resolved_by ?? '')
  const created_on = momentOf(row.resolved_at ?? row.created_at)
  return { type: 'comment_resolution', user, created_on }
}

async function numberOf(ask: PullAsk, id: string): Promise<number | undefined> {
  const db = codeTables(ask.parts.context.kernel.database)
  return (await commentsOf(db, ask.pull.id)).find((row) => row.id === id)?.number
}

export async function presentTask(ask: PullAsk, row: TaskRow): Promise<Json> {
  const self = await pullUrl(ask, ask.repo, ask.pull)
  const comment = row.comment_id === null ? undefined : await numberOf(ask, row.comment_id)
  const by = row.done_by_id === null ? null : await ask.people.user(row.done_by_id, row.done_by!)
  return {
    id: row.number,
    state: row.is_done === 1 ? 'RESOLVED' : 'UNRESOLVED',
    content: rendered(row.text),
    creator: await ask.people.user(row.author_id, row.author_name),
    created_on: momentOf(row.created_at),
    updated_on: momentOf(row.updated_at),
    pending: false,
    resolved_on: row.done_at === null ? null : momentOf(row.done_at),
    resolved_by: by,
    ...(comment === undefined
      ? {}
      : { comment: { id: comment, links: { self: { href: `${self}/comments/${comment}` } } } }),
    links: {
      self: { href: `${self}/tasks/${row.number}` },
      html: { href: `${ask.origin}${pullRequestPage(ask.repo, ask.pull.number)}` },
    },
  }
}
