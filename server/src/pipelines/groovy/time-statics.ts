import { hostError } from './errors.ts'
import type { Machine, Run } from './machine.ts'
import { arg } from './machine.ts'
import { isNumber, toDouble } from './numbers.ts'
import { toGroovyString } from './print.ts'
import { instantOf, offsetMs, parseTime } from './time-format.ts'
import { localMs, periodBetween } from './time-methods.ts'
import { DAYS_OF_WEEK, dateOf, MONTHS, MS_PER_DAY, timeOf, UNITS } from './time-values.ts'
import { GroovyDate, GroovyTime, type TimeKind, type Value } from './value.ts'

// Constructors in java.time are static methods: `LocalDate.of(…)`, `Instant.now()`.

type Static = (args: Value[], machine: Machine) => Value | Run

function int(args: Value[], at: number): number {
  const value = arg(args, at)
  if (value instanceof GroovyTime) return MONTHS.indexOf(value.zone) + 1
  return isNumber(value) ? Math.trunc(toDouble(value)) : 0
}

/** `PT1H30M`, `P2DT3H`, `PT-0.5S`. */
function durationOf(given: string): Value {
  const match =
    /^([+-])?P(?:([+-]?\d+)D)?(?:T(?:([+-]?\d+)H)?(?:([+-]?\d+)M)?(?:([+-]?\d+(?:\.\d+)?)S)?)?$/i.exec(
      given,
    )
  if (!match || match.slice(2).every((part) => part === undefined)) {
    const why = 'Text cannot be parsed to a Duration'
    throw hostError('java.time.format.DateTimeParseException', why)
  }
  const units = [MS_PER_DAY, 3_600_000, 60_000, 1000]
  const ms = units.reduce((sum, unit, at) => sum + Number(match[at + 2] ?? 0) * unit, 0)
  return timeOf('Duration', match[1] === '-' ? -ms : ms)
}

const text = (args: Value[], at = 0) => toGroovyString(arg(args, at))

function zoneAt(args: Value[], at: number): string {
  const value = arg(args, at)
  return value instanceof GroovyTime ? value.zone : 'UTC'
}

function now(kind: TimeKind): Static {
  return function* (args, machine) {
    const moment = yield* machine.now()
    const zone = zoneAt(args, 0)
    if (kind === 'Instant') return timeOf(kind, moment)
    if (kind === 'ZonedDateTime' || kind === 'OffsetDateTime') return timeOf(kind, moment, zone)
    const local = moment + offsetMs(moment, zone)
    if (kind === 'LocalDate') return timeOf(kind, Math.floor(local / MS_PER_DAY) * MS_PER_DAY)
    return timeOf(kind, kind === 'LocalTime' ? local % MS_PER_DAY : local)
  }
}

function clock(args: Value[], at: number): number {
  const [hour, minute, second, nano] = [0, 1, 2, 3].map((each) => int(args, at + each))
  return hour! * 3_600_000 + minute! * 60_000 + second! * 1000 + Math.floor(nano! / 1_000_000)
}

function dateTime(args: Value[]): number {
  const [date, time] = args
  if (date instanceof GroovyTime && time instanceof GroovyTime && date.kind === 'LocalDate') {
    return date.ms + time.ms
  }
  return dateOf(int(args, 0), int(args, 1), int(args, 2)) + clock(args, 3)
}

const ISO: Record<string, RegExp> = {
  LocalDate: /^(\d{4})-(\d\d)-(\d\d)$/,
  LocalTime: /^\d\d:\d\d(:\d\d(\.\d+)?)?$/,
  LocalDateTime: /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?$/,
  Instant: /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?Z$/,
  OffsetDateTime: /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/,
  ZonedDateTime: /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)(\[.+\])?$/,
}

function unparsable(given: string, at: number): Error {
  const message = `Text '${given}' could not be parsed at index ${at}`
  return hostError('java.time.format.DateTimeParseException', message)
}

