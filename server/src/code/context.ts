import type { Kernel, Locks, OwnedBlobs, Tables, Transaction } from '../kernel/index.ts'
import type { MirrorGuard, IdentityPort, PlanPort, SecretScanner, CommitSigner } from './ports.ts'
import type { RepoMover } from './moves.ts'
import type { ObjectReader } from './object-reader.ts'
import { refuse } from './refuse.ts'
import type { RepoFolders } from './repo-folder.ts'
import { repoByName, repoEverNamed } from './store-repos.ts'
import type { CodeTables, RepoRow } from './tables.ts'

/** What the parts of `code` share. */
export interface CodeContext {
  kernel: Kernel
  identity: IdentityPort
  plan: PlanPort | undefined
  objects: ObjectReader
  folders: RepoFolders
  locks: Locks
  /** Where objects of Git LFS are written. */
  lfsBlobs: OwnedBlobs
  scanSecrets: SecretScanner
  guardMirror: MirrorGuard
  /** git's setting that lets the server look at a push before it is taken in. */
  gateSetting: string
  signer: CommitSigner
  /** What goes with a repository to another project. */
  movers: RepoMover[]
  /** Largest pack that a push may bring. */
  pushLimitBytes: number
}

/** A repository with the folder it lies in. */
export interface OpenRepo {
  row: RepoRow
  folder: string
  defaultBranch: string
  /** What it was made as, which facts about it are told by. */
  name: string
  /** What it is called now. */
  slug: string
  project: string
}

export const codeTables = (on: Pick<Transaction, 'tables'>): Tables<CodeTables> =>
  on.tables<CodeTables>()

export async function openRow(context: CodeContext, row: RepoRow): Promise<OpenRepo> {
  const folder = await context.folders.ensure(row.id, row.default_branch)
  const { name, slug, project, default_branch: defaultBranch } = row
  return { row, folder, defaultBranch, name, slug, project }
}

/** The project that a repository of an address is in now; that of the address where there is none. */
export async function projectNow(
  { kernel }: Pick<CodeContext, 'kernel'>,
  project: string,
  name: string,
): Promise<string> {
  return (await repoEverNamed(codeTables(kernel.database), project, name))?.project ?? project
}

/** By any name it ever had in its project. Throws `repoNotFound`. */
export async function openRepo(
  context: CodeContext,
  project: string,
  name: string,
): Promise<OpenRepo> {
  const row = await repoByName(codeTables(context.kernel.database), project, name)
  if (!row) throw refuse('repoNotFound', { project, repo: name })
  return openRow(context, row)
}

/** Tells open pages that something of a repository changed. */
export function announce(
  context: CodeContext,
  tx: Transaction,
  repo: { project: string; slug: string },
  message: { type: string; id?: string } & Record<string, unknown>,
): void {
  tx.afterCommit(() =>
    context.kernel.live.publish(`project:${repo.project}`, { repo: repo.slug, ...message }),
  )
}
