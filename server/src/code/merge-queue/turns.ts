import { Refusal } from '../../kernel/index.ts'
import { actorAgain } from '../authorship.ts'
import type { CodeParts } from '../code.ts'
import { codeTables, type OpenRepo } from '../context.ts'
import { landMerge, type MergeStrategy } from '../pull-request-merge.ts'
import { queuedOf, queuedPull, queueRuleOf, updateEntry } from '../store-merge-queue.ts'
import { pullRequestByNumber } from '../store-pull-requests.ts'
import type { QueueEntryRow, QueueRuleRow } from '../tables.ts'
import { checkCommit } from './checks.ts'
import { endEntry } from './entries.ts'
import { type Fault, faultOf, lossOf } from './faults.ts'
import { faultBy, placeEntry, type Queued } from './placing.ts'
import { removeLeftBranches } from './sweep.ts'

const MINUTE_MS = 60_000
/** Each turn but the last ends a stay; a queue holds 200, and others may join meanwhile. */
const MOST_TURNS = 1000

/**
 * Brings a queue as far as it gets now: ends the stays that have to end, makes what is to be built,
 * merges from the front. Safe to be called at any time and as often as one likes: all that it knows
 * it reads from the records and from git. Gives the moment at which it has to be looked at again
 * even if nothing happens; undefined when nothing waits for one.
 */
export async function runQueue(
  parts: CodeParts,
  repo: OpenRepo,
  target: string,
): Promise<number | undefined> {
  // A server that died may have left a merge that git has and the records have not.
  await parts.sync.settle(repo, [])
  for (let turns = 0; turns < MOST_TURNS; turns++) {
    const end = await takeTurn(parts, repo, target)
    if (end === 'again') continue
    await removeLeftBranches(parts, repo, target)
    return end.lookAgainAtMs
  }
  throw new Error(`the queue of ${target} in ${repo.row.id} comes to no end`)
}

type Turn = 'again' | { lookAgainAtMs?: number }

async function takeTurn(parts: CodeParts, repo: OpenRepo, target: string): Promise<Turn> {
  const db = codeTables(parts.context.kernel.database)
  const entries = await queuedOf(db, repo.row.id, target)
  if (entries.length === 0) return {}
  const rule = await queueRuleOf(db, repo.row.id, target)
  const line: Queued[] = []
  for (const entry of entries) {
    const pull = await pullRequestByNumber(db, repo.row.id, entry.number)
    const loss = lossOf(entry, pull)
    if (loss || !rule) return endWith(parts, repo, entry, loss ?? { outcome: 'switchedOff' })
    line.push({ entry, pull: pull! })
  }
  await takeBack(parts, line.slice(rule!.most_builds))
  const first = await buildLine(parts, repo, { line: line.slice(0, rule!.most_builds), target })
  return first === 'again' ? first : decide(parts, repo, { ...first, rule: rule! })
}

/** What was built and has been overtaken since. */
async function takeBack({ context }: CodeParts, rest: Queued[]): Promise<void> {
  const built = rest.filter(({ entry }) => entry.sha !== null)
  if (built.length === 0) return
  await context.kernel.database.write(async (tx) => {
    for (const { entry } of built) {
      await updateEntry(codeTables(tx), entry.id, { sha: null, base: null, built_at: null })
    }
  })
}

async function endWith(
  { context }: CodeParts,
  repo: OpenRepo,
  entry: QueueEntryRow,
  fault: Fault,
): Promise<'again'> {
  await endEntry(context, repo, { entry, ...fault })
  return 'again'
}

interface First extends Queued {
  sha: string
  base: string
}

/** Each on top of the one before it, the first on the target; gives the first. */
async function buildLine(
  parts: CodeParts,
  repo: OpenRepo,
  { line, target }: { line: Queued[]; target: string },
): Promise<'again' | First> {
  const tip = await parts.context.objects.info(repo.folder, `refs/heads/${target}^{commit}`)
  let base = tip?.sha ?? ''
  let first: First | undefined
  for (const queued of line) {
    // Finds a target that is gone, too.
    const fault = await faultOf(parts.context, repo, queued)
    if (fault) return endWith(parts, repo, queued.entry, fault)
    const placed = await placeEntry(parts, repo, { ...queued, base })
    if ('fault' in placed) return endWith(parts, repo, queued.entry, placed.fault)
    first ??= { ...queued, sha: placed.sha, base }
    base = placed.sha
  }
  return first!
}

/**
 * Only the first is judged: what stands behind it may fail because of it, and is built again when
 * it goes.
 */
async function decide(
  parts: CodeParts,
  repo: OpenRepo,
  first: First & { rule: QueueRuleRow },
): Promise<Turn> {
  const { context } = parts
  const { sha, rule } = first
  const db = codeTables(context.kernel.database)
  const { target } = first.entry
  const { verdict, failed } = await checkCommit(context, repo, { sha, target })
  if (verdict === 'passed') return land(parts, repo, first)
  // As it was written down when its commit was made.
  const [entry] = await queuedOf(db, repo.row.id, target)
  if (entry?.id !== first.entry.id) return 'again'
  if (verdict === 'failed') {
    return endWith(parts, repo, entry, { outcome: 'checksFailed', detail: failed.join(', ') })
  }
  const lookAgainAtMs = (entry.built_at ?? 0) + rule.wait_minutes * MINUTE_MS
  if (lookAgainAtMs > context.kernel.clock.now()) return { lookAgainAtMs }
  return endWith(parts, repo, entry, { outcome: 'timedOut', detail: String(rule.wait_minutes) })
}

/** Moves the target to the very commit whose checks have passed. */
async function land(parts: CodeParts, repo: OpenRepo, first: First): Promise<'again'> {
  const { context, sync } = parts
  const { entry, pull, sha, base } = first
  const actor = await actorAgain(context, entry.actor_id, entry.actor_name)
  const strategy = entry.strategy as MergeStrategy
  const deleteSource = entry.delete_source === 1
  try {
    await context.locks.hold(`merge:${repo.row.id}`, async () => {
      // Somebody may have taken it out while its checks were read.
      const queued = await queuedPull(codeTables(context.kernel.database), pull.id)
      if (queued?.id !== entry.id) return
      const by = { actor, strategy, deleteSource }
      await landMerge(context, sync, repo, { ...by, pull, before: base, sha })
    })
  } catch (error) {
    // Somebody pushed to the target or the source: the next turn sees what that means.
    if (!(error instanceof Refusal && error.code === 'refMoved')) {
      return endWith(parts, repo, entry, faultBy(error))
    }
  }
  return 'again'
}
