import type { Input, Logs, Operations, Output, RequestContext } from '../../gateway/index.ts'
import {
  type Answer,
  type Command,
  discoveredFields,
  parseQuery,
  type Row,
  runQuery,
  type Value,
} from './insights/index.ts'
import { groupNameOf, invalid, pageSize, type Scope } from './model.ts'
import type { LogsParts } from './parts.ts'
import { eventId, type Position } from './position.ts'
import { eventsAfter } from './store-events.ts'
import { type Group, type LogsStore, notFound } from './store.ts'

const MOST_KEPT = 1000
const MOST_EVENTS = 200_000
const PAGE = 10_000
const MOST_GROUPS = 50
const DAY_MS = 86_400_000

type Status = 'Running' | 'Complete' | 'Failed' | 'Cancelled'

interface Query extends Scope {
  id: string
  text: string
  group: string
  createdMs: number
  status: Status
  answer: Answer
  scanned: { groups: number; events: number; bytes: number }
}

/** Queries of Logs Insights; they and their results are kept in memory, the newest of them. */
export const queryOperations = (parts: LogsParts) => {
  const queries = new Map<string, Query>()
  parts.deps.onReset(async () => queries.clear())
  const find = (id: string | undefined, { account, region }: Scope) => {
    const query = queries.get(id ?? '')
    if (query?.account === account && query.region === region) return query
    throw notFound(`Query ID ${id} does not exist.`)
  }
  return {
    async StartQuery(input, ctx) {
      const query = await started(parts, input, ctx)
      queries.set(query.id, query)
      if (queries.size > MOST_KEPT) queries.delete(queries.keys().next().value!)
      return { queryId: query.id }
    },

    async GetQueryResults(input, ctx) {
      const { answer, status, scanned } = find(input.queryId, ctx)
      return {
        results: answer.results,
        statistics: {
          recordsMatched: answer.matched,
          recordsScanned: scanned.events,
          estimatedRecordsSkipped: 0,
          bytesScanned: scanned.bytes,
          estimatedBytesSkipped: 0,
          logGroupsScanned: scanned.groups,
        },
        status,
        queryLanguage: 'CWLI',
      }
    },

    async StopQuery(input, ctx) {
      const query = find(input.queryId, ctx)
      if (query.status !== 'Running') {
        throw invalid(`Query ${query.id} cannot be stopped: its status is ${query.status}.`)
      }
      query.status = 'Cancelled'
      return { success: true }
    },

    async DescribeQueries(input, ctx) {
      const most = pageSize(input.maxResults, 1000, 1000)
      const own = [...queries.values()].filter(
        ({ account, region, group, status }) =>
          account === ctx.account &&
          region === ctx.region &&
          (!input.logGroupName || group === input.logGroupName) &&
          (!input.status || status === input.status),
      )
      return { queries: own.toReversed().slice(0, most).map(presented) }
    },
  } satisfies Operations<Logs>
}

type Described = NonNullable<Output<Logs, 'DescribeQueries'>['queries']>[number]

const presented = (query: Query): Described => ({
  queryLanguage: 'CWLI',
  queryId: query.id,
  queryString: query.text,
  status: query.status,
  createTime: query.createdMs,
  logGroupName: query.group,
})

async function started(
  parts: LogsParts,
  input: Input<Logs, 'StartQuery'>,
  ctx: RequestContext,
): Promise<Query> {
  if (input.queryLanguage && input.queryLanguage !== 'CWLI') {
    throw invalid(`Queries in ${input.queryLanguage} are not implemented by Madang; use CWLI.`)
  }
  const limit = pageSize(input.limit, PAGE, PAGE)
  const commands = parseQuery(input.queryString ?? '')
  const store = parts.store(ctx)
  const groups = await groupsOf(store, input)
  // Given in seconds, its end included.
  const range = { startMs: input.startTime! * 1000, endMs: input.endTime! * 1000 + 1000 }
  if (range.startMs >= range.endMs) throw invalid('End time should not be before start time.')
  const query: Query = {
    account: ctx.account,
    region: ctx.region,
    id: crypto.randomUUID(),
    text: input.queryString!,
    group: groups[0]!.name,
    createdMs: ctx.now,
    status: 'Running',
    answer: { matched: 0, results: [] },
    scanned: { groups: groups.length, events: 0, bytes: 0 },
  }
  void worked(query, { store, groups, range, commands, limit, now: ctx.now }).catch(
    (error: unknown) => {
      query.status = 'Failed'
      parts.deps.kernel.log.warn('logs.queryFailed', { query: query.id, error })
    },
  )
  return query
}

async function groupsOf(store: LogsStore, input: Input<Logs, 'StartQuery'>): Promise<Group[]> {
  const { logGroupName, logGroupNames, logGroupIdentifiers } = input
  const given = [logGroupName && [logGroupName], logGroupNames, logGroupIdentifiers].filter(
    (names) => names?.length,
  ) as string[][]
  if (given.length !== 1) {
    throw invalid('Exactly one of logGroupName, logGroupNames and logGroupIdentifiers is needed.')
  }
  const names = [...new Set(given[0]!.map(groupNameOf))]
  if (names.length > MOST_GROUPS) {
    throw invalid(`A query reads ${MOST_GROUPS} log groups at most.`)
  }
  return Promise.all(
    names.map(async (name) => {
      const group = await store.groupFind(name)
      if (group) return group
      throw notFound(`Log group '${name}' does not exist for account ID '${store.scope.account}'`)
    }),
  )
}

interface Work {
  store: LogsStore
  groups: Group[]
  range: { startMs: number; endMs: number }
  commands: Command[]
  limit: number
  now: number
}

async function worked(query: Query, work: Work): Promise<void> {
  const rows: Row[] = []
  for (const group of work.groups) {
    for await (const row of rowsOf(group, work)) {
      query.scanned.events++
      query.scanned.bytes += Buffer.byteLength(String(row.get('@message')))
      rows.push(row)
      if (rows.length > MOST_EVENTS) throw new Error(`more than ${MOST_EVENTS} events`)
    }
    if (query.status !== 'Running') return
  }
  rows.sort((a, b) => Number(a.get('@timestamp')) - Number(b.get('@timestamp')))
  query.answer = runQuery(work.commands, rows, work.limit)
  query.status = 'Complete'
}

async function* rowsOf(group: Group, { store, range, now }: Work): AsyncGenerator<Row> {
  const streams = await store.streams(group)
  const names = new Map(streams.map(({ id, name }) => [id, name]))
  const keptMs = group.retention_days === null ? 0 : now - group.retention_days * DAY_MS
  const of = { of: { groupId: group.id }, ...range, startMs: Math.max(range.startMs, keptMs) }
  for (let after: Position | undefined; ;) {
    const page = await eventsAfter(store, of, after, PAGE)
    for (const event of page) {
      yield new Map<string, Value>([
        ...discoveredFields(group.name, event.message),
        ['@timestamp', event.timestamp],
        ['@message', event.message],
        ['@logStream', names.get(event.streamId)],
        ['@log', `${group.account}:${group.name}`],
        ['@ingestionTime', event.ingestionTime],
        ['@ptr', Buffer.from(eventId(event)).toString('base64')],
      ])
    }
    if (page.length < PAGE) return
    after = page.at(-1)
  }
}
