import type { BranchRuleKind } from '@madang/api'
import type { Actor, Transaction } from '../kernel/index.ts'
import { nudgeAutoMerge } from './auto-merge-nudge.ts'
import { isAncestor, mergeBaseOf } from './commit-read.ts'
import { announce, type CodeContext, codeTables, type OpenRepo } from './context.ts'
import { rulesOf } from './branch-rules.ts'
import { EMPTY_TREE } from './diff-read.ts'
import { git, gitText } from './git-process.ts'
import { issueKeysIn, issuesBefore, moveIssues } from './issue-links.ts'
import { pullRequestEvent } from './pull-request-event.ts'
import { type MovedRef, NO_SHA } from './ref-name.ts'
import {
  openPullRequests,
  pullRequestByNumber,
  removeVerdicts,
  updatePullRequest,
} from './store-pull-requests.ts'
import type { PullRequestRow } from './tables.ts'

/** What a push does to an open pull request: its head moves, or it turns out merged. */
export interface PullRequestFact {
  number: number
  head: string
  issues: string[]
  merged?: { as: string; base: string; strategy: string; done: string[] }
  /** Verdicts that fall with the old head, as branch rules ask. */
  fallen?: string[]
}

/** Gathers, outside any transaction, what moved references mean for the open pull requests. */
export async function pullRequestFacts(
  context: CodeContext,
  repo: OpenRepo,
  moved: MovedRef[],
): Promise<PullRequestFact[]> {
  const open = await openPullRequests(codeTables(context.kernel.database), repo.row.id)
  const facts: PullRequestFact[] = []
  for (const pull of open) {
    const fact = await factOf(context, repo, { pull, moved })
    if (fact) facts.push(fact)
  }
  return facts
}

async function factOf(
  context: CodeContext,
  repo: OpenRepo,
  { pull, moved }: { pull: PullRequestRow; moved: MovedRef[] },
): Promise<PullRequestFact | undefined> {
  const after = (branch: string) => moved.find((ref) => ref.ref === `refs/heads/${branch}`)
  const source = after(pull.source)
  const target = after(pull.target)
  const head = source && source.after !== NO_SHA ? source.after : pull.head
  const reached = target && target.after !== NO_SHA ? target : undefined
  const issues = await issueKeysIn(context, repo.project, issueText(pull))
  const merged = reached && (await mergedBy(context, repo, { pull, head, target: reached }))
  if (merged) {
    const done = await issuesBefore(context, issues, 'done')
    return { number: pull.number, head, issues, merged: { ...merged, done } }
  }
  // Also when the source goes: from now on nothing else holds the head.
  if (source) await keepHead(repo.folder, pull.number, head)
  if (head === pull.head) return undefined
  return { number: pull.number, head, issues, fallen: await fallen(context, repo, { pull, head }) }
}

async function fallen(
  context: CodeContext,
  repo: OpenRepo,
  { pull, head }: { pull: PullRequestRow; head: string },
): Promise<string[]> {
  const rules = await rulesOf(context, repo)
  const has = (kind: BranchRuleKind) => rules.has(kind, pull.target)
  const verdicts: string[] = []
  const isSmart = has('smart_reset_pullrequest_approvals')
  if (has('reset_pullrequest_approvals_on_change')) verdicts.push('approved')
  else if (isSmart && !(await isSameChange(repo, { pull, head }))) verdicts.push('approved')
  if (has('reset_pullrequest_changes_requested_on_change')) verdicts.push('changesRequested')
  return verdicts
}

/** Whether both heads change the same lines against the target: a mere rebase or update. */
async function isSameChange(
  repo: OpenRepo,
  { pull, head }: { pull: PullRequestRow; head: string },
): Promise<boolean> {
  const { folder } = repo
  const target = `refs/heads/${pull.target}`
  const patchId = async (sha: string) => {
    const base = (await mergeBaseOf(folder, target, sha)) ?? EMPTY_TREE
    const input = await git(['diff-tree', '-p', '-r', base, sha, '--'], { folder })
    return gitText(['patch-id', '--stable'], { folder, input })
  }
  const [before, after] = [await patchId(pull.head), await patchId(head)]
  return before.split(' ')[0] === after.split(' ')[0]
}

/** Where issue keys are looked for. */
export function issueText(pull: { title: string; description: string; source: string }): string {
  return `${pull.source}\n${pull.title}\n${pull.description}`
}

/**
 * Merged when the target now holds what a merge here was about to put there, or the head itself.
 */
async function mergedBy(
  context: CodeContext,
  repo: OpenRepo,
  { pull, head, target }: { pull: PullRequestRow; head: string; target: MovedRef },
): Promise<{ as: string; base: string; strategy: string } | undefined> {
  const { folder } = repo
  // What a failed merge left behind may have been pruned since.
  const holds = async (sha: string) =>
    (await context.objects.info(folder, sha)) !== undefined &&
    (await isAncestor(folder, sha, target.after))
  const isOurs = pull.merging_as !== null && (await holds(pull.merging_as))
  if (!isOurs && !(await holds(head))) return undefined
  const before = target.before === NO_SHA ? undefined : target.before
  const base = (before && (await mergeBaseOf(folder, before, head))) ?? head
  if (isOurs) return { as: pull.merging_as!, base, strategy: pull.strategy ?? 'merge' }
  return { as: target.after, base, strategy: 'push' }
}

/** A reference of our own, so that git never prunes what a pull request shows. */
export async function keepHead(folder: string, number: number, head: string): Promise<void> {
  await git(['update-ref', `refs/pull/${number}/head`, head], { folder })
}

/** Writes the fact, if the pull request is still open. */
export async function recordPullRequest(
  context: CodeContext,
  tx: Transaction,
  repo: OpenRepo,
  { actor, pull: fact }: { actor: Actor; pull: PullRequestFact },
): Promise<void> {
  const db = codeTables(tx)
  const row = await pullRequestByNumber(db, repo.row.id, fact.number)
  if (row?.state !== 'open') return
  const now = context.kernel.clock.now()
  const { merged, head } = fact
  const set: Partial<PullRequestRow> = merged
    ? {
        state: 'merged',
        head,
        merged_as: merged.as,
        merging_as: null,
        auto_merge: null,
        base: merged.base,
        strategy: merged.strategy,
        closed_by: actor.name,
        closed_by_id: actor.id,
        closed_at: now,
        updated_at: now,
      }
    : { head, updated_at: now }
  await updatePullRequest(db, row.id, set)
  for (const verdict of fact.fallen ?? []) await removeVerdicts(db, row.id, verdict)
  if (!merged) await nudgeAutoMerge(context, tx, row)
  const type = merged ? 'code.pullRequestMerged' : 'code.pullRequestUpdated'
  const change = { type, actor, row: { ...row, ...set }, issues: fact.issues } as const
  await context.kernel.events.append(tx, pullRequestEvent(repo, change))
  announce(context, tx, repo, { type, id: String(row.number) })
  if (merged) await moveIssues(context, tx, actor, { keys: merged.done, step: 'done' })
}
