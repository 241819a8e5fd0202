import { createHash } from 'node:crypto'
import { Cron } from 'croner'

interface Field {
  low: number
  high: number
}

const fields: Field[] = [
  { low: 0, high: 59 },
  { low: 0, high: 23 },
  // Jenkins spreads H over days that every month has.
  { low: 1, high: 28 },
  { low: 1, high: 12 },
  { low: 0, high: 6 },
]

const aliases: Record<string, string> = {
  '@yearly': 'H H H H *',
  '@annually': 'H H H H *',
  '@monthly': 'H H H * *',
  '@weekly': 'H H * * H',
  '@daily': 'H H * * *',
  '@midnight': 'H H(0-2) * * *',
  '@hourly': 'H * * * *',
}

/**
 * The next moment after `afterMs` that a Jenkins cron text names: lines of five fields, comments,
 * `TZ=` for the lines below it, aliases, and `H` as a number that the job's name decides.
 * A text says what is wrong.
 */
export function nextDue(
  spec: string,
  jobName: string,
  afterMs: number,
): number | string | undefined {
  let timezone: string | undefined
  let earliest: number | undefined
  for (const line of spec.split('\n').map((text) => text.trim())) {
    if (line === '' || line.startsWith('#')) continue
    const zone = /^TZ=(.+)$/.exec(line)?.[1]
    if (zone !== undefined) {
      timezone = zone.trim()
      continue
    }
    const due = dueOf(line, jobName, timezone, afterMs)
    if (typeof due === 'string') return due
    if (due !== undefined) earliest = Math.min(earliest ?? Infinity, due)
  }
  return earliest
}

function dueOf(
  line: string,
  jobName: string,
  timezone: string | undefined,
  afterMs: number,
): number | string | undefined {
  const parts = (aliases[line] ?? line).split(/\s+/)
  if (parts.length !== 5) return `Invalid input: "${line}": 5 fields are expected`
  const pattern = parts.map((part, index) => resolveHash(part, fields[index]!, jobName, index))
  try {
    // Both days have to fit, as in Jenkins; other crons take either.
    const cron = new Cron(pattern.join(' '), { timezone, domAndDow: true, paused: true })
    return cron.nextRun(new Date(afterMs))?.getTime()
  } catch (problem) {
    return `Invalid input: "${line}": ${(problem as Error).message}`
  }
}

/** `H`, `H/15`, `H(0-7)`, `H(0-29)/10` in one field. */
function resolveHash(part: string, field: Field, jobName: string, index: number): string {
  const seed = createHash('md5').update(`${jobName}:${index}`).digest().readUInt32BE(0)
  return part
    .split(',')
    .map((item) => {
      const match = /^H(?:\((\d+)-(\d+)\))?(?:\/(\d+))?$/.exec(item)
      if (!match) return item
      const low = match[1] === undefined ? field.low : Number(match[1])
      const high = match[2] === undefined ? field.high : Number(match[2])
      if (match[3] === undefined) return String(low + (seed % (high - low + 1)))
      const step = Math.max(1, Number(match[3]))
      return `${low + (seed % Math.min(step, high - low + 1))}-${high}/${step}`
    })
    .join(',')
}

/** The earliest of several texts; undefined when none of them names a moment. */
export function nextDueOf(specs: string[], jobName: string, afterMs: number): number | undefined {
  const dues = specs
    .map((spec) => nextDue(spec, jobName, afterMs))
    .filter((due) => typeof due === 'number')
  return dues.length > 0 ? Math.min(...dues) : undefined
}
