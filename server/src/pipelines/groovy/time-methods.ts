import { hostError } from './errors.ts'
import type { Native } from './machine.ts'
import { arg } from './machine.ts'
import { isNumber, toDouble } from './numbers.ts'
import { toGroovyString } from './print.ts'
import { formatTime, instantOf, isZone, offsetMs } from './time-format.ts'
import {
  DAYS_OF_WEEK,
  MONTHS,
  MONTHS_IN,
  MS_PER_DAY,
  plusMonths,
  timeOf,
  timeText,
  UNITS,
} from './time-values.ts'
import { GroovyDate, GroovyTime, type TimeKind, type Value } from './value.ts'

// Methods of java.time's objects. They are one table: a name means the same wherever it is there.

type Rest = Parameters<Native> extends [unknown, unknown, ...infer R] ? R : never
type TimeNative = (self: GroovyTime, args: Value[], ...rest: Rest) => ReturnType<Native>

const isZoned = (kind: TimeKind) => kind === 'ZonedDateTime' || kind === 'OffsetDateTime'

/** The clock the object shows, as UTC milliseconds. */
export function localMs({ kind, ms, zone }: GroovyTime): number {
  return isZoned(kind) ? ms + offsetMs(ms, zone) : ms
}

/** The same kind of object with another local clock. */
function withLocal(self: GroovyTime, local: number): GroovyTime {
  const { kind, zone } = self
  return timeOf(kind, isZoned(kind) ? instantOf(local, zone) : local, zone)
}

function int(args: Value[], at = 0): number {
  const value = arg(args, at)
  return isNumber(value) ? Math.trunc(toDouble(value)) : 0
}

function given(args: Value[], at = 0): GroovyTime {
  const value = arg(args, at)
  if (value instanceof GroovyTime) return value
  if (value instanceof GroovyDate) return timeOf('Instant', value.ms)
  throw hostError('java.lang.IllegalArgumentException', `no time: ${toGroovyString(value)}`)
}

const field =
  (read: (date: Date) => Value): TimeNative =>
  (self) =>
    read(new Date(localMs(self)))

function named(kind: TimeKind, name: string): GroovyTime {
  return timeOf(kind, 0, name)
}

function shifted(self: GroovyTime, unit: string, amount: number): GroovyTime {
  if (self.kind === 'Period') {
    if (unit === 'DAYS') return timeOf('Period', self.ms, String(Number(self.zone) + amount))
    return timeOf('Period', self.ms + amount * (MONTHS_IN[unit] ?? 0), self.zone)
  }
  const months = MONTHS_IN[unit]
  if (months !== undefined) return withLocal(self, plusMonths(localMs(self), amount * months))
  const by = amount * (UNITS[unit] ?? 0)
  // A day more is the same clock a day later, whatever the zone did meanwhile.
  const whole = by % MS_PER_DAY === 0 && isZoned(self.kind)
  return whole ? withLocal(self, localMs(self) + by) : timeOf(self.kind, self.ms + by, self.zone)
}

function shift(sign: 1 | -1): TimeNative {
  return (self, args) => {
    const by = arg(args, 0)
    if (!(by instanceof GroovyTime)) return shifted(self, unitName(args), int(args) * sign)
    if (by.kind === 'Duration') return timeOf(self.kind, self.ms + by.ms * sign, self.zone)
    const days = Number(by.zone) * sign
    return shifted(shifted(self, 'MONTHS', by.ms * sign), 'DAYS', days)
  }
}

const unitName = (args: Value[]) => (args.length > 1 ? given(args, 1).zone : 'DAYS')

const moves: Record<string, TimeNative> = {}
for (const [method, unit] of Object.entries({
  Years: 'YEARS',
  Months: 'MONTHS',
  Weeks: 'WEEKS',
  Days: 'DAYS',
  Hours: 'HOURS',
  Minutes: 'MINUTES',
  Seconds: 'SECONDS',
  Millis: 'MILLIS',
})) {
  moves[`plus${method}`] = (self, args) => shifted(self, unit, int(args))
  moves[`minus${method}`] = (self, args) => shifted(self, unit, -int(args))
}

function changed(change: (date: Date, value: number) => unknown): TimeNative {
  return (self, args) => {
    const date = new Date(localMs(self))
    change(date, int(args))
    return withLocal(self, date.getTime())
  }
}

const whole =
  (unit: number): TimeNative =>
  (self) =>
    BigInt(Math.floor(self.ms / unit))

