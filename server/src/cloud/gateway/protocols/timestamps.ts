import type { TimestampFormat } from '../schema.ts'

/** Seconds with milliseconds kept: what JSON and CBOR carry. */
export function epochSeconds(date: Date): number {
  return date.getTime() / 1000
}

/** A timestamp as text in the given format. AWS leaves out the fraction when it is zero. */
export function timestampText(date: Date, format: TimestampFormat): string {
  if (format === 'http-date') return httpDate(date)
  if (format === 'epoch-seconds') return String(epochSeconds(date))
  const iso = isoText(date)
  return iso.endsWith('.000Z') ? iso.slice(0, -5) + 'Z' : iso
}

let isoMs = Number.NaN
let iso = ''

/** With milliseconds; the last one is remembered, for lists of what was written in one second. */
export function isoText(date: Date): string {
  const ms = date.getTime()
  if (ms !== isoMs) {
    iso = date.toISOString()
    isoMs = ms
  }
  return iso
}

// Objects written together are read together.
const httpDates = new Map<number, string>()
const rememberedDates = 1000

function httpDate(date: Date): string {
  const second = Math.floor(date.getTime() / 1000)
  let text = httpDates.get(second)
  if (text === undefined) {
    text = date.toUTCString()
    if (httpDates.size >= rememberedDates) httpDates.clear()
    httpDates.set(second, text)
  }
  return text
}

const numeric = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/
const rfc3339 = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/i

/**
 * Reads any of the three forms, as AWS does where a client sends another than the declared one
 * (boto3 and the CLI send what the user typed). Undefined when it is none of them.
 */
export function parseTimestamp(value: unknown): Date | undefined {
  if (typeof value === 'number') return valid(new Date(value * 1000))
  if (value instanceof Date) return valid(value)
  if (typeof value !== 'string') return undefined
  if (numeric.test(value)) return valid(new Date(Number(value) * 1000))
  if (rfc3339.test(value)) return valid(new Date(withZone(value)))
  return /^[A-Z][a-z]{2,8},? /.test(value) ? valid(new Date(value)) : undefined
}

// Without a zone AWS means UTC; JavaScript means local time.
function withZone(text: string): string {
  return text.length > 10 && !/(Z|[+-]\d{2}:?\d{2})$/i.test(text) ? `${text}Z` : text
}

function valid(date: Date): Date | undefined {
  return Number.isNaN(date.getTime()) ? undefined : date
}
