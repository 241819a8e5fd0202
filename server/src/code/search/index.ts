import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type CodeHit, codeSearchEndpoints as api } from '@madang/api'
import { type Actor, route, type Transaction } from '../../kernel/index.ts'
import { type CodeContext, codeTables, openRow } from '../context.ts'
import { sharedRepos } from '../members.ts'
import { repoById } from '../store-repos.ts'
import type { RepoRow } from '../tables.ts'
import { createOpenIndexes, type OpenIndexes } from './open-indexes.ts'
import { readQuestion } from './question.ts'
import { updateIndex } from './repo-index.ts'
import { searchRepos } from './search.ts'

const INDEX = 'code.searchIndex'

interface CodeQuery {
  q: string
  project?: string | undefined
  repo?: string | undefined
  path?: string | undefined
  regex: boolean
  matchCase: boolean
  limit: number
  cursor?: string | undefined
}

interface FoundCode {
  items: CodeHit[]
  nextCursor: string | undefined
  /** The search ended early: it took too long. */
  truncated: boolean
  /** Repositories whose index lacks the newest push. */
  behind: string[]
}

/** Looks through the default branches of the repositories that the actor may see. */
export type CodeSearch = (actor: Actor, query: CodeQuery) => Promise<FoundCode>

interface SearchParts {
  context: CodeContext
  indexes: OpenIndexes
  folderOf(repoId: string): string
}

/**
 * Search in the files of all default branches. The index is derived: whoever loses its folder loses
 * nothing, and a repository whose index lags behind is brought forward by the search that notices.
 */
export function createCodeSearch(context: CodeContext): CodeSearch {
  const { kernel } = context
  const root = kernel.folder('code-search')
  const folderOf = (repoId: string) => join(root, repoId)
  const parts = { context, folderOf, indexes: createOpenIndexes(folderOf) }
  kernel.jobs.handle(INDEX, {
    run: ({ payload }) => index(parts, (payload as { repoId: string }).repoId),
  })
  kernel.events.listen({
    name: 'code.search',
    types: ['code.pushed', 'code.repoDeleted'],
    async handle({ data, type }) {
      const { project, repo, id } = data as { project: string; repo: string; id?: string }
      if (type === 'code.repoDeleted') {
        if (id !== undefined) await kernel.database.write((tx) => indexLater(context, tx, id))
        return
      }
      const row = (await reposFor(context, [project])).find((entry) => entry.name === repo)
      if (row) await kernel.database.write((tx) => indexLater(context, tx, row.id))
    },
  })
  const search: CodeSearch = async (actor, query) => {
    const question = readQuestion(query)
    const rows = await reposSeen(context, actor, query)
    const behind = await behindOf(parts, rows)
    const { limit, cursor: after } = query
    const found = await searchRepos(context, parts.indexes, { rows, question, limit, after })
    const { hits: items, next: nextCursor, truncated } = found
    return { items, nextCursor, truncated, behind }
  }
  kernel.http.add([route(api.codeSearch, ({ query, actor }) => search(actor, query))])
  return search
}

async function index({ context, indexes, folderOf }: SearchParts, repoId: string): Promise<void> {
  const row = await repoById(codeTables(context.kernel.database), repoId)
  const folder = folderOf(repoId)
  if (!row) {
    indexes.forget(repoId)
    return rm(folder, { recursive: true, force: true })
  }
  const { folder: repo } = await openRow(context, row)
  const tip = await context.objects.info(repo, `refs/heads/${row.default_branch}^{commit}`)
  if (!tip) return
  await updateIndex({ repo, folder, sha: tip.sha })
  indexes.forget(repoId)
}

async function indexLater(context: CodeContext, tx: Transaction, repoId: string): Promise<void> {
  await context.kernel.jobs.enqueue(tx, { kind: INDEX, payload: { repoId }, key: repoId })
}

async function reposSeen(
  context: CodeContext,
  actor: Actor,
  { project, repo }: { project?: string | undefined; repo?: string | undefined },
): Promise<RepoRow[]> {
  const projects = (await context.identity.projectList(actor)).map(({ key }) => key)
  const keys = project === undefined ? projects : projects.filter((key) => key === project)
  const shared = await sharedRepos(context, actor)
  const given = shared.filter((row) => project === undefined || row.project === project)
  const rows = [...(await reposFor(context, keys)), ...given]
  return repo === undefined ? rows : rows.filter((row) => row.slug === repo || row.name === repo)
}

async function reposFor(context: CodeContext, projects: string[]): Promise<RepoRow[]> {
  if (projects.length === 0) return []
  return codeTables(context.kernel.database)
    .selectFrom('code_repo')
    .selectAll()
    .where('project', 'in', projects)
    .orderBy('project')
    .orderBy('slug')
    .execute()
}

/** Whose index is not at the newest push; it is brought there by a job. */
async function behindOf({ context, indexes }: SearchParts, rows: RepoRow[]): Promise<string[]> {
  const { database } = context.kernel
  const tips = await tipsOf(context, rows)
  const behind: RepoRow[] = []
  for (const row of rows) {
    const tip = tips.get(`${row.id} refs/heads/${row.default_branch}`)
    if (tip !== undefined && (await indexes.get(row.id))?.sha !== tip) behind.push(row)
  }
  if (behind.length > 0) {
    await database.write(async (tx) => {
      for (const row of behind) await indexLater(context, tx, row.id)
    })
  }
  return behind.map((row) => `${row.project}/${row.slug}`)
}

async function tipsOf(context: CodeContext, rows: RepoRow[]): Promise<Map<string, string>> {
  if (rows.length === 0) return new Map()
  const names = [...new Set(rows.map((row) => `refs/heads/${row.default_branch}`))]
  const refs = await codeTables(context.kernel.database)
    .selectFrom('code_ref')
    .selectAll()
    .where('name', 'in', names)
    .execute()
  return new Map(refs.map((ref) => [`${ref.repo_id} ${ref.name}`, ref.sha]))
}
