import { describe, expect, it } from 'vitest'
import { nextMoment, parseSchedule } from './schedule.ts'

const next = (text: string, after: string) => {
  const schedule = parseSchedule(text)
  const at = schedule && nextMoment(schedule, Date.parse(after))
  return at === undefined ? undefined : new Date(at).toISOString().slice(0, 16)
}

describe('schedules', () => {
  it.each([
    ['rate(5 minutes)', '2024-05-01T10:00:00Z', '2024-05-01T10:05'],
    ['cron(0 12 * * ? *)', '2024-05-01T12:00:00Z', '2024-05-02T12:00'],
    ['cron(0/15 * * * ? *)', '2024-05-01T10:01:30Z', '2024-05-01T10:15'],
    ['cron(0 18 ? * MON-FRI *)', '2024-05-03T18:00:00Z', '2024-05-06T18:00'],
    ['cron(0 2 ? * SAT#3 *)', '2024-05-01T00:00:00Z', '2024-05-18T02:00'],
    ['cron(15 10 ? * 6L 2024)', '2024-05-01T00:00:00Z', '2024-05-31T10:15'],
    ['cron(0 8 L * ? *)', '2024-02-01T00:00:00Z', '2024-02-29T08:00'],
    ['cron(0 8 1W 6 ? *)', '2024-05-01T00:00:00Z', '2024-06-03T08:00'],
    ['cron(0/5 5 ? JAN 1-5 2022)', '2024-05-01T00:00:00Z', undefined],
  ])('%s after %s', (text, after, expected) => {
    expect(next(text, after)).toBe(expected)
  })

  it.each([
    'rate(10 seconds)',
    'rate(10)',
    'rate( 10 minutes )',
    ' rate(10 minutes)',
    'cron(INVALID)',
  ])('refuses %s', (text) => expect(parseSchedule(text)).toBeUndefined())
})
