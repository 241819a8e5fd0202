import { describe, expect, it } from 'vitest'
import { nextOfSchedule } from './quartz.ts'

// A Monday.
const NOW = Date.parse('2026-11-23T06:10:20Z')

describe('a schedule of seven fields', () => {
  it.each([
    ['0 0 12 * * ? *', '2026-11-23T12:00:00Z'],
    ['0 30 * * * ? *', '2026-11-23T06:30:00Z'],
    ['0 0/15 6 * * ? *', '2026-11-23T06:15:00Z'],
    ['0 0 3 ? * MON-FRI *', '2026-11-24T03:00:00Z'],
    ['0 0 9 ? * 2 *', '2026-11-23T09:00:00Z'],
    ['0 0 9 ? * 1 *', '2026-11-29T09:00:00Z'],
  ])('%s is next due at %s', (pattern, due) => {
    expect(nextOfSchedule(pattern, NOW)).toBe(Date.parse(due))
  })

  it('is over after its last year, and says what it cannot read', () => {
    expect(nextOfSchedule('0 0 12 * * ? 2020', NOW)).toBeUndefined()
    expect(nextOfSchedule('0 0 12 * * ?', NOW)).toBe('6 fields instead of 7')
    expect(nextOfSchedule('0 0 25 * * ? *', NOW)).toMatch(/25/)
  })
})
