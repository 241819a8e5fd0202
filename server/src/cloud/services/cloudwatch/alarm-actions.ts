import { AwsError } from '../../gateway/index.ts'
import type { Kernel, Transaction } from '../../../kernel/index.ts'
import type { ServiceDeps } from '../../deps.ts'
import { offsetMoment } from './alarm-reason.ts'
import { notificationOf } from './alarm-notification.ts'
import type { CompositeAlarmConfig, MetricAlarmConfig } from './alarm-model.ts'
import { alarmByArn, type AlarmRow, historyAdd, metricConfig } from './store-alarms.ts'

const KIND = 'cloud-cloudwatch.action'

interface ActionPayload {
  alarmArn: string
  action: string
  alarmData: ReturnType<typeof describe>
  atMs: number
}

/** Queues the actions of the state just entered, when actions are on. */
export async function enqueueActions(
  kernel: Kernel,
  tx: Transaction,
  alarm: AlarmRow,
  previousState: string,
): Promise<void> {
  if (!alarm.actions_enabled) return
  const config = metricConfig(alarm) as MetricAlarmConfig | CompositeAlarmConfig
  const actions = {
    ALARM: config.AlarmActions,
    OK: config.OKActions,
    INSUFFICIENT_DATA: config.InsufficientDataActions,
  }[alarm.state as 'OK']
  for (const action of actions ?? []) {
    const alarmData = describe(alarm, previousState)
    const payload: ActionPayload = { alarmArn: alarm.arn, action, alarmData, atMs: alarm.state_at }
    await kernel.jobs.enqueue(tx, { kind: KIND, payload })
  }
}

/** What a function gets as `alarmData`, after the user guide's "Invoke a Lambda function from an alarm". */
function describe(alarm: AlarmRow, previousState: string) {
  return {
    alarmName: alarm.name,
    state: {
      value: alarm.state,
      reason: alarm.reason,
      ...(alarm.reason_data && { reasonData: alarm.reason_data }),
      timestamp: offsetMoment(alarm.state_at),
    },
    previousState: { value: previousState },
    configuration: { description: metricConfig(alarm).AlarmDescription },
  }
}

export function handleActions(deps: ServiceDeps): void {
  const { kernel } = deps
  kernel.jobs.handle(KIND, {
    concurrency: 4,
    maxAttempts: 3,
    async run(job) {
      const payload = job.payload as ActionPayload
      const alarm = await alarmByArn(kernel.database, payload.alarmArn)
      if (!alarm) return
      const failure = await perform(deps, alarm, payload)
      const outcome = failure ? 'Failed to execute action' : 'Successfully executed action'
      await kernel.database.write((tx) =>
        historyAdd(tx, alarm, {
          at: kernel.clock.now(),
          item: 'Action',
          summary: `${outcome} ${payload.action}`,
          data: {
            actionState: failure ? 'Failed' : 'Succeeded',
            notificationResource: payload.action,
            ...(failure && { error: failure }),
          },
        }),
      )
    },
  })
}

/** Returns why it failed. What this cloud doesn't have yet is told in the alarm's history. */
async function perform(
  deps: ServiceDeps,
  alarm: AlarmRow,
  payload: ActionPayload,
): Promise<string | undefined> {
  const service = payload.action.split(':')[2] ?? ''
  const act = { lambda: invoke, sns: publish }[service]
  if (!act) {
    return `Madang does not implement alarm actions of ${service || payload.action} yet; nothing was sent.`
  }
  try {
    await act(deps, alarm, payload)
    return undefined
  } catch (error) {
    if (error instanceof AwsError) return `${error.code}: ${error.message}`
    throw error
  }
}

/** With what the policies of topics and functions ask for. */
function serviceFor({ sessions }: ServiceDeps, name: string, { arn, account }: AlarmRow) {
  const service = sessions.serviceOf(name, account)
  const source = { 'aws:SourceArn': arn, 'aws:SourceAccount': account }
  return { ...service, context: { ...service.context, ...source } }
}

async function invoke(deps: ServiceDeps, alarm: AlarmRow, payload: ActionPayload): Promise<void> {
  const principal = serviceFor(deps, 'lambda.alarms.cloudwatch.amazonaws.com', alarm)
  const { lambda } = deps.as({ principal, region: alarm.region, account: alarm.account })
  const event = {
    source: 'aws.cloudwatch',
    alarmArn: alarm.arn,
    accountId: alarm.account,
    time: offsetMoment(payload.atMs),
    region: alarm.region,
    alarmData: payload.alarmData,
  }
  const Payload = Buffer.from(JSON.stringify(event))
  await lambda.invoke({ FunctionName: payload.action, InvocationType: 'Event', Payload })
}

async function publish(deps: ServiceDeps, alarm: AlarmRow, payload: ActionPayload): Promise<void> {
  const principal = serviceFor(deps, 'cloudwatch.amazonaws.com', alarm)
  const { sns } = deps.as({ principal, region: alarm.region, account: alarm.account })
  const notification = notificationOf(alarm, payload.alarmData, payload.atMs)
  await sns.publish({ TopicArn: payload.action, ...notification })
}
