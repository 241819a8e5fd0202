import type { CloudWatch, Input } from '../../gateway/index.ts'
import { dimensionsOf, invalidValue, type MetricKey, missing, badCombination } from './model.ts'
import { type Summary, summaryOf } from './summary.ts'

type GivenDatum = NonNullable<Input<CloudWatch, 'PutMetricData'>['MetricData']>[number]

/** One checked datum, placed into its second or minute. */
export interface Datum extends MetricKey {
  atMs: number
  unit: string
  summary: Summary
}

const LARGEST = 2 ** 360
const TWO_WEEKS_MS = 14 * 86_400_000
const TWO_HOURS_MS = 2 * 3_600_000

export const units = new Set(
  (
    'Seconds Microseconds Milliseconds Bytes Kilobytes Megabytes Gigabytes Terabytes Bits Kilobits ' +
    'Megabits Gigabits Terabits Percent Count Bytes/Second Kilobytes/Second Megabytes/Second ' +
    'Gigabytes/Second Terabytes/Second Bits/Second Kilobits/Second Megabits/Second ' +
    'Gigabits/Second Terabits/Second Count/Second None'
  ).split(' '),
)

/** Checks a datum as PutMetricData does; `place` is its name in AWS's messages. */
export function readDatum(given: GivenDatum, namespace: string, place: string, now: number): Datum {
  if (!given.MetricName) throw missing(`The parameter ${place}.MetricName is required.`)
  const name = given.MetricName
  const unit = given.Unit ?? 'None'
  if (!units.has(unit)) {
    throw invalidValue(
      `The parameter ${place}.Unit must be a value in the set [ ${[...units].join(', ')} ].`,
    )
  }
  const atMs = (given.Timestamp ?? new Date(now)).getTime()
  if (Number.isNaN(atMs) || atMs < now - TWO_WEEKS_MS || atMs > now + TWO_HOURS_MS) {
    throw invalidValue(
      `The parameter ${place}.Timestamp must specify a time no more than two weeks in the past and no more than two hours in the future.`,
    )
  }
  const stepMs = given.StorageResolution === 1 ? 1000 : 60_000
  return {
    namespace,
    name,
    dimensions: dimensionsOf(given.Dimensions),
    unit,
    atMs: Math.floor(atMs / stepMs) * stepMs,
    summary: readSummary(given, place),
  }
}

function readSummary(given: GivenDatum, place: string): Summary {
  const forms = [given.Value, given.Values, given.StatisticValues].filter((it) => it !== undefined)
  if (forms.length === 0) {
    throw missing(
      `At least one of the parameters ${place}.Value, ${place}.Values or ${place}.StatisticValues must be specified.`,
    )
  }
  if (forms.length > 1) {
    throw badCombination(
      `The parameters ${place}.Value, ${place}.Values and ${place}.StatisticValues are mutually exclusive and you have specified more than one.`,
    )
  }
  if (given.StatisticValues) return readSet(given.StatisticValues, place)
  if (given.Value !== undefined) return summaryOf([[checkNumber(given.Value, `${place}.Value`), 1]])
  return readValues(given.Values ?? [], given.Counts, place)
}

function readValues(values: number[], counts: number[] | undefined, place: string): Summary {
  if (values.length === 0 || values.length > 150) {
    throw invalidValue(`The collection ${place}.Values must have between 1 and 150 members.`)
  }
  if (counts && counts.length !== values.length) {
    throw invalidValue(
      `The parameters ${place}.Values and ${place}.Counts must be of the same size.`,
    )
  }
  const pairs = values.map((value, i): [number, number] => [
    checkNumber(value, `${place}.Values`),
    counts?.[i] ?? 1,
  ])
  if (pairs.some(([, count]) => !(count > 0))) {
    throw invalidValue(`The parameter ${place}.Counts must be greater than 0.`)
  }
  return summaryOf(pairs)
}

function readSet(set: NonNullable<GivenDatum['StatisticValues']>, place: string): Summary {
  const { SampleCount: count, Sum: sum, Minimum: min, Maximum: max } = set
  if (count === undefined || sum === undefined || min === undefined || max === undefined) {
    throw missing(
      `The parameter ${place}.StatisticValues must hold SampleCount, Sum, Minimum and Maximum.`,
    )
  }
  for (const number of [count, sum, min, max]) checkNumber(number, `${place}.StatisticValues`)
  if (count <= 0 || min > max) {
    throw invalidValue(`The parameter ${place}.StatisticValues is not consistent.`)
  }
  const single: [number, number][] = [[min, count]]
  return { count, sum, min, max, values: min === max ? new Map(single) : undefined }
}

function checkNumber(value: number, place: string): number {
  if (Number.isNaN(value) || Math.abs(value) > LARGEST) {
    throw invalidValue(`The value ${value} for parameter ${place} is invalid.`)
  }
  return value
}
