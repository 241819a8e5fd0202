import type { Generated } from 'kysely'
import type { MigrationStep } from '../../../kernel/index.ts'

export interface CloudWatchTables {
  cloudwatch_metric: {
    /** Digest of scope, namespace, name and dimensions. */
    id: string
    account: string
    region: string
    namespace: string
    name: string
    /** `[[name, value], …]` by name. */
    dimensions: string
    last_at: number
  }
  /** What was put for one second (high resolution) or one minute. */
  cloudwatch_bucket: {
    metric_id: string
    at: number
    unit: string
    sample_count: number
    sum: number
    min: number
    max: number
    /** `[[value, count], …]`; null once a statistic set came in, whose single values nobody knows. */
    samples: string | null
  }
  cloudwatch_alarm: {
    arn: string
    account: string
    region: string
    name: string
    kind: 'MetricAlarm' | 'CompositeAlarm'
    config: string
    tags: string
    project: string | null
    actions_enabled: number
    state: string
    reason: string
    reason_data: string | null
    state_at: number
    transitioned_at: number
    config_at: number
  }
  cloudwatch_alarm_history: {
    seq: Generated<number>
    alarm_arn: string
    account: string
    region: string
    name: string
    kind: string
    at: number
    item: string
    summary: string
    data: string
  }
  cloudwatch_dashboard: {
    account: string
    region: string
    name: string
    body: string
    modified_at: number
  }
}

export const cloudWatchMigrations: MigrationStep[] = [
  {
    id: '001-metrics',
    async up(db, types) {
      await db.schema
        .createTable('cloudwatch_metric')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('account', 'text', (column) => column.notNull())
        .addColumn('region', 'text', (column) => column.notNull())
        .addColumn('namespace', 'text', (column) => column.notNull())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('dimensions', 'text', (column) => column.notNull())
        .addColumn('last_at', types.bigint, (column) => column.notNull())
        .execute()
      await db.schema
        .createIndex('cloudwatch_metric_name')
        .on('cloudwatch_metric')
        .columns(['account', 'region', 'namespace', 'name'])
        .execute()
      await db.schema
        .createTable('cloudwatch_bucket')
        .addColumn('metric_id', 'text', (column) => column.notNull())
        .addColumn('at', types.bigint, (column) => column.notNull())
        .addColumn('unit', 'text', (column) => column.notNull())
        .addColumn('sample_count', 'double precision', (column) => column.notNull())
        .addColumn('sum', 'double precision', (column) => column.notNull())
        .addColumn('min', 'double precision', (column) => column.notNull())
        .addColumn('max', 'double precision', (column) => column.notNull())
        .addColumn('samples', 'text')
        .addPrimaryKeyConstraint('cloudwatch_bucket_key', ['metric_id', 'at', 'unit'])
        .execute()
    },
  },
  {
    id: '002-alarms',
    async up(db, types) {
      await db.schema
        .createTable('cloudwatch_alarm')
        .addColumn('arn', 'text', (column) => column.primaryKey())
        .addColumn('account', 'text', (column) => column.notNull())
        .addColumn('region', 'text', (column) => column.notNull())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('kind', 'text', (column) => column.notNull())
        .addColumn('config', 'text', (column) => column.notNull())
        .addColumn('tags', 'text', (column) => column.notNull())
        .addColumn('project', 'text')
        .addColumn('actions_enabled', 'integer', (column) => column.notNull())
        .addColumn('state', 'text', (column) => column.notNull())
        .addColumn('reason', 'text', (column) => column.notNull())
        .addColumn('reason_data', 'text')
        .addColumn('state_at', types.bigint, (column) => column.notNull())
        .addColumn('transitioned_at', types.bigint, (column) => column.notNull())
        .addColumn('config_at', types.bigint, (column) => column.notNull())
        .execute()
      await db.schema
        .createTable('cloudwatch_alarm_history')
        .addColumn('seq', types.sequence, (column) =>
          types.sequence === 'integer' ? column.primaryKey().autoIncrement() : column.primaryKey(),
        )
        .addColumn('alarm_arn', 'text', (column) => column.notNull())
        .addColumn('account', 'text', (column) => column.notNull())
        .addColumn('region', 'text', (column) => column.notNull())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('kind', 'text', (column) => column.notNull())
        .addColumn('at', types.bigint, (column) => column.notNull())
        .addColumn('item', 'text', (column) => column.notNull())
        .addColumn('summary', 'text', (column) => column.notNull())
        .addColumn('data', 'text', (column) => column.notNull())
        .execute()
      await db.schema
        .createIndex('cloudwatch_alarm_history_at')
        .on('cloudwatch_alarm_history')
        .columns(['account', 'region', 'at'])
        .execute()
      await db.schema
        .createTable('cloudwatch_dashboard')
        .addColumn('account', 'text', (column) => column.notNull())
        .addColumn('region', 'text', (column) => column.notNull())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('body', 'text', (column) => column.notNull())
        .addColumn('modified_at', types.bigint, (column) => column.notNull())
        .addPrimaryKeyConstraint('cloudwatch_dashboard_key', ['account', 'region', 'name'])
        .execute()
    },
  },
]
