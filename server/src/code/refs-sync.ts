import type { Actor, Transaction } from '../kernel/index.ts'
import { announce, type CodeContext, codeTables, type OpenRepo, openRow } from './context.ts'
import { refusalOf } from './gate/index.ts'
import { issuesBefore, moveIssues } from './issue-links.ts'
import { nudgeQueues } from './merge-queue-nudge.ts'
import { actorFrom } from './model.ts'
import { pullRequestFacts, type PullRequestFact, recordPullRequest } from './pull-request-facts.ts'
import { movedRefs, pushFact, type PushFact } from './push-facts.ts'
import { type MovedRef, branchOf, NO_SHA } from './ref-name.ts'
import { pushedEvent } from './pushed-event.ts'
import { git } from './git-process.ts'
import { isQueueBranch } from './queue-branch.ts'
import { refuse } from './refuse.ts'
import { readRefs } from './refs-read.ts'
import { retargetStacks } from './stacks.ts'
import {
  deletePushes,
  insertPush,
  pushesOf,
  putRef,
  refsOf,
  repoById,
  updateRepo,
} from './store-repos.ts'
import type { PushRow } from './tables.ts'

const MOST_TRIES = 5

/**
 * Keeps our records in step with git's references, and so `code.pushed` complete: git's own files
 * are the truth, and whatever differs from the records is a fact still to be told. A change
 * announces
 * itself first (`begin`), so that after a crash between git and the record its author is known.
 */
export interface RefsSync {
  /** Throws `changeRefused` when what a change made here brings would be refused in a push. */
  admit(repo: OpenRepo, actor: Actor, moves: MovedRef[]): Promise<void>
  /** Durable before git is let near the references; give the id to `settle`. */
  begin(repo: OpenRepo, actor: Actor, refs: Record<string, string>): Promise<string>
  /** Records and tells what moved; `ended` are the announcements that are over. */
  settle(repo: OpenRepo, ended: string[]): Promise<void>
}

export function createRefsSync(context: CodeContext): RefsSync {
  const { database, ids, clock } = context.kernel
  return {
    async admit(repo, actor, moves) {
      const lines = await refusalOf(context, { repo, actor, moves, env: {} })
      if (lines) throw refuse('changeRefused', { reason: lines.join('\n') })
    },
    async begin(repo, actor, refs) {
      const row = {
        id: ids.next('push'),
        repo_id: repo.row.id,
        actor_id: actor.id,
        actor_name: actor.name,
        refs: JSON.stringify(refs),
        created_at: clock.now(),
      }
      await database.write((tx) => insertPush(codeTables(tx), row))
      return row.id
    },
    settle: (repo, ended) =>
      context.locks.hold(`settle:${repo.row.id}`, async () => {
        for (let tries = 1; !(await settleOnce(context, repo, ended)); tries++) {
          if (tries === MOST_TRIES) throw new Error(`the records of ${repo.row.id} never settle`)
        }
      }),
  }
}

/** One push as it is told: its author and what moved. */
interface Batch {
  actor: Actor
  facts: PushFact[]
  pulls: PullRequestFact[]
  /** Issues whose work begins with a new branch. */
  begun: string[]
}

async function settleOnce(
  context: CodeContext,
  given: OpenRepo,
  ended: string[],
): Promise<boolean> {
  const db = codeTables(context.kernel.database)
  const row = await repoById(db, given.row.id)
  if (!row) return true // deleted meanwhile: there is nothing left to record
  const actual = await readRefs(given.folder)
  const recorded = new Map((await refsOf(db, row.id)).map((ref) => [ref.name, ref.sha]))
  const repo = await followHead(context, await openRow(context, row), { recorded, actual })
  const moved = movedRefs(recorded, actual)
  const pushes = await pushesOf(db, row.id)
  const batches: Batch[] = []
  for (const [actor, refs] of byAuthor(moved, pushes)) {
    batches.push(await gather(context, repo, { actor, refs, known: [...recorded.values()] }))
  }
  if (batches.length === 0 && ended.length === 0) return true
  return context.kernel.database.write(async (tx) => {
    const now = new Map((await refsOf(codeTables(tx), row.id)).map((ref) => [ref.name, ref.sha]))
    if (moved.some((ref) => (now.get(ref.ref) ?? NO_SHA) !== ref.before)) return false
    for (const ref of moved) await recordRef(context, tx, row.id, ref)
    for (const batch of batches) await tell(context, tx, repo, batch)
    await deletePushes(codeTables(tx), ended)
    return true
  })
}

