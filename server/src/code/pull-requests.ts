import type { Actor } from '../kernel/index.ts'
import { isAncestor, mergeBaseOf } from './commit-read.ts'
import { announce, type CodeContext, codeTables, type OpenRepo } from './context.ts'
import { issueKeysIn, issuesBefore, moveIssues } from './issue-links.ts'
import { pullRequestEvent } from './pull-request-event.ts'
import { issueText, keepHead } from './pull-request-facts.ts'
import { refuse } from './refuse.ts'
import {
  insertPullRequest,
  nextNumber,
  openPullRequests,
  pullRequestByNumber,
  putApproval,
  removeApproval,
  updatePullRequest,
} from './store-pull-requests.ts'
import type { PullRequestRow } from './tables.ts'

export interface NewPullRequest {
  title: string
  description?: string
  source: string
  target?: string
  deleteSource?: boolean
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
    }
    await insertPullRequest(db, pull)
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
    created_at: now,
    updated_at: now,
    closed_at: null,
  }
}

/** Gives the source's head. */
async function checkBranches(
  context: CodeContext,
  repo: OpenRepo,
  { source, target }: { source: string; target: string },
): Promise<string> {
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
  await change(context, repo, {
    actor,
    pull,
    set: { title, description, target, delete_source },
    type: 'code.pullRequestUpdated',
  })
}

export async function declinePullRequest(
  context: CodeContext,
  repo: OpenRepo,
  { actor, number }: { actor: Actor; number: number },
): Promise<void> {
  const pull = await openPull(context, repo, number)
  const target = await context.objects.info(repo.folder, `refs/heads/${pull.target}^{commit}`)
  const base = target && (await mergeBaseOf(repo.folder, target.sha, pull.head))
  const closed = { closed_by: actor.name, closed_at: context.kernel.clock.now() }
  const set = { state: 'declined', base: base ?? null, ...closed }
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
  const set = { state: 'open', head, base: null, closed_by: null, closed_at: null }
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
    announce(context, tx, repo, { type, id: String(pull.number) })
  })
}

/** Somebody else's approval of the head as it is now. Throws `ownApproval`. */
export async function approvePullRequest(
  context: CodeContext,
  repo: OpenRepo,
  { actor, number }: { actor: Actor; number: number },
): Promise<void> {
  const pull = await openPull(context, repo, number)
  if (pull.author_id === actor.id) throw refuse('ownApproval')
  await context.kernel.database.write(async (tx) => {
    await putApproval(codeTables(tx), {
      pull_request_id: pull.id,
      actor_id: actor.id,
      actor_name: actor.name,
      head: pull.head,
      created_at: context.kernel.clock.now(),
    })
    announce(context, tx, repo, { type: 'code.pullRequestApproved', id: String(number) })
  })
}

export async function unapprovePullRequest(
  context: CodeContext,
  repo: OpenRepo,
  { actor, number }: { actor: Actor; number: number },
): Promise<void> {
  const pull = await openPull(context, repo, number)
  await context.kernel.database.write(async (tx) => {
    await removeApproval(codeTables(tx), pull.id, actor.id)
    announce(context, tx, repo, { type: 'code.pullRequestApproved', id: String(number) })
  })
}
