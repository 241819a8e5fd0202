import type { CloudWatch, Input } from '../../gateway/index.ts'
import type { Database } from '../../../kernel/index.ts'
import {
  evaluate,
  type MathScope,
  type MathValue,
  parseExpression,
  type Series,
} from './math/index.ts'
import {
  checkPeriod,
  dimensionsOf,
  invalidValue,
  metricId,
  missing,
  type Scope,
  validationError,
} from './model.ts'
import { type Statistic, statistic } from './statistics.ts'
import { readSeries } from './store-metrics.ts'
import type { Summary } from './summary.ts'

export type GivenQuery = NonNullable<
  Input<CloudWatch, 'GetMetricData'>['MetricDataQueries']
>[number]

/** A checked MetricStat: what to read and how. */
export interface MetricRead {
  metricId: string
  label: string
  periodS: number
  unit: string | undefined
  statistic: Statistic
  statisticName: string
}

export interface Range {
  startMs: number
  endMs: number
}

export function metricReadOf(scope: Scope, query: GivenQuery): MetricRead | undefined {
  const { MetricStat: stat } = query
  if (!stat) return undefined
  const { Metric: metric, Stat: name } = stat
  if (!metric?.Namespace || !metric.MetricName || !name) {
    throw missing('A MetricStat needs Metric.Namespace, Metric.MetricName, Period and Stat.')
  }
  const compute = statistic(name)
  if (!compute) throw invalidValue(`The value ${name} for parameter Stat is not supported.`)
  const dimensions = dimensionsOf(metric.Dimensions)
  const key = { namespace: metric.Namespace, name: metric.MetricName, dimensions }
  return {
    metricId: metricId(scope, key),
    label: key.name,
    periodS: checkPeriod(stat.Period),
    unit: stat.Unit,
    statistic: compute,
    statisticName: name,
  }
}

