import type { Selectable } from 'kysely'
import {
  type Database,
  type Ids,
  parseColumn,
  stringify,
  type Transaction,
} from '../../../kernel/index.ts'
import { AwsError } from '../../gateway/index.ts'
import type { LogsTables } from './migrations.ts'
import { type LogEvent, type Scope, sizeOf } from './model.ts'

export type Group = Selectable<LogsTables['logs_group']>
export type Stream = Selectable<LogsTables['logs_stream']>

/** Groups and streams of one account and region. */
export class LogsStore {
  readonly #database: Database
  readonly #ids: Ids
  readonly scope: Scope

  constructor(database: Database, ids: Ids, scope: Scope) {
    this.#database = database
    this.#ids = ids
    this.scope = scope
  }

  get tables() {
    return this.#database.tables<LogsTables>()
  }

  async groupFind(name: string): Promise<Group | undefined> {
    return this.#groups(this.tables).where('name', '=', name).executeTakeFirst()
  }

  async group(name: string): Promise<Group> {
    const group = await this.groupFind(name)
    if (!group) throw notFound('The specified log group does not exist.')
    return group
  }

  /** All groups by name. Sorted here: the databases' collations differ, AWS sorts by bytes. */
  async groupList(): Promise<Group[]> {
    const groups = await this.#groups(this.tables).execute()
    return groups.sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  async groupCreate(
    name: string,
    given: Pick<Group, 'class' | 'kms_key' | 'deletion_protected' | 'created_at' | 'tags'>,
  ): Promise<void> {
    // Told after the write: then the other one's group is committed, and whoever hears of it finds it.
    const isNew = await this.#database.write(async (tx) => {
      const tables = tx.tables<LogsTables>()
      if (await this.#groups(tables).where('name', '=', name).executeTakeFirst()) return false
      const row = { ...this.scope, ...given, id: this.#ids.next('lg'), name, retention_days: null }
      await tables.insertInto('logs_group').values(row).execute()
      return true
    })
    if (!isNew) throw alreadyExists('The specified log group already exists')
  }

  /** Changes a group; `also` writes in the same transaction. */
  async groupUpdate(
    id: string,
    change: Partial<Pick<Group, 'retention_days' | 'tags' | 'kms_key' | 'deletion_protected'>>,
    also?: (tx: Transaction) => Promise<void>,
  ): Promise<void> {
    await this.#database.write(async (tx) => {
      const tables = tx.tables<LogsTables>()
      await tables.updateTable('logs_group').set(change).where('id', '=', id).execute()
      await also?.(tx)
    })
  }

  async groupDelete(id: string): Promise<void> {
    await this.#database.write(async (tx) => {
      const tables = tx.tables<LogsTables>()
      await tables.deleteFrom('logs_batch').where('group_id', '=', id).execute()
      await tables.deleteFrom('logs_stream').where('group_id', '=', id).execute()
      await tables.deleteFrom('logs_metric_filter').where('group_id', '=', id).execute()
      await tables.deleteFrom('logs_subscription_filter').where('group_id', '=', id).execute()
      await tables.deleteFrom('logs_group').where('id', '=', id).execute()
    })
  }

  async storedBytes(groupIds: string[]): Promise<Map<string, number>> {
    if (groupIds.length === 0) return new Map()
    const rows = await this.tables
      .selectFrom('logs_stream')
      .select((query) => ['group_id', query.fn.sum<number>('stored_bytes').as('bytes')])
      .where('group_id', 'in', groupIds)
      .groupBy('group_id')
      .execute()
    return new Map(rows.map((row) => [row.group_id, Number(row.bytes)]))
  }

  async metricFilterCounts(groupIds: string[]): Promise<Map<string, number>> {
    if (groupIds.length === 0) return new Map()
    const rows = await this.tables
      .selectFrom('logs_metric_filter')
      .select((query) => ['group_id', query.fn.countAll<number>().as('count')])
      .where('group_id', 'in', groupIds)
      .groupBy('group_id')
      .execute()
    return new Map(rows.map((row) => [row.group_id, Number(row.count)]))
  }

  async stream(group: Group, name: string): Promise<Stream> {
    const stream = await this.tables
      .selectFrom('logs_stream')
      .selectAll()
      .where('group_id', '=', group.id)
      .where('name', '=', name)
      .executeTakeFirst()
    if (!stream) throw notFound('The specified log stream does not exist.')
    return stream
  }

  async streams(group: Group): Promise<Stream[]> {
    return this.tables
      .selectFrom('logs_stream')
      .selectAll()
      .where('group_id', '=', group.id)
      .orderBy('name')
      .execute()
  }

  async streamCreate(group: Group, name: string, now: number): Promise<void> {
    const row = { id: this.#ids.next('ls'), group_id: group.id, name, created_at: now }
    const empty = { first_event_at: null, last_event_at: null, last_ingestion_at: null }
    const made = await this.#database.write((tx) =>
      tx
        .tables<LogsTables>()
        .insertInto('logs_stream')
        .values({ ...row, ...empty, stored_bytes: 0 })
        .onConflict((conflict) => conflict.columns(['group_id', 'name']).doNothing())
        .executeTakeFirst(),
    )
    if (!made.numInsertedOrUpdatedRows) {
      throw alreadyExists('The specified log stream already exists')
    }
  }

  async streamDelete(stream: Stream): Promise<void> {
    await this.#database.write(async (tx) => {
      const tables = tx.tables<LogsTables>()
      await tables.deleteFrom('logs_batch').where('stream_id', '=', stream.id).execute()
      await tables.deleteFrom('logs_stream').where('id', '=', stream.id).execute()
    })
  }

  async append(stream: Stream, events: LogEvent[], now: number): Promise<void> {
    const first = events[0]!.timestamp
    const last = events.at(-1)!.timestamp
    await this.#database.write(async (tx) => {
      const tables = tx.tables<LogsTables>()
      await tables
        .insertInto('logs_batch')
        .values({
          group_id: stream.group_id,
          stream_id: stream.id,
          first_at: first,
          last_at: last,
          ingested_at: now,
          events: stringify(events.map((event) => [event.timestamp, event.message])),
        })
        .execute()
      const before = await tables
        .selectFrom('logs_stream')
        .select(['first_event_at', 'last_event_at', 'stored_bytes'])
        .where('id', '=', stream.id)
        .executeTakeFirstOrThrow()
      await tables
        .updateTable('logs_stream')
        .set({
          first_event_at: Math.min(before.first_event_at ?? first, first),
          last_event_at: Math.max(before.last_event_at ?? last, last),
          last_ingestion_at: now,
          stored_bytes: before.stored_bytes + sizeOf(events),
        })
        .where('id', '=', stream.id)
        .execute()
    })
  }

  #groups(tables: LogsStore['tables']) {
    return tables
      .selectFrom('logs_group')
      .selectAll()
      .where('account', '=', this.scope.account)
      .where('region', '=', this.scope.region)
  }
}

export const tagsOf = (group: Group) => parseColumn<Record<string, string>>(group.tags)

export const notFound = (message: string) => new AwsError('ResourceNotFoundException', message)
const alreadyExists = (message: string) => new AwsError('ResourceAlreadyExistsException', message)

/** Drops batches that are wholly older than `beforeMs`; false when there was nothing of the group. */
export async function expire(database: Database, groupId: string, beforeMs: number) {
  await database.write(async (tx) => {
    await tx
      .tables<LogsTables>()
      .deleteFrom('logs_batch')
      .where('group_id', '=', groupId)
      .where('last_at', '<', beforeMs)
      .execute()
  })
}

export async function emptyLogs(database: Database): Promise<void> {
  await database.write(async (tx) => {
    const tables = tx.tables<LogsTables>()
    for (const table of [
      'logs_batch',
      'logs_stream',
      'logs_metric_filter',
      'logs_subscription_filter',
      'logs_resource_policy',
      'logs_group',
    ] as const) {
      await tables.deleteFrom(table).execute()
    }
  })
}
