import { CloudWatch, type GetMetricDataInput } from '@aws-sdk/client-cloudwatch'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CloudUnderTest, startCloud } from '../../tests/cloud-under-test.ts'

let under: CloudUnderTest
let cloudwatch: CloudWatch

beforeAll(async () => {
  under = await startCloud()
  cloudwatch = new CloudWatch(under.config())
})
afterAll(() => under.stop())

const Namespace = 'Answers'
const minuteMs = 60_000
const moment = () => new Date(Math.floor(under.kernel.clock.now() / minuteMs) * minuteMs - minuteMs)

function put(MetricName: string, ...data: [value: number, unit?: string][]) {
  const Timestamp = moment()
  return cloudwatch.putMetricData({
    Namespace,
    MetricData: data.map(([Value, Unit]) => ({
      MetricName,
      Value,
      Unit: Unit as 'Seconds',
      Timestamp,
    })),
  })
}

type Query = NonNullable<GetMetricDataInput['MetricDataQueries']>[number]

const query = (Id: string, MetricName: string, Stat = 'Sum', Period = 60): Query => ({
  Id,
  MetricStat: { Metric: { Namespace, MetricName }, Period, Stat },
})

async function results(...MetricDataQueries: Query[]) {
  const StartTime = new Date(moment().getTime() - 5 * minuteMs)
  const EndTime = new Date(moment().getTime() + 2 * minuteMs)
  const answer = await cloudwatch.getMetricData({ MetricDataQueries, StartTime, EndTime })
  return answer.MetricDataResults!
}

describe('units of one metric', () => {
  it('are told apart by statistics', async () => {
    await put('mixed', [1, 'Seconds'], [5, 'Count'], [10])
    const { Datapoints } = await cloudwatch.getMetricStatistics({
      Namespace,
      MetricName: 'mixed',
      StartTime: new Date(moment().getTime() - minuteMs),
      EndTime: new Date(moment().getTime() + 2 * minuteMs),
      Period: 60,
      Statistics: ['Average'],
    })
    const told = Datapoints!.map(({ Unit, Average }) => `${Unit} ${Average}`)
    expect(told.sort()).toEqual(['Count 5', 'None 10', 'Seconds 1'])
  })

  it.each([
    [['Milliseconds', 'Seconds'], '[Milliseconds, Seconds]'],
    [['Seconds', 'Milliseconds', 'Count'], '[Count, Milliseconds, Seconds]'],
  ])('%j: the first by name is read, and all are named', async (units, told) => {
    const name = `units-${units.length}`
    await put(name, ...units.map((unit, i): [number, string] => [i + 1, unit]))
    const [result] = await results(query('m', name))
    expect(result!.Values).toEqual([units.indexOf(told.slice(1).split(',')[0]!) + 1])
    expect(result!.Messages).toEqual([
      { Code: 'MultipleUnits', Value: `Multiple units returned: '${told}'` },
    ])
  })
})

describe('labels nobody gave', () => {
  const cases: [string, Query[], string[]][] = [
    ['alike', [query('a', 'x'), query('b', 'y')], ['x', 'y']],
    ['by statistic', [query('a', 'x'), query('b', 'x', 'Minimum')], ['x Sum', 'x Minimum']],
    ['by period', [query('a', 'x'), query('b', 'x', 'Sum', 30)], ['x 60', 'x 30']],
    ['by both', [query('a', 'x'), query('b', 'x', 'Minimum', 30)], ['x Sum 60', 'x Minimum 30']],
    [
      'by what is told alone',
      [{ ...query('a', 'x', 'Minimum'), ReturnData: false }, query('b', 'x')],
      ['x'],
    ],
    ['beside a given one', [{ ...query('a', 'x'), Label: 'mine' }, query('b', 'y')], ['mine', 'y']],
  ]
  it.each(cases)('%s', async (_name, queries, labels) => {
    expect((await results(...queries)).map(({ Label }) => Label)).toEqual(labels)
  })
})

describe('bodies of dashboards', () => {
  const refusal = (DashboardBody: string) =>
    cloudwatch.putDashboard({ DashboardName: 'checked', DashboardBody }).then(
      () => [],
      ({ message }: Error) => message.split('\n')[0]!,
    )
  const widget = (type: string, properties: object) =>
    JSON.stringify({ widgets: [{ type, x: 0, y: 0, width: 6, height: 6, properties }] })
  const told = (count: number) =>
    `The dashboard body is invalid, there are ${count} validation errors:`
  const notJson = 'The field DashboardBody must be a valid JSON object'
  const cases: [string, string | never[]][] = [
    ['no json', notJson],
    ['[]', notJson],
    ['{}', told(1)],
    [widget('metric', {}), told(3)],
    [widget('metric', { metrics: [['A', 'b']] }), told(1)],
    [widget('metric', { metrics: [['A', 'b']], region: 'us-east-1' }), []],
    [widget('metric', { annotations: { alarms: ['arn'] } }), []],
    [widget('alarm', { alarms: [] }), told(1)],
    [widget('text', {}), told(1)],
    [widget('text', { markdown: '# x' }), []],
    ['{"widgets":[]}', []],
  ]
  it.each(cases)('%s', async (body, answer) => {
    expect(await refusal(body)).toEqual(answer)
  })
})

describe('alarms', () => {
  const alarm = (more: object) =>
    cloudwatch.putMetricAlarm({
      AlarmName: 'answers',
      MetricName: 'x',
      Namespace,
      Statistic: 'Sum',
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 1,
      ComparisonOperator: 'GreaterThanThreshold',
      ...more,
    })

  it('know the units', async () => {
    await expect(alarm({ Unit: 'Bogus' })).rejects.toMatchObject({
      message: expect.stringMatching(/^1 validation error detected: Value 'Bogus' at 'unit' /),
    })
  })

  it('tell the samples and the unit they were judged by', async () => {
    await put('judged', [3, 'Seconds'], [4, 'Seconds'])
    await alarm({ MetricName: 'judged', Unit: 'Seconds', TreatMissingData: 'breaching' })
    const found = await expect
      .poll(
        async () => {
          const { MetricAlarms } = await cloudwatch.describeAlarms({ AlarmNames: ['answers'] })
          return MetricAlarms![0]!.StateValue
        },
        { timeout: 90_000 },
      )
      .toBe('ALARM')
      .then(() => cloudwatch.describeAlarms({ AlarmNames: ['answers'] }))
    const { StateReasonData } = found.MetricAlarms![0]!
    expect(JSON.parse(StateReasonData!)).toMatchObject({ unit: 'Seconds', statistic: 'Sum' })
  })
})
