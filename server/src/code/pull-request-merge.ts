import type { Actor } from '../kernel/index.ts'
import { authorOf } from './authorship.ts'
import { rulesOf } from './branch-rules.ts'
import { isAncestor } from './commit-read.ts'
import { type CodeContext, codeTables, type OpenRepo } from './context.ts'
import { mergeability } from './mergeability.ts'
import { gitDate, mergeTrees, treeOf, writeCommit } from './merge-tree.ts'
import { openPull } from './pull-requests.ts'
import { type MovedRef, NO_SHA } from './ref-name.ts'
import { type MergeOutcome, rebase } from './rebase.ts'
import { changeRefs } from './ref-change.ts'
import { refuse } from './refuse.ts'
import type { RefsSync } from './refs-sync.ts'
import { queueRuleOf } from './store-merge-queue.ts'
import { updatePullRequest } from './store-pull-requests.ts'
import type { PullRequestRow } from './tables.ts'

/** `fastForward` writes nothing; `rebaseMerge` replays the commits and merges them all the same. */
export type MergeStrategy = 'merge' | 'squash' | 'rebase' | 'fastForward' | 'rebaseMerge'

export interface MergeWish {
  number: number
  strategy?: MergeStrategy
  message?: string
  deleteSource?: boolean
  /** The head that was looked at; refuses `refMoved` when it is another by now. */
  head?: string
}

/**
 * Merges by moving the target's reference; the pull request, its issues and the thread follow
 * from that move like from any push, so a crash in between loses nothing. Throws `mergeBlocked`,
 * `mergeConflict`, `mergeQueueRequired`, `pullRequestNotOpen`, `refMoved`.
 */
export async function mergePullRequest(
  context: CodeContext,
  sync: RefsSync,
  repo: OpenRepo,
  { actor, wish }: { actor: Actor; wish: MergeWish },
): Promise<void> {
  await context.locks.hold(`merge:${repo.row.id}`, async () => {
    const pull = await openPull(context, repo, wish.number)
    const { target: branch } = pull
    if (await queueRuleOf(codeTables(context.kernel.database), repo.row.id, branch)) {
      throw refuse('mergeQueueRequired', { branch, number: pull.number })
    }
    await checkMergeable(context, repo, { actor, pull, wish })
    const strategy = wish.strategy ?? 'merge'
    const target = await tipOf(context, repo, branch)
    const order = { pull, target, strategy, message: wish.message, actor }
    const outcome = await mergedCommit(context, repo, order)
    if ('conflicts' in outcome) throw conflict(pull, outcome.conflicts)
    const deleteSource = wish.deleteSource ?? pull.delete_source === 1
    const merge = { actor, pull, before: target, sha: outcome.sha, strategy, deleteSource }
    await landMerge(context, sync, repo, merge)
  })
}

interface Landing {
  actor: Actor
  pull: PullRequestRow
  /** Where the target has to be. */
  before: string
  /** The merge, made on top of that. */
  sha: string
  strategy: MergeStrategy
  deleteSource: boolean
}

/** Moves the target to a merge that is made already. Hold `merge:<repository>` meanwhile. */
export async function landMerge(
  context: CodeContext,
  sync: RefsSync,
  repo: OpenRepo,
  { actor, pull, before, sha, strategy, deleteSource }: Landing,
): Promise<void> {
  await context.kernel.database.write((tx) =>
    updatePullRequest(codeTables(tx), pull.id, { merging_as: sha, strategy }),
  )
  const moves = [{ ref: `refs/heads/${pull.target}`, before, after: sha }]
  const rules = await rulesOf(context, repo)
  // A rule that keeps branches keeps this one too; the merge itself is still wanted.
  if (deleteSource && !rules.has('delete', pull.source)) moves.push(...sourceRemoval(repo, pull))
  await changeRefs(sync, repo, { actor, moves })
}

/** Throws `branchProtected`, `refMoved`, `mergeConflict`, `mergeBlocked`. */
export async function checkMergeable(
  context: CodeContext,
  repo: OpenRepo,
  { actor, pull, wish }: { actor: Actor; pull: PullRequestRow; wish: MergeWish },
): Promise<void> {
  const rules = await rulesOf(context, repo)
  if (!rules.allows('restrict_merges', pull.target, actor.id)) {
    throw refuse('branchProtected', { branch: pull.target })
  }
  if (wish.head !== undefined && wish.head !== pull.head) {
    throw refuse('refMoved', { ref: pull.source })
  }
  const { blockers, conflicts } = await mergeability(context, repo, pull)
  if (blockers.length === 1 && conflicts.length > 0) throw conflict(pull, conflicts)
  if (blockers.length > 0) throw refuse('mergeBlocked', { blockers: blockers.join(', ') })
}

function conflict(pull: PullRequestRow, files: string[]) {
  const { source, target } = pull
  return refuse('mergeConflict', { files: files.join(', '), source, target })
}

async function tipOf(context: CodeContext, repo: OpenRepo, branch: string): Promise<string> {
  const info = await context.objects.info(repo.folder, `refs/heads/${branch}^{commit}`)
  if (!info) throw refuse('refNotFound', { ref: branch })
  return info.sha
}

interface MergeOrder {
  pull: PullRequestRow
  target: string
  strategy: MergeStrategy
  /** Written for it where it is missing. */
  message: string | undefined
  actor: Actor
}

/** Makes the merge of a pull request onto `target`; moves nothing. Throws `mergeBlocked`. */
export async function mergedCommit(
  context: CodeContext,
  repo: OpenRepo,
  order: MergeOrder,
): Promise<MergeOutcome> {
  const { pull, target, strategy, actor } = order
  const message = order.message?.trim() || messageOf(pull, strategy)
  const { folder } = repo
  const { head } = pull
  const committer = {
    ...(await authorOf(context, actor)),
    date: gitDate(context.kernel.clock.now()),
  }
  if (strategy === 'fastForward') {
    if (await isAncestor(folder, target, head)) return { sha: head }
    throw refuse('mergeBlocked', { blockers: 'notFastForward' })
  }
  if (strategy === 'rebase' || strategy === 'rebaseMerge') {
    const isForward = await isAncestor(folder, target, head)
    const outcome = isForward
      ? { sha: head }
      : await rebase(folder, { target, head, committer, signer: context.signer })
    if (strategy === 'rebase' || 'conflicts' in outcome) return outcome
    const tree = await treeOf(folder, outcome.sha)
    const parents = [target, outcome.sha]
    const commit = { tree, parents, message, author: committer, committer }
    return { sha: await writeCommit(folder, commit, context.signer) }
  }
  const merged = await mergeTrees(folder, target, head)
  if ('conflicts' in merged) return merged
  const parents = strategy === 'squash' ? [target] : [target, head]
  const commit = { tree: merged.tree, parents, message, author: committer, committer }
  return { sha: await writeCommit(folder, commit, context.signer) }
}

function messageOf(pull: PullRequestRow, strategy: MergeStrategy): string {
  if (strategy === 'squash') return `${pull.title} (#${pull.number})\n\n${pull.description}`
  return `Merge pull request #${pull.number} from ${pull.source}\n\n${pull.title}`
}

function sourceRemoval(repo: OpenRepo, pull: PullRequestRow): MovedRef[] {
  if (pull.source === repo.defaultBranch) return []
  return [{ ref: `refs/heads/${pull.source}`, before: pull.head, after: NO_SHA }]
}
