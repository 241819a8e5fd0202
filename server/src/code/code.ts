import type { Commit, NamedRef, PullRequest, Repo } from '@madang/api'
import type { Actor, Transaction } from '../kernel/index.ts'
import { modelOf } from './branching-model.ts'
import { createCommit, type NewFile } from './commit-create.ts'
import { readCommit } from './commit-read.ts'
import { type CodeContext, codeTables, openRepo, openRow } from './context.ts'
import { readFileBytes } from './file-read.ts'
import { mergePullRequest, type MergeStrategy } from './pull-request-merge.ts'
import { createPullRequest, findPull } from './pull-requests.ts'
import { presentPull } from './pull-request-view.ts'
import { readNamedRefs } from './refs-read.ts'
import type { RefsSync } from './refs-sync.ts'
import { createRepo, presentRepo } from './repos.ts'
import { findRevision } from './revision.ts'
import { type NewStatus, setStatus } from './statuses.ts'
import { closedBefore } from './store-pull-requests.ts'
import { repoByName, reposOf } from './store-repos.ts'
import type { RepoRow } from './tables.ts'

/** What the parts of `code` are built with. */
export interface CodeParts {
  context: CodeContext
  sync: RefsSync
}

interface InRepo {
  project: string
  repo: string
}

/** What other capabilities may ask of `code`. Refusals are those of `codeErrors`. */
export interface Code {
  /** Opens git over SSH: `ssh://git@host:port`, or undefined when it is switched off. */
  sshListen(origin: string): Promise<string | undefined>
  repoCreate(
    tx: Transaction,
    actor: Actor,
    given: { project: string; name: string; description?: string },
  ): Promise<{ id: string; project: string; name: string }>
  /**
   * `cloneUrl` holds only the path; whoever shows it puts the server's origin before it. A
   * repository is asked for by any name it had, and `name` is here what it was made as, which its
   * events, jobs and thread stay with.
   */
  repoList(project: string): Promise<Repo[]>
  repoGet(project: string, name: string): Promise<Repo | undefined>
  /** What it was made as; throws `repoNotFound`. */
  repoName(project: string, name: string): Promise<string>
  /** Branches and tags with their commits, newest first. */
  refList(project: string, repo: string): Promise<{ branches: NamedRef[]; tags: NamedRef[] }>
  /** `sha` may also be a branch's or tag's name. */
  commitGet(project: string, repo: string, sha: string): Promise<Commit | undefined>
  fileRead(project: string, repo: string, ref: string, path: string): Promise<Buffer | undefined>
  /** The bare repository's folder, for `git` on this machine. Read it; never write to it. */
  repoPath(project: string, name: string): Promise<string>
  statusSet(tx: Transaction, actor: Actor, status: NewStatus): Promise<void>
  pullRequestCreate(
    actor: Actor,
    given: InRepo & {
      title: string
      description?: string
      source: string
      target?: string
      deleteSource?: boolean
    },
  ): Promise<PullRequest>
  /**
   * From when to when its branch was this pull request's; a lasting one goes on after it: the default
   * branch and those of development and production.
   */
  pullRequestLife(
    project: string,
    repo: string,
    number: number,
  ): Promise<{ source: string; isLasting: boolean; sinceMs: number; untilMs?: number }>
  pullRequestMerge(
    actor: Actor,
    given: InRepo & {
      number: number
      strategy?: MergeStrategy
      message?: string
      deleteSource?: boolean
      head?: string
    },
  ): Promise<PullRequest>
  commitCreate(
    actor: Actor,
    given: InRepo & { branch: string; startFrom?: string; message: string; files: NewFile[] },
  ): Promise<Commit>
}

export function codeDoor(
  { context, sync }: CodeParts,
  { listen }: { listen: Code['sshListen'] },
): Code {
  const { database } = context.kernel
  const open = ({ project, repo }: InRepo) => openRepo(context, project, repo)
  const asMade = async (row: RepoRow): Promise<Repo> => ({
    ...(await presentRepo(context, await openRow(context, row), '')),
    name: row.name,
  })
  return {
    sshListen: listen,
    repoCreate: (tx, actor, given) => createRepo(context, tx, actor, given),
    async repoList(project) {
      const rows = await reposOf(codeTables(database), project)
      return Promise.all(rows.map(asMade))
    },
    async repoGet(project, name) {
      const row = await repoByName(codeTables(database), project, name)
      return row && asMade(row)
    },
    repoName: async (project, repo) => (await open({ project, repo })).name,
    async refList(project, repo) {
      const { folder } = await open({ project, repo })
      const branches = await readNamedRefs(folder, 'heads')
      return { branches, tags: await readNamedRefs(folder, 'tags') }
    },
    async commitGet(project, repo, sha) {
      const { folder } = await open({ project, repo })
      const found = await findRevision(context.objects, folder, sha)
      return found === undefined ? undefined : readCommit(folder, found)
    },
    async fileRead(project, repo, ref, path) {
      return readFileBytes(context.objects, await open({ project, repo }), { ref, path })
    },
    repoPath: async (project, repo) => (await open({ project, repo })).folder,
    statusSet: (tx, actor, status) => setStatus(context, tx, actor, status),
    async pullRequestCreate(actor, given) {
      const repo = await open(given)
      return presentPull(context, repo, await createPullRequest(context, repo, { actor, given }))
    },
    async pullRequestLife(project, name, number) {
      const repo = await open({ project, repo: name })
      const pull = await findPull(context, repo, number)
      const before = await closedBefore(codeTables(database), pull)
      const { development, production } = await modelOf(context, repo)
      return {
        source: pull.source,
        isLasting: [repo.defaultBranch, development, production].includes(pull.source),
        sinceMs: before ?? 0,
        untilMs: pull.closed_at ?? undefined,
      }
    },
    async pullRequestMerge(actor, wish) {
      const repo = await open(wish)
      await mergePullRequest(context, sync, repo, { actor, wish })
      return presentPull(context, repo, await findPull(context, repo, wish.number))
    },
    async commitCreate(actor, given) {
      return createCommit(context, sync, await open(given), { actor, given })
    },
  }
}
