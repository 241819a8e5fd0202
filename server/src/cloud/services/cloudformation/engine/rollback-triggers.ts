import type { Execution } from './execution.ts'

const POLL_MS = 1000

/** Alarms that went off, or are not there, until the time to watch them after the change is over. */
export async function breachedAlarms(execution: Execution): Promise<string[]> {
  const { operation, stack, stores, forward, stopped } = execution
  const { triggers = [], minutes = 0 } = operation.target!.rollback ?? {}
  if (triggers.length === 0) return []
  const { clock } = stores.kernel
  const signal = AbortSignal.any([stopped, forward.signal])
  for (const end = clock.now() + minutes * 60_000; ;) {
    const { MetricAlarms = [], CompositeAlarms = [] } = await execution
      .awsIn(stack.region)
      .cloudwatch.describeAlarms({
        AlarmNames: triggers.map(({ arn }) => arn.slice(arn.indexOf(':alarm:') + 7)),
        AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
      })
    const calm = [...MetricAlarms, ...CompositeAlarms].filter((one) => one.StateValue !== 'ALARM')
    const breached = triggers.filter(({ arn }) => !calm.some((one) => one.AlarmArn === arn))
    if (breached.length > 0) return breached.map(({ arn }) => arn)
    if (clock.now() >= end || forward.signal.aborted) return []
    // Cut by who cancels, and goes back; a server that stops watches anew when it is back.
    await clock.sleep(Math.min(POLL_MS, end - clock.now()), signal).catch((error: unknown) => {
      if (stopped.aborted) throw error
    })
  }
}
