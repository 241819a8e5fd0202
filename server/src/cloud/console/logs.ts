import { type CloudLogEvent, cloudConsoleEndpoints as api } from '@madang/api'
import { type Route, route } from '../../kernel/index.ts'
import type { Aws } from '../gateway/index.ts'
import { answered } from './answered.ts'
import type { ConsoleParts } from './parts.ts'

export function logsRoutes({ aws, now }: ConsoleParts): Route[] {
  return [
    route(api.cloudLogGroupList, async ({ query }) => {
      const page = await answered(
        aws(query.region).logs.describeLogGroups({
          limit: Math.min(query.limit, 50),
          nextToken: query.cursor,
          logGroupNamePrefix: query.prefix,
        }),
      )
      const items = (page.logGroups ?? []).map((group) => ({
        name: group.logGroupName!,
        arn: group.logGroupArn ?? group.arn!,
        createdAt: new Date(group.creationTime!).toISOString(),
        storedBytes: group.storedBytes ?? 0,
        retentionDays: group.retentionInDays,
      }))
      return { items, nextCursor: page.nextToken }
    }),
    route(api.cloudLogStreamList, async ({ query }) => {
      const page = await answered(
        aws(query.region).logs.describeLogStreams({
          logGroupName: query.group,
          orderBy: 'LastEventTime',
          descending: true,
          limit: Math.min(query.limit, 50),
          nextToken: query.cursor,
        }),
      )
      const items = (page.logStreams ?? []).map((stream) => ({
        name: stream.logStreamName!,
        createdAt: new Date(stream.creationTime!).toISOString(),
        lastEventAt: stream.lastEventTimestamp
          ? new Date(stream.lastEventTimestamp).toISOString()
          : undefined,
      }))
      return { items, nextCursor: page.nextToken }
    }),
    route(api.cloudLogEventList, ({ query }) =>
      answered(latestEvents(aws(query.region), query, now())),
    ),
  ]
}

interface EventQuery {
  group: string
  stream?: string
  pattern?: string
  limit: number
  minutes: number
}

// FilterLogEvents goes from old to new only, so the latest are at the end of all its pages.
const PAGES_READ = 10

async function latestEvents({ logs }: Aws, query: EventQuery, nowMs: number) {
  let items: CloudLogEvent[] = []
  let nextToken: string | undefined
  let isCut = false
  for (let read = 0; read < PAGES_READ; read++) {
    const page = await logs.filterLogEvents({
      logGroupName: query.group,
      logStreamNames: query.stream === undefined ? undefined : [query.stream],
      filterPattern: query.pattern,
      startTime: nowMs - query.minutes * 60_000,
      nextToken,
    })
    const found = (page.events ?? []).map((event) => ({
      id: event.eventId!,
      at: new Date(event.timestamp!).toISOString(),
      stream: event.logStreamName!,
      message: (event.message ?? '').trimEnd(),
    }))
    isCut ||= items.length + found.length > query.limit
    items = [...items, ...found].slice(-query.limit)
    nextToken = page.nextToken
    if (nextToken === undefined) break
  }
  return { items, truncated: isCut || nextToken !== undefined }
}
