import type { CloudWatch, Input, Operations, Output, RequestContext } from '../../gateway/index.ts'
import { checkQueries, metricReadOf, runQueries } from './metric-query.ts'
import {
  badCombination,
  checkPeriod,
  dimensionsOf,
  invalidValue,
  metricId,
  missing,
  presentDimensions,
} from './model.ts'
import { readDatum } from './datum.ts'
import type { CloudWatchParts } from './parts.ts'
import { isExtended, type Statistic, statistic } from './statistics.ts'
import { type ListedMetric, listMetrics, readSeries } from './store-metrics.ts'
import type { Summary } from './summary.ts'

const HOUR_MS = 3_600_000
const LISTED_MS = 14 * 24 * HOUR_MS
const MOST_DATAPOINTS = 1440

export const metricOperations = (parts: CloudWatchParts) =>
  ({
    async PutMetricData(input, ctx) {
      const namespace = checkNamespace(input.Namespace, ctx)
      const given = input.MetricData ?? []
      if (given.length > 1000) {
        throw invalidValue('The collection MetricData must not have a size greater than 1000.')
      }
      if (given.length === 0) throw missing('The parameter MetricData is required.')
      const data = given.map((datum, i) =>
        readDatum(datum, namespace, `MetricData.member.${i + 1}`, ctx.now),
      )
      await parts.writer.put(ctx, data)
      return {}
    },

    GetMetricStatistics: (input, ctx) => getStatistics(parts, input, ctx),
    GetMetricData: (input, ctx) => getData(parts, input, ctx),

    async ListMetrics(input, ctx) {
      const ageMs = input.RecentlyActive === 'PT3H' ? 3 * HOUR_MS : LISTED_MS
      const metrics = await listMetrics(parts.database, ctx, {
        namespace: input.Namespace,
        name: input.MetricName,
        sinceMs: ctx.now - ageMs,
      })
      const wanted = metrics
        .filter((metric) => hasDimensions(metric, input.Dimensions ?? []))
        .map((metric) => ({ metric, key: listKey(metric) }))
        .sort((a, b) => (a.key < b.key ? -1 : 1))
      const start = input.NextToken ? afterKey(wanted, input.NextToken) : 0
      const page = wanted.slice(start, start + 500)
      return {
        Metrics: page.map(({ metric }) => ({
          Namespace: metric.namespace,
          MetricName: metric.name,
          Dimensions: presentDimensions(metric.dimensions),
        })),
        ...(start + 500 < wanted.length && { NextToken: token(page.at(-1)!.key) }),
      }
    },
  }) satisfies Operations<CloudWatch>

