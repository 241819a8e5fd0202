import { validationError } from '../model.ts'
import {
  asList,
  asSeries,
  mapSeries,
  type MathScope,
  type MathValue,
  type Series,
} from './value.ts'

type MathFunction = (args: MathValue[], scope: MathScope) => MathValue

const sum = (values: number[]) => values.reduce((total, value) => total + value, 0)
const mean = (values: number[]) => sum(values) / values.length
const deviation = (values: number[]) => {
  const middle = mean(values)
  return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)))
}

/** Metric math functions, with the meanings of the user guide's "Functions supported for metric math". */
export const functions: Record<string, MathFunction> = {
  ABS: ([value]) => mapSeries(value!, Math.abs),
  CEIL: ([value]) => mapSeries(value!, Math.ceil),
  FLOOR: ([value]) => mapSeries(value!, Math.floor),
  LOG: ([value]) => mapSeries(value!, Math.log),
  LOG10: ([value]) => mapSeries(value!, Math.log10),
  SUM: aggregate(sum),
  AVG: aggregate(mean),
  MIN: aggregate((values) => Math.min(...values)),
  MAX: aggregate((values) => Math.max(...values)),
  STDDEV: aggregate(deviation),
  DIFF: ([value]) => overSteps(asSeries(value), (change) => change),
  DIFF_TIME: ([value]) => overSteps(asSeries(value), (_change, seconds) => seconds),
  RATE: ([value]) => overSteps(asSeries(value), (change, seconds) => change / seconds),
  RUNNING_SUM: ([value]) => runningSum(asSeries(value)),
  PERIOD: (_args, scope) => scope.periodS,
  METRICS: ([filter], scope) => scope.metrics(filter === undefined ? '' : wordOf(filter)),
  METRIC_COUNT: ([value]) => asList(value).length,
  FIRST: ([value]) => asList(value)[0] ?? new Map<number, number>(),
  LAST: ([value]) => asList(value).at(-1) ?? new Map<number, number>(),
  FILL: fill,
  IF: conditional,
  TIME_SERIES: ([value], scope) => {
    if (typeof value !== 'number') throw validationError('TIME_SERIES takes a number.')
    return new Map(scope.grid.map((at) => [at, value]))
  },
  EPOCH: ofTime((date) => date.getTime() / 1000),
  MINUTE: ofTime((date) => date.getUTCMinutes()),
  HOUR: ofTime((date) => date.getUTCHours()),
  // Monday is 1, Sunday 7.
  DAY: ofTime((date) => date.getUTCDay() || 7),
  DATE: ofTime((date) => date.getUTCDate()),
  MONTH: ofTime((date) => date.getUTCMonth() + 1),
  YEAR: ofTime((date) => date.getUTCFullYear()),
  DATAPOINT_COUNT: aggregate((values) => values.length),
  REMOVE_EMPTY: ([value]) => asList(value).filter(({ size }) => size > 0),
  SLICE: ([value, from, to]) => asList(value).slice(countOf(from), to && countOf(to)),
  SORT: sorted,
}

/** Over an array: one series, point by point. Over one series: a number. */
function aggregate(combine: (values: number[]) => number): MathFunction {
  return (args) => {
    const [value] = args
    if (value instanceof Map) return value.size > 0 ? combine([...value.values()]) : NaN
    const list = args.length > 1 ? args.map(asSeries) : asList(value)
    const times = [...new Set(list.flatMap((series) => [...series.keys()]))].sort((a, b) => a - b)
    return new Map(
      times.map((at) => [
        at,
        combine(list.flatMap((series) => (series.has(at) ? [series.get(at)!] : []))),
      ]),
    )
  }
}

function overSteps(series: Series, of: (change: number, seconds: number) => number): Series {
  const points = [...series]
  return new Map(
    points.slice(1).map(([at, value], i) => {
      const [beforeAt, before] = points[i]!
      return [at, of(value - before, (at - beforeAt) / 1000)]
    }),
  )
}

function runningSum(series: Series): Series {
  let total = 0
  return new Map([...series].map(([at, value]) => [at, (total += value)]))
}

/** One value for each stretch of the range, also where the series has none. */
function ofTime(of: (date: Date) => number): MathFunction {
  return ([value], scope) => {
    asSeries(value)
    return new Map(scope.grid.map((at) => [at, of(new Date(at))]))
  }
}

function wordOf(value: MathValue | undefined): string {
  if (typeof value === 'object' && 'text' in value) return value.text
  throw validationError('Error in expression: a text is expected here.')
}

function countOf(value: MathValue | undefined): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return value
  throw validationError('Error in expression: a whole number is expected here.')
}

const orders: Record<string, (values: number[]) => number> = {
  SUM: sum,
  AVG: mean,
  MIN: (values) => Math.min(...values),
  MAX: (values) => Math.max(...values),
}

/** `SORT(METRICS(), MAX, DESC, 3)`: by a number of each series, and perhaps the first of them only. */
function sorted([value, by, way, most]: MathValue[]): MathValue {
  const of = orders[wordOf(by)]
  const order = wordOf(way)
  if (!of || !['ASC', 'DESC'].includes(order)) {
    throw validationError('SORT takes an array, one of SUM, AVG, MIN and MAX, and ASC or DESC.')
  }
  const sign = order === 'ASC' ? 1 : -1
  const key = (series: Series) => of([...series.values()])
  // What has no data has no place among the others.
  const given = asList(value)
  const full = given.filter(({ size }) => size > 0)
  const empty = given.filter(({ size }) => size === 0)
  const all = [...full.toSorted((a, b) => sign * (key(a) - key(b))), ...empty]
  return most === undefined ? all : all.slice(0, countOf(most))
}

function fill([value, how]: MathValue[], scope: MathScope): MathValue {
  if (Array.isArray(value)) return value.map((series) => fill([series, how!], scope) as Series)
  const series = asSeries(value)
  const filled = new Map<number, number>()
  for (const at of scope.grid) {
    const put = series.get(at) ?? replacement(series, at, how)
    if (put !== undefined) filled.set(at, put)
  }
  return filled
}

function replacement(series: Series, at: number, how: MathValue | undefined): number | undefined {
  if (typeof how === 'number') return how
  if (how instanceof Map) return how.get(at)
  const word = typeof how === 'object' && 'text' in how ? how.text : ''
  const before = [...series].filter(([time]) => time < at).at(-1)
  if (word === 'REPEAT') return before?.[1]
  const after = [...series].find(([time]) => time > at)
  if (word !== 'LINEAR') throw validationError('FILL takes a number, a series, REPEAT or LINEAR.')
  if (!before || !after) return undefined
  const share = (at - before[0]) / (after[0] - before[0])
  return before[1] + share * (after[1] - before[1])
}

function conditional([condition, yes, no]: MathValue[]): MathValue {
  if (typeof condition === 'number') return (condition !== 0 ? yes : no) ?? new Map()
  const outcome = new Map<number, number>()
  for (const [at, value] of asSeries(condition)) {
    const chosen = value !== 0 ? yes : no
    const put = typeof chosen === 'number' ? chosen : chosen && asSeries(chosen).get(at)
    if (put !== undefined) outcome.set(at, put)
  }
  return outcome
}
