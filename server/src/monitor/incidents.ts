import type { Deployment, ReleaseChanges } from '@madang/api'
import { type Kernel, type StoredEvent, systemActor } from '../kernel/index.ts'
import { commentText, issueText } from './incident-text.ts'
import type { AlarmChanged, PlanPort, ReleasesPort } from './ports.ts'
import * as store from './store.ts'

interface Parts {
  kernel: Kernel
  plan: PlanPort
  releases: ReleasesPort
}

/** Data of `monitor.incidentOpened` and `monitor.incidentClosed`. */
export interface IncidentEvent {
  incidentId: string
  alarmArn: string
  issue: string
  deploymentId?: string
}

/** An alarm goes off: one issue for the episode. It is over: a comment says so. */
export async function followAlarm(parts: Parts, event: StoredEvent): Promise<void> {
  const alarm = event.data as AlarmChanged
  const open = await store.openIncident(parts.kernel.database, alarm.arn)
  if (alarm.state === 'ALARM' && !open) await openIncident(parts, event, alarm)
  if (alarm.state === 'OK' && open) await closeIncident(parts, event, alarm, open.id)
}

async function openIncident(parts: Parts, event: StoredEvent, alarm: AlarmChanged): Promise<void> {
  const { kernel, plan, releases } = parts
  const deployment = alarm.stackId ? await releases.currentOfStack(alarm.stackId) : undefined
  const project = deployment?.project ?? event.project
  // An alarm that belongs to no project is nobody's issue; the cloud's pages show it.
  if (project === undefined) return
  const changes = deployment && (await releases.changes(project, deployment.id))
  const text = issueText(alarm, deployment, changes)
  await kernel.database.write(async (tx) => {
    if (await store.openIncident(tx, alarm.arn)) return
    const issue = await plan.issueCreate(tx, systemActor, {
      project,
      type: 'bug',
      priority: 'high',
      labels: ['alarm'],
      ...text,
    })
    const id = kernel.ids.next('incident')
    await store.incidentAdd(tx, {
      id,
      alarm_arn: alarm.arn,
      alarm_name: alarm.name,
      project,
      issue: issue.key,
      deployment_id: deployment?.id ?? null,
      opened_at: event.atMs,
      closed_at: null,
    })
    const data: IncidentEvent = {
      incidentId: id,
      alarmArn: alarm.arn,
      issue: issue.key,
      deploymentId: deployment?.id,
    }
    await kernel.events.append(tx, {
      type: 'monitor.incidentOpened',
      subject: `alarm:${alarm.arn}`,
      project,
      actor: systemActor.id,
      data,
      edges: edgesOf(alarm, issue.key, deployment, changes),
    })
    tx.afterCommit(() =>
      kernel.live.publish(`project:${project}`, { type: 'monitor.incidentOpened', id }),
    )
  })
}

function edgesOf(
  alarm: AlarmChanged,
  issue: string,
  deployment: Deployment | undefined,
  changes: ReleaseChanges | undefined,
) {
  const ref = { kind: 'alarm', id: alarm.arn }
  const edges = [{ from: ref, to: { kind: 'issue', id: issue } }]
  if (deployment && changes)
    edges.push({ from: { kind: 'deployment', id: deployment.id }, to: ref })
  return edges
}

async function closeIncident(
  { kernel, plan }: Parts,
  event: StoredEvent,
  alarm: AlarmChanged,
  id: string,
): Promise<void> {
  await kernel.database.write(async (tx) => {
    const open = await store.openIncident(tx, alarm.arn)
    if (open?.id !== id) return
    await store.incidentClose(tx, id, event.atMs)
    const text = commentText(alarm, event.atMs - open.opened_at)
    await plan.commentAdd(tx, systemActor, open.issue, text)
    const data: IncidentEvent = { incidentId: id, alarmArn: alarm.arn, issue: open.issue }
    await kernel.events.append(tx, {
      type: 'monitor.incidentClosed',
      subject: `alarm:${alarm.arn}`,
      project: open.project,
      actor: systemActor.id,
      data,
    })
  })
}
