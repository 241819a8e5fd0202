import { readLog } from './commit-read.ts'
import { mergeTrees, readAuthorship, treeOf, writeCommit } from './merge-tree.ts'
import type { Signature } from './model.ts'
import type { CommitSigner } from './ports.ts'
import { refuse } from './refuse.ts'

const MOST_REPLAYED = 500

export type MergeOutcome = { sha: string } | { conflicts: string[] }

/** Who replays, and the signer of what is written. */
interface By {
  committer: Signature & { date: string }
  signer: CommitSigner
}

/**
 * Puts the commits that `head` has and `target` has not on top of `target`, one after the other,
 * with their authors; what adds nothing any more is left out. Merges among them are left out as
 * git does.
 */
export async function rebase(
  folder: string,
  { target, head, ...by }: { target: string; head: string } & By,
): Promise<MergeOutcome> {
  const range = { folder, tips: [head, `^${target}`], limit: MOST_REPLAYED + 1, isReplay: true }
  const commits = await readLog(range)
  if (commits.length > MOST_REPLAYED) {
    throw refuse('mergeBlocked', { blockers: `more than ${MOST_REPLAYED} commits to rebase` })
  }
  let tip = target
  for (const commit of commits) {
    if (commit.parents[0] === tip) {
      tip = commit.sha
      continue
    }
    const replayed = await replay(folder, { onto: tip, sha: commit.sha, ...by })
    if ('conflicts' in replayed) return replayed
    tip = replayed.sha
  }
  return { sha: tip }
}

/**
 * A cherry-pick without a working tree. git 2.39's merge-tree takes no merge base, so `onto` is
 * dressed as a child of the commit's parent: then that parent is the base.
 */
async function replay(
  folder: string,
  { onto, sha, committer, signer }: { onto: string; sha: string } & By,
): Promise<MergeOutcome> {
  const { author, message, parents } = await readAuthorship(folder, sha)
  const tree = await treeOf(folder, onto)
  const base = parents.slice(0, 1)
  const dressed = await writeCommit(folder, {
    tree,
    parents: base,
    message: 'base',
    author: committer,
    committer,
  })
  const options = base.length === 0 ? ['--allow-unrelated-histories'] : []
  const merged = await mergeTrees(folder, dressed, sha, options)
  if ('conflicts' in merged) return merged
  if (merged.tree === tree) return { sha: onto }
  const parts = { tree: merged.tree, parents: [onto], message, author, committer }
  return { sha: await writeCommit(folder, parts, signer) }
}
