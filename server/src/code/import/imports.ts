import type { RepoImport, ImportProblem, ImportSource, SpokenError } from '@madang/api'
import { type Actor, parseColumn } from '../../kernel/index.ts'
import type { CodeContext } from '../context.ts'
import { iso } from '../model.ts'
import { createRepo } from '../repos.ts'
import type { ImportJobs } from './import-job.ts'
import { refuseImport } from './refuse.ts'
import { saveImport, tokenPurpose } from './run-context.ts'
import { readSource } from './source-address.ts'
import {
  countItems,
  importById,
  type ImportRow,
  insertImport,
  type ItemCount,
  type ItemRow,
  retryItems,
} from './store-imports.ts'

export interface NewImport {
  source: ImportSource
  url: string
  apiUrl?: string | undefined
  username?: string | undefined
  token?: string | undefined
  privateKey?: string | undefined
  name: string
  description: string
  withPulls: boolean
  withLfs: boolean
}

interface Parts {
  context: CodeContext
  jobs: ImportJobs
}

/** Looks at the addresses, makes the repository and the job that fills it. */
export async function createImport(
  { context, jobs }: Parts,
  { actor, project, given }: { actor: Actor; project: string; given: NewImport },
): Promise<ImportRow> {
  const { kernel } = context
  const read = readSource(given)
  await kernel.outgoing.target(read.gitUrl, ['http', 'https', 'git', 'ssh'])
  if (read.apiUrl !== '') await kernel.outgoing.target(read.apiUrl)
  const id = kernel.ids.next('imp')
  return kernel.database.write(async (tx) => {
    const { name, description } = given
    const repo = await createRepo(context, tx, actor, { project, name, description })
    const row: ImportRow = {
      ...blank(kernel.clock.now()),
      id,
      project,
      repo_id: repo.id,
      repo: name,
      source: given.source,
      git_url: read.gitUrl,
      api_url: read.apiUrl,
      path: read.path,
      username: read.username,
      token: read.token === '' ? null : kernel.secrets.seal(read.token, tokenPurpose(id)),
      with_pulls: given.withPulls && given.source !== 'git' ? 1 : 0,
      with_lfs: given.withLfs ? 1 : 0,
      created_by: actor.id,
      created_by_name: actor.name,
    }
    await insertImport(tx, row)
    const detail = { from: read.gitUrl, source: given.source }
    const subject = `${project}/${name}`
    await context.identity.audit(tx, { actor, action: 'repo.imported', subject, project, detail })
    await jobs.enqueue(tx, id)
    return row
  })
}

const blank = (now: number) => ({
  state: 'running' as const,
  phase: 'git' as const,
  progress: null,
  branches: 0,
  tags: 0,
  comments: 0,
  next_page: null,
  error: null,
  waits_until: null,
  created_at: now,
  finished_at: null,
})

/** Throws `importNotFound`, also for one of another project. */
export async function findImport(
  { kernel }: CodeContext,
  project: string,
  id: string,
): Promise<ImportRow> {
  const row = await importById(kernel.database, id)
  if (row?.project !== project) throw refuseImport('importNotFound')
  return row
}

const isUnderWay = (row: ImportRow) => row.state === 'running' || row.state === 'waiting'

/** What came stays. Throws `importOver`. */
export async function cancelImport({ context, jobs }: Parts, row: ImportRow): Promise<ImportRow> {
  if (!isUnderWay(row)) throw refuseImport('importOver')
  const finished_at = context.kernel.clock.now()
  const run = { parts: { context }, row }
  await saveImport(run, { state: 'cancelled', progress: null, waits_until: null, finished_at })
  jobs.abort(row.id)
  return row
}

/** Throws `importRunning`. */
export async function continueImport(
  { context, jobs }: Parts,
  row: ImportRow,
  given: { username?: string | undefined; token?: string | undefined },
): Promise<ImportRow> {
  if (isUnderWay(row)) throw refuseImport('importRunning')
  const { secrets } = context.kernel
  const token = given.token ? secrets.seal(given.token, tokenPurpose(row.id)) : row.token
  const username = given.username ?? row.username
  const again = { state: 'running', phase: 'git', next_page: null } as const
  const set = { ...again, error: null, finished_at: null, token, username }
  await saveImport({ parts: { context }, row }, set, async (tx) => {
    await retryItems(tx, row.id)
    await jobs.enqueue(tx, row.id)
  })
  return row
}

export async function presentImports(
  { kernel }: CodeContext,
  rows: ImportRow[],
): Promise<RepoImport[]> {
  const counts = await countItems(
    kernel.database,
    rows.map((row) => row.id),
  )
  return rows.map((row) =>
    present(
      row,
      counts.filter((each) => each.import_id === row.id),
    ),
  )
}

function present(row: ImportRow, counts: ItemCount[]): RepoImport {
  const sum = (kind: string, ...states: string[]) =>
    counts
      .filter((each) => each.kind === kind && (states.length === 0 || states.includes(each.state)))
      .reduce((total, each) => total + each.count, 0)
  const problems = counts.filter(({ state }) => state === 'failed' || state === 'noted')
  return {
    id: row.id,
    project: row.project,
    repo: row.repo,
    source: row.source,
    url: row.git_url,
    state: row.state,
    phase: row.phase,
    progress: row.progress ?? undefined,
    counts: {
      branches: row.branches,
      tags: row.tags,
      comments: row.comments,
      lfs: sum('lfs', 'done'),
      lfsTotal: sum('lfs'),
      pulls: sum('pull', 'done'),
      pullsTotal: sum('pull'),
    },
    problemCount: problems.reduce((total, each) => total + each.count, 0),
    error: row.error === null ? undefined : parseColumn<SpokenError>(row.error),
    waitsUntil: row.waits_until === null ? undefined : iso(row.waits_until),
    createdBy: row.created_by_name,
    createdAt: iso(row.created_at),
    finishedAt: row.finished_at === null ? undefined : iso(row.finished_at),
  }
}

export function presentProblem(row: ItemRow): ImportProblem {
  const what = row.kind === 'pull' ? `#${row.source_id}` : row.source_id
  return { kind: row.kind, what, error: parseColumn<SpokenError>(row.error!) }
}
