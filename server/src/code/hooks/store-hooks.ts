import type { Tables } from '../../kernel/index.ts'
import type { CodeTables, DeliveryRow, HookRow } from '../tables.ts'

type Db = Tables<CodeTables>

/** Owner of the hooks that hear of every repository. */
export const WORKSPACE = 'workspace'

export async function hooksOf(db: Db, owner: string): Promise<HookRow[]> {
  return db
    .selectFrom('code_hook')
    .selectAll()
    .where('owner', '=', owner)
    .orderBy('created_at')
    .orderBy('id')
    .execute()
}

export async function hookById(db: Db, id: string): Promise<HookRow | undefined> {
  return db.selectFrom('code_hook').selectAll().where('id', '=', id).executeTakeFirst()
}

export async function insertHook(db: Db, row: HookRow): Promise<void> {
  await db.insertInto('code_hook').values(row).execute()
}

export async function updateHook(db: Db, id: string, set: Partial<HookRow>): Promise<void> {
  await db.updateTable('code_hook').set(set).where('id', '=', id).execute()
}

export async function deleteHook(db: Db, id: string): Promise<void> {
  await db.deleteFrom('code_hook_delivery').where('hook_id', '=', id).execute()
  await db.deleteFrom('code_hook').where('id', '=', id).execute()
}

/** Newest first. */
export async function deliveriesOf(db: Db, hookId: string, limit: number): Promise<DeliveryRow[]> {
  return db
    .selectFrom('code_hook_delivery')
    .selectAll()
    .where('hook_id', '=', hookId)
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
}

export async function deliveryById(db: Db, id: string): Promise<DeliveryRow | undefined> {
  return db.selectFrom('code_hook_delivery').selectAll().where('id', '=', id).executeTakeFirst()
}

export async function insertDelivery(db: Db, row: DeliveryRow): Promise<void> {
  await db.insertInto('code_hook_delivery').values(row).execute()
}

export async function updateDelivery(db: Db, id: string, set: Partial<DeliveryRow>): Promise<void> {
  await db.updateTable('code_hook_delivery').set(set).where('id', '=', id).execute()
}

/** Leaves the newest of a hook. */
export async function trimDeliveries(db: Db, hookId: string, keep: number): Promise<void> {
  const kept = (await deliveriesOf(db, hookId, keep)).map(({ id }) => id)
  if (kept.length < keep) return
  await db
    .deleteFrom('code_hook_delivery')
    .where('hook_id', '=', hookId)
    .where('state', '!=', 'waiting')
    .where('id', 'not in', kept)
    .execute()
}
