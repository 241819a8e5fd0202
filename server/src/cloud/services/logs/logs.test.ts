import {
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  FilterLogEventsCommand,
  GetLogEventsCommand,
  PutLogEventsCommand,
  PutMetricFilterCommand,
  PutRetentionPolicyCommand,
} from '@aws-sdk/client-cloudwatch-logs'
import { GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testDatabases } from '../../../testing/databases.ts'
import {
  type ComputeUnderTest,
  eventually,
  startCompute,
} from '../lambda/tests/compute-under-test.ts'
import { compilePattern } from './pattern/index.ts'

describe.each(testDatabases())('on $name', (database) => {
  let cloud: ComputeUnderTest
  beforeAll(async () => {
    cloud = await startCompute(await database.config())
  })
  afterAll(() => cloud.stop())

  async function group(name: string, streams: string[] = ['s']) {
    await cloud.logs.send(new CreateLogGroupCommand({ logGroupName: name }))
    for (const logStreamName of streams) {
      await cloud.logs.send(new CreateLogStreamCommand({ logGroupName: name, logStreamName }))
    }
  }

  const put = (logGroupName: string, logEvents: [number, string][], logStreamName = 's') =>
    cloud.logs.send(
      new PutLogEventsCommand({
        logGroupName,
        logStreamName,
        logEvents: logEvents.map(([timestamp, message]) => ({ timestamp, message })),
      }),
    )

  describe('events', () => {
    it('come back in order of time, page by page, both ways', async () => {
      await group('/pages')
      const start = Date.now() - 100_000
      // Batches that overlap in time, as several writers make them.
      const times = Array.from({ length: 300 }, (_, i) => start + i * 10)
      for (let batch = 0; batch < 60; batch++) {
        const mine = times.filter((_, i) => i % 60 === batch)
        await put(
          '/pages',
          mine.map((at) => [at, String(at - start)]),
        )
      }
      const names = { logGroupName: '/pages', logStreamName: 's' }
      const get = async (more: object) =>
        cloud.logs.send(new GetLogEventsCommand({ ...names, limit: 100, ...more }))
      const messages: string[] = []
      let page = await get({ startFromHead: true })
      for (let token = ''; page.nextForwardToken !== token;) {
        messages.push(...page.events!.map((event) => event.message!))
        token = page.nextForwardToken!
        page = await get({ nextToken: token })
      }
      expect(messages).toEqual(times.map((at) => String(at - start)))
      const newest = await get({})
      expect(newest.events!.map((event) => event.message)).toEqual(messages.slice(-100))
      const before = await get({ nextToken: newest.nextBackwardToken })
      expect(before.events!.map((event) => event.message)).toEqual(messages.slice(100, 200))
    })

    it('are refused as AWS refuses them', async () => {
      await group('/rules')
      const now = Date.now()
      await expect(
        put('/rules', [
          [now, 'b'],
          [now - 1, 'a'],
        ]),
      ).rejects.toThrow('chronological order')
      await expect(
        put('/rules', [
          [now - 90_000_000, 'a'],
          [now, 'b'],
        ]),
      ).rejects.toThrow('24 hours')
      await expect(put('/none', [[now, 'b']])).rejects.toMatchObject({
        name: 'ResourceNotFoundException',
        message: 'The specified log group does not exist.',
      })
      const answer = await put('/rules', [
        [now, 'kept'],
        [now + 3 * 3_600_000, 'too new'],
      ])
      expect(answer.rejectedLogEventsInfo).toEqual({ tooNewLogEventStartIndex: 1 })
      await expect(group('/rules')).rejects.toMatchObject({
        name: 'ResourceAlreadyExistsException',
      })
    })

    it('are found across streams', async () => {
      await group('/find', ['a', 'b'])
      const now = Date.now()
      await put(
        '/find',
        [
          [now - 3, 'ERROR one'],
          [now - 1, 'fine'],
        ],
        'a',
      )
      await put('/find', [[now - 2, 'ERROR two']], 'b')
      const ask = (more: object) =>
        cloud.logs.send(new FilterLogEventsCommand({ logGroupName: '/find', ...more }))
      const found = await ask({ filterPattern: 'ERROR', limit: 1 })
      expect(found.events!.map((event) => [event.logStreamName, event.message])).toEqual([
        ['a', 'ERROR one'],
      ])
      const rest = await ask({ filterPattern: 'ERROR', nextToken: found.nextToken })
      expect(rest.events!.map((event) => event.message)).toEqual(['ERROR two'])
      expect(rest.nextToken).toBeUndefined()
      const some = await ask({ logStreamNames: ['b'] })
      expect(some.events!.length).toBe(1)
      const streams = await cloud.logs.send(
        new DescribeLogStreamsCommand({
          logGroupName: '/find',
          orderBy: 'LastEventTime',
          descending: true,
        }),
      )
      expect(streams.logStreams!.map((stream) => stream.logStreamName)).toEqual(['a', 'b'])
    })
  })

  it('retention takes old events away', async () => {
    await group('/old')
    await put('/old', [[Date.now() - 3 * 86_400_000, 'old']])
    await put('/old', [[Date.now(), 'new']])
    const policy = { logGroupName: '/old', retentionInDays: 1 }
    await cloud.logs.send(new PutRetentionPolicyCommand(policy))
    const { events } = await cloud.logs.send(new FilterLogEventsCommand({ logGroupName: '/old' }))
    expect(events!.map((event) => event.message)).toEqual(['new'])
    const { logGroups } = await cloud.logs.send(
      new DescribeLogGroupsCommand({ logGroupNamePrefix: '/old' }),
    )
    expect(logGroups![0]).toMatchObject({ retentionInDays: 1, logGroupName: '/old' })
    await expect(
      cloud.logs.send(new PutRetentionPolicyCommand({ ...policy, retentionInDays: 2 })),
    ).rejects.toThrow('enum value set')
  })

  it('a metric filter makes metrics', async () => {
    await group('/metered')
    await cloud.logs.send(
      new PutMetricFilterCommand({
        logGroupName: '/metered',
        filterName: 'latency',
        filterPattern: '{ $.ms > 10 }',
        metricTransformations: [
          {
            metricName: 'Slow',
            metricNamespace: 'App',
            metricValue: '$.ms',
            dimensions: { Path: '$.path' },
          },
        ],
      }),
    )
    const now = Date.now()
    await put('/metered', [
      [now, '{"ms":5,"path":"/a"}'],
      [now, '{"ms":40,"path":"/a"}'],
      [now, 'x'],
    ])
    const sum = await eventually(async () => {
      const { Datapoints } = await cloud.cloudwatch.send(
        new GetMetricStatisticsCommand({
          Namespace: 'App',
          MetricName: 'Slow',
          Dimensions: [{ Name: 'Path', Value: '/a' }],
          StartTime: new Date(now - 300_000),
          EndTime: new Date(now + 60_000),
          Period: 300,
          Statistics: ['Sum'],
        }),
      )
      return Datapoints?.[0]?.Sum
    })
    expect(sum).toBe(40)
  })
})