/** A formatter's own zone comes before that of what it writes. */
export function formatted(formatter: GroovyTime, time: GroovyTime): string {
  const [pattern = '', ownZone = ''] = formatter.zone.split('\0')
  const isLocal = !isZoned(time.kind) && time.kind !== 'Instant'
  if (pattern === 'ISO_INSTANT') return timeText(timeOf('Instant', time.ms))
  const zone = ownZone === '' || isLocal ? (isZoned(time.kind) ? time.zone : 'UTC') : ownZone
  if (time.kind === 'Instant' && ownZone === '') {
    const text = 'Unsupported field: YearOfEra'
    throw hostError('java.time.temporal.UnsupportedTemporalTypeException', text)
  }
  return formatTime(time.ms, pattern, zone)
}

const parts: Record<string, TimeNative> = {
  getYear: field((date) => date.getUTCFullYear()),
  getMonthValue: field((date) => date.getUTCMonth() + 1),
  getMonth: field((date) => named('Month', MONTHS[date.getUTCMonth()]!)),
  getDayOfMonth: field((date) => date.getUTCDate()),
  getDayOfYear: field(
    (date) => Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / MS_PER_DAY) + 1,
  ),
  getDayOfWeek: field((date) => named('DayOfWeek', DAYS_OF_WEEK[(date.getUTCDay() + 6) % 7]!)),
  getHour: field((date) => date.getUTCHours()),
  getMinute: field((date) => date.getUTCMinutes()),
  getSecond: field((date) => date.getUTCSeconds()),
  lengthOfMonth: field((date) =>
    new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate(),
  ),
  isLeapYear: field((date) => new Date(Date.UTC(date.getUTCFullYear(), 2, 0)).getUTCDate() === 29),
  withYear: changed((date, value) => date.setUTCFullYear(value)),
  withMonth: changed((date, value) => date.setUTCMonth(value - 1)),
  withDayOfMonth: changed((date, value) => date.setUTCDate(value)),
  withHour: changed((date, value) => date.setUTCHours(value)),
  withMinute: changed((date, value) => date.setUTCMinutes(value)),
  withSecond: changed((date, value) => date.setUTCSeconds(value)),
  withNano: changed((date, value) => date.setUTCMilliseconds(Math.floor(value / 1_000_000))),
}

const zones: Record<string, TimeNative> = {
  atZone: (self, args) => inZone(self, args, 'ZonedDateTime'),
  atOffset: (self, args) => inZone(self, args, 'OffsetDateTime'),
  withZoneSameInstant: (self, args) => timeOf(self.kind, self.ms, given(args).zone),
  withZone: (self, args) =>
    timeOf(self.kind, 0, `${self.zone.split('\0')[0]}\0${given(args).zone}`),
  withLocale: (self) => self,
  getZone: ({ zone }) => named('ZoneId', zone),
  getOffset: ({ ms, zone }) =>
    named('ZoneOffset', zone === 'UTC' ? 'Z' : String(offsetMs(ms, zone))),
  toInstant: (self, args) => {
    if (self.kind !== 'LocalDateTime') return timeOf('Instant', self.ms)
    return timeOf('Instant', instantOf(self.ms, given(args).zone))
  },
  toLocalDate: (self) => timeOf('LocalDate', Math.floor(localMs(self) / MS_PER_DAY) * MS_PER_DAY),
  toLocalTime: (self) =>
    timeOf('LocalTime', ((localMs(self) % MS_PER_DAY) + MS_PER_DAY) % MS_PER_DAY),
  toLocalDateTime: (self) => timeOf('LocalDateTime', localMs(self)),
  toOffsetDateTime: (self) => timeOf('OffsetDateTime', self.ms, self.zone),
  atStartOfDay: (self, args) =>
    args.length > 0
      ? timeOf('ZonedDateTime', instantOf(self.ms, given(args).zone), given(args).zone)
      : timeOf('LocalDateTime', self.ms),
  atTime: (self, args) =>
    timeOf(
      'LocalDateTime',
      self.ms + int(args) * 3_600_000 + int(args, 1) * 60_000 + int(args, 2) * 1000,
    ),
  toEpochMilli: (self) => BigInt(self.ms),
  toEpochSecond: whole(1000),
  getEpochSecond: whole(1000),
  toEpochDay: whole(MS_PER_DAY),
}

