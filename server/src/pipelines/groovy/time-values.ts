import { hostError } from './errors.ts'
import { offsetMs, offsetText } from './time-format.ts'
import { GroovyTime, type TimeKind } from './value.ts'

// java.time, to the millisecond. A local date or time is held as the UTC milliseconds that show the
// same digits; everything else as what its class says.

export const MS_PER_DAY = 86_400_000

export const UNITS: Record<string, number> = {
  MILLIS: 1,
  SECONDS: 1000,
  MINUTES: 60_000,
  HOURS: 3_600_000,
  HALF_DAYS: 43_200_000,
  DAYS: MS_PER_DAY,
  WEEKS: 7 * MS_PER_DAY,
}

export const MONTHS_IN: Record<string, number> = { MONTHS: 1, YEARS: 12, DECADES: 120 }

export const DAYS_OF_WEEK = 'MONDAY TUESDAY WEDNESDAY THURSDAY FRIDAY SATURDAY SUNDAY'.split(' ')

export const MONTHS =
  'JANUARY FEBRUARY MARCH APRIL MAY JUNE JULY AUGUST SEPTEMBER OCTOBER NOVEMBER DECEMBER'.split(' ')

export function timeOf(kind: TimeKind, ms: number, zone = 'UTC'): GroovyTime {
  return new GroovyTime(kind, ms, zone)
}

export function dateOf(year: number, month: number, day: number): number {
  const bounded = (name: string, most: number, value: number) => {
    if (value >= 1 && value <= most) return
    const text = `Invalid value for ${name} (valid values 1 - ${most === 31 ? '28/31' : most}): ${value}`
    throw hostError('java.time.DateTimeException', text)
  }
  bounded('MonthOfYear', 12, month)
  bounded('DayOfMonth', 31, day)
  const ms = Date.UTC(year, month - 1, day)
  if (new Date(ms).getUTCDate() === day) return ms
  const name = MONTHS[month - 1]!
  const text =
    day === 29
      ? `Invalid date 'February 29' as '${year}' is not a leap year`
      : `Invalid date '${name} ${day}'`
  throw hostError('java.time.DateTimeException', text)
}

/** The same day of another month, or its last one. */
export function plusMonths(ms: number, months: number): number {
  const date = new Date(ms)
  const day = date.getUTCDate()
  date.setUTCDate(1)
  date.setUTCMonth(date.getUTCMonth() + months)
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate()
  date.setUTCDate(Math.min(day, last))
  return date.getTime()
}

const two = (part: number) => String(part).padStart(2, '0')

function clockText(date: Date): string {
  const [seconds, ms] = [date.getUTCSeconds(), date.getUTCMilliseconds()]
  const clock = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}`
  if (seconds === 0 && ms === 0) return clock
  return `${clock}:${two(seconds)}${ms === 0 ? '' : `.${String(ms).padStart(3, '0')}`}`
}

function localText(ms: number): string {
  const date = new Date(ms)
  return `${date.toISOString().slice(0, 10)}T${clockText(date)}`
}

/** As the classes of java.time print. */
export function timeText(time: GroovyTime): string {
  const { ms, zone } = time
  const offset = offsetMs(ms, zone)
  switch (time.kind) {
    case 'LocalDate':
      return new Date(ms).toISOString().slice(0, 10)
    case 'LocalTime':
      return clockText(new Date(ms))
    case 'LocalDateTime':
      return localText(ms)
    case 'Instant':
      return new Date(ms).toISOString().replace('.000Z', 'Z')
    case 'ZonedDateTime': {
      const isOffset = zone === 'Z' || /^[+-]/.test(zone)
      return `${localText(ms + offset)}${offsetText(offset)}${isOffset ? '' : `[${zone}]`}`
    }
    case 'OffsetDateTime':
      return localText(ms + offset) + offsetText(offset)
    case 'Duration':
      return durationText(ms)
    case 'Period':
      return periodText(ms, Number(zone))
    case 'ChronoUnit':
      return zone
        .replace(/[A-Z]+/g, (word) => word[0] + word.slice(1).toLowerCase())
        .replace('_', '')
    default:
      return zone
  }
}

function durationText(ms: number): string {
  if (ms === 0) return 'PT0S'
  const seconds = (ms % 60_000) / 1000
  const [hours, minutes] = [Math.trunc(ms / 3_600_000), Math.trunc((ms % 3_600_000) / 60_000)]
  return `PT${hours ? `${hours}H` : ''}${minutes ? `${minutes}M` : ''}${seconds ? `${seconds}S` : ''}`
}

/** A period is months and days. */
function periodText(months: number, days: number): string {
  const [years, rest] = [Math.trunc(months / 12), months % 12]
  const text = `${years ? `${years}Y` : ''}${rest ? `${rest}M` : ''}${days ? `${days}D` : ''}`
  return text === '' ? 'P0D' : `P${text}`
}
