import type { HealthPoint } from '@madang/api'

export interface Bar {
  /** Start, in milliseconds. */
  at: number
  /** `some`: a part of the probes failed. */
  state: 'up' | 'some' | 'down' | 'none'
  probes: number
  failures: number
  /** Mean over the probes. */
  latencyMs: number
}

const BARS = 48
const BAR_MS = 30 * 60_000

/** The last 24 hours in half hours, the oldest first; those without a probe too. */
export function barsOf(points: HealthPoint[], nowMs: number): Bar[] {
  const end = Math.ceil(nowMs / BAR_MS) * BAR_MS
  const bars = Array.from({ length: BARS }, (_, index): Bar => {
    const at = end - (BARS - index) * BAR_MS
    return { at, state: 'none', probes: 0, failures: 0, latencyMs: 0 }
  })
  for (const point of points) {
    const bar = bars[Math.floor((new Date(point.at).getTime() - bars[0]!.at) / BAR_MS)]
    if (bar) add(bar, point)
  }
  return bars
}

function add(bar: Bar, point: HealthPoint): void {
  const probes = bar.probes + point.probes
  if (probes === 0) return
  bar.latencyMs = (bar.latencyMs * bar.probes + point.latencyMs * point.probes) / probes
  bar.probes = probes
  bar.failures += point.failures
  bar.state = bar.failures === 0 ? 'up' : bar.failures === probes ? 'down' : 'some'
}
