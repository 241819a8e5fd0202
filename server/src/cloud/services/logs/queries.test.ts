import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type ComputeUnderTest, startCompute } from '../lambda/tests/compute-under-test.ts'

let under: ComputeUnderTest
let logs: CloudWatchLogs

const at = Math.floor(Date.now() / 3_600_000) * 3_600_000 - 3_600_000
const json = (it: object) => JSON.stringify(it)
const requestId = '01234567-89ab-cdef-0123-456789abcdef'
const groups: Record<string, [minute: number, message: string][]> = {
  '/app': [
    [0, json({ level: 'INFO', ms: 10, user: { id: 'a' }, tags: ['x', 'y'] })],
    [1, json({ level: 'ERROR', ms: 30, user: { id: 'b' } })],
    [6, json({ level: 'INFO', ms: 20.5, user: { id: 'a' } })],
    [7, 'GET /pay took 250 ms [slow]'],
  ],
  '/aws/lambda/pay': [
    [2, `START RequestId: ${requestId} Version: $LATEST\n`],
    [
      3,
      `REPORT RequestId: ${requestId}\tDuration: 12.50 ms\tBilled Duration: 13 ms\tMemory Size: 128 MB\tMax Memory Used: 64 MB\t\n`,
    ],
  ],
}

beforeAll(async () => {
  under = await startCompute()
  logs = new CloudWatchLogs(under.config())
  for (const [logGroupName, events] of Object.entries(groups)) {
    await logs.createLogGroup({ logGroupName })
    await logs.createLogStream({ logGroupName, logStreamName: 's' })
    await logs.putLogEvents({
      logGroupName,
      logStreamName: 's',
      logEvents: events.map(([minute, message]) => ({ timestamp: at + minute * 60_000, message })),
    })
  }
})
afterAll(async () => {
  logs.destroy()
  await under.stop()
})

const moment = (minute: number) =>
  new Date(at + minute * 60_000).toISOString().replace('T', ' ').replace('Z', '')

const start = (queryString: string, logGroupNames = ['/app'], more: object = {}) =>
  logs.startQuery({
    logGroupNames,
    queryString,
    startTime: at / 1000,
    endTime: at / 1000 + 3600,
    ...more,
  })

async function ended(queryId: string | undefined) {
  await expect
    .poll(async () => (await logs.getQueryResults({ queryId })).status, { timeout: 30_000 })
    .toBe('Complete')
  return logs.getQueryResults({ queryId })
}

/** Each row's values, without the pointer to its event. */
async function found(query: string, group = '/app') {
  const { results } = await ended((await start(query, [group])).queryId)
  return results!.map((row) =>
    Object.fromEntries(
      row.filter(({ field }) => field !== '@ptr').map((it) => [it.field, it.value]),
    ),
  )
}

