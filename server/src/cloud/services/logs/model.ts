import { AwsError } from '../../gateway/index.ts'

/** Where rows live; a store is made for one. */
export interface Scope {
  account: string
  region: string
}

export interface LogEvent {
  timestamp: number
  message: string
}

/** Bytes CloudWatch Logs adds to each event when it counts a batch (API reference of PutLogEvents). */
const EVENT_OVERHEAD_BYTES = 26
const BATCH_LIMIT_BYTES = 1_048_576
const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000

export const retentionChoices = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288,
  3653,
]

export const groupArn = ({ account, region }: Scope, name: string) =>
  `arn:aws:logs:${region}:${account}:log-group:${name}`

export const streamArn = (scope: Scope, group: string, stream: string) =>
  `${groupArn(scope, group)}:log-stream:${stream}`

/** A group's name out of a name or an ARN, with or without the closing `:*`. */
export function groupNameOf(identifier: string): string {
  const arn = /^arn:[^:]+:logs:[^:]*:[^:]*:log-group:([^:]+)(?::\*)?$/.exec(identifier)
  return arn?.[1] ?? identifier
}

export const invalid = (message: string) => new AwsError('InvalidParameterException', message)

const tooLong = () =>
  invalid('Invalid LogGroup or LogStream, both must have length less than or equal to 512.')

export function checkGroupName(name: string | undefined): string {
  const limits =
    "1 validation error detected: Value at 'logGroupName' failed to satisfy constraint: "
  if (!name) throw invalid(`${limits}Member must not be null`)
  if (name.length > 512) throw tooLong()
  if (!/^[.\-_/#A-Za-z0-9]+$/.test(name)) {
    throw invalid(`${limits}Member must satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+`)
  }
  return name
}

export function checkStreamName(name: string | undefined): string {
  const limits =
    "1 validation error detected: Value at 'logStreamName' failed to satisfy constraint: "
  if (!name) throw invalid(`${limits}Member must not be null`)
  if (name.length > 512) throw tooLong()
  if (/[:*]/.test(name)) {
    throw invalid(`${limits}Member must satisfy regular expression pattern: [^:*]*`)
  }
  return name
}

/** A page's size: the default when not given, refused outside 1…`most`. */
export function pageSize(limit: number | undefined, byDefault: number, most: number): number {
  if (limit === undefined) return byDefault
  if (limit < 1 || limit > most) {
    const bound = limit < 1 ? 'greater than or equal to 1' : `less than or equal to ${most}`
    throw invalid(
      `1 validation error detected: Value '${limit}' at 'limit' failed to satisfy constraint: Member must have value ${bound}`,
    )
  }
  return limit
}

export interface SortedOut {
  accepted: LogEvent[]
  rejected:
    | {
        tooNewLogEventStartIndex?: number
        tooOldLogEventEndIndex?: number
        expiredLogEventEndIndex?: number
      }
    | undefined
}

/** PutLogEvents' rules: order, span and size refuse the whole batch; single events fall out by age. */
export function sortOut(
  given: { timestamp?: number | undefined; message?: string | undefined }[] | undefined,
  now: number,
  retentionDays: number | null,
): SortedOut {
  const events = checkBatch(given)
  const tooOld = events.filter((event) => event.timestamp < now - 14 * DAY_MS).length
  const kept = retentionDays === null ? -Infinity : now - retentionDays * DAY_MS
  const expired = events.filter((event) => event.timestamp < kept).length
  const future = events.findIndex((event) => event.timestamp > now + 2 * HOUR_MS)
  const accepted = events.slice(Math.max(tooOld, expired), future < 0 ? undefined : future)
  if (accepted.length === events.length) return { accepted, rejected: undefined }
  const rejected = {
    ...(future >= 0 && { tooNewLogEventStartIndex: future }),
    ...(tooOld > 0 && { tooOldLogEventEndIndex: tooOld }),
    ...(expired > 0 && { expiredLogEventEndIndex: expired }),
  }
  return { accepted, rejected }
}

function checkBatch(
  given: { timestamp?: number | undefined; message?: string | undefined }[] | undefined,
): LogEvent[] {
  if (!given?.length || given.length > 10_000) {
    throw invalid(
      "1 validation error detected: Value at 'logEvents' failed to satisfy constraint: Member must have length between 1 and 10000",
    )
  }
  const events = given.map(({ timestamp, message }) => {
    if (timestamp === undefined || timestamp < 0) throw invalid('Log event timestamp is not valid.')
    if (!message) throw invalid('Log event message is too short; the minimum length is 1.')
    return { timestamp, message }
  })
  if (events.some((event, i) => i > 0 && event.timestamp < events[i - 1]!.timestamp)) {
    throw invalid('Log events in a single PutLogEvents request must be in chronological order.')
  }
  if (events.at(-1)!.timestamp - events[0]!.timestamp > DAY_MS) {
    throw invalid(
      'The batch of log events in a single PutLogEvents request cannot span more than 24 hours.',
    )
  }
  const size = sizeOf(events)
  if (size > BATCH_LIMIT_BYTES) {
    throw invalid(`Upload too large: ${size} bytes exceeds limit of ${BATCH_LIMIT_BYTES}`)
  }
  return events
}

export const sizeOf = (events: LogEvent[]) =>
  events.reduce((sum, { message }) => sum + Buffer.byteLength(message) + EVENT_OVERHEAD_BYTES, 0)
