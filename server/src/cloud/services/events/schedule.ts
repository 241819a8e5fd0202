import { type CronFields, nextCron, parseCron } from './cron.ts'

export type Schedule = { everyMs: number } | { cron: CronFields }

const units: Record<string, number> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 }

/** `rate(5 minutes)` or `cron(0 12 * * ? *)`; undefined for what EventBridge refuses. */
export function parseSchedule(text: string): Schedule | undefined {
  const rate = /^rate\((\d+) (minute|hour|day)(s?)\)$/.exec(text)
  if (rate) {
    const count = Number(rate[1])
    const isPlural = rate[3] === 's'
    if (count < 1 || isPlural !== count > 1) return undefined
    return { everyMs: count * units[rate[2]!]! }
  }
  const fields = /^cron\((.+)\)$/.exec(text)?.[1]
  const cron = fields === undefined ? undefined : parseCron(fields)
  return cron && { cron }
}

/** The first moment after `afterMs`; undefined when there is none any more. */
export const nextMoment = (schedule: Schedule, afterMs: number): number | undefined =>
  'everyMs' in schedule ? afterMs + schedule.everyMs : nextCron(schedule.cron, afterMs)
