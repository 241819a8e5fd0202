import { breaches, type Verdict } from './alarm-evaluation.ts'
import { type AlarmRule, type AlarmState, comparisons } from './alarm-model.ts'

/** The sentence of a state change, in CloudWatch's words. */
export function reasonOf(rule: AlarmRule, verdict: Verdict, state: AlarmState): string {
  const { points, filled } = verdict
  if (state === 'INSUFFICIENT_DATA') {
    return `Insufficient Data: ${counted(filled, 'datapoint')} ${filled === 1 ? 'was' : 'were'} unknown.`
  }
  if (points.length === 0) {
    const treated = rule.missingData === 'breaching' ? 'Breaching' : 'NonBreaching'
    return (
      `Threshold Crossed: no datapoints were received for ${counted(filled, 'period')} and ` +
      `${counted(filled, 'missing datapoint')} ${filled === 1 ? 'was' : 'were'} treated as [${treated}].`
    )
  }
  const isAlarm = state === 'ALARM'
  const told = points.filter((point) => breaches(rule, point.value) === isAlarm).reverse()
  const list = told.map(({ value, atMs }) => `${asDouble(value)} (${asMoment(atMs)})`).join(', ')
  const verb = `${told.length === 1 ? 'was' : 'were'}${isAlarm ? '' : ' not'}`
  const crossed = `[${list}] ${verb} ${comparisons[rule.comparison].words} the threshold (${asDouble(rule.threshold)})`
  if (!rule.isDatapointsGiven) {
    return `Threshold Crossed: ${counted(told.length, 'datapoint')} ${crossed}.`
  }
  const least = isAlarm
    ? rule.datapointsToAlarm
    : rule.evaluationPeriods - rule.datapointsToAlarm + 1
  const change = isAlarm ? 'OK -> ALARM' : 'ALARM -> OK'
  return (
    `Threshold Crossed: ${told.length} out of the last ${rule.evaluationPeriods} datapoints ` +
    `${crossed} (minimum ${counted(least, 'datapoint')} for ${change} transition).`
  )
}

export interface ReasonData {
  version: '1.0'
  queryDate: string
  startDate?: string
  unit?: string
  statistic?: string
  period: number
  recentDatapoints: number[]
  threshold: number
  evaluatedDatapoints: { timestamp: string; sampleCount?: number; value?: number }[]
}

/** `endMs` is the end of the newest period that was looked at. */
export function reasonDataOf(
  rule: AlarmRule,
  { points }: Verdict,
  { now, endMs }: { now: number; endMs: number },
): ReasonData {
  const { Stat: statistic, Unit: unit } = rule.queries[0]?.MetricStat ?? {}
  const newestFirst = points.toReversed().map(({ atMs, ...point }) => ({
    timestamp: offsetMoment(atMs),
    ...point,
  }))
  const looked = Array.from({ length: rule.evaluationPeriods }, (_, back) => ({
    timestamp: offsetMoment(endMs - (back + 1) * rule.periodS * 1000),
  }))
  return {
    version: '1.0',
    queryDate: offsetMoment(now),
    ...(points[0] && { startDate: offsetMoment(points[0].atMs) }),
    ...(unit && { unit }),
    ...(statistic && { statistic }),
    period: rule.periodS,
    recentDatapoints: points.map((point) => point.value),
    threshold: rule.threshold,
    evaluatedDatapoints: points.length > 0 ? newestFirst : looked,
  }
}

const counted = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`

/** As Java prints a double, which is what CloudWatch shows: `3.0`, `0.25`. */
const asDouble = (value: number) => (Number.isInteger(value) ? `${value}.0` : String(value))

/** `22/11/26 09:00:00`, UTC. */
function asMoment(atMs: number): string {
  const [date, time] = new Date(atMs).toISOString().split('T')
  return `${date!.slice(2).split('-').reverse().join('/')} ${time!.slice(0, 8)}`
}

export const offsetMoment = (atMs: number) => new Date(atMs).toISOString().replace('Z', '+0000')
