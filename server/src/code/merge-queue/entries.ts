import type { QueueOutcome } from '@madang/api'
import { type Actor, systemActor, type Transaction } from '../../kernel/index.ts'
import { announce, type CodeContext, codeTables, type OpenRepo } from '../context.ts'
import { nudgeQueue } from '../merge-queue-nudge.ts'
import { noteActivity } from '../pull-request-activity.ts'
import { checkMergeable, type MergeWish } from '../pull-request-merge.ts'
import { findPull, openPull } from '../pull-requests.ts'
import { refuse } from '../refuse.ts'
import {
  insertEntry,
  queuedOf,
  queuedPull,
  queueRuleOf,
  trimEnded,
  updateEntry,
} from '../store-merge-queue.ts'
import { pullRequestByNumber, updatePullRequest } from '../store-pull-requests.ts'
import type { PullRequestRow, QueueEntryRow } from '../tables.ts'

const MOST_ENTRIES = 200
const KEPT_ENDED = 200

/** Asks for a turn of the queue, and tells open pages that it changed. */
async function changed(
  context: CodeContext,
  tx: Transaction,
  repo: OpenRepo,
  target: string,
): Promise<void> {
  await nudgeQueue(context, tx, { repoId: repo.row.id, target })
  announce(context, tx, repo, { type: 'code.queueChanged', id: target })
}

/**
 * Puts a pull request that may be merged at the end of its target's queue. Throws `mergeQueueOff`,
 * `alreadyQueued`, `mergeQueueFull`, and what a merge would: `mergeBlocked`, `mergeConflict`,
 * `pullRequestNotOpen`, `refMoved`, `branchProtected`.
 */
export async function enterQueue(
  context: CodeContext,
  repo: OpenRepo,
  { actor, wish }: { actor: Actor; wish: MergeWish },
): Promise<void> {
  const { database, ids } = context.kernel
  const pull = await openPull(context, repo, wish.number)
  const { target } = pull
  if (!(await queueRuleOf(codeTables(database), repo.row.id, target))) {
    throw refuse('mergeQueueOff', { branch: target })
  }
  await checkMergeable(context, repo, { actor, pull, wish })
  await database.write(async (tx) => {
    const db = codeTables(tx)
    if (await queuedPull(db, pull.id)) throw refuse('alreadyQueued', { number: pull.number })
    const line = await queuedOf(db, repo.row.id, target)
    if (line.length >= MOST_ENTRIES) {
      throw refuse('mergeQueueFull', { branch: target, most: MOST_ENTRIES })
    }
    const position = (line.at(-1)?.position ?? 0) + 1
    const place = { id: ids.next('que'), position, now: context.kernel.clock.now() }
    await insertEntry(db, newEntry(pull, { actor, wish, place }))
    await updatePullRequest(db, pull.id, { auto_merge: null })
    await noteActivity(context, tx, repo, { kind: 'queued', actor, pull })
    await changed(context, tx, repo, target)
  })
}

function newEntry(
  pull: PullRequestRow,
  given: { actor: Actor; wish: MergeWish; place: { id: string; position: number; now: number } },
): QueueEntryRow {
  const { actor, wish, place } = given
  return {
    id: place.id,
    repo_id: pull.repo_id,
    target: pull.target,
    pull_request_id: pull.id,
    number: pull.number,
    position: place.position,
    head: pull.head,
    strategy: wish.strategy ?? 'merge',
    message: wish.message ?? null,
    delete_source: Number(wish.deleteSource ?? pull.delete_source === 1),
    sha: null,
    base: null,
    built_at: null,
    actor_id: actor.id,
    actor_name: actor.name,
    added_at: place.now,
    ended_at: null,
    outcome: null,
    detail: '',
    ended_by: null,
  }
}

/** Throws `notQueued`. */
async function entryOf(
  context: CodeContext,
  repo: OpenRepo,
  number: number,
): Promise<QueueEntryRow> {
  const pull = await findPull(context, repo, number)
  const entry = await queuedPull(codeTables(context.kernel.database), pull.id)
  if (!entry) throw refuse('notQueued', { number })
  return entry
}

/**
 * Somebody takes it out; those behind it are built again without it. What is being merged in this
 * moment has been: throws `notQueued`.
 */
export async function leaveQueue(
  context: CodeContext,
  repo: OpenRepo,
  { actor, number }: { actor: Actor; number: number },
): Promise<void> {
  await context.locks.hold(`merge:${repo.row.id}`, async () => {
    const entry = await entryOf(context, repo, number)
    const pull = await findPull(context, repo, number)
    if (pull.state !== 'open') throw refuse('notQueued', { number })
    await endEntry(context, repo, { entry, actor, outcome: 'left' })
  })
}

/** 1 is the front. Throws `notQueued`. */
export async function moveInQueue(
  context: CodeContext,
  repo: OpenRepo,
  { actor, number, position }: { actor: Actor; number: number; position: number },
): Promise<void> {
  const { id, target } = await entryOf(context, repo, number)
  const { project, name } = repo
  await context.kernel.database.write(async (tx) => {
    const db = codeTables(tx)
    const line = await queuedOf(db, repo.row.id, target)
    const moved = line.find((entry) => entry.id === id)
    if (!moved) throw refuse('notQueued', { number })
    const order = line.filter((entry) => entry !== moved)
    order.splice(position - 1, 0, moved)
    for (const [index, entry] of order.entries()) {
      await updateEntry(db, entry.id, { position: index + 1 })
    }
    await context.identity.audit(tx, {
      actor,
      action: 'mergeQueue.moved',
      subject: `${project}/${name}#${number}`,
      project,
      detail: { target, position },
    })
    await changed(context, tx, repo, target)
  })
}

export interface Ending {
  entry: QueueEntryRow
  outcome: QueueOutcome
  /** Files, checks or codes: what the outcome is about. */
  detail?: string
  /** Who took it out; the queue itself where nobody did. */
  actor?: Actor
}

/** The end of a stay, once; its branch goes at the queue's next turn. */
export async function endEntry(
  context: CodeContext,
  repo: OpenRepo,
  { entry, outcome, detail = '', actor }: Ending,
): Promise<void> {
  await context.kernel.database.write(async (tx) => {
    const db = codeTables(tx)
    const now = await queuedPull(db, entry.pull_request_id)
    if (now?.id !== entry.id) return
    const ended_at = context.kernel.clock.now()
    const ended_by = actor?.name ?? null
    await updateEntry(db, entry.id, { ended_at, outcome, detail, ended_by })
    await trimEnded(db, repo.row.id, KEPT_ENDED)
    const pull = await pullRequestByNumber(db, repo.row.id, entry.number)
    // A merge is told by its own event.
    if (pull && outcome !== 'merged') {
      const data = { reason: outcome, ...(detail && { detail }) }
      const by = actor ?? systemActor
      await noteActivity(context, tx, repo, { kind: 'dequeued', actor: by, pull, data })
    }
    await changed(context, tx, repo, entry.target)
  })
}
