import type { MergeQueue, PullQueue, QueueEnd, QueueEntry, QueueOutcome } from '@madang/api'
import { type CodeContext, codeTables, type OpenRepo } from '../context.ts'
import type { MergeStrategy } from '../pull-request-merge.ts'
import { iso, presentStatus } from '../pull-request-view.ts'
import { queueBranch } from '../queue-branch.ts'
import { readNamedRefs } from '../refs-read.ts'
import { endedOf, queuedOf, queueRuleOf, queueRulesOf } from '../store-merge-queue.ts'
import { pullRequestByNumber, statusesOf } from '../store-pull-requests.ts'
import type { PullRequestRow, QueueEntryRow, QueueRuleRow, StatusRow } from '../tables.ts'
import { neededFor, verdictOf } from './checks.ts'
import { presentRule } from './rules.ts'

const ENDED_SHOWN = 30
const ENDED_OF_PULL = 5

/** What the entries of one target are shown with. */
interface Shown {
  rule: QueueRuleRow | undefined
  needed: number
  entries: QueueEntryRow[]
  statuses: StatusRow[]
}

async function gather(context: CodeContext, repo: OpenRepo, target: string): Promise<Shown> {
  const db = codeTables(context.kernel.database)
  const entries = await queuedOf(db, repo.row.id, target)
  const shas = entries.flatMap(({ sha }) => sha ?? [])
  return {
    rule: await queueRuleOf(db, repo.row.id, target),
    needed: await neededFor(context, repo, target),
    entries,
    statuses: await statusesOf(db, repo.row.id, shas),
  }
}

async function titleOf(context: CodeContext, entry: QueueEntryRow): Promise<string> {
  const db = codeTables(context.kernel.database)
  return (await pullRequestByNumber(db, entry.repo_id, entry.number))?.title ?? ''
}

async function presentEntry(
  context: CodeContext,
  { entry, shown }: { entry: QueueEntryRow; shown: Shown },
): Promise<QueueEntry> {
  const { sha, number } = entry
  const statuses = shown.statuses.filter((status) => status.sha === sha)
  const position = shown.entries.indexOf(entry) + 1
  const waitMs = (shown.rule?.wait_minutes ?? 0) * 60_000
  return {
    number,
    title: await titleOf(context, entry),
    position,
    state: sha === null ? 'waiting' : verdictOf(statuses, shown.needed),
    strategy: entry.strategy as MergeStrategy,
    by: { id: entry.actor_id, name: entry.actor_name },
    addedAt: iso(entry.added_at),
    ...(sha === null ? {} : { branch: queueBranch(entry.target, number), sha }),
    ...(entry.built_at === null ? {} : { builtAt: iso(entry.built_at) }),
    ...(position === 1 && entry.built_at !== null
      ? { decidedBy: iso(entry.built_at + waitMs) }
      : {}),
    statuses: statuses.map(presentStatus),
  }
}

async function presentEnd(context: CodeContext, row: QueueEntryRow): Promise<QueueEnd> {
  return {
    number: row.number,
    title: await titleOf(context, row),
    outcome: row.outcome as QueueOutcome,
    detail: row.detail,
    addedBy: row.actor_name,
    endedBy: row.ended_by ?? undefined,
    at: iso(row.ended_at!),
  }
}

/** Of each branch that a rule names, of each that has anything waiting, and of the default branch. */
export async function listQueues(context: CodeContext, repo: OpenRepo): Promise<MergeQueue[]> {
  const db = codeTables(context.kernel.database)
  const rules = await queueRulesOf(db, repo.row.id)
  const waiting = (await queuedOf(db, repo.row.id)).map(({ target }) => target)
  const ended = await endedOf(db, { repo_id: repo.row.id }, ENDED_SHOWN)
  const branches = (await readNamedRefs(repo.folder, 'heads')).map(({ name }) => name)
  const named = branches.filter((name) => rules.some(({ pattern }) => pattern === name))
  const isDefaultOn = await queueRuleOf(db, repo.row.id, repo.defaultBranch)
  const first = isDefaultOn ? [repo.defaultBranch] : []
  const past = ended.map(({ target }) => target)
  const queues: MergeQueue[] = []
  for (const target of new Set([...first, ...named, ...waiting, ...past])) {
    const shown = await gather(context, repo, target)
    const over = ended.filter((row) => row.target === target)
    queues.push({
      target,
      rule: shown.rule && presentRule(shown.rule),
      checksNeeded: shown.needed,
      entries: await Promise.all(
        shown.entries.map((entry) => presentEntry(context, { entry, shown })),
      ),
      ended: await Promise.all(over.map((row) => presentEnd(context, row))),
    })
  }
  return queues
}

export async function pullQueueOf(
  context: CodeContext,
  repo: OpenRepo,
  pull: PullRequestRow,
): Promise<PullQueue> {
  const db = codeTables(context.kernel.database)
  const shown = await gather(context, repo, pull.target)
  const entry = shown.entries.find((row) => row.pull_request_id === pull.id)
  const ended = await endedOf(db, { pull_request_id: pull.id }, ENDED_OF_PULL)
  return {
    isOn: shown.rule !== undefined,
    checksNeeded: shown.needed,
    length: shown.entries.length,
    entry: entry && (await presentEntry(context, { entry, shown })),
    ended: await Promise.all(ended.map((row) => presentEnd(context, row))),
  }
}
