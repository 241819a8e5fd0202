import { type Summary, valuesOf } from './summary.ts'

/** A statistic by name; undefined where the stretch can't tell it (a percentile of a statistic set). */
export type Statistic = (summary: Summary) => number | undefined

const simple: Record<string, Statistic> = {
  SampleCount: ({ count }) => count,
  Sum: ({ sum }) => sum,
  Average: ({ sum, count }) => (count > 0 ? sum / count : undefined),
  Minimum: ({ min }) => min,
  Maximum: ({ max }) => max,
  IQM: (summary) => trimmed(summary, 25, 75, ({ mean }) => mean),
}

/** `Sum`, `p99`, `p99.9`, `tm95`, `tm(5%:95%)`, `tc99`, `ts99`, `wm98`, `IQM`; undefined when there is no such. */
export function statistic(name: string): Statistic | undefined {
  const known = Object.hasOwn(simple, name) ? simple[name] : undefined
  if (known) return known
  const one = /^(p|tm|tc|ts|wm)(\d{1,3}(?:\.\d{1,10})?)$/i.exec(name)
  if (one) return byPercent(one[1]!, 0, Number(one[2]))
  const range = /^(tm|tc|ts|wm)\((\d{1,3}(?:\.\d+)?)%:(\d{1,3}(?:\.\d+)?)%\)$/i.exec(name)
  return range ? byPercent(range[1]!, Number(range[2]), Number(range[3])) : undefined
}

export const isExtended = (name: string) => !Object.hasOwn(simple, name) || name === 'IQM'

function byPercent(kind: string, low: number, high: number): Statistic | undefined {
  if (high > 100 || low >= high) return undefined
  const shape = kind.toLowerCase()
  if (shape === 'p') return (summary) => percentile(summary, high)
  if (shape === 'wm') return (summary) => winsorised(summary, low, high)
  return (summary) =>
    trimmed(summary, low, high, (cut) => {
      if (shape === 'tc') return cut.count
      return shape === 'ts' ? cut.sum : cut.mean
    })
}

/** Nearest rank: the smallest value with at least `percent` of the samples at or below it. */
function percentile(summary: Summary, percent: number): number | undefined {
  const values = valuesOf(summary)
  if (!values) return undefined
  const rank = Math.max((percent / 100) * summary.count, Number.MIN_VALUE)
  let seen = 0
  for (const [value, count] of values) {
    seen += count
    if (seen >= rank - 1e-9) return value
  }
  return values.at(-1)?.[0]
}

interface Cut {
  count: number
  sum: number
  mean: number | undefined
}

function trimmed(
  summary: Summary,
  low: number,
  high: number,
  pick: (cut: Cut) => number | undefined,
): number | undefined {
  const values = valuesOf(summary)
  if (!values) return undefined
  const from = (low / 100) * summary.count
  const to = (high / 100) * summary.count
  let seen = 0
  let count = 0
  let sum = 0
  for (const [value, times] of values) {
    const inside = Math.min(seen + times, to) - Math.max(seen, from)
    if (inside > 0) {
      count += inside
      sum += inside * value
    }
    seen += times
  }
  return pick({ count, sum, mean: count > 0 ? sum / count : undefined })
}

/** Values beyond the bounds count as the bounds. */
function winsorised(summary: Summary, low: number, high: number): number | undefined {
  const values = valuesOf(summary)
  const least = low === 0 ? summary.min : percentile(summary, low)
  const most = percentile(summary, high)
  if (!values || least === undefined || most === undefined) return undefined
  const sum = values.reduce(
    (total, [value, count]) => total + Math.min(Math.max(value, least), most) * count,
    0,
  )
  return sum / summary.count
}
