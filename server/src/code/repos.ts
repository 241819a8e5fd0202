import type { Repo } from '@madang/api'
import { repoName } from '@madang/api'
import {
  type Actor,
  refuse as refuseRequest,
  stringify,
  type Tables,
  type Transaction,
} from '../kernel/index.ts'
import { announce, type CodeContext, codeTables, type OpenRepo } from './context.ts'
import { isEmptyRepo } from './commit-create.ts'
import { nudgeQueues } from './merge-queue-nudge.ts'
import { removeFolderLater } from './jobs.ts'
import { gitPath, type RepoName, subjectOf } from './model.ts'
import { iso } from './pull-request-view.ts'
import type { RepoSettings } from './repo-settings.ts'
import { refuse } from './refuse.ts'
import { setDefaultBranch } from './refs-sync.ts'
import { deleteScan } from './secrets/index.ts'
import {
  deleteRepo,
  insertRepo,
  keepName,
  repoById,
  repoEverNamed,
  updateRepo,
} from './store-repos.ts'
import type { CodeTables, RepoRow } from './tables.ts'

/** Its folder is made at first use. Throws `repoExists`. */
export async function createRepo(
  context: CodeContext,
  tx: Transaction,
  actor: Actor,
  given: { project: string; name: string; description?: string; settings?: RepoSettings },
): Promise<RepoRow> {
  const { project, name, description = '' } = given
  if (!repoName.safeParse(name).success) {
    throw refuseRequest('badRequest', { reason: `${name} cannot be the name of a repository` })
  }
  const db = codeTables(tx)
  await checkName(db, { project, name })
  const row: RepoRow = {
    id: context.kernel.ids.next('repo'),
    project,
    name,
    slug: name,
    description,
    default_branch: 'main',
    is_protected: 1,
    require_passing: 0,
    required_approvals: 0,
    created_at: context.kernel.clock.now(),
    created_by: actor.id,
    settings: stringify(given.settings ?? {}),
  }
  await insertRepo(db, row)
  await audit(context, tx, { actor, action: 'repo.created', repo: row })
  const data = { project, repo: name }
  const of = { subject: subjectOf({ project, name }), project, actor: actor.id }
  await context.kernel.events.append(tx, { type: 'code.repoCreated', ...of, data })
  tx.afterCommit(() =>
    context.kernel.live.publish(`project:${project}`, { type: 'code.repoCreated', id: name }),
  )
  return row
}

/** Throws `repoExists`, and `repoNameKept` for what another one was called. */
async function checkName(
  db: Tables<CodeTables>,
  { project, name, id }: { project: string; name: string; id?: string },
): Promise<void> {
  const taken = await repoEverNamed(db, project, name)
  if (!taken || taken.id === id) return
  if (taken.slug === name) throw refuse('repoExists', { project, repo: name })
  throw refuse('repoNameKept', { name, repo: taken.slug })
}

/**
 * Gives it another name; those it had lead to it as before. What was told about it keeps the name
 * it was made with, so that its thread, jobs and images stay one.
 */
async function renameRepo(
  context: CodeContext,
  tx: Transaction,
  { actor, repo, name }: { actor: Actor; repo: OpenRepo; name: string },
): Promise<void> {
  const db = codeTables(tx)
  const { row, project, slug: before } = repo
  await checkName(db, { project, name, id: row.id })
  await keepName(db, row, name)
  await updateRepo(db, row.id, { slug: name })
  const detail = { before, after: name }
  await audit(context, tx, { actor, action: 'repo.renamed', repo, detail })
  const data = { project, repo: repo.name, ...detail }
  const of = { subject: subjectOf(repo), project, actor: actor.id }
  await context.kernel.events.append(tx, { type: 'code.repoRenamed', ...of, data })
}

function audit(
  context: CodeContext,
  tx: Transaction,
  given: { actor: Actor; action: string; repo: RepoName; detail?: object },
): Promise<void> {
  const { actor, action, detail, repo } = given
  const { project, name, slug = name } = repo
  return context.identity.audit(tx, {
    actor,
    action,
    subject: `${project}/${slug}`,
    project,
    detail,
  })
}

export async function removeRepo(
  context: CodeContext,
  actor: Actor,
  repo: OpenRepo,
): Promise<void> {
  const { project, name } = repo
  await context.kernel.database.write(async (tx) => {
    await deleteRepo(codeTables(tx), repo.row.id)
    await deleteScan(tx, repo.row.id)
    await removeFolderLater(context, tx, repo.row.id)
    await audit(context, tx, { actor, action: 'repo.deleted', repo })
    await context.kernel.events.append(tx, {
      type: 'code.repoDeleted',
      subject: subjectOf(repo),
      project,
      actor: actor.id,
      data: { project, repo: name, id: repo.row.id },
    })
    tx.afterCommit(() =>
      context.kernel.live.publish(`project:${project}`, { type: 'code.repoDeleted', id: name }),
    )
  })
}

export interface RepoEdit {
  name?: string | undefined
  description?: string
  defaultBranch?: string
  isProtected?: boolean
  requirePassing?: boolean
  requiredApprovals?: number
  settings?: RepoSettings
}

/** Throws `repoExists`, `repoNameKept` and `refNotFound`. */
export async function editRepo(
  context: CodeContext,
  repo: OpenRepo,
  { actor, edit }: { actor: Actor; edit: RepoEdit },
): Promise<RepoRow> {
  const { row } = repo
  if (edit.defaultBranch !== undefined && edit.defaultBranch !== row.default_branch) {
    await chooseDefault(context, repo, edit.defaultBranch)
  }
  const { name } = edit
  const set = {
    description: edit.description ?? row.description,
    is_protected: Number(edit.isProtected ?? row.is_protected === 1),
    require_passing: Number(edit.requirePassing ?? row.require_passing === 1),
    required_approvals: edit.requiredApprovals ?? row.required_approvals,
    settings: edit.settings ? stringify(edit.settings) : row.settings,
  }
  await context.kernel.database.write(async (tx) => {
    if (name !== undefined && name !== row.slug)
      await renameRepo(context, tx, { actor, repo, name })
    await updateRepo(codeTables(tx), row.id, set)
    await audit(context, tx, { actor, action: 'repo.changed', repo, detail: edit })
    await nudgeQueues(context, tx, { repoId: row.id })
    announce(context, tx, repo, { type: 'code.repoChanged', id: repo.slug })
  })
  return (await repoById(codeTables(context.kernel.database), row.id)) ?? { ...row, ...set }
}

async function chooseDefault(context: CodeContext, repo: OpenRepo, branch: string): Promise<void> {
  const tip = await context.objects.info(repo.folder, `refs/heads/${branch}^{commit}`)
  if (!tip) throw refuse('refNotFound', { ref: branch })
  await setDefaultBranch(context, repo, branch)
}

export async function presentRepo(
  context: CodeContext,
  repo: OpenRepo,
  origin: string,
): Promise<Repo> {
  const { row } = repo
  return {
    id: row.id,
    project: row.project,
    name: row.slug,
    madeAs: row.name,
    description: row.description,
    defaultBranch: row.default_branch,
    isProtected: row.is_protected === 1,
    requirePassing: row.require_passing === 1,
    requiredApprovals: row.required_approvals,
    isEmpty: await isEmptyRepo(context, repo),
    cloneUrl: `${origin}${gitPath(repo)}`,
    createdAt: iso(row.created_at),
  }
}
