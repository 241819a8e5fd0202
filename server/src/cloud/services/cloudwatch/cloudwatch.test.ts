import {
  DeleteAlarmsCommand,
  DescribeAlarmHistoryCommand,
  DescribeAlarmsCommand,
  GetMetricDataCommand,
  GetMetricStatisticsCommand,
  ListMetricsCommand,
  PutCompositeAlarmCommand,
  PutMetricAlarmCommand,
  type PutMetricAlarmCommandInput,
  PutMetricDataCommand,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch'
import {
  AddPermissionCommand,
  CreateFunctionCommand,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda'
import { FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testDatabases } from '../../../testing/databases.ts'
import {
  type ComputeUnderTest,
  eventually,
  ROLE,
  startCompute,
  zip,
} from '../lambda/tests/compute-under-test.ts'

describe.each(testDatabases())('on $name', (database) => {
  let cloud: ComputeUnderTest
  beforeAll(async () => {
    cloud = await startCompute(await database.config())
  })
  afterAll(() => cloud.stop())

  const put = (MetricName: string, values: number[], more: object = {}) =>
    cloud.cloudwatch.send(
      new PutMetricDataCommand({
        Namespace: 'App',
        MetricData: values.map((Value) => ({ MetricName, Value, ...more })),
      }),
    )

  const minute = () => Math.floor(cloud.kernel.clock.now() / 60_000) * 60_000

  describe('metrics', () => {
    it('give their statistics and percentiles exactly', async () => {
      const Timestamp = new Date(minute() - 120_000)
      await put(
        'Latency',
        Array.from({ length: 100 }, (_, i) => i + 1),
        { Timestamp, Unit: 'Milliseconds' },
      )
      const { Datapoints, Label } = await cloud.cloudwatch.send(
        new GetMetricStatisticsCommand({
          Namespace: 'App',
          MetricName: 'Latency',
          StartTime: Timestamp,
          EndTime: new Date(minute()),
          Period: 60,
          Statistics: ['Sum', 'Average', 'Minimum', 'Maximum', 'SampleCount'],
        }),
      )
      expect(Label).toBe('Latency')
      expect(Datapoints).toEqual([
        {
          Timestamp,
          Sum: 5050,
          Average: 50.5,
          Minimum: 1,
          Maximum: 100,
          SampleCount: 100,
          Unit: 'Milliseconds',
        },
      ])
      const extended = await cloud.cloudwatch.send(
        new GetMetricStatisticsCommand({
          Namespace: 'App',
          MetricName: 'Latency',
          StartTime: Timestamp,
          EndTime: new Date(minute()),
          Period: 60,
          ExtendedStatistics: ['p99', 'p50', 'tm90'],
        }),
      )
      expect(extended.Datapoints![0]!.ExtendedStatistics).toEqual({ p99: 99, p50: 50, tm90: 45.5 })
    })

    it('are kept apart by dimensions and listed', async () => {
      const of = (Value: string) => ({ Dimensions: [{ Name: 'Host', Value }] })
      await put('Load', [1], of('a'))
      await put('Load', [2], of('b'))
      const list = await cloud.cloudwatch.send(
        new ListMetricsCommand({
          Namespace: 'App',
          MetricName: 'Load',
          Dimensions: [{ Name: 'Host', Value: 'b' }],
        }),
      )
      expect(list.Metrics).toEqual([
        { Namespace: 'App', MetricName: 'Load', Dimensions: [{ Name: 'Host', Value: 'b' }] },
      ])
    })

    it('are combined by math', async () => {
      const at = [minute() - 180_000, minute() - 120_000, minute() - 60_000]
      for (const [i, time] of at.entries()) {
        if (i !== 1) await put('Errors', [i + 1], { Timestamp: new Date(time) })
        await put('Requests', [10, 10], { Timestamp: new Date(time) })
      }
      const metric = (Id: string, MetricName: string) => ({
        Id,
        ReturnData: false,
        MetricStat: { Metric: { Namespace: 'App', MetricName }, Period: 60, Stat: 'Sum' },
      })
      const run = (expressions: Record<string, string>) =>
        cloud.cloudwatch.send(
          new GetMetricDataCommand({
            StartTime: new Date(at[0]!),
            EndTime: new Date(minute()),
            ScanBy: 'TimestampAscending',
            MetricDataQueries: [
              metric('e', 'Errors'),
              metric('r', 'Requests'),
              ...Object.entries(expressions).map(([Id, Expression]) => ({ Id, Expression })),
            ],
          }),
        )
      const { MetricDataResults } = await run({
        share: '100 * FILL(e, 0) / r',
        both: 'SUM(METRICS())',
        high: 'IF(r > 15 AND e >= 3, 1, 0)',
        rate: 'RATE(e)',
      })
      const values = Object.fromEntries(MetricDataResults!.map((it) => [it.Id, it.Values]))
      expect(values).toEqual({
        share: [5, 0, 15],
        both: [21, 20, 23],
        high: [0, 1],
        rate: [2 / 120],
      })
      const arrays = await run({
        order: 'SORT(METRICS(), MAX, DESC)',
        top: 'SORT([e, r], SUM, ASC, 1)',
        rest: 'SLICE([e, r], 1)',
        none: 'SLICE([e, r], 0, 0)',
        named: 'SUM(METRICS("e"))',
        counts: 'DATAPOINT_COUNT(METRICS())',
        full: 'REMOVE_EMPTY([e, r - e - r + e / 0])',
        month: 'MONTH(e) - MONTH(r)',
        day: 'IF(DAY(e) >= 1 AND DAY(e) <= 7 AND DATE(e) <= 31 AND YEAR(e) > 2000, 1, 0)',
      })
      const lists: Record<string, number[][]> = {}
      for (const { Id, Values } of arrays.MetricDataResults!) (lists[Id!] ??= []).push(Values!)
      expect(lists).toEqual({
        order: [
          [20, 20, 20],
          [1, 3],
        ],
        top: [[1, 3]],
        rest: [[20, 20, 20]],
        named: [[1, 3]],
        counts: [[2, 1, 2]],
        full: [[1, 3]],
        month: [[0, 0, 0]],
        day: [[1, 1, 1]],
      })
      await expect(run({ x: 'SORT(METRICS(), PERIOD, DESC)' })).rejects.toThrow(/PERIOD/)
      await expect(run({ x: 'ANOMALY_DETECTION_BAND(e)' })).rejects.toMatchObject({
        name: expect.stringMatching(/^Validation/) as string,
        message: expect.stringContaining('ANOMALY_DETECTION_BAND is not implemented') as string,
      })
    })

    it('are refused as AWS refuses them', async () => {
      await expect(put('Bad', [1], { Unit: 'Furlongs' })).rejects.toThrow(
        'must be a value in the set',
      )
      await expect(
        put('Bad', [1], { Timestamp: new Date(Date.now() - 20 * 86_400_000) }),
      ).rejects.toThrow('two weeks in the past')
      await expect(put('Bad', [1], { Values: [1] })).rejects.toThrow('mutually exclusive')
    })
  })

  const alarm = (AlarmName: string, more: Partial<PutMetricAlarmCommandInput> = {}) =>
    cloud.cloudwatch.send(
      new PutMetricAlarmCommand({
        AlarmName,
        Namespace: 'App',
        MetricName: AlarmName,
        Statistic: 'Sum',
        Period: 60,
        EvaluationPeriods: 1,
        Threshold: 1,
        ComparisonOperator: 'GreaterThanOrEqualToThreshold',
        ...more,
      }),
    )

  async function describeAlarm(name: string) {
    const { MetricAlarms } = await cloud.cloudwatch.send(
      new DescribeAlarmsCommand({ AlarmNames: [name] }),
    )
    return MetricAlarms![0]!
  }

  const inState = (name: string, state: string) =>
    eventually(async () => {
      const found = await describeAlarm(name)
      return found.StateValue === state ? found : undefined
    })

  describe('alarms', () => {
    it('begin unchecked and go to ALARM soon after the metric breaches', async () => {
      await alarm('Errors-now')
      expect(await describeAlarm('Errors-now')).toMatchObject({
        StateValue: 'INSUFFICIENT_DATA',
        StateReason: 'Unchecked: Initial alarm creation',
      })
      await put('Errors-now', [1, 2])
      const { StateReason } = await inState('Errors-now', 'ALARM')
      expect(StateReason).toMatch(
        /^Threshold Crossed: 1 datapoint \[3\.0 \(\d\d\/\d\d\/\d\d \d\d:\d\d:00\)\] was greater than or equal to the threshold \(1\.0\)\.$/,
      )
      const events = await cloud.kernel.events.list({ limit: 1000 })
      const changed = events.find(
        ({ type, data }) =>
          type === 'cloud.alarmChanged' && (data as { name: string }).name === 'Errors-now',
      )
      expect(changed).toMatchObject({
        data: {
          before: 'INSUFFICIENT_DATA',
          state: 'ALARM',
          metric: { namespace: 'App', name: 'Errors-now', dimensions: [] },
        },
        nodes: [{ kind: 'alarm', title: 'Errors-now', state: 'ALARM', url: '/cloud/cloudwatch' }],
      })
    })

    it('wait for the end of the period where the value may still change', async () => {
      await alarm('Average', { Statistic: 'Average', Threshold: 5, DatapointsToAlarm: 1 })
      await put('Average', [10])
      await put('Average', [0, 0])
      cloud.kernel.clock.advance(61_000)
      const { StateReason } = await inState('Average', 'OK')
      expect(StateReason).toContain(
        'was not greater than or equal to the threshold (5.0) (minimum 1 datapoint for ALARM -> OK transition).',
      )
    })

    it('treat missing data as told', async () => {
      await alarm('Breaching', { TreatMissingData: 'breaching' })
      await alarm('Fine', { TreatMissingData: 'notBreaching' })
      expect((await inState('Breaching', 'ALARM')).StateReason).toBe(
        'Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as [Breaching].',
      )
      await inState('Fine', 'OK')
      await put('Fine', [1])
      await inState('Fine', 'ALARM')
      cloud.kernel.clock.advance(5 * 60_000)
      await inState('Fine', 'OK')
    })

    it('tell their history', async () => {
      await alarm('Set')
      const set = { AlarmName: 'Set', StateReason: 'by hand' }
      await cloud.cloudwatch.send(new SetAlarmStateCommand({ ...set, StateValue: 'ALARM' }))
      await cloud.cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames: ['Set'] }))
      const { AlarmHistoryItems } = await cloud.cloudwatch.send(
        new DescribeAlarmHistoryCommand({ AlarmName: 'Set', ScanBy: 'TimestampAscending' }),
      )
      expect(AlarmHistoryItems!.map((item) => item.HistorySummary)).toEqual([
        'Alarm "Set" created',
        'Alarm updated from INSUFFICIENT_DATA to ALARM',
        'Alarm "Set" deleted',
      ])
    })

    it('combine into composite alarms', async () => {
      await alarm('Left')
      await cloud.cloudwatch.send(
        new PutCompositeAlarmCommand({
          AlarmName: 'Both',
          AlarmRule: 'ALARM(Left) AND NOT OK("Right")',
        }),
      )
      await put('Left', [1])
      await eventually(async () => {
        const { CompositeAlarms } = await cloud.cloudwatch.send(
          new DescribeAlarmsCommand({ AlarmNames: ['Both'], AlarmTypes: ['CompositeAlarm'] }),
        )
        return CompositeAlarms![0]!.StateValue === 'ALARM'
      })
    })

    it('call a function, and say so when an action is not built', async () => {
      const { FunctionArn } = await cloud.lambda.send(
        new CreateFunctionCommand({
          FunctionName: 'on-alarm',
          Runtime: 'nodejs22.x',
          Handler: 'index.handler',
          Role: ROLE,
          Timeout: 30,
          Code: {
            ZipFile: zip({
              'index.js':
                'exports.handler = async (e) => console.log("got", e.alarmData.alarmName, e.alarmData.state.value)',
            }),
          },
        }),
      )
      await waitUntilFunctionActiveV2(
        { client: cloud.lambda, maxWaitTime: 120, minDelay: 0.05 },
        { FunctionName: 'on-alarm' },
      )
      const topic = 'arn:aws:automate:ap-northeast-2:ec2:stop'
      await cloud.lambda.send(
        new AddPermissionCommand({
          FunctionName: 'on-alarm',
          StatementId: 'alarm',
          Action: 'lambda:InvokeFunction',
          Principal: 'lambda.alarms.cloudwatch.amazonaws.com',
          SourceArn: 'arn:aws:cloudwatch:ap-northeast-2:000000000000:alarm:Acting',
          SourceAccount: '000000000000',
        }),
      )
      await alarm('Acting', { AlarmActions: [FunctionArn!, topic] })
      await put('Acting', [1])
      await eventually(async () => {
        const { events } = await cloud.logs
          .send(
            new FilterLogEventsCommand({
              logGroupName: '/aws/lambda/on-alarm',
              filterPattern: '"got Acting ALARM"',
            }),
          )
          .catch(() => ({ events: [] }))
        return events!.length > 0
      })
      const actions = await eventually(async () => {
        const { AlarmHistoryItems } = await cloud.cloudwatch.send(
          new DescribeAlarmHistoryCommand({ AlarmName: 'Acting', HistoryItemType: 'Action' }),
        )
        return AlarmHistoryItems!.length === 2 && AlarmHistoryItems
      })
      const failed = actions.find((item) => item.HistorySummary!.startsWith('Failed'))!
      expect(failed.HistoryData).toContain(
        'Madang does not implement alarm actions of automate yet',
      )
    })
  })
})