describe('filter patterns', () => {
  const cases: [pattern: string, message: string, matches: boolean][] = [
    ['', 'anything', true],
    ['ERROR', '[ERROR] x', true],
    ['ERROR', 'error', false],
    ['ERROR 500', '500 ERROR', true],
    ['"a b"', 'xa bx', true],
    ['"a b"', 'b a', false],
    ['ERROR -retry', 'ERROR retry', false],
    ['?ERROR ?WARN', 'WARN x', true],
    ['?ERROR ?WARN', 'INFO', false],
    ['%5\\d\\d%', 'status 503', true],
    ['{ $.level = "error" }', '{"level":"error"}', true],
    ['{ $.level = "err*" }', '{"level":"error"}', true],
    ['{ $.level != "error" }', '{"level":"info"}', true],
    ['{ $.a.b[1] >= 2.5 }', '{"a":{"b":[1,3]}}', true],
    ['{ $.a IS NULL }', '{"a":null}', true],
    ['{ $.a NOT EXISTS }', '{"b":1}', true],
    ['{ $.ok IS TRUE && ($.n = 1 || $.n = 2) }', '{"ok":true,"n":2}', true],
    ['{ $.ok IS TRUE && ($.n = 1 || $.n = 2) }', '{"ok":true,"n":3}', false],
    ['{ $.a = 1 }', 'not json', false],
    ['[ip, user, status=4*, size]', '1.2.3.4 me 404 12', true],
    ['[ip, user, status=4*, size]', '1.2.3.4 me 200 12', false],
    [
      '[ip, ..., status = 404 || status = 410, size > 10]',
      '1.2.3.4 - - [10/Oct 13] "GET / x" 410 12',
      true,
    ],
    ['[a, b]', 'one two three', false],
  ]
  it.each(cases)('%s on %s: %s', (pattern, message, matches) => {
    expect(compilePattern(pattern).matches(message)).toBe(matches)
  })
  it.each(['{ $.a = }', '[a', '{ $.a ~ 1 }'])('%s is refused', (pattern) => {
    expect(() => compilePattern(pattern)).toThrow('Invalid filter pattern')
  })
})
