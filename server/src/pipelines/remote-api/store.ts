import type { Kysely } from 'kysely'
import type { Database, Transaction } from '../../kernel/index.ts'
import type { ItemRow, RemoteTables, ViewRow } from './tables.ts'

type From = Pick<Database, 'tables'> | Transaction

const db = (from: From): Kysely<RemoteTables> => from.tables<RemoteTables>()

export function itemAt(from: From, project: string, path: string): Promise<ItemRow | undefined> {
  return db(from)
    .selectFrom('pipelines_item')
    .selectAll()
    .where('project', '=', project)
    .where('path', '=', path)
    .executeTakeFirst()
}

/** All items of a project, by path. */
export function itemsOf(from: From, project: string): Promise<ItemRow[]> {
  return db(from)
    .selectFrom('pipelines_item')
    .selectAll()
    .where('project', '=', project)
    .orderBy('path')
    .execute()
}

export async function itemPut(tx: Transaction, row: ItemRow): Promise<void> {
  const { config, disabled } = row
  await db(tx)
    .insertInto('pipelines_item')
    .values(row)
    .onConflict((conflict) =>
      conflict.columns(['project', 'path']).doUpdateSet({ config, disabled }),
    )
    .execute()
}

export async function itemMove(tx: Transaction, row: ItemRow, path: string): Promise<void> {
  await db(tx)
    .updateTable('pipelines_item')
    .set({ path })
    .where('project', '=', row.project)
    .where('path', '=', row.path)
    .execute()
}

export async function itemRemove(tx: Transaction, row: ItemRow): Promise<void> {
  await db(tx)
    .deleteFrom('pipelines_item')
    .where('project', '=', row.project)
    .where('path', '=', row.path)
    .execute()
  await db(tx)
    .deleteFrom('pipelines_view')
    .where('project', '=', row.project)
    .where('path', '=', row.path)
    .execute()
}

export function viewsOf(from: From, project: string, path: string): Promise<ViewRow[]> {
  return db(from)
    .selectFrom('pipelines_view')
    .selectAll()
    .where('project', '=', project)
    .where('path', '=', path)
    .orderBy('name')
    .execute()
}

export async function viewPut(tx: Transaction, row: ViewRow): Promise<void> {
  const { config } = row
  await db(tx)
    .insertInto('pipelines_view')
    .values(row)
    .onConflict((conflict) => conflict.columns(['project', 'path', 'name']).doUpdateSet({ config }))
    .execute()
}

export async function viewRemove(tx: Transaction, row: ViewRow): Promise<void> {
  await db(tx)
    .deleteFrom('pipelines_view')
    .where('project', '=', row.project)
    .where('path', '=', row.path)
    .where('name', '=', row.name)
    .execute()
}
