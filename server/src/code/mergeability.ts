import type { PullRequest } from '@madang/api'
import type { BranchRules } from './branch-rule-model.ts'
import { rulesOf } from './branch-rules.ts'
import { countBetween } from './commit-read.ts'
import { type CodeContext, codeTables, type OpenRepo } from './context.ts'
import { defaultReviewers } from './default-reviewers.ts'
import { mergeTrees } from './merge-tree.ts'
import { commentsOf } from './store-comments.ts'
import { statusesOf, verdictsOf } from './store-pull-requests.ts'
import { tasksOf } from './store-reviews.ts'
import type { CommentRow, PullRequestRow } from './tables.ts'

const MOST_REMEMBERED = 500
/** By folder, target and head: commits never change, so neither does the answer. */
const remembered = new Map<string, string[]>()

async function conflictsOf(folder: string, target: string, head: string): Promise<string[]> {
  const key = `${folder} ${target} ${head}`
  const known = remembered.get(key)
  if (known) return known
  const merged = await mergeTrees(folder, target, head)
  const conflicts = 'conflicts' in merged ? merged.conflicts : []
  remembered.set(key, conflicts)
  if (remembered.size > MOST_REMEMBERED) remembered.delete(remembered.keys().next().value!)
  return conflicts
}

/** Whether an open pull request can be merged, and what stands in the way. */
export async function mergeability(
  context: CodeContext,
  repo: OpenRepo,
  pull: PullRequestRow,
): Promise<NonNullable<PullRequest['merge']>> {
  const { objects } = context
  const tip = (branch: string) => objects.info(repo.folder, `refs/heads/${branch}^{commit}`)
  const [source, target] = [await tip(pull.source), await tip(pull.target)]
  const blockers = await missing(context, repo, pull)
  if (!source) blockers.push('sourceMissing')
  if (!target) blockers.push('targetMissing')
  const conflicts = target ? await conflictsOf(repo.folder, target.sha, pull.head) : []
  if (conflicts.length > 0) blockers.push('conflicts')
  return { isPossible: blockers.length === 0, conflicts, blockers }
}

/** What settings and branch rules ask for and the pull request lacks. */
async function missing(
  context: CodeContext,
  repo: OpenRepo,
  pull: PullRequestRow,
): Promise<string[]> {
  const rules = await rulesOf(context, repo)
  const found = await Promise.all([
    approvalsMissing(context, repo, { pull, rules }),
    buildsMissing(context, repo, { pull, rules }),
    talkMissing(context, { pull, rules }),
    tooFarBehind(repo, { pull, rules }),
  ])
  const draft = pull.is_draft === 1 ? ['draft'] : []
  return [...draft, ...found.flat()]
}

interface Question {
  pull: PullRequestRow
  rules: BranchRules
}

async function approvalsMissing(
  context: CodeContext,
  repo: OpenRepo,
  { pull, rules }: Question,
): Promise<string[]> {
  const db = codeTables(context.kernel.database)
  const asked = rules.most('require_approvals_to_merge', pull.target) ?? 0
  const byDefaults = rules.most('require_default_reviewer_approvals_to_merge', pull.target) ?? 0
  const verdicts = await verdictsOf(db, [pull.id])
  // Bitbucket Cloud lets authors approve, and counts what others think.
  const approvals = verdicts.filter(
    ({ verdict, actor_id: id }) => verdict === 'approved' && id !== pull.author_id,
  )
  const blockers: string[] = []
  if (approvals.length < Math.max(asked, repo.row.required_approvals)) {
    blockers.push('approvalsMissing')
  }
  if (byDefaults > 0) {
    const reviewers = await defaultReviewers(context, { repo })
    const defaults = new Set(reviewers.map(({ person }) => `person:${person.id}`))
    const count = approvals.filter(({ actor_id: id }) => defaults.has(id)).length
    if (count < byDefaults) blockers.push('defaultApprovalsMissing')
  }
  const hasWish = verdicts.some(({ verdict }) => verdict === 'changesRequested')
  if (hasWish && rules.has('require_no_changes_requested', pull.target)) {
    blockers.push('changesRequested')
  }
  return blockers
}

async function buildsMissing(
  context: CodeContext,
  repo: OpenRepo,
  { pull, rules }: Question,
): Promise<string[]> {
  const needed = checksNeeded(repo, rules, pull.target)
  if (needed === 0) return []
  const db = codeTables(context.kernel.database)
  const statuses = await statusesOf(db, repo.row.id, [pull.head])
  const isPassing = statuses.every(({ state }) => state === 'success')
  return isPassing && statuses.length >= needed ? [] : ['statusNotPassing']
}

/** How many passing statuses, and none that does not pass, a merge into this branch needs. */
export function checksNeeded(repo: OpenRepo, rules: BranchRules, target: string): number {
  const wanted = rules.most('require_passing_builds_to_merge', target)
  if (repo.row.require_passing !== 1 && wanted === undefined) return 0
  return Math.max(1, wanted ?? 1)
}

async function talkMissing(context: CodeContext, { pull, rules }: Question): Promise<string[]> {
  const db = codeTables(context.kernel.database)
  const blockers: string[] = []
  if (rules.has('require_tasks_to_be_completed', pull.target)) {
    const tasks = await tasksOf(db, [pull.id])
    if (tasks.some((task) => task.is_done === 0)) blockers.push('tasksOpen')
  }
  if (rules.has('require_all_comments_resolved', pull.target)) {
    const comments = await commentsOf(db, pull.id)
    const isOpen = comments.some(
      (row) => row.place !== null && row.reply_to === null && isWaiting(row),
    )
    if (isOpen) blockers.push('commentsOpen')
  }
  return blockers
}

const isWaiting = (row: CommentRow) => row.is_deleted === 0 && row.resolved_by === null

async function tooFarBehind(repo: OpenRepo, { pull, rules }: Question): Promise<string[]> {
  const most = rules.most('require_commits_behind', pull.target)
  if (most === undefined) return []
  const { behind } = await countBetween(repo.folder, `refs/heads/${pull.target}`, pull.head)
  return behind > most ? ['tooFarBehind'] : []
}
