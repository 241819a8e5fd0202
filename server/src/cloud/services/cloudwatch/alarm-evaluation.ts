import { type AlarmRule, type AlarmState, comparisons } from './alarm-model.ts'

export interface AlarmPoint {
  atMs: number
  /** Of a metric's point; an expression's has none. */
  sampleCount?: number
  value: number
}

/** What an evaluation found; `undefined` as state leaves the alarm as it is. */
export interface Verdict {
  state: AlarmState | undefined
  /** Real datapoints it rests on, oldest first. */
  points: AlarmPoint[]
  /** Missing ones counted in, as the alarm treats missing data. */
  filled: number
}

/**
 * CloudWatch looks a little further back than the evaluation periods, for late data and gaps. How far
 * isn't published; the user guide's examples look at five periods for an alarm of three.
 */
export const evaluationRange = (rule: AlarmRule) => rule.evaluationPeriods + 2

/**
 * Judges the evaluation range. `slots` are its datapoints, oldest first, undefined where missing;
 * the cases are the tables of the user guide's "Configuring how CloudWatch alarms treat missing data".
 */
export function judge(rule: AlarmRule, slots: (AlarmPoint | undefined)[]): Verdict {
  const { evaluationPeriods: needed, datapointsToAlarm, missingData } = rule
  const points = slots.filter((slot) => slot !== undefined).slice(-needed)
  const breaching = points.filter((point) => breaches(rule, point.value)).length
  const absent = needed - points.length
  if (breaching >= datapointsToAlarm) return { state: 'ALARM', points, filled: 0 }
  if (absent === 0) return { state: 'OK', points, filled: 0 }
  if (missingData === 'breaching' || missingData === 'notBreaching') {
    const counted = breaching + (missingData === 'breaching' ? absent : 0)
    return { state: counted >= datapointsToAlarm ? 'ALARM' : 'OK', points, filled: absent }
  }
  if (breaching < points.length) return { state: 'OK', points, filled: absent }
  if (missingData === 'ignore') return { state: undefined, points, filled: absent }
  if (points.length === 0) return { state: 'INSUFFICIENT_DATA', points, filled: absent }
  return { state: isOldEnough(rule, slots) ? 'ALARM' : undefined, points, filled: absent }
}

/** Only breaching points and gaps: it alarms once the oldest point is `datapointsToAlarm` periods old. */
function isOldEnough(rule: AlarmRule, slots: (AlarmPoint | undefined)[]): boolean {
  const recent = slots.slice(-rule.evaluationPeriods)
  const oldest = recent.findIndex((slot) => slot !== undefined)
  return oldest >= 0 && recent.length - oldest >= rule.datapointsToAlarm
}

export const breaches = (rule: AlarmRule, value: number) =>
  comparisons[rule.comparison].breaches(value, rule.threshold)

/**
 * Whether no later datapoint of the same period can undo the breach: a count, a sum of what isn't
 * negative and a maximum only grow, a minimum only falls. Such a breach is told before the period
 * ends; every other waits for its end, as the period's value isn't known until then.
 */
export function isFinal(
  rule: AlarmRule,
  statistic: string | undefined,
  leastSample: number,
): boolean {
  if (rule.comparison.startsWith('Less')) return statistic === 'Minimum'
  if (statistic === 'Sum') return leastSample >= 0
  return statistic === 'SampleCount' || statistic === 'Maximum'
}
