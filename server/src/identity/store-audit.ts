import type { AuditEntry, Page } from '@madang/api'
import {
  type Actor,
  type Database,
  parseColumn,
  stringify,
  type Transaction,
} from '../kernel/index.ts'
import { isoOf } from './model.ts'
import type { IdentityTables } from './tables.ts'

export interface AuditRecord {
  actor: Actor
  /** `<noun>.<what was done>`, such as `person.created`. */
  action: string
  subject: string
  project?: string
  detail?: object
  /** Where the request came from. */
  address?: string
}

export interface AuditFilter {
  actor?: string | undefined
  action?: string | undefined
  subject?: string | undefined
  project?: string | undefined
  from?: string | undefined
  to?: string | undefined
  limit: number
  cursor?: string | undefined
}

export async function auditInsert(
  tx: Transaction,
  atMs: number,
  record: AuditRecord,
): Promise<void> {
  await tx
    .tables<IdentityTables>()
    .insertInto('identity_audit')
    .values({
      at: atMs,
      actor: record.actor.id,
      actor_name: record.actor.name,
      action: record.action,
      subject: record.subject,
      project: record.project ?? null,
      address: record.address ?? null,
      detail: stringify(record.detail ?? {}),
    })
    .execute()
}

/** Newest first. */
export async function auditList(
  database: Database,
  filter: AuditFilter,
): Promise<Page<AuditEntry>> {
  let query = database.tables<IdentityTables>().selectFrom('identity_audit').selectAll()
  for (const column of ['actor', 'action', 'subject', 'project'] as const) {
    const wanted = filter[column]
    if (wanted !== undefined) query = query.where(column, '=', wanted)
  }
  if (filter.from) query = query.where('at', '>=', Date.parse(filter.from))
  if (filter.to) query = query.where('at', '<', Date.parse(filter.to))
  if (filter.cursor) query = query.where('seq', '<', Number(filter.cursor) || 0)
  const rows = await query
    .orderBy('seq', 'desc')
    .limit(filter.limit + 1)
    .execute()
  const items = rows.slice(0, filter.limit).map((row) => ({
    id: String(row.seq),
    at: isoOf(row.at),
    actor: row.actor,
    actorName: row.actor_name,
    action: row.action,
    subject: row.subject,
    project: row.project ?? undefined,
    address: row.address ?? undefined,
    detail: parseColumn<Record<string, unknown>>(row.detail),
  }))
  return rows.length > filter.limit ? { items, nextCursor: items.at(-1)!.id } : { items }
}
