import { EventBridge } from '@aws-sdk/client-eventbridge'
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs'
import { IAM } from '@aws-sdk/client-iam'
import { Kinesis } from '@aws-sdk/client-kinesis'
import { S3 } from '@aws-sdk/client-s3'
import { SNS } from '@aws-sdk/client-sns'
import { SQS } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CloudUnderTest, startCloud } from '../../tests/cloud-under-test.ts'

let under: CloudUnderTest
let events: EventBridge
let sqs: SQS
let count = 0

beforeAll(async () => {
  under = await startCloud()
  events = new EventBridge(under.config())
  sqs = new SQS(under.config())
})
afterAll(() => under.stop())

const refusal = (run: Promise<unknown>) =>
  run.then(
    () => 'no refusal',
    (error: { name: string; message: string }) => `${error.name}: ${error.message}`,
  )
const fresh = (what: string) => `${what}-${++count}`
const arn = (service: string, resource: string) =>
  `arn:aws:${service}:${under.cloud.region}:${under.cloud.account}:${resource}`

async function queue(Attributes: Record<string, string> = {}) {
  const QueueName = fresh('q') + (Attributes['FifoQueue'] ? '.fifo' : '')
  const { QueueUrl } = await sqs.createQueue({ QueueName, Attributes })
  return { QueueUrl: QueueUrl!, arn: arn('sqs', QueueName) }
}

/** What arrives, once at least one did. */
async function received(QueueUrl: string, most = 1) {
  const found: { Body: string; attributes: Record<string, { StringValue?: string }> }[] = []
  await expect
    .poll(async () => {
      const asked = { QueueUrl, MaxNumberOfMessages: 10, MessageAttributeNames: ['All'] }
      const { Messages = [] } = await sqs.receiveMessage({ ...asked, WaitTimeSeconds: 1 })
      for (const { Body, MessageAttributes = {} } of Messages) {
        found.push({ Body: Body!, attributes: MessageAttributes })
      }
      return found.length
    })
    .toBeGreaterThanOrEqual(most)
  return found
}

async function roleFor(Action: string) {
  const iam = new IAM(under.config())
  const RoleName = fresh('role')
  const [Version, Effect] = ['2012-10-17', 'Allow']
  const Principal = { Service: 'events.amazonaws.com' }
  const trust = { Version, Statement: [{ Effect, Principal, Action: 'sts:AssumeRole' }] }
  const AssumeRolePolicyDocument = JSON.stringify(trust)
  const { Role } = await iam.createRole({ RoleName, AssumeRolePolicyDocument })
  const PolicyDocument = JSON.stringify({ Version, Statement: [{ Effect, Action, Resource: '*' }] })
  await iam.putRolePolicy({ RoleName, PolicyName: 'put', PolicyDocument })
  return Role!.Arn!
}

async function ruleTo(target: object, given: object = {}) {
  const Name = fresh('rule')
  const source = fresh('source')
  const EventPattern = JSON.stringify({ source: [source] })
  const { RuleArn } = await events.putRule({ Name, EventPattern, ...given })
  const Targets = [{ Id: 't', ...target } as { Id: string; Arn: string }]
  const { EventBusName } = given as { EventBusName?: string }
  await events.putTargets({ Rule: Name, EventBusName, Targets })
  return { Name, RuleArn: RuleArn!, source }
}

const put = (Source: string, detail: object = { n: 1 }, more: object = {}) =>
  events.putEvents({
    Entries: [{ Source, DetailType: 'kind', Detail: JSON.stringify(detail), ...more }],
  })

