import { formatDate } from './format.ts'
import type { Native } from './machine.ts'
import { arg } from './machine.ts'
import { isNumber, toDouble, toInt } from './numbers.ts'
import { toGroovyString } from './print.ts'
import { MS_PER_DAY, plusMonths, timeOf } from './time-values.ts'
import { GroovyDate, GroovyMap, type GroovyObject, type Value } from './value.ts'

// java.util.Date and Calendar, in UTC.

type Rest = Parameters<Native> extends [unknown, unknown, ...infer R] ? R : never
type DateNative = (self: GroovyDate, args: Value[], ...rest: Rest) => ReturnType<Native>

function int(args: Value[], at = 0): number {
  const value = arg(args, at)
  return isNumber(value) ? toInt(value) : 0
}

function ms(value: Value): number {
  if (value instanceof GroovyDate) return value.ms
  return isNumber(value) ? toDouble(value) : 0
}

const field =
  (read: (date: Date) => number): DateNative =>
  (self) =>
    read(new Date(self.ms))

const startOfDay = (moment: number) => Math.floor(moment / MS_PER_DAY) * MS_PER_DAY

function walkDays(step: 1 | -1): DateNative {
  return function* (self, args, machine, frame) {
    const end = ms(arg(args, 0))
    for (let at = self.ms; (end - at) * step >= 0; at += step * MS_PER_DAY) {
      yield* machine.call(arg(args, 1), [new GroovyDate(at)], frame)
    }
    return null
  }
}

/** `date.updated(year: 2000)`. */
function updated(self: GroovyDate, changes: Value): GroovyDate {
  const date = new Date(self.ms)
  const set: Record<string, (value: number) => unknown> = {
    year: (value) => date.setUTCFullYear(value),
    month: (value) => date.setUTCMonth(value),
    date: (value) => date.setUTCDate(value),
    dayOfMonth: (value) => date.setUTCDate(value),
    hourOfDay: (value) => date.setUTCHours(value),
    minute: (value) => date.setUTCMinutes(value),
    second: (value) => date.setUTCSeconds(value),
  }
  if (changes instanceof GroovyMap) {
    for (const [name, value] of changes) {
      if (Object.hasOwn(set, String(name)) && isNumber(value)) set[String(name)]!(toInt(value))
    }
  }
  return new GroovyDate(date.getTime())
}

const methods: Record<string, DateNative> = {
  getTime: (self) => BigInt(Math.trunc(self.ms)),
  toTimestamp: (self) => BigInt(Math.trunc(self.ms)),
  format: (self, args) =>
    formatDate(
      self.ms,
      toGroovyString(arg(args, 0)),
      args.length > 1 ? toGroovyString(arg(args, 1)) : 'UTC',
    ),
  plus: (self, args) => new GroovyDate(self.ms + int(args) * MS_PER_DAY),
  minus: (self, args) => {
    const other = arg(args, 0)
    if (other instanceof GroovyDate) return Math.trunc((self.ms - other.ms) / MS_PER_DAY)
    return new GroovyDate(self.ms - int(args) * MS_PER_DAY)
  },
  next: (self) => new GroovyDate(self.ms + MS_PER_DAY),
  previous: (self) => new GroovyDate(self.ms - MS_PER_DAY),
  upto: walkDays(1),
  downto: walkDays(-1),
  before: (self, args) => self.ms < ms(arg(args, 0)),
  after: (self, args) => self.ms > ms(arg(args, 0)),
  compareTo: (self, args) => Math.sign(self.ms - ms(arg(args, 0))),
  clone: (self) => new GroovyDate(self.ms),
  clearTime: (self) => {
    self.ms = startOfDay(self.ms)
    return self
  },
  setTime: (self, args) => {
    self.ms = ms(arg(args, 0))
    return null
  },
  updated: (self, args) => updated(self, arg(args, 0)),
  set: (self, args) => {
    self.ms = updated(self, arg(args, 0)).ms
    return null
  },
  copyWith: (self, args) => updated(self, arg(args, 0)),
  getDateString: (self) => formatDate(self.ms, 'M/d/yy'),
  toInstant: (self) => timeOf('Instant', self.ms),
  toCalendar: (self) => self,
  getYear: field((date) => date.getUTCFullYear() - 1900),
  getMonth: field((date) => date.getUTCMonth()),
  getDate: field((date) => date.getUTCDate()),
  getHours: field((date) => date.getUTCHours()),
  getMinutes: field((date) => date.getUTCMinutes()),
  getSeconds: field((date) => date.getUTCSeconds()),
  getDay: field((date) => date.getUTCDay()),
  getTimezoneOffset: () => 0,
  getAt: (self, args) => calendarField(self.ms, int(args)),
}

