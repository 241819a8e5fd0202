import type { Project } from '@madang/api'
import { type CodeContext, codeTables, type OpenRepo, openRow } from '../context.ts'
import { allRepos, repoEverNamed, reposNamed } from '../store-repos.ts'
import type { RepoRow } from '../tables.ts'
import { idTailOf, uuidOf } from '../uuid.ts'
import type { Ask } from './call.ts'
import { BitbucketError, noRepository } from './errors.ts'

/** The one workspace; every project is reachable as a workspace of its own by its key, too. */
export const WORKSPACE = 'madang'
export const WORKSPACE_UUID = uuidOf('workspace')

export const isWhole = (workspace: string): boolean =>
  workspace.toLowerCase() === WORKSPACE || workspace === WORKSPACE_UUID

/**
 * `madang/guestbook`, or `GB/guestbook` for a repository that an older one of another project
 * shares its name with: names here are unique in a project only.
 */
export async function fullNames(context: CodeContext): Promise<Map<string, string>> {
  const names = new Map<string, string>()
  const taken = new Set<string>()
  for (const row of await allRepos(codeTables(context.kernel.database))) {
    names.set(row.id, `${taken.has(row.slug) ? row.project : WORKSPACE}/${row.slug}`)
    taken.add(row.slug)
  }
  return names
}

/** Throws 404 unless it is `madang` or a project's key. */
export async function checkWorkspace(context: CodeContext, workspace: string): Promise<void> {
  if (isWhole(workspace) || (await context.identity.projectGet(workspace))) return
  throw new BitbucketError(404, `No workspace with identifier '${workspace}'.`)
}

/** By slug, also one it had before, or UUID. Throws 404. */
export async function findRepo(
  context: CodeContext,
  workspace: string,
  slug: string,
): Promise<OpenRepo> {
  const db = codeTables(context.kernel.database)
  const rows = (await allRepos(db)).filter((entry) => isIn(workspace, entry))
  const id = `repo_${idTailOf(slug) ?? ''}`
  const former = await reposNamed(db, slug)
  const row =
    rows.find((entry) => entry.slug === slug || entry.id === id) ??
    rows.find((entry) => former.has(entry.id)) ??
    (await repoEverNamed(db, workspace, slug))
  if (!row) throw noRepository()
  return openRow(context, row)
}

/** The project of the address. Throws the same 404 for none and for one that is not to be seen. */
export async function findProject(ask: Ask): Promise<Project> {
  const { workspace = '', project_key: key = '' } = ask.params
  const { context } = ask.parts
  await checkWorkspace(context, workspace)
  const found = await context.identity.projectGet(key)
  const isHere = isWhole(workspace) || workspace === key
  if (found && isHere && (await context.identity.roleIn(ask.actor, key))) return found
  throw new BitbucketError(404, `No project with key ${key} found.`)
}

const isIn = (workspace: string, row: RepoRow) => isWhole(workspace) || row.project === workspace
