import { sql } from 'kysely'
import type { Transaction } from './database/index.ts'
import { createDelivery } from './event-delivery.ts'
import { asEvent, causeScope, type EventParts, type Events } from './event-model.ts'
import { eventMigrations, type EventTables } from './event-tables.ts'
import { stringify } from './json.ts'

export async function createEvents(parts: EventParts): Promise<Events> {
  const { database, clock, ids } = parts
  await database.migrate('kernel-events', eventMigrations)
  const delivery = createDelivery(parts)
  return {
    async append(tx, event) {
      const scope = causeScope.getStore()
      if (tx.dialect === 'postgres') await orderAppends(tx)
      await tx
        .tables<EventTables>()
        .insertInto('kernel_event')
        .values({
          id: ids.next('evt'),
          type: event.type,
          subject: event.subject,
          project: event.project ?? null,
          actor: event.actor ?? null,
          at: clock.now(),
          cause: scope?.cause ?? null,
          path: stringify(scope?.path ?? []),
          data: stringify(event.data),
          thread: stringify({ nodes: event.nodes ?? [], edges: event.edges ?? [] }),
        })
        .execute()
      tx.afterCommit(delivery.wake)
    },
    listen: delivery.listen,
    start: delivery.start,
    async list({ afterSeq = 0, project, limit }) {
      let query = database
        .tables<EventTables>()
        .selectFrom('kernel_event')
        .selectAll()
        .where('seq', '>', afterSeq)
      if (project !== undefined) query = query.where('project', '=', project)
      const rows = await query.orderBy('seq').limit(limit).execute()
      return rows.map(asEvent)
    },
    settled: delivery.settled,
    stop: delivery.stop,
  }
}

/** On PostgreSQL a sequence can commit out of order; appends wait for each other so that none is passed over. */
async function orderAppends(tx: Transaction): Promise<void> {
  await sql`select pg_advisory_xact_lock(7340001)`.execute(tx.tables())
}
