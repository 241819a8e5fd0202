import { type CloudAlarm, type CloudSeries, cloudConsoleEndpoints as api } from '@madang/api'
import { refuse, type Route, route } from '../../kernel/index.ts'
import type { Aws, CloudWatch, Output } from '../gateway/index.ts'
import { answered } from './answered.ts'
import type { ConsoleParts } from './parts.ts'
import { ruleText } from './rule-text.ts'

type Described = Output<CloudWatch, 'DescribeAlarms'>
type MetricAlarm = NonNullable<Described['MetricAlarms']>[number]
type CompositeAlarm = NonNullable<Described['CompositeAlarms']>[number]

export function cloudWatchRoutes({ aws, now }: ConsoleParts): Route[] {
  return [
    route(api.cloudMetricList, async ({ query }) => {
      const input = { Namespace: query.namespace, NextToken: query.cursor }
      const page = await answered(aws(query.region).cloudwatch.listMetrics(input))
      const items = (page.Metrics ?? []).map((metric) => ({
        namespace: metric.Namespace!,
        name: metric.MetricName!,
        dimensions: record(metric.Dimensions),
      }))
      return { items, nextCursor: page.NextToken }
    }),
    route(api.cloudSeriesGet, ({ query }) => answered(series(aws(query.region), query, now()))),
    route(api.cloudAlarmList, async ({ query }) => {
      const page = await answered(
        aws(query.region).cloudwatch.describeAlarms({
          AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
          AlarmNames: query.names?.split(','),
          MaxRecords: Math.min(query.limit, 100),
          NextToken: query.cursor,
        }),
      )
      const metric = (page.MetricAlarms ?? []).map(presentMetric)
      const composite = (page.CompositeAlarms ?? []).map(presentComposite)
      return { items: [...metric, ...composite], nextCursor: page.NextToken }
    }),
    route(api.cloudAlarmHistory, async ({ params, query }) => {
      const page = await answered(
        aws(query.region).cloudwatch.describeAlarmHistory({
          AlarmName: params.name,
          AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
          MaxRecords: Math.min(query.limit, 100),
          NextToken: query.cursor,
        }),
      )
      const items = (page.AlarmHistoryItems ?? []).map((item) => ({
        at: item.Timestamp!.toISOString(),
        kind: item.HistoryItemType!,
        summary: item.HistorySummary ?? '',
      }))
      return { items, nextCursor: page.NextToken }
    }),
  ]
}

function record(dimensions: { Name?: string; Value?: string }[] | undefined) {
  return Object.fromEntries((dimensions ?? []).map(({ Name, Value }) => [Name!, Value!]))
}

function presentMetric(alarm: MetricAlarm): CloudAlarm {
  const { Namespace, MetricName, Statistic, ExtendedStatistic } = alarm
  return {
    ...facts(alarm),
    kind: 'metric',
    rule: ruleText(alarm),
    metric:
      Namespace && MetricName
        ? { namespace: Namespace, name: MetricName, dimensions: record(alarm.Dimensions) }
        : undefined,
    stat: Statistic ?? ExtendedStatistic,
    periodS: alarm.Period,
    evaluationPeriods: alarm.EvaluationPeriods,
    datapointsToAlarm: alarm.DatapointsToAlarm ?? alarm.EvaluationPeriods,
    threshold: alarm.Threshold,
  }
}

function presentComposite(alarm: CompositeAlarm): CloudAlarm {
  return { ...facts(alarm), kind: 'composite', rule: alarm.AlarmRule ?? '' }
}

function facts(alarm: MetricAlarm | CompositeAlarm) {
  const since = alarm.StateTransitionedTimestamp ?? alarm.StateUpdatedTimestamp
  return {
    name: alarm.AlarmName!,
    arn: alarm.AlarmArn!,
    description: alarm.AlarmDescription ?? '',
    state: alarm.StateValue!,
    reason: alarm.StateReason ?? '',
    since: since?.toISOString(),
    actionsEnabled: alarm.ActionsEnabled ?? true,
  }
}

interface SeriesQuery {
  namespace: string
  name: string
  dimensions: string
  stat: string
  minutes: number
}

/** About 180 points, in periods that CloudWatch keeps. */
async function series(
  { cloudwatch }: Aws,
  query: SeriesQuery,
  nowMs: number,
): Promise<CloudSeries> {
  const periodS = Math.max(60, Math.ceil((query.minutes * 60) / 180 / 60) * 60)
  const Metric = {
    Namespace: query.namespace,
    MetricName: query.name,
    Dimensions: dimensionsOf(query.dimensions),
  }
  const { MetricDataResults } = await cloudwatch.getMetricData({
    StartTime: new Date(nowMs - query.minutes * 60_000),
    EndTime: new Date(nowMs),
    ScanBy: 'TimestampAscending',
    MetricDataQueries: [
      { Id: 'series', MetricStat: { Metric, Period: periodS, Stat: query.stat } },
    ],
  })
  const { Timestamps = [], Values = [] } = MetricDataResults?.[0] ?? {}
  const points = Timestamps.map((at, index) => ({ at: at.toISOString(), value: Values[index]! }))
  return { periodS, points }
}

function dimensionsOf(text: string): { Name: string; Value: string }[] {
  let given: unknown
  try {
    given = JSON.parse(text)
  } catch {
    throw refuse('badRequest', { reason: 'dimensions is not JSON' })
  }
  return Object.entries(given ?? {}).map(([Name, Value]) => ({ Name, Value: String(Value) }))
}
