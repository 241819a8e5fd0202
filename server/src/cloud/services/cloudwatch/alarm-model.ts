import type { CloudWatch, Input } from '../../gateway/index.ts'
import { badCombination, checkPeriod, invalidValue, missing, validationError } from './model.ts'
import { checkQueries, type GivenQuery } from './metric-query.ts'

export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA'
export type MissingData = 'missing' | 'ignore' | 'breaching' | 'notBreaching'

type PutMetricAlarm = Input<CloudWatch, 'PutMetricAlarm'>
type PutCompositeAlarm = Input<CloudWatch, 'PutCompositeAlarm'>

/** A metric alarm as it was put, checked. */
export type MetricAlarmConfig = Omit<PutMetricAlarm, 'Tags' | 'ActionsEnabled' | 'AlarmName'>
export type CompositeAlarmConfig = Omit<PutCompositeAlarm, 'Tags' | 'ActionsEnabled' | 'AlarmName'>

export type Comparison =
  | 'GreaterThanOrEqualToThreshold'
  | 'GreaterThanThreshold'
  | 'LessThanThreshold'
  | 'LessThanOrEqualToThreshold'

export const comparisons: Record<
  Comparison,
  { words: string; breaches: (value: number, threshold: number) => boolean }
> = {
  GreaterThanOrEqualToThreshold: {
    words: 'greater than or equal to',
    breaches: (value, threshold) => value >= threshold,
  },
  GreaterThanThreshold: {
    words: 'greater than',
    breaches: (value, threshold) => value > threshold,
  },
  LessThanThreshold: { words: 'less than', breaches: (value, threshold) => value < threshold },
  LessThanOrEqualToThreshold: {
    words: 'less than or equal to',
    breaches: (value, threshold) => value <= threshold,
  },
}

/** A metric alarm's rule in the terms evaluation works with. */
export interface AlarmRule {
  queries: GivenQuery[]
  /** The query whose outcome is compared. */
  watchedId: string
  periodS: number
  evaluationPeriods: number
  datapointsToAlarm: number
  /** Reasons count out of how many only where the alarm says how many are needed. */
  isDatapointsGiven: boolean
  comparison: Comparison
  threshold: number
  missingData: MissingData
}

const DAY_S = 86_400
const WEEK_S = 604_800

export function ruleOf(config: MetricAlarmConfig): AlarmRule {
  const comparison = config.ComparisonOperator as Comparison
  if (!Object.hasOwn(comparisons, comparison)) {
    throw validationError(
      `The comparison operator ${config.ComparisonOperator} (anomaly detection) is not implemented by Madang.`,
    )
  }
  if (config.Threshold === undefined) throw missing('The parameter Threshold is required.')
  const evaluationPeriods = config.EvaluationPeriods ?? 0
  if (evaluationPeriods < 1)
    throw invalidValue('The parameter EvaluationPeriods must be at least 1.')
  const datapointsToAlarm = config.DatapointsToAlarm ?? evaluationPeriods
  if (datapointsToAlarm < 1 || datapointsToAlarm > evaluationPeriods) {
    throw validationError('DatapointsToAlarm must be between 1 and EvaluationPeriods.')
  }
  const watched = config.Metrics?.length ? ofMetrics(config.Metrics) : ofSingle(config)
  const span = watched.periodS * evaluationPeriods
  if (span > (watched.periodS >= 3600 ? WEEK_S : DAY_S)) {
    throw validationError(
      'Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400)',
    )
  }
  const { TreatMissingData: treat = 'missing' } = config
  if (!['missing', 'ignore', 'breaching', 'notBreaching'].includes(treat)) {
    throw invalidValue(`The value ${treat} for parameter TreatMissingData is not supported.`)
  }
  const missingData = treat as MissingData
  const { Threshold: threshold } = config
  const isDatapointsGiven = config.DatapointsToAlarm !== undefined
  const needed = { evaluationPeriods, datapointsToAlarm, isDatapointsGiven }
  return { ...watched, ...needed, comparison, threshold, missingData }
}

type Watched = Pick<AlarmRule, 'queries' | 'watchedId' | 'periodS'>

function ofSingle(config: MetricAlarmConfig): Watched {
  if (!config.MetricName || !config.Namespace) {
    throw missing('An alarm needs MetricName and Namespace, or Metrics.')
  }
  if (config.Statistic && config.ExtendedStatistic) {
    throw badCombination('Statistic and ExtendedStatistic are mutually exclusive.')
  }
  const stat = config.Statistic ?? config.ExtendedStatistic
  if (!stat)
    throw missing('At least one of the parameters Statistic, ExtendedStatistic is required.')
  const periodS = checkPeriod(config.Period)
  const Metric = {
    Namespace: config.Namespace,
    MetricName: config.MetricName,
    Dimensions: config.Dimensions,
  }
  const MetricStat = { Metric, Period: periodS, Stat: stat, Unit: config.Unit }
  return { queries: [{ Id: 'm1', MetricStat }], watchedId: 'm1', periodS }
}

function ofMetrics(given: GivenQuery[]): Watched {
  const queries = checkQueries(given)
  const watched = queries.filter((query) => query.ReturnData !== false)
  if (watched.length !== 1) {
    throw validationError('Exactly one element of the metrics list should return data.')
  }
  const periods = queries.flatMap((query) => query.MetricStat?.Period ?? query.Period ?? [])
  return { queries, watchedId: watched[0]!.Id!, periodS: Math.max(1, ...periods) }
}
