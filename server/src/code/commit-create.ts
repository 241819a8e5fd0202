import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Commit } from '@madang/api'
import { type Actor, includes } from '../kernel/index.ts'
import { authorOf } from './authorship.ts'
import { checkMade } from './check-made.ts'
import { checkRules } from './branch-rules.ts'
import { readCommit } from './commit-read.ts'
import { type CodeContext, codeTables, type OpenRepo } from './context.ts'
import { EMPTY_TREE } from './diff-read.ts'
import { git, gitText } from './git-process.ts'
import { gitDate, treeOf, writeCommit } from './merge-tree.ts'
import { isProtected } from './model.ts'
import { changeRefs } from './ref-change.ts'
import { branchOf, isRefName, isTreePath, NO_SHA } from './ref-name.ts'
import { refuse } from './refuse.ts'
import type { RefsSync } from './refs-sync.ts'
import { resolveRevision } from './revision.ts'
import { refsOf } from './store-repos.ts'

export interface NewFile {
  path: string
  /** `null` deletes the file (or the folder). */
  content: string | Uint8Array | null
  isExecutable?: boolean
  /** Leaves the mode of a file that is there already. */
  keepMode?: boolean
  /** What is in the repository already, taken as it is, instead of `content`. */
  object?: { mode: string; sha: string }
}

export interface NewFilesCommit {
  branch: string
  /** Where a branch that does not exist yet begins; the default branch unless told. */
  startFrom?: string
  message: string
  files: NewFile[]
  /** Where the branch has to be, else `refMoved`. */
  expected?: string
  /** Who wrote it, when that is not who commits it. */
  author?: { name: string; email: string }
  /** Makes a commit that changes nothing rather than refusing it. */
  allowEmpty?: boolean
  /** Makes a merge: the files change this tree, and this commit is the second parent. */
  merge?: { tree: string; parent: string }
}

/** A branch and where a commit on it goes on from. */
interface Start {
  ref: string
  /** 40 zeros when the branch is new. */
  before: string
  parents: string[]
}

/**
 * Commits files to a branch without a working tree; makes the branch when it is missing.
 * Throws `branchProtected`, `nothingToCommit`, `objectUnsafe`, `pathInvalid`, `refNameInvalid`, `refNotFound`,
 * `refMoved`.
 */
export async function createCommit(
  context: CodeContext,
  sync: RefsSync,
  repo: OpenRepo,
  { actor, given }: { actor: Actor; given: NewFilesCommit },
): Promise<Commit> {
  const { folder } = repo
  for (const { path } of given.files) if (!isTreePath(path)) throw refuse('pathInvalid', { path })
  const start = await startOf(context, repo, given)
  await checkMayMove(context, repo, { actor, branch: given.branch, start })
  if (given.expected !== undefined && given.expected !== start.before) {
    throw refuse('refMoved', { ref: given.branch })
  }
  const parent = start.parents[0]
  const base = given.merge?.tree ?? (parent ? await treeOf(folder, parent) : EMPTY_TREE)
  const tree = await writeTree(folder, base, given.files)
  if (tree === base && !given.allowEmpty) throw refuse('nothingToCommit')
  const date = gitDate(context.kernel.clock.now())
  const committer = { ...(await authorOf(context, actor)), date }
  const author = given.author ? { ...given.author, date } : committer
  const parents = given.merge ? [...start.parents, given.merge.parent] : start.parents
  const commit = { tree, parents, message: given.message, author, committer }
  const after = await writeCommit(folder, commit, context.signer)
  const moves = [{ ref: start.ref, before: start.before, after }]
  await changeRefs(sync, repo, { actor, moves })
  return readCommit(folder, after)
}

async function startOf(
  context: CodeContext,
  repo: OpenRepo,
  { branch, startFrom }: NewFilesCommit,
): Promise<Start> {
  if (!isRefName(branch)) throw refuse('refNameInvalid', { ref: branch })
  const ref = `refs/heads/${branch}`
  const tip = await context.objects.info(repo.folder, `${ref}^{commit}`)
  if (tip) return { ref, before: tip.sha, parents: [tip.sha] }
  if (startFrom === undefined && (await isEmptyRepo(context, repo))) {
    return { ref, before: NO_SHA, parents: [] }
  }
  const { sha } = await resolveRevision(context.objects, repo, startFrom)
  return { ref, before: NO_SHA, parents: [sha] }
}

export async function isEmptyRepo(context: CodeContext, repo: OpenRepo): Promise<boolean> {
  const refs = await refsOf(codeTables(context.kernel.database), repo.row.id)
  return refs.every(({ name }) => branchOf(name) === undefined)
}

async function checkMayMove(
  context: CodeContext,
  repo: OpenRepo,
  { actor, branch, start }: { actor: Actor; branch: string; start: Start },
): Promise<void> {
  await checkRules(context, repo, { actor, branch })
  if (!isProtected(repo.row, branch) || start.parents.length === 0) return
  const role = await context.identity.roleIn(actor, repo.project, repo.slug)
  if (actor.kind !== 'system' && !includes(role, 'maintainer')) {
    throw refuse('branchProtected', { branch })
  }
}

/** Applies the files to a tree through an index of its own; gives the new tree. */
export async function writeTree(folder: string, base: string, files: NewFile[]): Promise<string> {
  const index = join(folder, `index-${randomUUID()}`)
  const options = { folder, env: { GIT_INDEX_FILE: index } }
  try {
    await git(base === EMPTY_TREE ? ['read-tree', '--empty'] : ['read-tree', base], options)
    const lines: string[] = []
    for (const file of files) {
      const isExecutable = file.keepMode
        ? await isExecutableIn(folder, base, file.path)
        : file.isExecutable === true
      lines.push(await indexLine(folder, { ...file, isExecutable }))
    }
    const args = ['update-index', '--add', '--replace', '-z', '--index-info']
    await git(args, { ...options, input: lines.join('') })
    const tree = await gitText(['write-tree'], options)
    const written = files.filter(({ content, object }) => content !== null || object)
    await checkMade(
      folder,
      tree,
      written.map(({ path }) => path),
    )
    return tree
  } finally {
    await rm(index, { force: true })
  }
}

async function isExecutableIn(folder: string, tree: string, path: string): Promise<boolean> {
  const args = ['ls-tree', '-z', tree, '--', path]
  return (await gitText(args, { folder, env: { GIT_LITERAL_PATHSPECS: '1' } })).startsWith('100755')
}

async function indexLine(folder: string, file: NewFile): Promise<string> {
  if (file.object) return `${file.object.mode} ${file.object.sha}\t${file.path}\0`
  if (file.content === null) return `0 ${NO_SHA}\t${file.path}\0`
  const args = ['hash-object', '-w', '--no-filters', '--stdin']
  const sha = await gitText(args, { folder, input: Buffer.from(file.content as Uint8Array) })
  return `${file.isExecutable ? '100755' : '100644'} ${sha}\t${file.path}\0`
}
