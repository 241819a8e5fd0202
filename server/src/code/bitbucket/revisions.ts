import { mergeBaseOf } from '../commit-read.ts'
import { EMPTY_TREE } from '../diff-read.ts'
import { gitText } from '../git-process.ts'
import { findRevision } from '../revision.ts'
import type { RepoAsk } from './call.ts'
import { BitbucketError } from './errors.ts'

/** The commit a branch, tag or hash names. Throws 404 in the words of the original. */
export async function commitAt(ask: RepoAsk, revision: string): Promise<string> {
  const { repo, parts } = ask
  const name = revision === 'HEAD' ? repo.defaultBranch : revision
  const sha = await findRevision(parts.context.objects, repo.folder, name)
  if (sha === undefined) {
    throw new BitbucketError(404, 'Commit not found', { data: { shas: [revision] } })
  }
  return sha
}

/**
 * What a spec compares. One revision: against its first parent. `a..b`: what `a` holds and `b`
 * has not, from their merge base on — the other way round than git says it, as documented there;
 * `topic=false` compares the two as they are.
 */
export async function rangeOf(ask: RepoAsk, spec: string): Promise<{ from: string; to: string }> {
  const { folder } = ask.repo
  const [first = '', second] = spec.split(/\.{2,3}/)
  const to = await commitAt(ask, first)
  if (second === undefined) {
    const parents = await gitText(['rev-list', '--parents', '-n', '1', to, '--'], { folder })
    return { from: parents.split(' ')[1] ?? EMPTY_TREE, to }
  }
  const other = await commitAt(ask, second)
  if (ask.query.get('topic') === 'false') return { from: other, to }
  return { from: (await mergeBaseOf(folder, other, to)) ?? EMPTY_TREE, to }
}
