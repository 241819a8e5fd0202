import type { Selectable } from 'kysely'
import { type Database, parseColumn, stringify, type Transaction } from '../../../kernel/index.ts'
import type { CompositeAlarmConfig, MetricAlarmConfig } from './alarm-model.ts'
import type { CloudWatchTables } from './migrations.ts'
import type { Scope } from './model.ts'

export type AlarmRow = Selectable<CloudWatchTables['cloudwatch_alarm']>
export type HistoryRow = Selectable<CloudWatchTables['cloudwatch_alarm_history']>
export type HistoryItem = 'ConfigurationUpdate' | 'StateUpdate' | 'Action'

export const metricConfig = (row: AlarmRow) => parseColumn<MetricAlarmConfig>(row.config)
export const compositeConfig = (row: AlarmRow) => parseColumn<CompositeAlarmConfig>(row.config)

export function alarmsOf(database: Database, scope: Scope): Promise<AlarmRow[]> {
  return database
    .tables<CloudWatchTables>()
    .selectFrom('cloudwatch_alarm')
    .selectAll()
    .where('account', '=', scope.account)
    .where('region', '=', scope.region)
    .execute()
}

export function everyAlarm(database: Database): Promise<AlarmRow[]> {
  return database.tables<CloudWatchTables>().selectFrom('cloudwatch_alarm').selectAll().execute()
}

export function alarmByArn(
  tables: Pick<Database | Transaction, 'tables'>,
  arn: string,
): Promise<AlarmRow | undefined> {
  return tables
    .tables<CloudWatchTables>()
    .selectFrom('cloudwatch_alarm')
    .selectAll()
    .where('arn', '=', arn)
    .executeTakeFirst()
}

export async function alarmPut(tx: Transaction, row: AlarmRow): Promise<void> {
  const { arn: _arn, ...rest } = row
  await tx
    .tables<CloudWatchTables>()
    .insertInto('cloudwatch_alarm')
    .values(row)
    .onConflict((conflict) => conflict.column('arn').doUpdateSet(rest))
    .execute()
}

export async function alarmDelete(tx: Transaction, arn: string): Promise<void> {
  await tx
    .tables<CloudWatchTables>()
    .deleteFrom('cloudwatch_alarm')
    .where('arn', '=', arn)
    .execute()
}

export async function historyAdd(
  tx: Transaction,
  alarm: Pick<AlarmRow, 'arn' | 'account' | 'region' | 'name' | 'kind'>,
  entry: { at: number; item: HistoryItem; summary: string; data: object },
): Promise<void> {
  const { arn: alarm_arn, account, region, name, kind } = alarm
  const { at, item, summary } = entry
  await tx
    .tables<CloudWatchTables>()
    .insertInto('cloudwatch_alarm_history')
    .values({
      alarm_arn,
      account,
      region,
      name,
      kind,
      at,
      item,
      summary,
      data: stringify(entry.data),
    })
    .execute()
}

export interface HistoryFilter {
  name?: string | undefined
  item?: string | undefined
  fromMs: number
  toMs: number
  descending: boolean
  offset: number
  limit: number
}

export function history(
  database: Database,
  scope: Scope,
  filter: HistoryFilter,
): Promise<HistoryRow[]> {
  const order = filter.descending ? 'desc' : 'asc'
  return database
    .tables<CloudWatchTables>()
    .selectFrom('cloudwatch_alarm_history')
    .selectAll()
    .where('account', '=', scope.account)
    .where('region', '=', scope.region)
    .where('at', '>=', filter.fromMs)
    .where('at', '<=', filter.toMs)
    .$if(filter.name !== undefined, (query) => query.where('name', '=', filter.name!))
    .$if(filter.item !== undefined, (query) => query.where('item', '=', filter.item!))
    .orderBy('at', order)
    .orderBy('seq', order)
    .limit(filter.limit)
    .offset(filter.offset)
    .execute()
}
