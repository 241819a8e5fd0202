import type { Database, Transaction } from '../kernel/index.ts'
import type { IncidentRow, MonitorTables, TargetRow } from './migrations.ts'

type From = Pick<Database, 'tables'>
const at = (from: From) => from.tables<MonitorTables>()
const MINUTE_MS = 60_000

export async function targets(from: From, project: string): Promise<TargetRow[]> {
  return at(from)
    .selectFrom('monitor_target')
    .selectAll()
    .where('project', '=', project)
    .orderBy('environment')
    .orderBy('service')
    .orderBy('url')
    .execute()
}

export async function targetById(from: From, id: string): Promise<TargetRow | undefined> {
  return at(from).selectFrom('monitor_target').selectAll().where('id', '=', id).executeTakeFirst()
}

export interface Watched {
  project: string
  environment: string
  service: string
}

export interface EnvironmentRenamed {
  project: string
  before: string
  after: string
}

/** What is watched in an environment is watched under its new name. */
export async function targetsRenamed(
  tx: Transaction,
  { project, before, after }: EnvironmentRenamed,
): Promise<void> {
  const renamed = at(tx).updateTable('monitor_target').set({ environment: after })
  await renamed.where('project', '=', project).where('environment', '=', before).execute()
}

/** The targets of one service are these URLs from now on; what stays keeps its history. */
export async function targetsSet(
  tx: Transaction,
  of: Watched & { deploymentId: string; version: string },
  urls: string[],
  newId: () => string,
): Promise<TargetRow[]> {
  const { project, environment, service, deploymentId: deployment_id, version } = of
  const known = (await targets(tx, project)).filter(
    (row) => row.environment === environment && row.service === service,
  )
  for (const row of known.filter((row) => !urls.includes(row.url))) {
    await at(tx).deleteFrom('monitor_target').where('id', '=', row.id).execute()
    await at(tx).deleteFrom('monitor_minute').where('target_id', '=', row.id).execute()
  }
  const added: TargetRow[] = []
  for (const url of urls) {
    const row = known.find((row) => row.url === url)
    if (row) {
      const change = { deployment_id, version }
      await at(tx).updateTable('monitor_target').set(change).where('id', '=', row.id).execute()
      continue
    }
    const none = { state_at: null, status: null, latency: null, error: null, probed_at: null }
    const place = { project, environment, service, url, deployment_id, version }
    const fresh: TargetRow = { id: newId(), ...place, state: 'unknown', ...none }
    await at(tx).insertInto('monitor_target').values(fresh).execute()
    added.push(fresh)
  }
  return added
}

export interface Probe {
  atMs: number
  isUp: boolean
  status?: number
  latencyMs: number
  error?: string
}

/** Adds a probe to its minute and to what is known of the target. */
export async function probeAdd(tx: Transaction, target: TargetRow, probe: Probe): Promise<boolean> {
  const state = probe.isUp ? ('up' as const) : ('down' as const)
  const isTurned = target.state !== state
  const latency = Math.round(probe.latencyMs)
  await at(tx)
    .updateTable('monitor_target')
    .set({
      state,
      state_at: isTurned ? probe.atMs : target.state_at,
      status: probe.status ?? null,
      latency,
      error: probe.error ?? null,
      probed_at: probe.atMs,
    })
    .where('id', '=', target.id)
    .execute()
  await minuteAdd(tx, target.id, probe, latency)
  return isTurned
}

async function minuteAdd(tx: Transaction, target_id: string, probe: Probe, latency: number) {
  const minute = Math.floor(probe.atMs / MINUTE_MS) * MINUTE_MS
  const failures = probe.isUp ? 0 : 1
  const known = await at(tx)
    .selectFrom('monitor_minute')
    .selectAll()
    .where('target_id', '=', target_id)
    .where('minute', '=', minute)
    .executeTakeFirst()
  if (!known) {
    const first = { probes: 1, failures, latency_sum: latency, latency_max: latency }
    await at(tx)
      .insertInto('monitor_minute')
      .values({ target_id, minute, ...first })
      .execute()
    return
  }
  await at(tx)
    .updateTable('monitor_minute')
    .set({
      probes: known.probes + 1,
      failures: known.failures + failures,
      latency_sum: known.latency_sum + latency,
      latency_max: Math.max(known.latency_max, latency),
    })
    .where('target_id', '=', target_id)
    .where('minute', '=', minute)
    .execute()
}

export async function minutes(from: From, targetId: string, sinceMs: number) {
  return at(from)
    .selectFrom('monitor_minute')
    .selectAll()
    .where('target_id', '=', targetId)
    .where('minute', '>=', sinceMs)
    .orderBy('minute')
    .execute()
}

export async function minutesForget(tx: Transaction, beforeMs: number): Promise<void> {
  await at(tx).deleteFrom('monitor_minute').where('minute', '<', beforeMs).execute()
}

export async function openIncident(from: From, alarmArn: string) {
  return at(from)
    .selectFrom('monitor_incident')
    .selectAll()
    .where('alarm_arn', '=', alarmArn)
    .where('closed_at', 'is', null)
    .executeTakeFirst()
}

export async function incidentAdd(tx: Transaction, row: IncidentRow): Promise<void> {
  await at(tx).insertInto('monitor_incident').values(row).execute()
}

export async function incidentClose(tx: Transaction, id: string, atMs: number): Promise<void> {
  await at(tx)
    .updateTable('monitor_incident')
    .set({ closed_at: atMs })
    .where('id', '=', id)
    .execute()
}

/** Newest first. */
export async function incidents(from: From, project: string, sinceMs = 0): Promise<IncidentRow[]> {
  return at(from)
    .selectFrom('monitor_incident')
    .selectAll()
    .where('project', '=', project)
    .where('opened_at', '>=', sinceMs)
    .orderBy('id', 'desc')
    .limit(200)
    .execute()
}