function checkNamespace(namespace: string | undefined, ctx: RequestContext): string {
  if (!namespace) throw missing('The parameter Namespace is required.')
  if (!/^[^:][^<>"]{0,254}$/.test(namespace)) {
    throw invalidValue('The value for parameter Namespace is invalid.')
  }
  // AWS keeps the prefix for itself; so does this cloud for its own services.
  if (namespace.startsWith('AWS/') && ctx.principal.kind !== 'service') {
    throw invalidValue('The value AWS/ for parameter Namespace is invalid.')
  }
  return namespace
}

const token = (key: string) => Buffer.from(key).toString('base64url')
const listKey = (metric: ListedMetric) =>
  JSON.stringify([metric.namespace, metric.name, metric.dimensions])

function afterKey(list: { key: string }[], given: string): number {
  const key = Buffer.from(given, 'base64url').toString()
  const at = list.findIndex((entry) => entry.key > key)
  return at < 0 ? list.length : at
}

type Filter = { Name?: string | undefined; Value?: string | undefined }

function hasDimensions(metric: ListedMetric, filters: Filter[]): boolean {
  return filters.every(({ Name, Value }) =>
    metric.dimensions.some(([name, value]) => name === Name && (!Value || Value === value)),
  )
}

async function getStatistics(
  parts: CloudWatchParts,
  input: Input<CloudWatch, 'GetMetricStatistics'>,
  ctx: RequestContext,
): Promise<Output<CloudWatch, 'GetMetricStatistics'>> {
  const periodS = checkPeriod(input.Period)
  const names = [...(input.Statistics ?? []), ...(input.ExtendedStatistics ?? [])]
  if (names.length === 0) throw missing('Must specify either Statistics or ExtendedStatistics')
  const chosen = names.map((name): [string, Statistic] => {
    const compute = statistic(name)
    if (!compute) throw invalidValue(`The value ${name} for parameter Statistics is not supported.`)
    return [name, compute]
  })
  const range = alignedRange(input.StartTime, input.EndTime, periodS)
  if ((range.endMs - range.startMs) / (periodS * 1000) > MOST_DATAPOINTS) {
    throw badCombination(
      `You have requested up to ${Math.ceil((range.endMs - range.startMs) / (periodS * 1000))} datapoints, which exceeds the limit of 1,440. You may reduce the datapoints requested by increasing Period, or decreasing the time range.`,
    )
  }
  const key = {
    namespace: input.Namespace!,
    name: input.MetricName!,
    dimensions: dimensionsOf(input.Dimensions),
  }
  const id = metricId(ctx, key)
  const periodMs = periodS * 1000
  const units = await readSeries(parts.database, id, { ...range, periodMs, unit: input.Unit })
  const told = (unit: string, at: number, summary: Summary) => {
    const simple: Record<string, number> = {}
    const extended: Record<string, number> = {}
    for (const [name, compute] of chosen) {
      const value = compute(summary)
      if (value !== undefined) (isExtended(name) ? extended : simple)[name] = value
    }
    const ExtendedStatistics = Object.keys(extended).length > 0 ? extended : undefined
    return { Timestamp: new Date(at), Unit: unit as 'None', ...simple, ExtendedStatistics }
  }
  const Datapoints = [...units].flatMap(([unit, series]) =>
    [...series].map(([at, summary]) => told(unit, at, summary)),
  )
  return { Label: key.name, Datapoints }
}

function alignedRange(start: Date | undefined, end: Date | undefined, periodS: number) {
  if (!start || !end) throw missing('The parameters StartTime and EndTime are required.')
  if (start.getTime() >= end.getTime()) {
    throw invalidValue('The parameter StartTime must be less than the parameter EndTime.')
  }
  // Data of the last 15 days: a start is brought down to the whole minute, or period below that.
  const stepMs = Math.min(periodS, 60) * 1000
  return { startMs: Math.floor(start.getTime() / stepMs) * stepMs, endMs: end.getTime() }
}

async function getData(
  parts: CloudWatchParts,
  input: Input<CloudWatch, 'GetMetricData'>,
  ctx: RequestContext,
): Promise<Output<CloudWatch, 'GetMetricData'>> {
  const queries = checkQueries(input.MetricDataQueries)
  const periods = queries.flatMap((query) => metricReadOf(ctx, query)?.periodS ?? [])
  // Aligned to the period, as GetMetricData's reference asks for best performance and AWS answers.
  const range = alignedRange(input.StartTime, input.EndTime, Math.min(60, ...periods))
  const stepMs = Math.min(...(periods.length > 0 ? periods : [60])) * 1000
  range.startMs = Math.floor(range.startMs / stepMs) * stepMs
  const outcomes = await runQueries(parts.database, ctx, queries, range)
  const results = queries
    .filter((query) => query.ReturnData !== false)
    .flatMap((query) => {
      const { id, label, series, units } = outcomes.get(query.Id!)!
      return series.map((points) => {
        const ordered = [...points].sort(([a], [b]) => a - b)
        if (input.ScanBy !== 'TimestampAscending') ordered.reverse()
        return { id, label, units, ordered }
      })
    })
  return page(results, input)
}

interface Result {
  id: string
  label: string
  units: string[]
  ordered: [number, number][]
}

/** `MaxDatapoints` over all results of a page; the token is where to go on in each. */
function page(results: Result[], input: Input<CloudWatch, 'GetMetricData'>) {
  const most = input.MaxDatapoints ?? 100_800
  if (most < 1 || most > 100_800) {
    throw invalidValue('The parameter MaxDatapoints must be between 1 and 100800.')
  }
  const start = input.NextToken ? Number(Buffer.from(input.NextToken, 'base64url').toString()) : 0
  if (!Number.isSafeInteger(start) || start < 0) throw invalidValue('The NextToken is not valid.')
  const share = Math.max(1, Math.floor(most / Math.max(results.length, 1)))
  const isMore = results.some((result) => result.ordered.length > start + share)
  const next = Buffer.from(String(start + share)).toString('base64url')
  return {
    MetricDataResults: results.map(({ id, label, units, ordered }) => {
      const points = ordered.slice(start, start + share)
      const isPartial = ordered.length > start + share
      return {
        Id: id,
        Label: label,
        Timestamps: points.map(([at]) => new Date(at)),
        Values: points.map(([, value]) => value),
        StatusCode: isPartial ? ('PartialData' as const) : ('Complete' as const),
        ...(units.length > 1 && { Messages: [multipleUnits(units)] }),
      }
    }),
    ...(isMore && { NextToken: next }),
    Messages: [],
  }
}

const multipleUnits = (units: string[]) => ({
  Code: 'MultipleUnits',
  Value: `Multiple units returned: '[${units.join(', ')}]'`,
})
