import type { CommitStatus, Diff, Commit, PullRequest } from '@madang/api'
import { parseColumn } from '../kernel/index.ts'
import { mergeBaseOf, readLog } from './commit-read.ts'
import { type CodeContext, codeTables, type OpenRepo } from './context.ts'
import { EMPTY_TREE, readDiff } from './diff-read.ts'
import { issueKeysIn } from './issue-links.ts'
import { mergeability } from './mergeability.ts'
import { iso } from './model.ts'
import { issueText } from './pull-request-facts.ts'
import { withSignatures } from './signing/index.ts'
import { countComments } from './store-comments.ts'
import type { AutoMerge } from './auto-merge-model.ts'
import { stackOf } from './stacks.ts'
import { queuedOf } from './store-merge-queue.ts'
import { openPullRequests, statusesOf, verdictsOf } from './store-pull-requests.ts'
import { reviewersOf, tasksOf } from './store-reviews.ts'
import { refsOf } from './store-repos.ts'
import type { ApprovalRow, PullRequestRow, ReviewerRow, StatusRow } from './tables.ts'

export { iso }

export function presentStatus(row: StatusRow): CommitStatus {
  const { key, description, url } = row
  const state = row.state as CommitStatus['state']
  return { key, state, description, url, updatedAt: iso(row.updated_at) }
}

/** Pull requests as pages see them, without whether they can be merged. */
export async function presentPulls(
  context: CodeContext,
  repo: OpenRepo,
  rows: PullRequestRow[],
): Promise<PullRequest[]> {
  const db = codeTables(context.kernel.database)
  const ids = rows.map((row) => row.id)
  const heads = rows.map((row) => row.head)
  const verdicts = await verdictsOf(db, ids)
  const reviewers = await reviewersOf(db, ids)
  const tasks = await tasksOf(db, ids)
  const statuses = await statusesOf(db, repo.row.id, heads)
  const counts = await countComments(db, ids)
  const queued = new Set((await queuedOf(db, repo.row.id)).map((entry) => entry.pull_request_id))
  const refs = new Set((await refsOf(db, repo.row.id)).map((ref) => ref.name))
  return Promise.all(
    rows.map(async (row) => ({
      ...presentRow(repo, row),
      sourceExists: refs.has(`refs/heads/${row.source}`),
      approvals: verdicts.filter(isApproval(row)).map(presentVerdict),
      statuses: statuses.filter((entry) => entry.sha === row.head).map(presentStatus),
      isDraft: row.is_draft === 1,
      autoMerge: row.auto_merge === null ? undefined : presentAutoMerge(row.auto_merge),
      isQueued: queued.has(row.id),
      reviewers: reviewers.filter((entry) => entry.pull_request_id === row.id).map(presentReviewer),
      changeRequests: verdicts.filter(isWish(row)).map(presentVerdict),
      taskCount: tasks.filter((task) => task.pull_request_id === row.id).length,
      openTaskCount: tasks.filter((task) => task.pull_request_id === row.id && !task.is_done)
        .length,
      commentCount: counts.get(row.id) ?? 0,
      issues: await issueKeysIn(context, repo.project, issueText(row)),
    })),
  )
}

const isApproval = (pull: PullRequestRow) => (entry: ApprovalRow) =>
  entry.pull_request_id === pull.id && entry.verdict === 'approved'
const isWish = (pull: PullRequestRow) => (entry: ApprovalRow) =>
  entry.pull_request_id === pull.id && entry.verdict === 'changesRequested'

const presentVerdict = (entry: ApprovalRow) => ({
  id: entry.actor_id,
  name: entry.actor_name,
  head: entry.head,
  at: iso(entry.created_at),
})

const presentReviewer = (entry: ReviewerRow) => ({
  id: entry.person_id,
  name: entry.name,
  reason: entry.reason as 'asked' | 'default' | 'owner',
})

function presentAutoMerge(column: string) {
  const { strategy, actorName } = parseColumn<AutoMerge>(column)
  return { strategy, by: actorName }
}

function presentRow(repo: OpenRepo, row: PullRequestRow) {
  return {
    number: row.number,
    project: repo.project,
    repo: repo.name,
    title: row.title,
    description: row.description,
    state: row.state as PullRequest['state'],
    source: row.source,
    target: row.target,
    head: row.head,
    author: { id: row.author_id, name: row.author_name },
    deleteSource: row.delete_source === 1,
    mergedAs: row.merged_as ?? undefined,
    strategy: (row.merged_as ? row.strategy : undefined) as PullRequest['strategy'],
    closedBy: row.closed_by ?? undefined,
    createdAt: iso(row.created_at),
    updatedAt: iso(row.updated_at),
    closedAt: row.closed_at === null ? undefined : iso(row.closed_at),
  }
}

export async function presentPull(
  context: CodeContext,
  repo: OpenRepo,
  row: PullRequestRow,
): Promise<PullRequest> {
  const [pull] = await presentPulls(context, repo, [row])
  if (row.state !== 'open') return pull!
  const open = await openPullRequests(codeTables(context.kernel.database), repo.row.id)
  const stack = stackOf(row, open)
  return { ...pull!, merge: await mergeability(context, repo, row), ...(stack ? { stack } : {}) }
}

/** Where its own changes begin: the merge base, frozen when it was closed. */
export async function baseOf(
  context: CodeContext,
  repo: OpenRepo,
  row: PullRequestRow,
): Promise<string | undefined> {
  if (row.base !== null) return row.base
  const target = await context.objects.info(repo.folder, `refs/heads/${row.target}^{commit}`)
  return target && mergeBaseOf(repo.folder, target.sha, row.head)
}

export async function pullDiff(
  context: CodeContext,
  repo: OpenRepo,
  row: PullRequestRow,
): Promise<Diff> {
  const base = (await baseOf(context, repo, row)) ?? EMPTY_TREE
  return readDiff(repo.folder, base, row.head)
}

const MOST_COMMITS = 250

export async function pullCommits(
  context: CodeContext,
  repo: OpenRepo,
  row: PullRequestRow,
): Promise<{ items: Commit[]; truncated: boolean }> {
  const base = await baseOf(context, repo, row)
  const tips = base ? [row.head, `^${base}`] : [row.head]
  const commits = await readLog({ folder: repo.folder, tips, limit: MOST_COMMITS + 1 })
  const items = await withSignatures(context, repo.folder, commits.slice(0, MOST_COMMITS))
  return { items, truncated: commits.length > MOST_COMMITS }
}