/**
 * Whose push moved what: the announcement that names the reference's new place, else nobody's.
 */
function byAuthor(moved: MovedRef[], pushes: PushRow[]): [Actor, MovedRef[]][] {
  const groups = new Map<string, [Actor, MovedRef[]]>()
  for (const ref of moved) {
    const push = pushes.findLast(
      (entry) => (JSON.parse(entry.refs) as Record<string, string>)[ref.ref] === ref.after,
    )
    const actor = push
      ? actorFrom(push.actor_id, push.actor_name)
      : actorFrom('system', 'git on the server')
    const group = groups.get(push?.id ?? '') ?? [actor, []]
    group[1].push(ref)
    groups.set(push?.id ?? '', group)
  }
  return [...groups.values()]
}

async function gather(
  context: CodeContext,
  repo: OpenRepo,
  push: { actor: Actor; refs: MovedRef[]; known: string[] },
): Promise<Batch> {
  const facts: PushFact[] = []
  for (const ref of push.refs) facts.push(await pushFact(context, repo, ref, push.known))
  const pulls = await pullRequestFacts(context, repo, push.refs)
  const fresh = facts.filter(
    ({ update }) => update.before === NO_SHA && update.branch !== repo.defaultBranch,
  )
  const named = [...new Set(fresh.flatMap((fact) => fact.issues))]
  return {
    actor: push.actor,
    facts,
    pulls,
    begun: await issuesBefore(context, named, 'inProgress'),
  }
}

async function recordRef(
  context: CodeContext,
  tx: Transaction,
  repoId: string,
  { ref, after }: MovedRef,
): Promise<void> {
  const sha = after === NO_SHA ? undefined : after
  await putRef(codeTables(tx), { repoId, name: ref }, sha, context.kernel.clock.now())
}

async function tell(
  context: CodeContext,
  tx: Transaction,
  repo: OpenRepo,
  batch: Batch,
): Promise<void> {
  const { actor } = batch
  await context.kernel.events.append(tx, pushedEvent(repo, actor, batch.facts))
  announce(context, tx, repo, { type: 'code.pushed', id: repo.name })
  await moveIssues(context, tx, actor, { keys: batch.begun, step: 'inProgress' })
  for (const pull of batch.pulls) await recordPullRequest(context, tx, repo, { actor, pull })
  const moves = batch.facts.map((fact) => fact.update)
  await retargetStacks(context, tx, repo, { actor, moves })
  // The queue knows what it moved itself.
  if (moves.some(({ branch }) => branch !== undefined && !isQueueBranch(branch))) {
    await nudgeQueues(context, tx, { repoId: repo.row.id })
  }
}

/**
 * The first push decides the default branch: HEAD follows when the branch it names is not among
 * them.
 */
async function followHead(
  context: CodeContext,
  repo: OpenRepo,
  refs: { recorded: Map<string, string>; actual: Map<string, string> },
): Promise<OpenRepo> {
  const wasEmpty = [...refs.recorded.keys()].every((ref) => branchOf(ref) === undefined)
  const branches = [...refs.actual.keys()].flatMap((ref) => branchOf(ref) ?? [])
  if (!wasEmpty || branches.length === 0 || branches.includes(repo.defaultBranch)) return repo
  const first = ['main', 'master'].find((name) => branches.includes(name)) ?? branches[0]!
  await setDefaultBranch(context, repo, first)
  return { ...repo, defaultBranch: first, row: { ...repo.row, default_branch: first } }
}

/**
 * HEAD first: it is what a clone follows; the record is repaired from the next first push
 * otherwise.
 */
export async function setDefaultBranch(
  context: CodeContext,
  repo: OpenRepo,
  branch: string,
): Promise<void> {
  await git(['symbolic-ref', 'HEAD', `refs/heads/${branch}`], { folder: repo.folder })
  await context.kernel.database.write((tx) =>
    updateRepo(codeTables(tx), repo.row.id, { default_branch: branch }),
  )
}
