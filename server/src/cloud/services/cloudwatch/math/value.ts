import { validationError } from '../model.ts'

/** Values by the start of their stretch (ms), oldest first. */
export type Series = Map<number, number>

/** A number, a time series, an array of them, or a word such as REPEAT. */
export type MathValue = number | Series | Series[] | { text: string }

export interface MathScope {
  /** The value of another query's id. */
  resolve(id: string): MathValue | undefined
  /** Metrics (not expressions) of the request whose id holds the text: what METRICS() gives. */
  metrics(part?: string): Series[]
  /** Starts of every stretch of the range, oldest first. */
  grid: number[]
  periodS: number
}

export function mapSeries(value: MathValue, change: (value: number) => number): MathValue {
  if (typeof value === 'number') return change(value)
  if (value instanceof Map) return clean(new Map([...value].map(([at, v]) => [at, change(v)])))
  if (Array.isArray(value)) return value.map((series) => mapSeries(series, change) as Series)
  throw notNumeric()
}

/** Two values point by point: a point missing on either side is missing in the outcome. */
export function zip(
  a: MathValue,
  b: MathValue,
  combine: (a: number, b: number) => number,
): MathValue {
  if (typeof b === 'number') return mapSeries(a, (value) => combine(value, b))
  if (typeof a === 'number') return mapSeries(b, (value) => combine(a, value))
  if (Array.isArray(a)) {
    if (Array.isArray(b) && b.length !== a.length) {
      throw validationError('Arrays in an expression have to be of the same length.')
    }
    return a.map((series, i) => zip(series, Array.isArray(b) ? b[i]! : b, combine) as Series)
  }
  if (Array.isArray(b)) return b.map((series) => zip(a, series, combine) as Series)
  if (!(a instanceof Map) || !(b instanceof Map)) throw notNumeric()
  const both = [...a].filter(([at]) => b.has(at))
  return clean(new Map(both.map(([at, value]) => [at, combine(value, b.get(at)!)])))
}

/** A division by zero gives no datapoint. */
function clean(series: Series): Series {
  for (const [at, value] of series) if (!Number.isFinite(value)) series.delete(at)
  return series
}

export function asSeries(value: MathValue | undefined): Series {
  if (value instanceof Map) return value
  throw validationError('Error in expression: a time series is expected here.')
}

export function asList(value: MathValue | undefined): Series[] {
  if (Array.isArray(value)) return value
  throw validationError('Error in expression: an array of time series is expected here.')
}

const notNumeric = () =>
  validationError('Error in expression: a number or time series is expected.')