function inZone(self: GroovyTime, args: Value[], kind: TimeKind): GroovyTime {
  const { zone } = given(args)
  const known = /^(Z|[+-].*|UTC|GMT)$/.test(zone) || isZone(zone)
  if (!known) throw hostError('java.time.zone.ZoneRulesException', `Unknown time-zone ID: ${zone}`)
  const moment = self.kind === 'Instant' ? self.ms : instantOf(self.ms, zone)
  return timeOf(kind, moment, zone)
}

const lengths: Record<string, TimeNative> = {
  toMillis: whole(1),
  toSeconds: whole(1000),
  getSeconds: whole(1000),
  toMinutes: whole(60_000),
  toHours: whole(3_600_000),
  toDays: whole(MS_PER_DAY),
  toNanos: (self) => BigInt(self.ms) * 1_000_000n,
  toMinutesPart: (self) => Math.floor(self.ms / 60_000) % 60,
  toSecondsPart: (self) => Math.floor(self.ms / 1000) % 60,
  toHoursPart: (self) => Math.floor(self.ms / 3_600_000) % 24,
  getNano: (self) => (((localMs(self) % 1000) + 1000) % 1000) * 1_000_000,
  isNegative: (self) => self.ms < 0,
  isZero: (self) => self.ms === 0,
  abs: (self) => timeOf(self.kind, Math.abs(self.ms)),
  negated: (self) => timeOf(self.kind, -self.ms),
  multipliedBy: (self, args) => timeOf(self.kind, self.ms * int(args)),
  dividedBy: (self, args) => timeOf(self.kind, Math.trunc(self.ms / int(args))),
  getYears: (self) => Math.trunc(self.ms / 12),
  getMonths: (self) => self.ms % 12,
  getDays: (self) => Number(self.zone),
  toTotalMonths: (self) => BigInt(self.ms),
  between: (self, args) => BigInt(unitsBetween(self.zone, given(args, 0), given(args, 1))),
  until: (self, args) => {
    if (args.length > 1) return BigInt(unitsBetween(given(args, 1).zone, self, given(args, 0)))
    return periodBetween(localMs(self), localMs(given(args)))
  },
  toSecondOfDay: (self) => Math.floor(self.ms / 1000),
  toNanoOfDay: (self) => BigInt(self.ms) * 1_000_000n,
  lengthOfYear: (self) => (new Date(localMs(self)).getUTCFullYear() % 4 === 0 ? 366 : 365),
  truncatedTo: (self, args) => {
    const unit = UNITS[given(args).zone] ?? 1
    return withLocal(self, Math.floor(localMs(self) / unit) * unit)
  },
}

export function unitsBetween(unit: string, from: GroovyTime, to: GroovyTime): number {
  const months = MONTHS_IN[unit]
  if (months === undefined) return Math.trunc((to.ms - from.ms) / (UNITS[unit] ?? 1))
  return Math.trunc(monthsBetween(localMs(from), localMs(to)) / months)
}

export function periodBetween(from: number, to: number): GroovyTime {
  const months = monthsBetween(from, to)
  const days = Math.trunc((to - plusMonths(from, months)) / MS_PER_DAY)
  return timeOf('Period', months, String(days))
}

export function monthsBetween(from: number, to: number): number {
  const [a, b] = [new Date(from), new Date(to)]
  const all = (b.getUTCFullYear() - a.getUTCFullYear()) * 12 + b.getUTCMonth() - a.getUTCMonth()
  if (all > 0 && plusMonths(from, all) > to) return all - 1
  return all < 0 && plusMonths(from, all) < to ? all + 1 : all
}

const general: Record<string, TimeNative> = {
  plus: shift(1),
  minus: shift(-1),
  isBefore: (self, args) => self.ms < given(args).ms,
  isAfter: (self, args) => self.ms > given(args).ms,
  isEqual: (self, args) => self.ms === given(args).ms,
  compareTo: (self, args) => Math.sign(self.ms - given(args).ms),
  format: (self, args) =>
    self.kind === 'DateTimeFormatter' ? formatted(self, given(args)) : formatted(given(args), self),
  name: ({ zone }) => zone,
  getId: ({ zone }) => zone,
  getValue: ({ kind, zone }) => (kind === 'Month' ? MONTHS : DAYS_OF_WEEK).indexOf(zone) + 1,
  ordinal: ({ kind, zone }) => (kind === 'Month' ? MONTHS : DAYS_OF_WEEK).indexOf(zone),
  toString: (self: GroovyTime) => timeText(self),
}

export const timeMethods: ReadonlyMap<string, Native> = new Map<string, Native>(
  Object.entries({ ...parts, ...moves, ...zones, ...lengths, ...general }) as [string, Native][],
)
