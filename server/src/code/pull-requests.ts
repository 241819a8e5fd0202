import { type Actor, stringify, type Transaction } from '../kernel/index.ts'
import { nudgeAutoMerge } from './auto-merge-nudge.ts'
import { isAncestor, mergeBaseOf } from './commit-read.ts'
import { announce, type CodeContext, codeTables, type OpenRepo } from './context.ts'
import { issueKeysIn, issuesBefore, moveIssues } from './issue-links.ts'
import { pullRequestEvent } from './pull-request-event.ts'
import { issueText, keepHead } from './pull-request-facts.ts'
import { isQueueBranch } from './queue-branch.ts'
import { refuse } from './refuse.ts'
import { firstReviewers, reviewersOn } from './reviewers.ts'
import {
  insertPullRequest,
  nextNumber,
  openPullRequests,
  pullRequestByNumber,
  updatePullRequest,
} from './store-pull-requests.ts'
import { insertActivity, putReviewers } from './store-reviews.ts'
import type { PullRequestRow } from './tables.ts'

export interface NewPullRequest {
  title: string
  description?: string
  source: string
  target?: string
  deleteSource?: boolean
  isDraft?: boolean
  /** Ids of people; default reviewers and owners of the changed files are added. */
  reviewers?: string[]
}

export async function findPull(
  context: CodeContext,
  repo: OpenRepo,
  number: number,
): Promise<PullRequestRow> {
  const db = codeTables(context.kernel.database)
  const row = await pullRequestByNumber(db, repo.row.id, number)
  if (!row) throw refuse('pullRequestNotFound', { number, repo: repo.name })
  return row
}

/** Throws `pullRequestNotOpen` too. */
export async function openPull(
  context: CodeContext,
  repo: OpenRepo,
  number: number,
): Promise<PullRequestRow> {
  const row = await findPull(context, repo, number)
  if (row.state !== 'open') throw refuse('pullRequestNotOpen', { number, state: row.state })
  return row
}

/** Throws `refNotFound`, `pullRequestExists`, `nothingToMerge`. */
export async function createPullRequest(
  context: CodeContext,
  repo: OpenRepo,
  { actor, given }: { actor: Actor; given: NewPullRequest },
): Promise<PullRequestRow> {
  const target = given.target ?? repo.defaultBranch
  const head = await checkBranches(context, repo, { source: given.source, target })
  const text = { title: given.title, description: given.description ?? '', source: given.source }
  const issues = await issueKeysIn(context, repo.project, issueText(text))
  const moved = await issuesBefore(context, issues, 'inReview')
  const reviewers = await firstReviewers(context, repo, { actor, given, target, head })
  const { database, ids, clock, events } = context.kernel
  const row = await database.write(async (tx) => {
    const db = codeTables(tx)
    await checkUnique(await openPullRequests(db, repo.row.id), { source: given.source, target })
    const pull: PullRequestRow = {
      ...blankPull(ids.next('pr'), repo, clock.now()),
      ...text,
      number: await nextNumber(db, repo.row.id),
      target,
      head,
      author_id: actor.id,
      author_name: actor.name,
      delete_source: given.deleteSource ? 1 : 0,
      is_draft: given.isDraft ? 1 : 0,
    }
    await insertPullRequest(db, pull)
    await putReviewers(db, pull.id, reviewersOn(pull, reviewers))
    const change = { type: 'code.pullRequestOpened', actor, row: pull, issues } as const
    await events.append(tx, pullRequestEvent(repo, change))
    await moveIssues(context, tx, actor, { keys: moved, step: 'inReview' })
    announce(context, tx, repo, { type: 'code.pullRequestOpened', id: String(pull.number) })
    return pull
  })
  await keepHead(repo.folder, row.number, head)
  return row
}

function blankPull(id: string, repo: OpenRepo, now: number) {
  return {
    id,
    repo_id: repo.row.id,
    state: 'open',
    merging_as: null,
    merged_as: null,
    base: null,
    strategy: null,
    closed_by: null,
    closed_by_id: null,
    created_at: now,
    updated_at: now,
    closed_at: null,
    auto_merge: null,
    reason: '',
  }
}

/** Gives the source's head. */
async function checkBranches(
  context: CodeContext,
  repo: OpenRepo,
  { source, target }: { source: string; target: string },
): Promise<string> {
  const queued = [source, target].find(isQueueBranch)
  if (queued !== undefined) throw refuse('queueBranch', { branch: queued })
  const tip = (branch: string) => context.objects.info(repo.folder, `refs/heads/${branch}^{commit}`)
  const [from, to] = [await tip(source), await tip(target)]
  if (!from) throw refuse('refNotFound', { ref: source })
  if (!to) throw refuse('refNotFound', { ref: target })
  if (await isAncestor(repo.folder, from.sha, to.sha)) {
    throw refuse('nothingToMerge', { source, target })
  }
  return from.sha
}

