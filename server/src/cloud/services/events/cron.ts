// EventBridge's cron: minutes, hours, day of month, month, day of week, year; UTC.

interface Field {
  least: number
  most: number
  names?: string[]
}

const months = 'JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC'.split(' ')
const weekdays = 'SUN MON TUE WED THU FRI SAT'.split(' ')
const fields: Record<'minute' | 'hour' | 'day' | 'month' | 'weekday' | 'year', Field> = {
  minute: { least: 0, most: 59 },
  hour: { least: 0, most: 23 },
  day: { least: 1, most: 31 },
  month: { least: 1, most: 12, names: months },
  weekday: { least: 1, most: 7, names: weekdays },
  year: { least: 1970, most: 2199 },
}

/** A day by its date: month and day count from 1. */
type DayTest = (date: { year: number; month: number; day: number; weekday: number }) => boolean

export interface CronFields {
  minutes: Set<number>
  hours: Set<number>
  months: Set<number>
  years: Set<number>
  isDay: DayTest
}

/** Undefined for what is no such expression. Either day of month or day of week is `?`. */
export function parseCron(text: string): CronFields | undefined {
  const [minute, hour, day, month, weekday, year, ...rest] = text.split(/\s+/)
  if (year === undefined || rest.length > 0) return undefined
  if ((day === '?') === (weekday === '?')) return undefined
  const minutes = valuesOf(minute!, fields.minute)
  const hours = valuesOf(hour!, fields.hour)
  const inMonths = valuesOf(month!, fields.month)
  const years = valuesOf(year, fields.year)
  const isDay = weekday === '?' ? ofMonth(day!) : ofWeek(weekday!)
  if (!minutes || !hours || !inMonths || !years || !isDay) return undefined
  return { minutes, hours, months: inMonths, years, isDay }
}

function valuesOf(text: string, field: Field): Set<number> | undefined {
  const values = new Set<number>()
  for (const part of text.split(',')) {
    const found = rangeOf(part, field)
    if (!found) return undefined
    for (const value of found) values.add(value)
  }
  return values
}

function rangeOf(text: string, field: Field): number[] | undefined {
  const match = /^(\*|[\dA-Za-z]+)(?:-([\dA-Za-z]+))?(?:\/(\d+))?$/.exec(text)
  if (!match) return undefined
  const [, first, second, step] = match
  const from = first === '*' ? field.least : numberOf(first!, field)
  const isOpen = first === '*' || (step !== undefined && second === undefined)
  const to = second === undefined ? (isOpen ? field.most : from) : numberOf(second, field)
  const by = Number(step ?? 1)
  if (from === undefined || to === undefined || by < 1) return undefined
  // FRI-MON goes over the end of the week.
  const span = to >= from ? to - from : to - from + field.most - field.least + 1
  const size = field.most - field.least + 1
  const count = Math.floor(span / by) + 1
  return Array.from(
    { length: count },
    (_, index) => ((from - field.least + index * by) % size) + field.least,
  )
}

function numberOf(text: string, { least, most, names }: Field): number | undefined {
  const named = names?.indexOf(text.toUpperCase()) ?? -1
  if (named >= 0) return named + least
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
  return value >= least && value <= most ? value : undefined
}

const lastDay = (year: number, month: number) => new Date(Date.UTC(year, month, 0)).getUTCDate()

function ofMonth(text: string): DayTest | undefined {
  if (text === 'L') return ({ year, month, day }) => day === lastDay(year, month)
  const near = /^(\d{1,2})W$/.exec(text)
  if (near) {
    const wanted = Number(near[1])
    return ({ year, month, day }) => day === nearestWeekday(year, month, wanted)
  }
  const days = valuesOf(text, fields.day)
  return days && (({ day }) => days.has(day))
}

function nearestWeekday(year: number, month: number, wanted: number): number {
  const last = lastDay(year, month)
  const day = Math.min(wanted, last)
  const weekday = new Date(Date.UTC(year, month - 1, day)).getUTCDay()
  if (weekday === 6) return day === 1 ? 3 : day - 1
  if (weekday === 0) return day === last ? day - 2 : day + 1
  return day
}

function ofWeek(text: string): DayTest | undefined {
  if (text === 'L') return ({ weekday }) => weekday === 7
  const match = /^([\dA-Za-z]+)(?:(L)|#([1-5]))$/.exec(text)
  if (match) {
    const wanted = numberOf(match[1]!, fields.weekday)
    if (wanted === undefined) return undefined
    if (match[2]) {
      return ({ year, month, day, weekday }) => weekday === wanted && day > lastDay(year, month) - 7
    }
    const nth = Number(match[3])
    return ({ day, weekday }) => weekday === wanted && Math.ceil(day / 7) === nth
  }
  const days = valuesOf(text, fields.weekday)
  return days && (({ weekday }) => days.has(weekday))
}

const DAY_MS = 86_400_000
/** As far as a day is looked for: a 29th of February may be eight years away. */
const FARTHEST_DAYS = 366 * 12

export function nextCron(cron: CronFields, afterMs: number): number | undefined {
  const first = Math.floor(afterMs / 60_000) * 60_000 + 60_000
  const startDay = Math.floor(first / DAY_MS)
  const lastYear = Math.max(...cron.years)
  for (let ahead = 0; ahead < FARTHEST_DAYS; ahead++) {
    const dayMs = (startDay + ahead) * DAY_MS
    const date = new Date(dayMs)
    const year = date.getUTCFullYear()
    if (year > lastYear) return undefined
    const month = date.getUTCMonth() + 1
    const about = { year, month, day: date.getUTCDate(), weekday: date.getUTCDay() + 1 }
    if (!cron.years.has(year) || !cron.months.has(month) || !cron.isDay(about)) continue
    const found = minuteOf(cron, dayMs, first)
    if (found !== undefined) return found
  }
  return undefined
}

function minuteOf(cron: CronFields, dayMs: number, firstMs: number): number | undefined {
  for (let minute = 0; minute < 1440; minute++) {
    if (!cron.hours.has(Math.floor(minute / 60)) || !cron.minutes.has(minute % 60)) continue
    const at = dayMs + minute * 60_000
    if (at >= firstMs) return at
  }
  return undefined
}
