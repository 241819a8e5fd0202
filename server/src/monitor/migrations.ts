import type { MigrationStep } from '../kernel/index.ts'

export interface TargetRow {
  id: string
  project: string
  environment: string
  service: string
  url: string
  deployment_id: string
  version: string
  state: 'up' | 'down' | 'unknown'
  state_at: number | null
  status: number | null
  latency: number | null
  error: string | null
  probed_at: number | null
}

export interface IncidentRow {
  id: string
  alarm_arn: string
  alarm_name: string
  project: string
  issue: string
  deployment_id: string | null
  opened_at: number
  closed_at: number | null
}

export interface MonitorTables {
  monitor_target: TargetRow
  /** One row for a minute of probes. */
  monitor_minute: {
    target_id: string
    minute: number
    probes: number
    failures: number
    latency_sum: number
    latency_max: number
  }
  monitor_incident: IncidentRow
}

export const monitorMigrations: MigrationStep[] = [
  {
    id: '001-monitor',
    async up(db, types) {
      await db.schema
        .createTable('monitor_target')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('project', 'text', (column) => column.notNull())
        .addColumn('environment', 'text', (column) => column.notNull())
        .addColumn('service', 'text', (column) => column.notNull())
        .addColumn('url', 'text', (column) => column.notNull())
        .addColumn('deployment_id', 'text', (column) => column.notNull())
        .addColumn('version', 'text', (column) => column.notNull())
        .addColumn('state', 'text', (column) => column.notNull())
        .addColumn('state_at', types.bigint)
        .addColumn('status', 'integer')
        .addColumn('latency', 'integer')
        .addColumn('error', 'text')
        .addColumn('probed_at', types.bigint)
        .addUniqueConstraint('monitor_target_place', ['project', 'environment', 'service', 'url'])
        .execute()
      await db.schema
        .createTable('monitor_minute')
        .addColumn('target_id', 'text', (column) => column.notNull())
        .addColumn('minute', types.bigint, (column) => column.notNull())
        .addColumn('probes', 'integer', (column) => column.notNull())
        .addColumn('failures', 'integer', (column) => column.notNull())
        .addColumn('latency_sum', types.bigint, (column) => column.notNull())
        .addColumn('latency_max', 'integer', (column) => column.notNull())
        .addPrimaryKeyConstraint('monitor_minute_key', ['target_id', 'minute'])
        .execute()
      await db.schema
        .createTable('monitor_incident')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('alarm_arn', 'text', (column) => column.notNull())
        .addColumn('alarm_name', 'text', (column) => column.notNull())
        .addColumn('project', 'text', (column) => column.notNull())
        .addColumn('issue', 'text', (column) => column.notNull())
        .addColumn('deployment_id', 'text')
        .addColumn('opened_at', types.bigint, (column) => column.notNull())
        .addColumn('closed_at', types.bigint)
        .execute()
      await db.schema
        .createIndex('monitor_incident_alarm')
        .on('monitor_incident')
        .columns(['alarm_arn', 'closed_at'])
        .execute()
    },
  },
]
