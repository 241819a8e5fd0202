import type { ServiceDeps } from '../../deps.ts'
import { service, type Service } from '../../gateway/index.ts'
import { handleActions } from './alarm-actions.ts'
import { historyOperations } from './alarm-history.ts'
import { type AlarmStates, createAlarmStates } from './alarm-states.ts'
import { Watch } from './alarm-watch.ts'
import { alarmOperations, tagOperations } from './alarms.ts'
import { dashboardOperations } from './dashboards.ts'
import { metricOperations } from './metrics.ts'
import { cloudWatchMigrations, type CloudWatchTables } from './migrations.ts'
import { alarmArn, dashboardArn, type Scope } from './model.ts'
import type { CloudWatchParts } from './parts.ts'
import { keepPruned } from './pruning.ts'
import { MetricWriter } from './store-metrics.ts'

/** CloudWatch: metrics, alarms that are evaluated, dashboards. */
export async function createCloudWatch(deps: ServiceDeps): Promise<Service> {
  const { kernel } = deps
  const { database } = kernel
  await database.migrate('cloud-cloudwatch', cloudWatchMigrations)
  const states: AlarmStates = createAlarmStates(kernel, () => watch.stateChanged())
  const watch = new Watch(kernel, () => states)
  const writer = new MetricWriter(database, (metricIds) => watch.dataArrived(metricIds))
  const parts: CloudWatchParts = { deps, database, writer, states, watch }
  handleActions(deps)
  await keepPruned(kernel)
  deps.onReset(async () => {
    watch.forgetAll()
    writer.forget()
    await empty(parts)
  })
  await watch.begin()
  return service({
    id: 'cloudwatch',
    operations: {
      ...metricOperations(parts),
      ...alarmOperations(parts),
      ...tagOperations(parts),
      ...historyOperations(parts),
      ...dashboardOperations(parts),
    },
    authorise: (operation, input, ctx) => [
      { action: `cloudwatch:${operation}`, resource: resourceOf(input, ctx) },
    ],
  })
}

/** Alarms and dashboards have ARNs; metrics have none (service authorization reference). */
function resourceOf(input: Record<string, unknown>, scope: Scope): string {
  const { AlarmName, DashboardName, ResourceARN } = input
  if (typeof AlarmName === 'string') return alarmArn(scope, AlarmName)
  if (typeof DashboardName === 'string') return dashboardArn(scope, DashboardName)
  return typeof ResourceARN === 'string' ? ResourceARN : '*'
}

const tables = [
  'cloudwatch_metric',
  'cloudwatch_bucket',
  'cloudwatch_alarm',
  'cloudwatch_alarm_history',
  'cloudwatch_dashboard',
] as const

async function empty({ database }: CloudWatchParts): Promise<void> {
  await database.write(async (tx) => {
    for (const table of tables) await tx.tables<CloudWatchTables>().deleteFrom(table).execute()
  })
}
