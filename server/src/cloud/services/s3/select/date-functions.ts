import { formatTimestamp, parseTimestamp } from './date-format.ts'
import type { Functions } from './function-table.ts'
import { wrongArgument } from './refusals.ts'
import {
  isTimestamp,
  numberOf,
  readTimestamp,
  type Timestamp,
  type Value,
  wallClock,
} from './values.ts'

export const dateFunctions: Functions = {
  DATE_ADD: [3, 3, ([part, count, moment]) => ofMoment(moment, (t) => add(t, part, count))],
  DATE_DIFF: [
    3,
    3,
    ([part, from, to]) => ofMoment(from, (a) => ofMoment(to, (b) => difference(part, a, b))),
  ],
  EXTRACT: [2, 2, ([part, moment]) => ofMoment(moment, (t) => extract(part, t))],
  TO_STRING: [
    2,
    2,
    ([moment, format]) => {
      if (typeof format !== 'string') throw wrongArgument('TO_STRING')
      return ofMoment(moment, (t) => formatTimestamp(t, format))
    },
  ],
  TO_TIMESTAMP: [1, 2, ([text, format]) => toTimestamp(text, format)],
  UTCNOW: [
    0,
    0,
    (_args, { now }) => ({ isTimestamp: true, ms: now, offsetMinutes: 0, precision: 'fraction' }),
  ],
}

function ofMoment(value: Value, make: (moment: Timestamp) => Value): Value {
  if (value === null || value === undefined) return null
  const moment = isTimestamp(value)
    ? value
    : typeof value === 'string'
      ? readTimestamp(value)
      : undefined
  if (!moment) throw wrongArgument('of a date')
  return make(moment)
}

function toTimestamp(text: Value, format: Value): Value {
  if (text === null || text === undefined) return null
  if (typeof text !== 'string') throw wrongArgument('TO_TIMESTAMP')
  const moment = typeof format === 'string' ? parseTimestamp(text, format) : readTimestamp(text)
  if (!moment) throw wrongArgument('TO_TIMESTAMP')
  return moment
}

const sizes: Record<string, number> = {
  DAY: 86_400_000,
  HOUR: 3_600_000,
  MINUTE: 60_000,
  SECOND: 1000,
}
const needed: Record<string, Timestamp['precision']> = {
  YEAR: 'year',
  MONTH: 'month',
  DAY: 'day',
  HOUR: 'minute',
  MINUTE: 'minute',
  SECOND: 'second',
}
const precisions: Timestamp['precision'][] = [
  'year',
  'month',
  'day',
  'minute',
  'second',
  'fraction',
]

function add(moment: Timestamp, part: Value, count: Value): Timestamp {
  const steps = numberOf(count)
  const unit = String(part)
  if (steps === undefined || !needed[unit]) throw wrongArgument('DATE_ADD')
  // A date gets as fine as what was added to it.
  const finer = Math.max(precisions.indexOf(moment.precision), precisions.indexOf(needed[unit]))
  const precision = precisions[finer]!
  const size = sizes[unit]
  if (size) return { ...moment, precision, ms: moment.ms + steps * size }
  const date = wallClock(moment)
  const day = date.getUTCDate()
  date.setUTCDate(1)
  date.setUTCMonth(date.getUTCMonth() + steps * (unit === 'YEAR' ? 12 : 1))
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate()
  date.setUTCDate(Math.min(day, last))
  return { ...moment, precision, ms: date.getTime() - moment.offsetMinutes * 60_000 }
}

/** Whole units from one to the other, as in the guide: a year has passed on its last day's moment. */
function difference(part: Value, from: Timestamp, to: Timestamp): number {
  const unit = String(part)
  const size = sizes[unit]
  if (size) return Math.trunc((to.ms - from.ms) / size)
  const [a, b] = [new Date(from.ms), new Date(to.ms)]
  const months = (b.getUTCFullYear() - a.getUTCFullYear()) * 12 + b.getUTCMonth() - a.getUTCMonth()
  const rest = (date: Date) => date.getUTCDate() * 86_400_000 + (date.getTime() % 86_400_000)
  const isShort = months > 0 && rest(b) < rest(a) ? 1 : months < 0 && rest(b) > rest(a) ? -1 : 0
  return unit === 'YEAR' ? Math.trunc((months - isShort) / 12) : months - isShort
}

function extract(part: Value, moment: Timestamp): number {
  const date = wallClock(moment)
  const offset = moment.offsetMinutes
  const values: Record<string, number> = {
    YEAR: date.getUTCFullYear(),
    MONTH: date.getUTCMonth() + 1,
    DAY: date.getUTCDate(),
    HOUR: date.getUTCHours(),
    MINUTE: date.getUTCMinutes(),
    SECOND: date.getUTCSeconds(),
    TIMEZONE_HOUR: Math.trunc(offset / 60),
    TIMEZONE_MINUTE: offset % 60,
  }
  return values[String(part)]!
}