const cases: [query: string, rows: object[], group?: string][] = [
  [
    'fields @timestamp, level | filter ispresent(level) | limit 2',
    [
      { '@timestamp': moment(6), level: 'INFO' },
      { '@timestamp': moment(1), level: 'ERROR' },
    ],
  ],
  [
    'filter level = "INFO" and ms > 15 # newest\n| fields ms * 2 as twice, user.id, strlen(user.id)',
    [{ twice: '41', 'user.id': 'a', 'strlen(user.id)': '1' }],
  ],
  ['filter @message like /took (\\d+)/ | fields toupper(@logStream) as s', [{ s: 'S' }]],
  ['filter @message not like "level" | fields @log', [{ '@log': '000000000000:/app' }]],
  ['filter level in ["ERROR", "WARN"] | display ms', [{ ms: '30' }]],
  ['filter not (level = "INFO" or level = "ERROR") | fields ms', [{}]],
  [
    'parse @message "* /* took * ms" as verb, path, took | filter took > 100 | display verb, path, took',
    [{ verb: 'GET', path: 'pay', took: '250' }],
  ],
  [
    'parse @message /\\[(?<mark>\\w+)\\]/ | filter ispresent(mark) | display mark',
    [{ mark: 'slow' }],
  ],
  [
    'stats count(*) as n, avg(ms), max(ms) - min(ms) as spread by level | filter ispresent(level) | sort n desc',
    [
      { level: 'INFO', n: '2', 'avg(ms)': '15.25', spread: '10.5' },
      { level: 'ERROR', n: '1', 'avg(ms)': '30', spread: '0' },
    ],
  ],
  [
    'stats count(*) by bin(5m) | sort `bin(5m)`',
    [
      { 'bin(5m)': moment(0), 'count(*)': '2' },
      { 'bin(5m)': moment(5), 'count(*)': '2' },
    ],
  ],
  [
    'stats pct(ms, 50) as mid, sum(ms) as all, count_distinct(user.id) as people, earliest(ms) as first, latest(ms) as last',
    [{ mid: '20.5', all: '60.5', people: '2', first: '10', last: '20.5' }],
  ],
  [
    'stats latest(@timestamp) as last, round(avg(ms), 1) as about, if(count(*) > 3, "many", "few") as much',
    [{ last: String(at + 7 * 60_000), about: '20.2', much: 'many' }],
  ],
  ['stats count(*) as n by user.id | stats max(n) as most', [{ most: '2' }]],
  [
    'filter ispresent(level) | sort ms asc | fields ms | dedup level | limit any 5',
    [{ ms: '10' }, { ms: '30' }],
  ],
  ['filter tags.0 = "x" | fields coalesce(nothing, tags.1) as second', [{ second: 'y' }]],
  [
    'filter @type = "REPORT" | stats max(@memorySize / 1000 / 1000) as mb, max(@duration) as ms, count(@requestId) as n',
    [{ mb: '128', ms: '12.5', n: '1' }],
    '/aws/lambda/pay',
  ],
]

it.each(cases)('%s', async (query, rows, group) => {
  expect(await found(query, group)).toEqual(rows)
})

const refusals: [query: string, text: string, offset: number][] = [
  ['fields @message | | limit 1', 'unexpected symbol found | at line 1 and position 19', 18],
  [
    'fields @message\n| filter level =',
    'unexpected symbol found <EOF> at line 2 and position 17',
    32,
  ],
  ['nothing @message', 'unexpected symbol found nothing at line 1 and position 1', 0],
  [
    'pattern @message',
    'the command pattern is not implemented by Madang, found at line 1 and position 1',
    0,
  ],
  ['dedup level | sort ms', 'unexpected symbol found sort at line 1 and position 15', 14],
  ['fields magic(@message)', 'unknown function magic found at line 1 and position 8', 7],
]

it.each(refusals)('refuses %s', async (query, message, startCharOffset) => {
  await expect(start(query)).rejects.toMatchObject({
    name: 'MalformedQueryException',
    message,
    queryCompileError: { location: { startCharOffset }, message },
  })
})

it('reads several groups, newest first, and tells what it read', async () => {
  const { queryId } = await start('fields @message', Object.keys(groups), { limit: 3 })
  const { results, statistics, queryLanguage } = await ended(queryId)
  expect(results!.map((row) => row.map(({ field }) => field))).toEqual(
    Array.from({ length: 3 }, () => ['@message', '@ptr']),
  )
  expect(results![0]![0]!.value).toBe('GET /pay took 250 ms [slow]')
  expect(statistics).toMatchObject({ recordsMatched: 6, recordsScanned: 6, logGroupsScanned: 2 })
  expect(queryLanguage).toBe('CWLI')
  const { queries } = await logs.describeQueries({ status: 'Complete', maxResults: 1 })
  expect(queries).toMatchObject([{ queryId, queryString: 'fields @message', status: 'Complete' }])
  await expect(logs.stopQuery({ queryId })).rejects.toThrow('its status is Complete')
})

it('refuses groups and queries that are not there', async () => {
  await expect(start('fields @message', ['/none'])).rejects.toThrow(
    "Log group '/none' does not exist for account ID '000000000000'",
  )
  await expect(logs.getQueryResults({ queryId: 'none' })).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  })
})