function checkUnique(
  open: PullRequestRow[],
  { source, target }: { source: string; target: string },
): void {
  const same = open.find((pull) => pull.source === source && pull.target === target)
  if (same) throw refuse('pullRequestExists', { number: same.number, source, target })
}

export interface PullRequestEdit {
  title?: string
  description?: string
  target?: string
  deleteSource?: boolean
  isDraft?: boolean
}

export async function editPullRequest(
  context: CodeContext,
  repo: OpenRepo,
  { actor, number, edit }: { actor: Actor; number: number; edit: PullRequestEdit },
): Promise<void> {
  const pull = await openPull(context, repo, number)
  const { title = pull.title, description = pull.description, target = pull.target } = edit
  if (target !== pull.target) await checkBranches(context, repo, { source: pull.source, target })
  const delete_source =
    edit.deleteSource === undefined ? pull.delete_source : Number(edit.deleteSource)
  const is_draft = edit.isDraft === undefined ? pull.is_draft : Number(edit.isDraft)
  await change(context, repo, {
    actor,
    pull,
    set: { title, description, target, delete_source, is_draft },
    type: 'code.pullRequestUpdated',
  })
}

export async function declinePullRequest(
  context: CodeContext,
  repo: OpenRepo,
  { actor, number, reason = '' }: { actor: Actor; number: number; reason?: string },
): Promise<void> {
  const pull = await openPull(context, repo, number)
  const target = await context.objects.info(repo.folder, `refs/heads/${pull.target}^{commit}`)
  const base = target && (await mergeBaseOf(repo.folder, target.sha, pull.head))
  const closed = {
    closed_by: actor.name,
    closed_by_id: actor.id,
    closed_at: context.kernel.clock.now(),
  }
  const set = { state: 'declined', base: base ?? null, reason, auto_merge: null, ...closed }
  await change(context, repo, { actor, pull, set, type: 'code.pullRequestDeclined' })
}

/** Opens a declined one again, with whatever its source holds now. */
export async function reopenPullRequest(
  context: CodeContext,
  repo: OpenRepo,
  { actor, number }: { actor: Actor; number: number },
): Promise<void> {
  const pull = await findPull(context, repo, number)
  if (pull.state !== 'declined') throw refuse('pullRequestNotOpen', { number, state: pull.state })
  const head = await checkBranches(context, repo, pull)
  const set = {
    state: 'open',
    head,
    base: null,
    reason: '',
    closed_by: null,
    closed_by_id: null,
    closed_at: null,
  }
  await change(context, repo, { actor, pull, set, type: 'code.pullRequestOpened' })
  await keepHead(repo.folder, number, head)
}

async function change(
  context: CodeContext,
  repo: OpenRepo,
  given: {
    actor: Actor
    pull: PullRequestRow
    set: Partial<PullRequestRow>
    type: 'code.pullRequestOpened' | 'code.pullRequestUpdated' | 'code.pullRequestDeclined'
  },
): Promise<void> {
  const { actor, pull, type } = given
  const { database, clock, events } = context.kernel
  const row = { ...pull, ...given.set, updated_at: clock.now() }
  const issues = await issueKeysIn(context, repo.project, issueText(row))
  await database.write(async (tx) => {
    const db = codeTables(tx)
    const now = await pullRequestByNumber(db, repo.row.id, pull.number)
    if (now?.state !== pull.state) {
      throw refuse('pullRequestNotOpen', { number: pull.number, state: now?.state ?? 'gone' })
    }
    if (row.state === 'open') {
      const others = await openPullRequests(db, repo.row.id)
      checkUnique(
        others.filter((other) => other.id !== pull.id),
        row,
      )
    }
    await updatePullRequest(db, pull.id, { ...given.set, updated_at: row.updated_at })
    await events.append(tx, pullRequestEvent(repo, { type, actor, row, issues }))
    if (type === 'code.pullRequestUpdated') await noteEdit(context, tx, { actor, pull, row })
    await nudgeAutoMerge(context, tx, row)
    announce(context, tx, repo, { type, id: String(pull.number) })
  })
}

/** The activity says what an edit changed; pages hear of it by the event of the edit itself. */
async function noteEdit(
  context: CodeContext,
  tx: Transaction,
  { actor, pull, row }: { actor: Actor; pull: PullRequestRow; row: PullRequestRow },
): Promise<void> {
  const parts = ['title', 'description', 'target', 'is_draft'] as const
  const changed = parts.filter((part) => pull[part] !== row[part])
  const changes = changed.map((part) => [part, { old: pull[part], new: row[part] }] as const)
  await insertActivity(codeTables(tx), {
    id: context.kernel.ids.next('act'),
    pull_request_id: pull.id,
    kind: 'updated',
    actor_id: actor.id,
    actor_name: actor.name,
    data: stringify({ changes: Object.fromEntries(changes) }),
    created_at: row.updated_at,
  })
}
