import {
  AwsError,
  type Input,
  type Logs,
  type Operations,
  type Output,
  type RequestContext,
} from '../../gateway/index.ts'
import {
  checkGroupName,
  checkStreamName,
  groupNameOf,
  invalid,
  pageSize,
  streamArn,
} from './model.ts'
import type { LogsParts } from './parts.ts'
import type { LogsStore, Stream } from './store.ts'

export const streamOperations = (parts: LogsParts) =>
  ({
    async CreateLogStream(input, ctx) {
      const store = parts.store(ctx)
      const group = await store.group(checkGroupName(input.logGroupName))
      await store.streamCreate(group, checkStreamName(input.logStreamName), ctx.now)
      return {}
    },

    async DeleteLogStream(input, ctx) {
      const store = parts.store(ctx)
      const group = await store.group(checkGroupName(input.logGroupName))
      await store.streamDelete(await store.stream(group, checkStreamName(input.logStreamName)))
      return {}
    },

    DescribeLogStreams: (input, ctx) => describeStreams(parts, input, ctx),
  }) satisfies Operations<Logs>

async function describeStreams(
  parts: LogsParts,
  input: Input<Logs, 'DescribeLogStreams'>,
  ctx: RequestContext,
): Promise<Output<Logs, 'DescribeLogStreams'>> {
  const limit = pageSize(input.limit, 50, 50)
  const byTime = input.orderBy === 'LastEventTime'
  const prefix = input.logStreamNamePrefix ?? ''
  if (byTime && prefix) {
    throw invalid('Cannot order by LastEventTime with a logStreamNamePrefix.')
  }
  if (input.logGroupName !== undefined && input.logGroupIdentifier !== undefined) {
    const message = 'LogGroup name and LogGroup ARN are mutually exclusive parameters.'
    throw new AwsError('ValidationException', message)
  }
  const name = checkGroupName(input.logGroupName ?? groupNameOf(input.logGroupIdentifier ?? ''))
  const store = parts.store(ctx)
  const group = await store.group(name)
  const streams = (await store.streams(group)).filter((stream) => stream.name.startsWith(prefix))
  streams.sort(byTime ? byLastEvent : byName)
  if (input.descending) streams.reverse()
  const start = input.nextToken ? afterStream(streams, input.nextToken) : 0
  const page = streams.slice(start, start + limit)
  return {
    logStreams: page.map((stream) => present(store, name, stream)),
    ...(start + limit < streams.length && { nextToken: page.at(-1)!.name }),
  }
}

function afterStream(streams: Stream[], name: string): number {
  const at = streams.findIndex((stream) => stream.name === name)
  if (at < 0) throw invalid('The specified nextToken is invalid.')
  return at + 1
}

const byName = (a: Stream, b: Stream) => (a.name < b.name ? -1 : 1)
const byLastEvent = (a: Stream, b: Stream) =>
  (a.last_event_at ?? 0) - (b.last_event_at ?? 0) || byName(a, b)

function present(store: LogsStore, group: string, stream: Stream) {
  return {
    logStreamName: stream.name,
    creationTime: stream.created_at,
    arn: streamArn(store.scope, group, stream.name),
    // AWS answers 0 since 2019; the real size of the stream is in the group's sum.
    storedBytes: 0,
    ...(stream.first_event_at !== null && {
      firstEventTimestamp: stream.first_event_at,
      lastEventTimestamp: stream.last_event_at!,
      lastIngestionTime: stream.last_ingestion_at!,
      uploadSequenceToken: sequenceToken(stream.id),
    }),
  }
}

/** AWS gives one and has ignored it since 2023; so a constant does. */
export const sequenceToken = (streamId: string) => `49${Buffer.from(streamId).toString('hex')}`