export function checkQueries(queries: GivenQuery[] | undefined): GivenQuery[] {
  if (!queries?.length || queries.length > 500) {
    throw invalidValue('The collection MetricDataQueries must have between 1 and 500 members.')
  }
  const ids = new Set<string>()
  for (const query of queries) {
    if (!/^[a-z]\w{0,254}$/.test(query.Id ?? '')) {
      throw validationError(
        `The value '${query.Id}' for parameter Id is invalid: it starts with a lowercase letter and holds letters, numbers and underscore.`,
      )
    }
    if (ids.has(query.Id!))
      throw validationError(`The values for parameter id are not unique: ${query.Id}`)
    ids.add(query.Id!)
    if (!query.MetricStat === !query.Expression) {
      throw validationError('Each query has either a MetricStat or an Expression.')
    }
    if (/^\s*(SELECT\s|SEARCH\s*\()/i.test(query.Expression ?? '')) {
      const kind = /SELECT/i.test(query.Expression!) ? 'Metrics Insights (SELECT)' : 'SEARCH'
      throw validationError(`${kind} is not implemented by Madang.`)
    }
  }
  return queries
}

type Read = Pick<QueryOutcome, 'units' | 'counts'>
const unread: Read = { units: [], counts: new Map() }

export interface QueryOutcome {
  id: string
  label: string
  series: Series[]
  /** What the metric's data is measured in; where these are several, the first one's data was read. */
  units: string[]
  /** How many samples a metric's point rests on, by time; empty of an expression. */
  counts: Map<number, number>
}

/** Works out every query over a range; metrics are read once, expressions in whatever order they need. */
export async function runQueries(
  database: Database,
  scope: Scope,
  queries: GivenQuery[],
  range: Range,
): Promise<Map<string, QueryOutcome>> {
  const reads = new Map(
    queries.flatMap((query) => {
      const read = metricReadOf(scope, query)
      return read ? [[query.Id!, read] as const] : []
    }),
  )
  const periods = [...reads.values()].map((read) => read.periodS)
  const explicit = queries.flatMap((query) => query.Period ?? [])
  const periodS = Math.min(
    ...(periods.length > 0 ? periods : explicit.length > 0 ? explicit : [60]),
  )
  const metrics = new Map<string, Series>()
  const read: Map<string, Read> = new Map()
  for (const [id, wanted] of reads) {
    const byUnit = await readUnits(database, wanted, range)
    const series = firstOf(byUnit)
    const counts = new Map([...series].map(([at, { count }]) => [at, count]))
    read.set(id, { units: [...byUnit.keys()], counts })
    metrics.set(id, statisticOf(wanted, series))
  }
  return new MathRun(queries, metrics, range, periodS).outcomes(read, labelOf(queries, reads))
}

function statisticOf(read: MetricRead, series: Map<number, Summary>): Series {
  return new Map(
    [...series].flatMap(([at, summary]) => {
      const value = read.statistic(summary)
      return value === undefined ? [] : [[at, value] as const]
    }),
  )
}

function readUnits(database: Database, read: MetricRead, { startMs, endMs }: Range) {
  const periodMs = read.periodS * 1000
  return readSeries(database, read.metricId, { startMs, endMs, periodMs, unit: read.unit })
}

/** Where a query names no unit and there are several, the real service tells the first one's data. */
const firstOf = (units: Map<string, Map<number, Summary>>): Map<number, Summary> =>
  [...units.values()][0] ?? new Map()

export const readSummaries = async (database: Database, read: MetricRead, range: Range) =>
  firstOf(await readUnits(database, read, range))

/** A label nobody gave is the metric's name, with the statistic and period where the queries differ in them. */
function labelOf(queries: GivenQuery[], reads: Map<string, MetricRead>) {
  const told = queries.flatMap(({ Id, ReturnData }) =>
    ReturnData === false ? [] : (reads.get(Id!) ?? []),
  )
  const differs = (of: (read: MetricRead) => unknown) => new Set(told.map(of)).size > 1
  const byStatistic = differs((read) => read.statisticName)
  const byPeriod = differs((read) => read.periodS)
  return (query: GivenQuery): string => {
    const read = reads.get(query.Id!)
    if (query.Label !== undefined || !read) return query.Label ?? query.Id!
    const parts = [read.label, byStatistic && read.statisticName, byPeriod && read.periodS]
    return parts.filter((part) => part !== false).join(' ')
  }
}

class MathRun {
  readonly #queries: Map<string, GivenQuery>
  readonly #values = new Map<string, MathValue>()
  readonly #open = new Set<string>()
  readonly #scope: MathScope

  constructor(queries: GivenQuery[], metrics: Map<string, Series>, range: Range, periodS: number) {
    this.#queries = new Map(queries.map((query) => [query.Id!, query]))
    for (const [id, series] of metrics) this.#values.set(id, series)
    const grid: number[] = []
    for (let at = range.startMs; at < range.endMs; at += periodS * 1000) grid.push(at)
    this.#scope = {
      grid,
      periodS,
      metrics: (part = '') =>
        [...metrics].filter(([id]) => id.includes(part)).map(([, series]) => series),
      resolve: (id) => this.#value(id),
    }
  }

  outcomes(
    read: Map<string, Read>,
    labelOf: (query: GivenQuery) => string,
  ): Map<string, QueryOutcome> {
    return new Map(
      [...this.#queries.values()].map((query) => {
        const id = query.Id!
        const series = this.#asSeries(id)
        const { units, counts } = read.get(id) ?? unread
        return [id, { id, label: labelOf(query), series, units, counts }]
      }),
    )
  }

  #asSeries(id: string): Series[] {
    const value = this.#value(id)
    if (Array.isArray(value)) return value
    if (value instanceof Map) return [value]
    throw validationError(`The expression of '${id}' must return a time series.`)
  }

  #value(id: string): MathValue | undefined {
    const known = this.#values.get(id)
    const query = this.#queries.get(id)
    if (known !== undefined || !query?.Expression) return known
    if (this.#open.has(id)) throw validationError(`The expression of '${id}' refers to itself.`)
    this.#open.add(id)
    const value = evaluate(parseExpression(query.Expression), this.#scope)
    this.#values.set(id, value)
    return value
  }
}
