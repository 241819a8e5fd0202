import { CloudWatch, type PutMetricAlarmCommandInput } from '@aws-sdk/client-cloudwatch'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type CloudUnderTest, startCloud } from '../../tests/cloud-under-test.ts'

let under: CloudUnderTest
let cloudwatch: CloudWatch

beforeAll(async () => {
  under = await startCloud()
  cloudwatch = new CloudWatch(under.config())
})
afterAll(() => under.stop())

async function refused(change: object): Promise<string> {
  const whole = {
    AlarmName: 'a',
    MetricName: 'm',
    Namespace: 'n',
    Statistic: 'Sum',
    Period: 60,
    EvaluationPeriods: 1,
    Threshold: 1,
    ComparisonOperator: 'GreaterThanThreshold',
    ...change,
  } as PutMetricAlarmCommandInput
  try {
    await cloudwatch.putMetricAlarm(whole)
    return 'no refusal'
  } catch (error) {
    return (error as Error).message
  }
}

const notIn = (value: string, at: string, set: string) =>
  `1 validation error detected: Value '${value}' at '${at}' failed to satisfy constraint: Member must satisfy enum value set: [${set}]`

it('refuses an alarm by its form in the words of AWS', async () => {
  expect(await refused({})).toBe('no refusal')
  expect(await refused({ Statistic: 'Mean' })).toBe(
    notIn('Mean', 'statistic', 'Maximum, SampleCount, Sum, Minimum, Average'),
  )
  expect(await refused({ EvaluationPeriods: 0 })).toBe(
    "1 validation error detected: Value '0' at 'evaluationPeriods' failed to satisfy constraint: Member must have value greater than or equal to 1",
  )
  expect(await refused({ Period: 7 })).toBe('Period must be 10, 30 or a multiple of 60')
  expect(await refused({ TreatMissingData: 'guess' })).toBe(
    'The value guess is not supported for TreatMissingData parameter. Supported values are [breaching, notBreaching, ignore, missing].',
  )
})

it('refuses a state there is not', async () => {
  const set = { AlarmName: 'a', StateValue: 'FINE' as 'OK', StateReason: 'because' }
  const told = await cloudwatch.setAlarmState(set).catch((error: Error) => error.message)
  expect(told).toBe(notIn('FINE', 'stateValue', 'INSUFFICIENT_DATA, ALARM, OK'))
})
