import type { IssueStatus } from '@madang/api'
import { type ExpressionBuilder, type SqlBool, sql } from 'kysely'
import type { Database, Transaction } from '../kernel/index.ts'
import { foldText, type IssueRow } from './model.ts'
import type { PlanTables } from './tables.ts'

export type From = Pick<Database, 'tables'>

export interface IssueFilter {
  status?: string[] | undefined
  type?: string[] | undefined
  priority?: string[] | undefined
  label?: string | undefined
  /** A person's id; null: nobody. */
  assignee?: string | null | undefined
  text?: string | undefined
}

export type IssueOrder = 'created' | 'updated' | 'rank'
/** Rows of lists: all but the long text. */
export type CardRow = Omit<IssueRow, 'description'>

const cardColumns = [
  'key',
  'project',
  'number',
  'type',
  'status',
  'title',
  'priority',
  'assignee',
  'reporter',
  'reporter_name',
  'rank',
  'version',
  'comments',
  'search',
  'created_at',
  'updated_at',
  'done_at',
] as const

/** The next number: gaps cannot arise, since a transaction that fails takes the number back. */
export async function nextNumber(tx: Transaction, project: string): Promise<number> {
  const row = await tx
    .tables<PlanTables>()
    .insertInto('plan_counter')
    .values({ project, last: 1 })
    .onConflict((conflict) =>
      conflict.column('project').doUpdateSet({ last: sql<number>`plan_counter.last + 1` }),
    )
    .returning('last')
    .executeTakeFirstOrThrow()
  return row.last
}

export async function issueInsert(tx: Transaction, row: IssueRow): Promise<void> {
  await tx.tables<PlanTables>().insertInto('plan_issue').values(row).execute()
}

export async function issueSet(
  tx: Transaction,
  key: string,
  change: Partial<Omit<IssueRow, 'key' | 'project' | 'number'>>,
): Promise<void> {
  await tx
    .tables<PlanTables>()
    .updateTable('plan_issue')
    .set(change)
    .where('key', '=', key)
    .execute()
}

export function issueByKey(from: From, key: string): Promise<IssueRow | undefined> {
  return issues(from).selectAll().where('key', '=', key).executeTakeFirst()
}

export async function existingKeys(from: From, keys: string[]): Promise<Set<string>> {
  if (keys.length === 0) return new Set()
  const rows = await issues(from).select('key').where('key', 'in', keys).execute()
  return new Set(rows.map((row) => row.key))
}

/** The rank next to a given one in the whole project; undefined at the end. */
export async function neighbourRank(
  from: From,
  project: string,
  rank: string | undefined,
  side: 'above' | 'below',
): Promise<string | undefined> {
  const isBelow = side === 'below'
  let query = issues(from).select('rank').where('project', '=', project)
  if (rank !== undefined) query = query.where('rank', isBelow ? '>' : '<', rank)
  const row = await query
    .orderBy('rank', isBelow ? 'asc' : 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.rank
}

/** The last rank of a column. */
export async function columnEnd(
  from: From,
  project: string,
  status: IssueStatus,
  except: string,
): Promise<string | undefined> {
  const row = await issues(from)
    .select('rank')
    .where('project', '=', project)
    .where('status', '=', status)
    .where('key', '!=', except)
    .orderBy('rank', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.rank
}

/** One page of a project's issues; `cursor` is what `cursorOf` made of the last one. */
export function issueList(
  from: From,
  project: string,
  given: { filter: IssueFilter; order: IssueOrder; cursor?: string | undefined; limit: number },
): Promise<CardRow[]> {
  const { filter, order, cursor, limit } = given
  let query = issues(from)
    .select(cardColumns)
    .where('project', '=', project)
    .where((where) => matches(where, project, filter))
  if (order === 'rank') {
    if (cursor) query = query.where('rank', '>', cursor)
    return query.orderBy('rank').limit(limit).execute()
  }
  if (order === 'created') {
    if (cursor) query = query.where('number', '<', Number(cursor) || 0)
    return query.orderBy('number', 'desc').limit(limit).execute()
  }
  if (cursor) {
    const [at = 0, number = 0] = cursor.split('.').map(Number)
    query = query.where((where) =>
      where.or([
        where('updated_at', '<', at),
        where.and([where('updated_at', '=', at), where('number', '<', number)]),
      ]),
    )
  }
  return query.orderBy('updated_at', 'desc').orderBy('number', 'desc').limit(limit).execute()
}

export function cursorOf(row: CardRow, order: IssueOrder): string {
  if (order === 'rank') return row.rank
  return order === 'created' ? String(row.number) : `${row.updated_at}.${row.number}`
}

/** A column of the board: in rank order, those done the latest first. */
export function columnRows(
  from: From,
  project: string,
  given: { status: IssueStatus; filter: IssueFilter; limit: number },
): Promise<CardRow[]> {
  const query = issues(from)
    .select(cardColumns)
    .where('project', '=', project)
    .where('status', '=', given.status)
    .where((where) => matches(where, project, given.filter))
    .limit(given.limit)
  if (given.status !== 'done') return query.orderBy('rank').execute()
  return query.orderBy('done_at', 'desc').execute()
}

export async function columnCounts(
  from: From,
  project: string,
  filter: IssueFilter,
): Promise<Map<IssueStatus, number>> {
  const rows = await issues(from)
    .select((select) => ['status', select.fn.countAll<number>().as('count')])
    .where('project', '=', project)
    .where((where) => matches(where, project, filter))
    .groupBy('status')
    .execute()
  return new Map(rows.map((row) => [row.status, row.count]))
}

function matches(
  where: ExpressionBuilder<PlanTables, 'plan_issue'>,
  project: string,
  filter: IssueFilter,
) {
  const all = [sql<SqlBool>`1 = 1`]
  const add = (expression: unknown) => all.push(expression as (typeof all)[number])
  for (const column of ['status', 'type', 'priority'] as const) {
    const wanted = filter[column]
    if (wanted && wanted.length > 0) add(where(column, 'in', wanted as never[]))
  }
  if (filter.assignee === null) add(where('assignee', 'is', null))
  else if (filter.assignee !== undefined) add(where('assignee', '=', filter.assignee))
  if (filter.label !== undefined) {
    const labelled = where
      .selectFrom('plan_label')
      .select('issue')
      .where('label', '=', filter.label)
      .where('plan_label.project', '=', project)
    add(where('key', 'in', labelled))
  }
  if (filter.text) {
    const pattern = `%${foldText(filter.text).replace(/[\\%_]/g, (sign) => `\\${sign}`)}%`
    add(sql<SqlBool>`search like ${pattern} escape '\\'`)
  }
  return where.and(all)
}

function issues(from: From) {
  return from.tables<PlanTables>().selectFrom('plan_issue')
}
