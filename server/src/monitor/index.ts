import type { Kernel } from '../kernel/index.ts'
import { followAlarm } from './incidents.ts'
import { handleProbes, watchDeployment } from './jobs.ts'
import { Measures } from './measures.ts'
import { monitorMigrations } from './migrations.ts'
import type { CloudPort, PlanPort, ReleasesPort } from './ports.ts'
import { monitorRoutes } from './routes.ts'
import { type EnvironmentRenamed, targetsRenamed } from './store.ts'

export type { IncidentEvent } from './incidents.ts'

/** Health, metrics and logs of what is released, and the way back from an alarm to an issue. */
export interface Monitor {
  readonly measures: Measures
}

export async function createMonitor(given: {
  kernel: Kernel
  cloud: CloudPort
  plan: PlanPort
  releases: ReleasesPort
}): Promise<Monitor> {
  const { kernel, releases } = given
  await kernel.database.migrate('monitor', monitorMigrations)
  const measures = new Measures(given)
  handleProbes(kernel)
  kernel.events.listen({
    name: 'monitor',
    types: ['releases.deployed', 'releases.rolledBack', 'cloud.alarmChanged'],
    handle: (event) =>
      event.type === 'cloud.alarmChanged'
        ? followAlarm(given, event)
        : watchDeployment(kernel, event),
  })
  kernel.events.listen({
    name: 'monitor.environments',
    types: ['releases.environmentRenamed'],
    handle: ({ data }) =>
      kernel.database.write((tx) => targetsRenamed(tx, data as EnvironmentRenamed)),
  })
  kernel.http.add(monitorRoutes({ kernel, releases, measures }))
  return { measures }
}
