import { type Incident, monitorEndpoints as api } from '@madang/api'
import { type Kernel, type Route, route } from '../kernel/index.ts'
import { doraOf } from './dora.ts'
import { healthOf, historyOf } from './health.ts'
import type { Measures } from './measures.ts'
import type { IncidentRow } from './migrations.ts'
import type { ReleasesPort } from './ports.ts'
import { incidents } from './store.ts'

interface Parts {
  kernel: Kernel
  releases: ReleasesPort
  measures: Measures
}

export function monitorRoutes({ kernel, releases, measures }: Parts): Route[] {
  return [
    route(api.healthList, async ({ params }) => ({
      items: await healthOf(kernel, params.project),
    })),
    route(api.healthHistory, async ({ params, query }) => ({
      items: await historyOf(kernel, params.project, params.target, query.hours),
    })),
    route(api.metricList, async ({ params, query }) => ({
      items: await measures.metrics(params.project, query),
    })),
    route(api.logList, async ({ params, query }) => ({
      items: await measures.logs(params.project, query),
    })),
    route(api.alarmList, async ({ params }) => ({ items: await measures.alarms(params.project) })),
    route(api.incidentList, async ({ params }) => {
      const rows = await incidents(kernel.database, params.project)
      return { items: rows.map(presentIncident) }
    }),
    route(api.doraGet, ({ params, query }) =>
      doraOf({ kernel, releases }, params.project, query.days),
    ),
  ]
}

function presentIncident(row: IncidentRow): Incident {
  return {
    id: row.id,
    alarmArn: row.alarm_arn,
    alarmName: row.alarm_name,
    issue: row.issue,
    deploymentId: row.deployment_id ?? undefined,
    openedAt: new Date(row.opened_at).toISOString(),
    closedAt: row.closed_at === null ? undefined : new Date(row.closed_at).toISOString(),
  }
}
