import type { Kysely, Selectable } from 'kysely'
import type { Kernel, Transaction } from '../../kernel/index.ts'
import type { PipelinesTables, RunRow } from '../tables.ts'

interface ScheduleTables {
  /** Runs of a branch by the clock, whatever its Jenkinsfile says. */
  pipelines_schedule: {
    id: string
    project: string
    repo: string
    branch: string
    /** JSON, as it came: which part of a file of pipelines is meant. */
    selector: string
    cron: string
    is_enabled: number
    /** Its next run; null while it is off, and when there is none. */
    due: number | null
    created_at: number
    updated_at: number
  }
}

export type ScheduleRow = Selectable<ScheduleTables['pipelines_schedule']>

export interface Place {
  project: string
  repo: string
}

const tables = (on: Pick<Transaction, 'tables'>) => on.tables<ScheduleTables>()
const all = (on: Pick<Transaction, 'tables'>) => tables(on).selectFrom('pipelines_schedule')

/** In the order of their making. */
export function schedulesIn(
  on: Pick<Transaction, 'tables'>,
  { project, repo }: Place,
): Promise<ScheduleRow[]> {
  const own = all(on).selectAll().where('project', '=', project).where('repo', '=', repo)
  return own.orderBy('id').execute()
}

export function schedulesDue(
  on: Pick<Transaction, 'tables'>,
  nowMs: number,
): Promise<ScheduleRow[]> {
  return all(on).selectAll().where('due', '<=', nowMs).orderBy('due').execute()
}

/** When the first of all is due. */
export async function firstDue(on: Pick<Transaction, 'tables'>): Promise<number | undefined> {
  const query = all(on).select((row) => row.fn.min('due').as('due'))
  return (await query.executeTakeFirst())?.due ?? undefined
}

/** A new one, or the one of its id with other contents. */
export async function putSchedule(tx: Transaction, row: ScheduleRow): Promise<void> {
  const into = tables(tx).insertInto('pipelines_schedule').values(row)
  await into.onConflict((conflict) => conflict.column('id').doUpdateSet(row)).execute()
}

/** One that was deleted meanwhile stays so. */
export async function setDue(tx: Transaction, id: string, due: number | null): Promise<void> {
  await tables(tx).updateTable('pipelines_schedule').set({ due }).where('id', '=', id).execute()
}

export async function dropSchedule(tx: Transaction, id: string): Promise<void> {
  await tables(tx).deleteFrom('pipelines_schedule').where('id', '=', id).execute()
}

/** Runs of a repository whose trigger's key begins so, the newest first. */
export function runsKeyed(
  db: Kysely<PipelinesTables>,
  { project, repo }: Place,
  start: string,
): Promise<RunRow[]> {
  const own = db.selectFrom('pipelines_run').selectAll().where('project', '=', project)
  const keyed = own.where('repo', '=', repo).where('trigger_key', 'like', `${start}%`)
  return keyed.orderBy('id', 'desc').execute()
}

/** Schedules go with their repository. */
export function forgetSchedulesWithRepos({ events, database }: Kernel): void {
  events.listen({
    name: 'pipelines.schedules',
    types: ['code.repoDeleted'],
    async handle({ data }) {
      const { project, repo } = data as Place
      await database.write(async (tx) => {
        const gone = tables(tx).deleteFrom('pipelines_schedule').where('project', '=', project)
        await gone.where('repo', '=', repo).execute()
      })
    },
  })
}

export async function moveSchedules(
  tx: Transaction,
  { project, repo }: Place,
  after: string,
): Promise<void> {
  const moved = tables(tx).updateTable('pipelines_schedule').set({ project: after })
  await moved.where('project', '=', project).where('repo', '=', repo).execute()
}
