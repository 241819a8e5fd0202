import type { Input, Logs, Operations, Output, RequestContext } from '../../gateway/index.ts'
import { emitMetrics } from './metric-filters.ts'
import {
  checkGroupName,
  checkStreamName,
  groupNameOf,
  invalid,
  pageSize,
  sortOut,
} from './model.ts'
import type { LogsParts } from './parts.ts'
import { compilePattern } from './pattern/index.ts'
import { earliest, eventId, justBefore, readToken, tokenOf } from './position.ts'
import { eventsAfter, eventsBefore, type EventRange, type StoredLogEvent } from './store-events.ts'
import { type Group, type LogsStore, notFound } from './store.ts'
import { sequenceToken } from './streams.ts'
import { deliver } from './subscription-filters.ts'

const DAY_MS = 86_400_000
const PAGE_BYTES = 1_048_576

export const eventOperations = (parts: LogsParts) =>
  ({
    async PutLogEvents(input, ctx) {
      const store = parts.store(ctx)
      const group = await store.group(checkGroupName(input.logGroupName))
      const stream = await store.stream(group, checkStreamName(input.logStreamName))
      const { accepted, rejected } = sortOut(input.logEvents, ctx.now, group.retention_days)
      if (accepted.length > 0) {
        await store.append(stream, accepted, ctx.now)
        parts.deps.kernel.live.publish('cloud', { type: 'cloud.logsChanged', id: group.name })
        await emitMetrics(parts, store, group, accepted)
        await deliver(parts, store, { group, stream }, accepted)
      }
      return {
        nextSequenceToken: sequenceToken(stream.id),
        ...(rejected && { rejectedLogEventsInfo: rejected }),
      }
    },

    GetLogEvents: (input, ctx) => getEvents(parts.store(ctx), input, ctx),
    FilterLogEvents: (input, ctx) => filterEvents(parts.store(ctx), input, ctx),
  }) satisfies Operations<Logs>

async function getEvents(
  store: LogsStore,
  input: Input<Logs, 'GetLogEvents'>,
  ctx: RequestContext,
): Promise<Output<Logs, 'GetLogEvents'>> {
  const limit = pageSize(input.limit, 10_000, 10_000)
  const name = checkGroupName(input.logGroupName ?? groupNameOf(input.logGroupIdentifier ?? ''))
  const group = await store.group(name)
  const stream = await store.stream(group, checkStreamName(input.logStreamName))
  const range = { of: { streamId: stream.id }, ...timeRange(input, group, ctx.now) }
  const token = input.nextToken ? readToken(input.nextToken) : undefined
  const forward = token ? token.direction === 'f' : input.startFromHead === true
  const found = forward
    ? await eventsAfter(store, range, token?.position, limit)
    : await eventsBefore(store, range, token?.position, limit)
  const events = forward ? withinPage(found) : withinPage(found.reverse()).reverse()
  // At an end of the stream the token comes back as it was: that is how a reader knows.
  const stay = token?.position ?? earliest
  return {
    events: events.map(({ timestamp, message, ingestionTime }) => ({
      timestamp,
      message,
      ingestionTime,
    })),
    nextForwardToken: tokenOf('f', events.at(-1) ?? stay),
    nextBackwardToken: tokenOf('b', events[0] ?? stay),
  }
}

async function filterEvents(
  store: LogsStore,
  input: Input<Logs, 'FilterLogEvents'>,
  ctx: RequestContext,
): Promise<Output<Logs, 'FilterLogEvents'>> {
  const limit = pageSize(input.limit, 10_000, 10_000)
  const name = checkGroupName(input.logGroupName ?? groupNameOf(input.logGroupIdentifier ?? ''))
  const group = await store.group(name)
  const names = await streamNames(store, group, input)
  const range: EventRange = {
    of: { groupId: group.id, ...(names.isAll ? {} : { streamIds: [...names.byId.keys()] }) },
    ...timeRange(input, group, ctx.now),
    matches: compilePattern(input.filterPattern ?? '').matches,
  }
  const after = input.nextToken ? readToken(input.nextToken).position : justBefore(range.startMs)
  const found = names.byId.size === 0 ? [] : await eventsAfter(store, range, after, limit + 1)
  const page = withinPage(found.slice(0, limit))
  return {
    events: page.map((event) => ({
      logStreamName: names.byId.get(event.streamId) ?? '',
      timestamp: event.timestamp,
      message: event.message,
      ingestionTime: event.ingestionTime,
      eventId: eventId(event),
    })),
    // Deprecated by AWS, and empty there as well.
    searchedLogStreams: [],
    ...(found.length > page.length && { nextToken: tokenOf('f', page.at(-1)!) }),
  }
}

async function streamNames(
  store: LogsStore,
  group: Group,
  input: Input<Logs, 'FilterLogEvents'>,
): Promise<{ isAll: boolean; byId: Map<string, string> }> {
  const { logStreamNames: wanted, logStreamNamePrefix: prefix } = input
  if (wanted && prefix) {
    throw invalid('logStreamNames and logStreamNamePrefix cannot be specified together.')
  }
  const streams = await store.streams(group)
  if (wanted && !wanted.every((name) => streams.some((stream) => stream.name === name))) {
    throw notFound('The specified log stream does not exist.')
  }
  const chosen = streams.filter(
    ({ name }) => (wanted?.includes(name) ?? true) && name.startsWith(prefix ?? ''),
  )
  return {
    isAll: !wanted && !prefix,
    byId: new Map(chosen.map((stream) => [stream.id, stream.name])),
  }
}

/** Events past their retention are gone at once, even where the job hasn't deleted them yet. */
function timeRange(
  input: { startTime?: number | undefined; endTime?: number | undefined },
  group: Group,
  now: number,
): { startMs: number; endMs: number } {
  const keptFrom = group.retention_days === null ? 0 : now - group.retention_days * DAY_MS
  const endMs = input.endTime ?? Number.MAX_SAFE_INTEGER
  return { startMs: Math.max(input.startTime ?? 0, keptFrom), endMs }
}

/** As many events from the front as fit the 1 MB of an answer; at least one. */
function withinPage(events: StoredLogEvent[]): StoredLogEvent[] {
  let sizeBytes = 0
  const end = events.findIndex((event) => {
    sizeBytes += Buffer.byteLength(event.message) + 26
    return sizeBytes > PAGE_BYTES
  })
  return end < 0 ? events : events.slice(0, Math.max(end, 1))
}