describe('buses and rules', () => {
  it('are made, told, listed by pages and refused in EventBridge words', async () => {
    const Name = fresh('bus')
    const { EventBusArn } = await events.createEventBus({ Name })
    expect(EventBusArn).toBe(arn('events', `event-bus/${Name}`))
    expect(await refusal(events.createEventBus({ Name }))).toBe(
      `ResourceAlreadyExistsException: Event bus ${Name} already exists.`,
    )
    expect(await events.describeEventBus({ Name })).toMatchObject({ Name, Arn: EventBusArn })
    expect(await refusal(events.describeEventBus({ Name: 'none' }))).toBe(
      'ResourceNotFoundException: Event bus none does not exist.',
    )
    expect(await refusal(events.deleteEventBus({ Name: 'default' }))).toBe(
      'ValidationException: Cannot delete event bus default.',
    )
    const rate = { Name: 'r', EventBusName: Name, ScheduleExpression: 'rate(1 minute)' }
    expect(await refusal(events.putRule(rate))).toBe(
      'ValidationException: ScheduleExpression is supported only on the default event bus.',
    )
    const EventPattern = '{"source":["x"]}'
    for (const rule of ['a', 'b', 'c']) {
      await events.putRule({ Name: rule, EventBusName: Name, EventPattern })
    }
    const first = await events.listRules({ EventBusName: Name, Limit: 2 })
    const { NextToken } = first
    const second = await events.listRules({ EventBusName: Name, Limit: 2, NextToken })
    expect([first, second].map(({ Rules }) => Rules!.map((rule) => rule.Name))).toEqual([
      ['a', 'b'],
      ['c'],
    ])
    expect(await events.describeRule({ Name: 'a', EventBusName: Name })).toMatchObject({
      Arn: arn('events', `rule/${Name}/a`),
      CreatedBy: under.cloud.account,
      State: 'ENABLED',
      EventPattern,
    })
    expect(await refusal(events.describeRule({ Name: 'none' }))).toBe(
      'ResourceNotFoundException: Rule none does not exist on EventBus default.',
    )
    expect(await refusal(events.putRule({ Name: 'x', EventPattern: '{"int": 42}' }))).toBe(
      'InvalidEventPatternException: Event pattern is not valid. Reason: "int" must be an object or an array\n at [Source: (String)"{"int": 42}"; line: 1, column: 11]',
    )
  })

  it('let others in by statements, and keep tags', async () => {
    const Name = fresh('bus')
    const Tags = [{ Key: 'k', Value: 'v' }]
    const { EventBusArn } = await events.createEventBus({ Name, Tags })
    const given = { EventBusName: Name, Action: 'events:PutEvents', StatementId: 's' }
    await events.putPermission({ ...given, Principal: '111122223333' })
    const { Policy } = await events.describeEventBus({ Name })
    expect(JSON.parse(Policy!)).toEqual({
      Version: '2012-10-17',
      Statement: [
        {
          Sid: 's',
          Effect: 'Allow',
          Principal: { AWS: 'arn:aws:iam::111122223333:root' },
          Action: 'events:PutEvents',
          Resource: EventBusArn,
        },
      ],
    })
    expect(
      await refusal(events.removePermission({ EventBusName: Name, StatementId: 'none' })),
    ).toBe('ResourceNotFoundException: Statement with the provided id does not exist.')
    await events.removePermission({ EventBusName: Name, StatementId: 's' })
    expect((await events.describeEventBus({ Name })).Policy).toBeUndefined()
    expect((await events.listTagsForResource({ ResourceARN: EventBusArn })).Tags).toEqual(Tags)
  })

  it('have targets by the rules', async () => {
    const { Name } = await ruleTo({ Arn: (await queue()).arn })
    expect(await refusal(events.deleteRule({ Name }))).toBe(
      "ValidationException: Rule can't be deleted since it has targets.",
    )
    const target = (more: object) =>
      refusal(
        events.putTargets({ Rule: Name, Targets: [{ Id: 'x', Arn: arn('sqs', 'q'), ...more }] }),
      )
    expect(await target({ Id: '!@#$' })).toBe(
      "ValidationException: 1 validation error detected: Value '!@#$' at 'targets.1.member.id' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_A-Za-z0-9]+",
    )
    const InputTransformer = { InputPathsMap: { a: '$.id' }, InputTemplate: '"<a> <nothing>"' }
    expect(await target({ InputTransformer })).toBe(
      'ValidationException: InputTemplate for target x contains invalid placeholder nothing.',
    )
    expect(await target({ InputTransformer: { InputPathsMap: { a: '$.id' } } })).toBe(
      "ValidationException: 1 validation error detected: Value null at 'targets.1.member.inputTransformer.inputTemplate' failed to satisfy constraint: Member must not be null",
    )
    expect(await target({ InputPath: '$.id', InputTransformer })).toBe(
      'ValidationException: Only one of Input, InputPath, or InputTransformer must be provided for target x.',
    )
    const Targets = Array.from({ length: 5 }, (_, index) => ({
      Id: `t${index}`,
      Arn: arn('sqs', 'q'),
    }))
    expect(await refusal(events.putTargets({ Rule: Name, Targets }))).toBe(
      'LimitExceededException: The requested resource exceeds the maximum number allowed.',
    )
    await events.removeTargets({ Rule: Name, Ids: ['t'] })
    expect((await events.listTargetsByRule({ Rule: Name })).Targets).toEqual([])
    await events.deleteRule({ Name })
  })
})

