/** A moment as SQL sees it: with the offset it was written in and no finer than it was written. */
export interface Timestamp {
  readonly isTimestamp: true
  /** ms since the epoch. */
  readonly ms: number
  readonly offsetMinutes: number
  readonly precision: 'year' | 'month' | 'day' | 'minute' | 'second' | 'fraction'
}

/** `undefined` is MISSING, `null` is NULL. What a CSV holds is always text. */
export type Value =
  | undefined
  | null
  | boolean
  | number
  | string
  | Timestamp
  | Value[]
  | { [name: string]: Value }

export const isTimestamp = (value: Value): value is Timestamp =>
  typeof value === 'object' && value !== null && 'isTimestamp' in value

const pattern =
  /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(?:(\d\d):(\d\d)(?::(\d\d)(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d))?)?)?)?T?$/

/** An ISO 8601 moment as Select writes them (`2007T`, `2007-02-23T12:14:33.079-08:00`). */
export function readTimestamp(text: string): Timestamp | undefined {
  const match = pattern.exec(text.trim())
  if (!match) return undefined
  const [, year, month, day, hour, minute, second, fraction, zone] = match
  const offsetMinutes = offsetOf(zone)
  const parts = [Number(month ?? 1) - 1, Number(day ?? 1), Number(hour ?? 0), Number(minute ?? 0)]
  const [m, d, h, min] = parts as [number, number, number, number]
  const whole = Date.UTC(Number(year), m, d, h, min, Number(second ?? 0))
  const ms = whole + Number(`0${fraction ?? ''}`) * 1000 - offsetMinutes * 60_000
  const precision = fraction
    ? 'fraction'
    : second
      ? 'second'
      : hour
        ? 'minute'
        : day
          ? 'day'
          : month
            ? 'month'
            : 'year'
  return Number.isNaN(ms) ? undefined : { isTimestamp: true, ms, offsetMinutes, precision }
}

function offsetOf(zone: string | undefined): number {
  if (!zone || zone === 'Z') return 0
  const [hours = 0, minutes = 0] = zone.slice(1).split(':').map(Number)
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes)
}

export const twoDigits = (value: number): string => String(value).padStart(2, '0')

export function zoneText(offsetMinutes: number, colon = ':'): string {
  if (offsetMinutes === 0) return 'Z'
  const size = Math.abs(offsetMinutes)
  const sign = offsetMinutes < 0 ? '-' : '+'
  return `${sign}${twoDigits(Math.floor(size / 60))}${colon}${twoDigits(size % 60)}`
}

/** The moment's own wall clock, read through a Date's UTC getters. */
export const wallClock = ({ ms, offsetMinutes }: Timestamp): Date =>
  new Date(ms + offsetMinutes * 60_000)

const lengths = { year: 4, month: 7, day: 10, minute: 16, second: 19, fraction: 23 }

export function timestampText(value: Timestamp): string {
  const text = wallClock(value).toISOString().slice(0, lengths[value.precision])
  const hasTime = value.precision === 'minute' || value.precision === 'second'
  if (hasTime || value.precision === 'fraction') return text + zoneText(value.offsetMinutes)
  return `${text}T`
}

/** A value inside a CSV field or a string. */
export function textOf(value: Value): string {
  if (value === undefined || value === null) return ''
  if (typeof value === 'string') return value
  if (typeof value !== 'object') return String(value)
  return isTimestamp(value) ? timestampText(value) : JSON.stringify(plain(value))
}

/** A value as JSON has it. */
export function plain(value: Value): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (isTimestamp(value)) return timestampText(value)
  if (Array.isArray(value)) return value.map((each) => plain(each) ?? null)
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, plain(each)]))
}

const numeric = /^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$/

/** The number a value is or, being text, spells. */
export function numberOf(value: Value): number | undefined {
  if (typeof value === 'number') return value
  return typeof value === 'string' && numeric.test(value) ? Number(value) : undefined
}

/** Negative, zero, positive; undefined where the two can't be compared. */
export function compareValues(a: Value, b: Value): number | undefined {
  if (a === undefined || a === null || b === undefined || b === null) return undefined
  if (typeof a === 'number' || typeof b === 'number') {
    const [x, y] = [numberOf(a), numberOf(b)]
    return x === undefined || y === undefined ? undefined : x - y
  }
  if (isTimestamp(a) || isTimestamp(b)) {
    const [x, y] = [momentOf(a), momentOf(b)]
    return x && y ? x.ms - y.ms : undefined
  }
  if (typeof a === 'boolean' || typeof b === 'boolean') {
    const [x, y] = [String(a).toLowerCase(), String(b).toLowerCase()]
    return x === y ? 0 : x < y ? -1 : 1
  }
  const [x, y] = [textOf(a), textOf(b)]
  return x === y ? 0 : x < y ? -1 : 1
}

const momentOf = (value: Value): Timestamp | undefined =>
  isTimestamp(value) ? value : typeof value === 'string' ? readTimestamp(value) : undefined
