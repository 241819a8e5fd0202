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

const composite = (AlarmRule: string, AlarmName = 'whole') =>
  cloudwatch.putCompositeAlarm({ AlarmName, AlarmRule })

it.each([
  ['()', "Unsupported token ')' at char 1"],
  ['ALARM(Sample Oldest Age)', "Unsupported token 'Oldest' at char 13, must be: ')'"],
  ['ALARM("a") AND BROKEN("b")', "Unsupported token 'BROKEN' at char 15"],
  ['ALARM("a") "b"', `Unsupported token '"b"' at char 11`],
  ['AT_LEAST(two, ALARM, (a, b))', "Unsupported token 'two' at char 9"],
  ['AT_LEAST(2, ALARM, a)', "Unsupported token 'a' at char 19, must be: '('"],
])('refuses the rule %s', async (rule, told) => {
  await expect(composite(rule)).rejects.toThrow(`Error in AlarmRule [${told}]`)
})

it('asks how many of several alarms are in a state', async () => {
  for (const AlarmName of ['one', 'two', 'three']) {
    expect(await refused({ AlarmName, TreatMissingData: 'ignore' })).toBe('no refusal')
  }
  for (const AlarmName of ['one', 'two']) {
    await cloudwatch.setAlarmState({ AlarmName, StateValue: 'ALARM', StateReason: 'because' })
  }
  const of = '(one, "two", three)'
  const rules: Record<string, [rule: string, state: string]> = {
    most: [`AT_LEAST(2, ALARM, ${of})`, 'ALARM'],
    all: [`AT_LEAST(3, ALARM, ${of})`, 'OK'],
    half: [`AT_LEAST(50%, ALARM, ${of})`, 'ALARM'],
    others: [`AT_LEAST(70%, NOT OK, ${of}) AND NOT AT_LEAST(2, NOT ALARM, ${of})`, 'ALARM'],
  }
  for (const [name, [rule]] of Object.entries(rules)) await composite(rule, name)
  const states = async () => {
    const AlarmNames = Object.keys(rules)
    const shown = await cloudwatch.describeAlarms({ AlarmNames, AlarmTypes: ['CompositeAlarm'] })
    return Object.fromEntries(shown.CompositeAlarms!.map((it) => [it.AlarmName, it.StateValue]))
  }
  const wanted = Object.fromEntries(Object.entries(rules).map(([name, [, state]]) => [name, state]))
  await expect.poll(states, { timeout: 30_000 }).toEqual(wanted)
})
