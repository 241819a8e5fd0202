import { type HealthPoint, monitorErrors, type ServiceHealth } from '@madang/api'
import { type Kernel, refusals } from '../kernel/index.ts'
import * as store from './store.ts'

const refuse = refusals(monitorErrors)
const DAY_MS = 24 * 3_600_000
const HOUR_MS = 3_600_000
const MOST_POINTS = 180

/** How every released service is, with its last day. */
export async function healthOf({ database, clock }: Kernel, project: string) {
  const rows = await store.targets(database, project)
  return Promise.all(
    rows.map(async (row): Promise<ServiceHealth> => {
      const day = await store.minutes(database, row.id, clock.now() - DAY_MS)
      const probes = day.reduce((sum, minute) => sum + minute.probes, 0)
      const failures = day.reduce((sum, minute) => sum + minute.failures, 0)
      return {
        id: row.id,
        environment: row.environment,
        service: row.service,
        url: row.url,
        deploymentId: row.deployment_id,
        version: row.version,
        state: row.state,
        since: iso(row.state_at),
        status: row.status ?? undefined,
        latencyMs: row.latency ?? undefined,
        error: row.error ?? undefined,
        probedAt: iso(row.probed_at),
        uptime: probes === 0 ? undefined : (probes - failures) / probes,
      }
    }),
  )
}

function iso(timeMs: number | null): string | undefined {
  return timeMs === null ? undefined : new Date(timeMs).toISOString()
}

/** The probes of the last hours, in pieces of as many minutes as keep the answer small. */
export async function historyOf(
  { database, clock }: Kernel,
  project: string,
  id: string,
  hours: number,
): Promise<HealthPoint[]> {
  const target = await store.targetById(database, id)
  if (target?.project !== project) throw refuse('healthTargetNotFound', { id, project })
  const rows = await store.minutes(database, id, clock.now() - hours * HOUR_MS)
  const pieceMs = Math.ceil((hours * 60) / MOST_POINTS) * 60_000
  const pieces = Map.groupBy(rows, (row) => Math.floor(row.minute / pieceMs) * pieceMs)
  return [...pieces].map(([at, minutes]) => {
    const probes = minutes.reduce((sum, minute) => sum + minute.probes, 0)
    const latency = minutes.reduce((sum, minute) => sum + minute.latency_sum, 0)
    return {
      at: new Date(at).toISOString(),
      probes,
      failures: minutes.reduce((sum, minute) => sum + minute.failures, 0),
      latencyMs: Math.round(latency / probes),
      latencyMaxMs: Math.max(...minutes.map((minute) => minute.latency_max)),
    }
  })
}