export const dateMethods: ReadonlyMap<string, Native> = new Map<string, Native>(
  Object.entries(methods) as [string, Native][],
)

/** java.util.Calendar's numbers of fields. */
export const CALENDAR_FIELDS: Record<string, number> = {
  YEAR: 1,
  MONTH: 2,
  WEEK_OF_YEAR: 3,
  DATE: 5,
  DAY_OF_MONTH: 5,
  DAY_OF_YEAR: 6,
  DAY_OF_WEEK: 7,
  AM_PM: 9,
  HOUR: 10,
  HOUR_OF_DAY: 11,
  MINUTE: 12,
  SECOND: 13,
  MILLISECOND: 14,
  SUNDAY: 1,
  MONDAY: 2,
  TUESDAY: 3,
  WEDNESDAY: 4,
  THURSDAY: 5,
  FRIDAY: 6,
  SATURDAY: 7,
  JANUARY: 0,
  DECEMBER: 11,
}

function calendarField(moment: number, which: number): number {
  const date = new Date(moment)
  const fields: Record<number, () => number> = {
    1: () => date.getUTCFullYear(),
    2: () => date.getUTCMonth(),
    3: () => Number(formatDate(moment, 'w')),
    5: () => date.getUTCDate(),
    6: () => Number(formatDate(moment, 'D')),
    7: () => date.getUTCDay() + 1,
    9: () => (date.getUTCHours() < 12 ? 0 : 1),
    10: () => date.getUTCHours() % 12,
    11: () => date.getUTCHours(),
    12: () => date.getUTCMinutes(),
    13: () => date.getUTCSeconds(),
    14: () => date.getUTCMilliseconds(),
  }
  return fields[which]?.() ?? 0
}

const STEPS: Record<number, number> = {
  3: 7 * MS_PER_DAY,
  5: MS_PER_DAY,
  6: MS_PER_DAY,
  7: MS_PER_DAY,
  10: 3_600_000,
  11: 3_600_000,
  12: 60_000,
  13: 1000,
  14: 1,
}

function added(moment: number, which: number, by: number): number {
  if (which === 1) return plusMonths(moment, by * 12)
  return which === 2 ? plusMonths(moment, by) : moment + by * (STEPS[which] ?? 0)
}

/** Calendar.set: one field, or year, month, day and the time of day. */
function calendarSet(moment: number, args: Value[]): number {
  if (args.length === 2) {
    const which = int(args)
    return added(moment, which, int(args, 1) - calendarField(moment, which))
  }
  const date = new Date(moment)
  date.setUTCFullYear(int(args), int(args, 1), int(args, 2))
  if (args.length > 3) date.setUTCHours(int(args, 3), int(args, 4), int(args, 5))
  return date.getTime()
}

/** The last day of the month (field 5) or of the year (6); of the clock's fields what they can show. */
function most(moment: number, field: number): number {
  const date = new Date(moment)
  const year = date.getUTCFullYear()
  if (field === 5) return new Date(Date.UTC(year, date.getUTCMonth() + 1, 0)).getUTCDate()
  if (field === 6) return (Date.UTC(year + 1, 0, 1) - Date.UTC(year, 0, 1)) / MS_PER_DAY
  return { 2: 11, 7: 7, 11: 23, 12: 59, 13: 59, 14: 999 }[field] ?? 0
}

/** Methods of a Calendar object, whose moment is its field `ms`. */
export function calendarMethod(self: GroovyObject, name: string, args: Value[]): Value | undefined {
  const moment = ms(self.fields.get('ms') ?? null)
  const put = (value: number): null => {
    self.fields.set('ms', BigInt(value))
    return null
  }
  switch (name) {
    case 'get':
    case 'getAt':
      return calendarField(moment, int(args))
    case 'add':
    case 'roll':
      return put(added(moment, int(args), int(args, 1)))
    case 'set':
      return put(calendarSet(moment, args))
    case 'setTime':
    case 'setTimeInMillis':
      return put(ms(arg(args, 0)))
    case 'getTimeInMillis':
      return BigInt(moment)
    case 'getTime':
      return new GroovyDate(moment)
    case 'getActualMaximum':
      return most(moment, int(args))
    case 'format':
      return formatDate(moment, toGroovyString(arg(args, 0)))
    case 'setTimeZone':
      return null
    default:
      return undefined
  }
}
