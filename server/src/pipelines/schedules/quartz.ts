import { Cron } from 'croner'

/**
 * The next moment after `afterMs` of a schedule as Bitbucket has them, in UTC: seven fields from
 * seconds to years, `?` for either day, 1 for Sunday, `0/5` from a number in steps. A text says
 * what is wrong; undefined is never again.
 */
export function nextOfSchedule(pattern: string, afterMs: number): number | string | undefined {
  const parts = pattern.trim().split(/\s+/)
  if (parts.length !== 7) return `${parts.length} fields instead of 7`
  const plain = parts.map((part, index) => part.replace(/^(\d+)\//, `$1-${LAST[index]}/`))
  try {
    const options = { timezone: 'UTC', alternativeWeekdays: true, domAndDow: true, paused: true }
    return new Cron(plain.join(' '), options).nextRun(new Date(afterMs))?.getTime()
  } catch (problem) {
    return (problem as Error).message.replace(/^CronPattern: /, '')
  }
}

/** Where each field ends. */
const LAST = [59, 59, 23, 31, 12, 7, 9999]
