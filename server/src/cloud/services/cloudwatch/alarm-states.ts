import type { Kernel, Transaction } from '../../../kernel/index.ts'
import { parseColumn } from '../../../kernel/index.ts'
import { enqueueActions } from './alarm-actions.ts'
import type { AlarmState } from './alarm-model.ts'
import type { CloudWatchTables } from './migrations.ts'
import { dimensionsOf, presentDimensions } from './model.ts'
import { alarmByArn, type AlarmRow, historyAdd, metricConfig } from './store-alarms.ts'

export interface NewState {
  state: AlarmState
  reason: string
  reasonData?: object | undefined
}

/** Changes of alarms' states, each with its history, its event and its actions in one transaction. */
export interface AlarmStates {
  /** Does nothing when the alarm is gone or has the state already. */
  change(arn: string, next: NewState): Promise<void>
}

export function createAlarmStates(kernel: Kernel, changed: (arn: string) => void): AlarmStates {
  return {
    async change(arn, next) {
      const isChanged = await kernel.database.write(async (tx) => {
        const alarm = await alarmByArn(tx, arn)
        if (!alarm || alarm.state === next.state) return false
        await write(kernel, tx, alarm, next)
        return true
      })
      if (isChanged) changed(arn)
    },
  }
}

async function write(
  kernel: Kernel,
  tx: Transaction,
  alarm: AlarmRow,
  { state, reason, reasonData }: NewState,
): Promise<void> {
  const now = kernel.clock.now()
  const next = { state, reason, reason_data: reasonData ? JSON.stringify(reasonData) : null }
  await tx
    .tables<CloudWatchTables>()
    .updateTable('cloudwatch_alarm')
    .set({ ...next, state_at: now, transitioned_at: now })
    .where('arn', '=', alarm.arn)
    .execute()
  await historyAdd(tx, alarm, {
    at: now,
    item: 'StateUpdate',
    summary: `Alarm updated from ${alarm.state} to ${state}`,
    data: {
      version: '1.0',
      oldState: { stateValue: alarm.state, stateReason: alarm.reason },
      newState: { stateValue: state, stateReason: reason, stateReasonData: reasonData },
    },
  })
  await appendChange(kernel, tx, alarm, state, reason)
  await enqueueActions(kernel, tx, { ...alarm, ...next, state_at: now }, alarm.state)
  tx.afterCommit(() => {
    const message = { type: 'cloud.alarmChanged', id: alarm.arn, state }
    kernel.live.publish('cloud', message)
    if (alarm.project) kernel.live.publish(`project:${alarm.project}`, message)
  })
}

async function appendChange(
  kernel: Kernel,
  tx: Transaction,
  alarm: AlarmRow,
  state: AlarmState,
  reason: string,
): Promise<void> {
  const project = alarm.project ?? undefined
  const stackId = parseColumn<Record<string, string>>(alarm.tags)['aws:cloudformation:stack-id']
  await kernel.events.append(tx, {
    type: 'cloud.alarmChanged',
    subject: `alarm:${alarm.arn}`,
    ...(project && { project }),
    actor: 'cloudwatch.amazonaws.com',
    data: {
      arn: alarm.arn,
      name: alarm.name,
      account: alarm.account,
      region: alarm.region,
      before: alarm.state,
      state,
      reason,
      ...(project && { project }),
      metric: watchedMetric(alarm),
      ...(stackId && { stackId }),
    },
    nodes: [alarmNode(alarm, state)],
  })
}

function watchedMetric(alarm: AlarmRow) {
  if (alarm.kind === 'CompositeAlarm') return { namespace: '', name: '', dimensions: [] }
  const config = metricConfig(alarm)
  const metric = config.Metrics?.find((query) => query.MetricStat)?.MetricStat?.Metric ?? config
  const dimensions = presentDimensions(dimensionsOf(metric.Dimensions))
  return { namespace: metric.Namespace ?? '', name: metric.MetricName ?? '', dimensions }
}

/** The alarm as the thread and the search show it. */
export function alarmNode(alarm: AlarmRow, state: string) {
  return {
    kind: 'alarm',
    id: alarm.arn,
    title: alarm.name,
    state,
    url: '/cloud/cloudwatch',
    ...(alarm.project && { project: alarm.project }),
  }
}
