import type { Commit } from '@madang/api'
import type { Actor, Transaction } from '../../kernel/index.ts'
import { authorOf } from '../authorship.ts'
import { type NewFile, writeTree } from '../commit-create.ts'
import { readLog } from '../commit-read.ts'
import type { CodeContext } from '../context.ts'
import { EMPTY_TREE } from '../diff-read.ts'
import { git, gitText } from '../git-process.ts'
import { gitDate, treeOf, writeCommit } from '../merge-tree.ts'
import { NO_SHA } from '../ref-name.ts'
import { createRepoFolders } from '../repo-folder.ts'
import { deleteSnippet, insertSnippet, type SnippetRow, updateSnippet } from './store.ts'

const BRANCH = 'master'
const MOST_COMMITS = 10_000
const MOST_FILE_BYTES = 64 * 1024 * 1024

export interface SnippetChange {
  title?: string | undefined
  isPrivate?: boolean | undefined
  /** `null` deletes a file. */
  files: Pick<NewFile, 'path' | 'content'>[]
}

export type NewSnippet = Required<Omit<SnippetChange, 'title'>> & { title: string; owner: string }

/** Snippets: a few files under a title, each set a git repository of its own with one branch. */
export interface Snippets {
  make(actor: Actor, given: NewSnippet): Promise<SnippetRow>
  /** Undefined: the snippet has moved on from `head`. */
  change(
    actor: Actor,
    row: SnippetRow,
    given: SnippetChange & { head?: string | undefined },
  ): Promise<SnippetRow | undefined>
  remove(row: SnippetRow): Promise<void>
  /** Newest first. */
  commits(row: SnippetRow): Promise<Commit[]>
  /** Paths of the files of a commit, sorted. */
  files(row: SnippetRow, sha: string): Promise<string[]>
  /** A file that `files` named. */
  read(row: SnippetRow, sha: string, path: string): Promise<Buffer>
  /** The bare repository, for reading. */
  folder(row: SnippetRow): Promise<string>
}

export function createSnippets(context: CodeContext): Snippets {
  const { kernel, locks } = context
  const { database, clock, ids } = kernel
  const folders = createRepoFolders(kernel.folder('snippets'))
  const folderOf = ({ id }: { id: string }) => folders.ensure(id, BRANCH)

  const commits = async (row: { id: string }): Promise<Commit[]> =>
    readLog({ folder: await folderOf(row), tips: [BRANCH], limit: MOST_COMMITS })

  /** The branch moves only from where it was looked at. */
  const commit = async (actor: Actor, row: { id: string }, files: NewFile[], before?: string) => {
    const folder = await folderOf(row)
    const base = before === undefined ? EMPTY_TREE : await treeOf(folder, before)
    const tree = await writeTree(folder, base, files)
    if (tree === base) return
    const author = { ...(await authorOf(context, actor)), date: gitDate(clock.now()) }
    const parents = before === undefined ? [] : [before]
    const message = before === undefined ? 'Initial commit' : 'Snippet updated'
    const sha = await writeCommit(folder, { tree, parents, message, author, committer: author })
    await git(['update-ref', `refs/heads/${BRANCH}`, sha, before ?? NO_SHA], { folder })
  }
  return {
    commits,
    folder: folderOf,
    async make(actor, { title, isPrivate, files, owner }) {
      const id = ids.next('snip')
      await commit(actor, { id }, files)
      const at = clock.now()
      const creator = { creator_id: actor.id, creator_name: actor.name }
      const row = { id, owner, ...creator, title, is_private: Number(isPrivate) }
      const moments = { created_at: at, updated_at: at }
      return database.write((tx: Transaction) => insertSnippet(tx, { ...row, ...moments }))
    },
    change: (actor, row, { title = row.title, isPrivate, files, head }) =>
      locks.hold(`snippet ${row.id}`, async () => {
        const before = (await commits(row))[0]!.sha
        if (head !== undefined && head !== before) return undefined
        await commit(actor, row, files, before)
        const is_private = isPrivate === undefined ? row.is_private : Number(isPrivate)
        const next = { ...row, title, is_private, updated_at: clock.now() }
        await database.write((tx) => updateSnippet(tx, next))
        return next
      }),
    async remove({ id }) {
      await database.write((tx) => deleteSnippet(tx, id))
      await folders.remove(id)
    },
    async files(row, sha) {
      const folder = await folderOf(row)
      const names = await gitText(['ls-tree', '-r', '-z', '--name-only', sha], { folder })
      return names.split('\0').filter(Boolean)
    },
    async read(row, sha, path) {
      const options = { folder: await folderOf(row), limitBytes: MOST_FILE_BYTES }
      return git(['cat-file', 'blob', `${sha}:${path}`], options)
    },
  }
}
