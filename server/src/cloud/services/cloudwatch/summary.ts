/** What is known of a stretch of a metric: its statistics, and its values where those were given. */
export interface Summary {
  count: number
  sum: number
  min: number
  max: number
  /** Value → how often; undefined once a statistic set came in. */
  values: Map<number, number> | undefined
}

/** Distinct values kept exactly; above it they are rounded to 3 significant digits. */
const MOST_DISTINCT = 4096

export function summaryOf(values: [value: number, count: number][]): Summary {
  const summary: Summary = { count: 0, sum: 0, min: Infinity, max: -Infinity, values: new Map() }
  for (const [value, count] of values) {
    summary.count += count
    summary.sum += value * count
    summary.min = Math.min(summary.min, value)
    summary.max = Math.max(summary.max, value)
    summary.values!.set(value, (summary.values!.get(value) ?? 0) + count)
  }
  return summary
}

export function merge(a: Summary, b: Summary): Summary {
  return {
    count: a.count + b.count,
    sum: a.sum + b.sum,
    min: Math.min(a.min, b.min),
    max: Math.max(a.max, b.max),
    values: a.values && b.values && mergeValues(a.values, b.values),
  }
}

function mergeValues(a: Map<number, number>, b: Map<number, number>): Map<number, number> {
  const merged = new Map(a)
  for (const [value, count] of b) merged.set(value, (merged.get(value) ?? 0) + count)
  if (merged.size <= MOST_DISTINCT) return merged
  const rounded = new Map<number, number>()
  for (const [value, count] of merged) {
    const coarse = Number(value.toPrecision(3))
    rounded.set(coarse, (rounded.get(coarse) ?? 0) + count)
  }
  return rounded
}

/** The single values of a set are known when they can only be one. */
export function valuesOf(summary: Summary): [number, number][] | undefined {
  if (summary.values) return [...summary.values].sort(([a], [b]) => a - b)
  return summary.min === summary.max ? [[summary.min, summary.count]] : undefined
}
