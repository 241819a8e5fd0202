import {
  all,
  length,
  oneOf,
  range,
  refusalText,
  required,
  type Rules,
  violations,
} from '../../constraints/index.ts'
import type { CloudWatch, Input } from '../../gateway/index.ts'
import { units } from './datum.ts'
import { validationError } from './model.ts'

const names = length(1, 255)

/** Of the service model; sets in the order in which the real service tells them. */
const rules: Rules = {
  AlarmName: required(names),
  AlarmDescription: length(0, 1024),
  MetricName: names,
  Namespace: names,
  Statistic: oneOf('Maximum', 'SampleCount', 'Sum', 'Minimum', 'Average'),
  Period: range(1, 2 ** 31 - 1),
  Unit: oneOf(...units),
  EvaluationPeriods: required(range(1, 2 ** 31 - 1)),
  DatapointsToAlarm: range(1, 2 ** 31 - 1),
  ComparisonOperator: required(
    oneOf(
      'GreaterThanOrEqualToThreshold',
      'GreaterThanThreshold',
      'GreaterThanUpperThreshold',
      'LessThanLowerOrGreaterThanUpperThreshold',
      'LessThanLowerThreshold',
      'LessThanOrEqualToThreshold',
      'LessThanThreshold',
    ),
  ),
  AlarmActions: length(0, 5),
  OKActions: length(0, 5),
  InsufficientDataActions: length(0, 5),
  Dimensions: all(length(0, 30)),
}

const treatments = ['breaching', 'notBreaching', 'ignore', 'missing']

/** What PutMetricAlarm refuses by its form alone. */
export function checkMetricAlarm(input: Input<CloudWatch, 'PutMetricAlarm'>): void {
  const text = refusalText(violations(input as Record<string, unknown>, rules))
  if (text !== undefined) throw validationError(text)
  const { Period: period, TreatMissingData: treat } = input
  if (period !== undefined && ![10, 20, 30].includes(period) && period % 60 !== 0) {
    throw validationError('Period must be 10, 30 or a multiple of 60')
  }
  if (treat === undefined || treatments.includes(treat)) return
  throw validationError(
    `The value ${treat} is not supported for TreatMissingData parameter. Supported values are [${treatments.join(', ')}].`,
  )
}
