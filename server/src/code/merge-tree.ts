import { git, gitText, gitWithCode, records } from './git-process.ts'
import type { Signature } from './model.ts'
import type { CommitSigner } from './ports.ts'

/** A merge of two trees, or the files in which both sides changed the same places. */
export type MergedTree = { tree: string } | { conflicts: string[] }

const MOST_CONFLICTS = 100

/** Merges without a working tree; the repository's references stay as they are. */
export async function mergeTrees(
  folder: string,
  ours: string,
  theirs: string,
  options: readonly string[] = [],
): Promise<MergedTree> {
  const args = ['merge-tree', '--write-tree', '-z', '--name-only', '--no-messages', ...options]
  const answer = await gitWithCode([...args, ours, theirs], { folder, accept: [0, 1] })
  const [tree = '', ...files] = records(answer.stdout)
  if (answer.exitCode === 0) return { tree }
  return { conflicts: [...new Set(files.filter(Boolean))].slice(0, MOST_CONFLICTS) }
}

export interface NewCommit {
  tree: string
  parents: string[]
  message: string
  /** `date` as git takes it: seconds and time zone. */
  author: Signature & { date: string }
  committer: Signature & { date: string }
}

/** Signed when a signer is given. */
export async function writeCommit(
  folder: string,
  commit: NewCommit,
  signer?: CommitSigner,
): Promise<string> {
  const { author, committer, tree, parents, message } = commit
  const env = {
    GIT_AUTHOR_NAME: author.name,
    GIT_AUTHOR_EMAIL: author.email,
    GIT_AUTHOR_DATE: author.date,
    GIT_COMMITTER_NAME: committer.name,
    GIT_COMMITTER_EMAIL: committer.email,
    GIT_COMMITTER_DATE: committer.date,
  }
  const args = ['commit-tree', tree, ...parents.flatMap((parent) => ['-p', parent]), '-F', '-']
  const sha = await gitText(args, { folder, env, input: `${message.trimEnd()}\n` })
  return signer ? signer.sign(folder, sha) : sha
}

/** A moment as git writes it. */
export const gitDate = (ms: number): string => `${Math.floor(ms / 1000)} +0000`

export const treeOf = (folder: string, commit: string): Promise<string> =>
  gitText(['rev-parse', '--verify', `${commit}^{tree}`], { folder })

/** Author and message of a commit as they are written in it, to be used again. */
export async function readAuthorship(
  folder: string,
  sha: string,
): Promise<{ author: Signature & { date: string }; message: string; parents: string[] }> {
  const format = '--format=%P%n%an%n%ae%n%ad%n%B'
  const answer = await git(['show', '-s', '-z', '--date=raw', format, sha, '--'], { folder })
  const [parents = '', name = '', email = '', date = '', ...message] = (
    records(answer)[0] ?? ''
  ).split('\n')
  return {
    // git refuses to write an empty name, which old imports may hold
    author: { name: name || 'unknown', email, date },
    message: message.join('\n'),
    parents: parents.split(' ').filter(Boolean),
  }
}