function parse(kind: TimeKind): Static {
  return (args) => {
    const given = text(args)
    const formatter = args[1]
    if (formatter instanceof GroovyTime)
      return byPattern(kind, given, formatter.zone.split('\0')[0]!)
    if (!ISO[kind]!.test(given)) throw unparsable(given, kind === 'LocalDate' ? 0 : 0)
    if (kind === 'LocalDate') {
      const [year, month, day] = given.split('-').map(Number)
      return timeOf(kind, dateOf(year!, month!, day!))
    }
    if (kind === 'LocalTime') return timeOf(kind, Date.parse(`1970-01-01T${given}Z`))
    if (kind === 'LocalDateTime') return timeOf(kind, Date.parse(`${given}Z`))
    const [, offset = 'Z'] = /(Z|[+-]\d\d:\d\d)(?:\[|$)/.exec(given) ?? []
    const zone = /\[(.+)\]/.exec(given)?.[1] ?? (offset === 'Z' ? 'Z' : offset)
    return timeOf(kind, Date.parse(given.replace(/\[.*/, '')), kind === 'Instant' ? 'UTC' : zone)
  }
}

function byPattern(kind: TimeKind, given: string, pattern: string): Value {
  const read = parseTime(given, pattern)
  if (!read) throw unparsable(given, 0)
  const { localMs: local, offset = 0 } = read
  if (kind === 'LocalDate') return timeOf(kind, Math.floor(local / MS_PER_DAY) * MS_PER_DAY)
  if (kind === 'LocalTime') return timeOf(kind, local % MS_PER_DAY)
  return timeOf(kind, kind === 'LocalDateTime' ? local : local - offset)
}

function zoned(kind: TimeKind): Record<string, Static> {
  return {
    now: now(kind),
    parse: parse(kind),
    of: (args) => {
      const zone = args.at(-1) instanceof GroovyTime ? (args.at(-1) as GroovyTime).zone : 'UTC'
      return timeOf(kind, instantOf(dateTime(args), zone), zone)
    },
    ofInstant: (args) => timeOf(kind, (args[0] as GroovyTime).ms, zoneAt(args, 1)),
  }
}

const scaled =
  (unit: number): Static =>
  (args) =>
    timeOf('Duration', toMs(args) * unit)

function toMs(args: Value[]): number {
  const value = arg(args, 0)
  return isNumber(value) ? toDouble(value) : 0
}

const momentOf = (value: Value) =>
  value instanceof GroovyTime ? value.ms : value instanceof GroovyDate ? value.ms : 0

export const timeStatics: Record<string, Record<string, Static>> = {
  'java.time.LocalDate': {
    now: now('LocalDate'),
    parse: parse('LocalDate'),
    of: (args) => timeOf('LocalDate', dateOf(int(args, 0), int(args, 1), int(args, 2))),
    ofEpochDay: (args) => timeOf('LocalDate', toMs(args) * MS_PER_DAY),
  },
  'java.time.LocalTime': {
    now: now('LocalTime'),
    parse: parse('LocalTime'),
    of: (args) => timeOf('LocalTime', clock(args, 0)),
  },
  'java.time.LocalDateTime': {
    now: now('LocalDateTime'),
    parse: parse('LocalDateTime'),
    of: (args) => timeOf('LocalDateTime', dateTime(args)),
    ofInstant: (args) =>
      timeOf(
        'LocalDateTime',
        momentOf(arg(args, 0)) + offsetMs(momentOf(arg(args, 0)), zoneAt(args, 1)),
      ),
  },
  'java.time.ZonedDateTime': zoned('ZonedDateTime'),
  'java.time.OffsetDateTime': zoned('OffsetDateTime'),
  'java.time.Instant': {
    now: now('Instant'),
    parse: parse('Instant'),
    ofEpochMilli: (args) => timeOf('Instant', toMs(args)),
    ofEpochSecond: (args) => timeOf('Instant', toMs(args) * 1000),
  },
  'java.time.Duration': {
    parse: (args) => durationOf(text(args)),
    ofMillis: scaled(1),
    ofSeconds: scaled(1000),
    ofMinutes: scaled(60_000),
    ofHours: scaled(3_600_000),
    ofDays: scaled(MS_PER_DAY),
    of: (args) => timeOf('Duration', toMs(args) * (UNITS[zoneAt(args, 1)] ?? 0)),
    between: (args) => timeOf('Duration', momentOf(arg(args, 1)) - momentOf(arg(args, 0))),
  },
  'java.time.Period': {
    ofDays: (args) => timeOf('Period', 0, String(int(args, 0))),
    ofWeeks: (args) => timeOf('Period', 0, String(int(args, 0) * 7)),
    ofMonths: (args) => timeOf('Period', int(args, 0), '0'),
    ofYears: (args) => timeOf('Period', int(args, 0) * 12, '0'),
    of: (args) => timeOf('Period', int(args, 0) * 12 + int(args, 1), String(int(args, 2))),
    between: (args) =>
      periodBetween(localMs(args[0] as GroovyTime), localMs(args[1] as GroovyTime)),
  },
  'java.time.ZoneId': {
    of: (args) => timeOf('ZoneId', 0, text(args)),
    systemDefault: () => timeOf('ZoneId', 0, 'UTC'),
  },
  'java.time.ZoneOffset': {
    of: (args) => timeOf('ZoneOffset', 0, text(args)),
    ofHours: (args) => {
      const hours = int(args, 0)
      const shown = `${hours < 0 ? '-' : '+'}${String(Math.abs(hours)).padStart(2, '0')}:00`
      return timeOf('ZoneOffset', 0, hours === 0 ? 'Z' : shown)
    },
  },
  'java.time.format.DateTimeFormatter': {
    ofPattern: (args) => timeOf('DateTimeFormatter', 0, text(args)),
  },
}

const FORMATS: Record<string, string> = {
  ISO_DATE: 'yyyy-MM-dd',
  ISO_LOCAL_DATE: 'yyyy-MM-dd',
  ISO_LOCAL_TIME: 'HH:mm:ss',
  ISO_TIME: 'HH:mm:ss',
  ISO_LOCAL_DATE_TIME: "yyyy-MM-dd'T'HH:mm:ss",
  ISO_DATE_TIME: "yyyy-MM-dd'T'HH:mm:ss",
  ISO_OFFSET_DATE_TIME: "yyyy-MM-dd'T'HH:mm:ssXXX",
  ISO_ZONED_DATE_TIME: "yyyy-MM-dd'T'HH:mm:ssXXX'['VV']'",
  ISO_INSTANT: 'ISO_INSTANT',
  BASIC_ISO_DATE: 'yyyyMMdd',
}

/** `ZoneOffset.UTC`, `DateTimeFormatter.ISO_DATE`, `ChronoUnit.DAYS`. */
export function timeConstant(className: string, name: string): Value | undefined {
  switch (className) {
    case 'java.time.format.DateTimeFormatter':
      return Object.hasOwn(FORMATS, name)
        ? timeOf('DateTimeFormatter', 0, FORMATS[name])
        : undefined
    case 'java.time.temporal.ChronoUnit':
      return timeOf('ChronoUnit', 0, name)
    case 'java.time.ZoneOffset':
      return name === 'UTC' ? timeOf('ZoneOffset', 0, 'Z') : undefined
    case 'java.time.DayOfWeek':
      return DAYS_OF_WEEK.includes(name) ? timeOf('DayOfWeek', 0, name) : undefined
    case 'java.time.Month':
      return MONTHS.includes(name) ? timeOf('Month', 0, name) : undefined
    case 'java.time.Instant':
      return name === 'EPOCH' ? timeOf('Instant', 0) : undefined
    case 'java.time.Duration':
      return name === 'ZERO' ? timeOf('Duration', 0) : undefined
    case 'java.time.LocalTime':
      return { MIDNIGHT: timeOf('LocalTime', 0), NOON: timeOf('LocalTime', MS_PER_DAY / 2) }[name]
    default:
      return undefined
  }
}