describe('events', () => {
  it('are refused one by one', async () => {
    const { FailedEntryCount, Entries } = await events.putEvents({
      Entries: [
        { DetailType: 'a', Detail: '{}' },
        { Source: 's', DetailType: 'a' },
        { Source: 's', DetailType: 'a', Detail: '[' },
        { Source: 'aws.s3', DetailType: 'a', Detail: '{}' },
        { Source: 's', DetailType: 'a', Detail: '{}', EventBusName: 'nowhere' },
      ],
    })
    expect(FailedEntryCount).toBe(4)
    expect(Entries!.map(({ ErrorCode, ErrorMessage }) => [ErrorCode, ErrorMessage])).toEqual([
      ['InvalidArgument', 'Parameter Source is not valid. Reason: Source is a required argument.'],
      ['InvalidArgument', 'Parameter Detail is not valid. Reason: Detail is a required argument.'],
      ['MalformedDetail', 'Detail is malformed.'],
      ['NotAuthorizedForSource', 'Not authorized for the source.'],
      [undefined, undefined],
    ])
    const entry = { Source: 's', DetailType: 'a', Detail: '{}' }
    const Entries11 = Array.from({ length: 11 }, () => entry)
    expect(await refusal(events.putEvents({ Entries: Entries11 }))).toMatch(
      /^ValidationException: 1 validation error detected: Value '\[PutEventsRequestEntry\(time=null, source=s, resources=null, detailType=a, detail=\{\}, eventBusName=null, /,
    )
  })

  it('come to queues as they are, in part, as a constant or through a template', async () => {
    const whole = await queue()
    const one = await ruleTo({ Arn: whole.arn })
    const { Entries } = await put(one.source, { a: 'x' }, { Time: new Date(1_700_000_000_999) })
    expect(JSON.parse((await received(whole.QueueUrl))[0]!.Body)).toEqual({
      version: '0',
      id: Entries![0]!.EventId,
      'detail-type': 'kind',
      source: one.source,
      account: under.cloud.account,
      time: '2023-11-14T22:13:20Z',
      region: under.cloud.region,
      resources: [],
      detail: { a: 'x' },
    })
    const part = await queue()
    await put((await ruleTo({ Arn: part.arn, InputPath: '$.detail.a' })).source, { a: 'baz' })
    expect((await received(part.QueueUrl))[0]!.Body).toBe('"baz"')
    const filled = await queue()
    const InputTransformer = {
      InputPathsMap: { a: '$.detail.a', none: '$.detail.none' },
      InputTemplate: '{"rule": "<aws.events.rule-name>: <a>", "a": <a>, "none": <none>}',
    }
    const { source, Name } = await ruleTo({ Arn: filled.arn, InputTransformer })
    await put(source, { a: 'v' })
    expect(JSON.parse((await received(filled.QueueUrl))[0]!.Body)).toEqual({
      rule: `${Name}: v`,
      a: 'v',
      none: '',
    })
  })

  it('come to topics, streams, logs, FIFO queues and other buses, and not to disabled rules', async () => {
    const sns = new SNS(under.config())
    const made = await queue()
    const { TopicArn } = await sns.createTopic({ Name: fresh('topic') })
    await sns.subscribe({
      TopicArn,
      Protocol: 'sqs',
      Endpoint: made.arn,
      Attributes: { RawMessageDelivery: 'true' },
    })
    await put((await ruleTo({ Arn: TopicArn!, Input: '"said"' })).source)
    expect((await received(made.QueueUrl))[0]!.Body).toBe('"said"')

    const fifo = await queue({ FifoQueue: 'true' })
    const SqsParameters = { MessageGroupId: 'g' }
    await put((await ruleTo({ Arn: fifo.arn, Input: '"fifo"', SqsParameters })).source)
    expect((await received(fifo.QueueUrl))[0]!.Body).toBe('"fifo"')

    const logs = new CloudWatchLogs(under.config())
    const logGroupName = fresh('/aws/events/g')
    await logs.createLogGroup({ logGroupName })
    await put((await ruleTo({ Arn: arn('logs', `log-group:${logGroupName}`) })).source, { l: 1 })
    await expect
      .poll(async () => (await logs.filterLogEvents({ logGroupName })).events!.length)
      .toBe(1)

    const kinesis = new Kinesis(under.config())
    const StreamName = fresh('stream')
    await kinesis.createStream({ StreamName, ShardCount: 1 })
    const KinesisParameters = { PartitionKeyPath: '$.detail.key' }
    const Arn = arn('kinesis', `stream/${StreamName}`)
    expect(await refusal(ruleTo({ Arn }))).toBe(
      `ValidationException: RoleArn is required for target ${Arn}.`,
    )
    const RoleArn = await roleFor('kinesis:PutRecord')
    const to = { Arn, RoleArn, KinesisParameters }
    await put((await ruleTo(to)).source, { key: 'p' })
    const ShardId = 'shardId-000000000000'
    const asked = { StreamName, ShardId, ShardIteratorType: 'TRIM_HORIZON' as const }
    const { ShardIterator } = await kinesis.getShardIterator(asked)
    const keys = async () =>
      (await kinesis.getRecords({ ShardIterator })).Records!.map(({ PartitionKey }) => PartitionKey)
    await expect.poll(keys).toEqual(['p'])

    const EventBusName = fresh('bus')
    const { EventBusArn } = await events.createEventBus({ Name: EventBusName })
    const far = await queue()
    const there = await ruleTo({ Arn: far.arn }, { EventBusName })
    const EventPattern = JSON.stringify({ source: [there.source] })
    await ruleTo({ Arn: EventBusArn! }, { EventPattern })
    const off = await queue()
    const disabled = await ruleTo({ Arn: off.arn }, { EventPattern })
    await events.disableRule({ Name: disabled.Name })
    await put(there.source)
    expect((await received(far.QueueUrl)).length).toBe(1)
    expect((await sqs.receiveMessage({ QueueUrl: off.QueueUrl })).Messages).toBeUndefined()
  })

  it('that no target takes go to the dead-letter queue with what was said', async () => {
    const dead = await queue()
    const Arn = arn('sqs', 'nowhere')
    const { source, RuleArn } = await ruleTo({ Arn, DeadLetterConfig: { Arn: dead.arn } })
    await put(source)
    const [{ Body, attributes }] = (await received(dead.QueueUrl)) as [
      { Body: string; attributes: Record<string, { StringValue?: string }> },
    ]
    expect(JSON.parse(Body)).toMatchObject({ source })
    expect(attributes).toMatchObject({
      RULE_ARN: { StringValue: RuleArn },
      TARGET_ARN: { StringValue: Arn },
      ERROR_CODE: { StringValue: expect.any(String) as string },
    })
  })

  it('of S3 come to the default bus', async () => {
    const s3 = new S3({ ...under.config(), forcePathStyle: true })
    const Bucket = fresh('events-bucket')
    await s3.createBucket({ Bucket })
    await s3.putBucketNotificationConfiguration({
      Bucket,
      NotificationConfiguration: { EventBridgeConfiguration: {} },
    })
    const made = await queue()
    const EventPattern = JSON.stringify({
      source: ['aws.s3'],
      detail: { bucket: { name: [Bucket] } },
    })
    await ruleTo({ Arn: made.arn }, { EventPattern })
    await s3.putObject({ Bucket, Key: 'k', Body: 'data' })
    expect(JSON.parse((await received(made.QueueUrl))[0]!.Body)).toMatchObject({
      'detail-type': 'Object Created',
      resources: [`arn:aws:s3:::${Bucket}`],
      detail: { object: { key: 'k', size: 4 }, reason: 'PutObject' },
    })
  })
})

