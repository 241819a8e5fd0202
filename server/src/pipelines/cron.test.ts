import { expect, test } from 'vitest'
import { nextDue } from './cron.ts'

const at = Date.UTC(2026, 0, 5, 12, 0, 0)
const next = (spec: string, job = 'GB/app/main') => {
  const due = nextDue(`TZ=UTC\n${spec}`, job, at)
  return typeof due === 'number' ? new Date(due).toISOString() : due
}

test('plain fields, comments, the time zone', () => {
  expect(next('# nightly\n30 2 * * *')).toBe('2026-01-06T02:30:00.000Z')
  expect(next('15 9 * * 1-5')).toBe('2026-01-06T09:15:00.000Z')
  expect(next('TZ=Asia/Seoul\n0 9 * * *')).toBe('2026-01-06T00:00:00.000Z')
  expect(next('0 0 1 1 *\n5 12 * * *')).toBe('2026-01-05T12:05:00.000Z')
})

test('H is a place that stays, and differs between jobs', () => {
  const places = new Set(['a', 'b', 'c', 'd', 'e', 'f'].map((job) => next('H H * * *', job)))
  expect(places.size).toBeGreaterThan(3)
  expect(next('H H * * *')).toBe(next('H H * * *'))
  for (const job of ['a', 'b', 'c', 'd']) {
    const hour = new Date(next('H H(1-4) * * *', job)!).getUTCHours()
    expect(hour).toBeGreaterThanOrEqual(1)
    expect(hour).toBeLessThanOrEqual(4)
    const due = new Date(next('H/15 * * * *', job)!)
    expect(due.getTime() - at).toBeLessThanOrEqual(15 * 60_000)
  }
  expect(next('@daily')).toMatch(/^2026-01-0[56]T/)
})

test('nonsense is told', () => {
  expect(next('every day')).toContain('5 fields are expected')
  expect(next('99 * * * *')).toContain('Invalid input')
})
