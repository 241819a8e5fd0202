import { invariant } from '../../kernel/index.ts'
import { type CodeContext, codeTables } from '../context.ts'
import type { DeliveryRow, HookRow } from '../tables.ts'
import { enqueueDelivery } from './deliver.ts'
import { deliveryById } from './store-hooks.ts'

/** Bitbucket's own key and body for trying a connection: receivers know that it tells of nothing. */
const PING = { event: 'diagnostics:ping', body: { test: true } }

/** Somebody wants to see whether the other side hears. */
export async function sendTest(context: CodeContext, hook: HookRow): Promise<DeliveryRow> {
  const { database, ids } = context.kernel
  const row = await deliveryById(
    codeTables(database),
    await enqueueDelivery(context, hook, { id: ids.next('ping'), ...PING }),
  )
  invariant(row, 'a delivery is there once it was written down')
  return row
}