describe('archives and replays', () => {
  it('keep what matches and bring it again', async () => {
    const made = await queue()
    const { source, RuleArn } = await ruleTo({ Arn: made.arn })
    const ArchiveName = fresh('archive')
    const EventSourceArn = arn('events', 'event-bus/default')
    const EventPattern = JSON.stringify({ source: [source] })
    const { ArchiveArn } = await events.createArchive({ ArchiveName, EventSourceArn, EventPattern })
    await put(source, { n: 1 })
    await put(fresh('other'))
    await received(made.QueueUrl)
    expect(await events.describeArchive({ ArchiveName })).toMatchObject({
      EventCount: 1,
      RetentionDays: 0,
      State: 'ENABLED',
    })
    const ReplayName = fresh('replay')
    const now = under.kernel.clock.now()
    const times = { EventStartTime: new Date(now - 60_000), EventEndTime: new Date(now + 60_000) }
    const Destination = { Arn: EventSourceArn, FilterArns: [RuleArn] }
    const given = { ReplayName, EventSourceArn: ArchiveArn!, Destination }
    const wrong = { ...given, ...times, EventEndTime: times.EventStartTime }
    expect(await refusal(events.startReplay(wrong))).toBe(
      'ValidationException: Parameter EventEndTime is not valid. Reason: EventStartTime must be before EventEndTime.',
    )
    expect(await events.startReplay({ ...given, ...times })).toMatchObject({ State: 'STARTING' })
    expect(JSON.parse((await received(made.QueueUrl))[0]!.Body)).toMatchObject({
      'replay-name': ReplayName,
      detail: { n: 1 },
    })
    await expect
      .poll(async () => (await events.describeReplay({ ReplayName })).State)
      .toBe('COMPLETED')
  })
})

describe('schedules', () => {
  it.each([
    'rate(1 minutes)',
    'rate(10 minute)',
    'rate(0 minutes)',
    'cron(0 1 * * * *)',
    'cron(71 8 1 * ? *)',
  ])('refuse %s', async (ScheduleExpression) => {
    expect(await refusal(events.putRule({ Name: fresh('r'), ScheduleExpression }))).toBe(
      'ValidationException: Parameter ScheduleExpression is not valid.',
    )
  })

  it('happen when the clock is moved', async () => {
    const made = await queue()
    const Name = fresh('rule')
    const { RuleArn } = await events.putRule({ Name, ScheduleExpression: 'rate(5 minutes)' })
    await events.putTargets({ Rule: Name, Targets: [{ Id: 't', Arn: made.arn }] })
    under.kernel.clock.advance(5 * 60_000 + 1000)
    expect(JSON.parse((await received(made.QueueUrl))[0]!.Body)).toMatchObject({
      'detail-type': 'Scheduled Event',
      source: 'aws.events',
      resources: [RuleArn],
      detail: {},
    })
  })
})
