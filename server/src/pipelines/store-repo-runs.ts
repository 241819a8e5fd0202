import type { RunResult } from '@madang/api'
import type { Kysely } from 'kysely'
import type { PipelinesTables, RunRow } from './tables.ts'

type Db = Kysely<PipelinesTables>

export const finishedStates: RunRow['state'][] = ['finished']

/** Runs of all branches and tags of a repository. */
export interface RunsAsked {
  project: string
  repo: string
  branch?: string | undefined
  commit?: string | undefined
  isTag?: boolean | undefined
  states?: RunRow['state'][]
  results?: RunResult[]
  isNewestFirst: boolean
}

/** With how many there are in all; without a page, all of them. */
export async function runsOfRepo(
  db: Db,
  ask: RunsAsked,
  page?: { offset: number; limit: number },
): Promise<{ rows: RunRow[]; size: number }> {
  const { project, repo } = ask
  let query = db
    .selectFrom('pipelines_run')
    .where('project', '=', project)
    .where('repo', '=', repo)
    .where('source', 'is', null)
  if (ask.branch !== undefined) query = query.where('branch', '=', ask.branch)
  if (ask.commit !== undefined) query = query.where('commit_sha', 'like', `${ask.commit}%`)
  if (ask.isTag !== undefined) query = query.where('tag', ask.isTag ? 'is not' : 'is', null)
  if (ask.states) query = query.where('state', 'in', ask.states)
  if (ask.results) query = query.where('result', 'in', ask.results)
  const { size } = await query
    .select((count) => count.fn.countAll().as('size'))
    .executeTakeFirstOrThrow()
  const order = ask.isNewestFirst ? 'desc' : 'asc'
  let rows = query.selectAll().orderBy('id', order)
  if (page) rows = rows.limit(page.limit).offset(page.offset)
  return { rows: await rows.execute(), size: Number(size) }
}

interface OfRepo {
  project: string
  repo: string
}

export async function nextBuildNumber(db: Db, { project, repo }: OfRepo): Promise<number> {
  const row = await db
    .selectFrom('pipelines_build_number')
    .select('next')
    .where('project', '=', project)
    .where('repo', '=', repo)
    .executeTakeFirst()
  return row?.next ?? 1
}

export async function setBuildNumber(db: Db, { project, repo }: OfRepo, next: number) {
  await db
    .insertInto('pipelines_build_number')
    .values({ project, repo, next })
    .onConflict((conflict) => conflict.columns(['project', 'repo']).doUpdateSet({ next }))
    .execute()
}

/** Gives the next number away. */
export async function takeBuildNumber(db: Db, of: OfRepo): Promise<number> {
  const number = await nextBuildNumber(db, of)
  await setBuildNumber(db, of, number + 1)
  return number
}

/** By the number that counts over all branches. */
export function runByBuildNumber(
  db: Db,
  { project, repo }: OfRepo,
  number: number,
): Promise<RunRow | undefined> {
  return db
    .selectFrom('pipelines_run')
    .selectAll()
    .where('project', '=', project)
    .where('repo', '=', repo)
    .where('build_number', '=', number)
    .executeTakeFirst()
}
