import { gunzipSync } from 'node:zlib'
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs'
import { Kinesis } from '@aws-sdk/client-kinesis'
import { Lambda } from '@aws-sdk/client-lambda'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CloudUnderTest, startCloud } from '../../tests/cloud-under-test.ts'
import { zip } from '../lambda/tests/compute-under-test.ts'

const ACCOUNT = '000000000000'
let under: CloudUnderTest
let logs: CloudWatchLogs
let kinesis: Kinesis
let lambda: Lambda
let region: string

beforeAll(async () => {
  under = await startCloud()
  logs = new CloudWatchLogs(under.config())
  kinesis = new Kinesis(under.config())
  lambda = new Lambda(under.config())
  region = under.cloud.region
})
afterAll(() => {
  kinesis.destroy()
  return under.stop()
})

const refusal = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no refusal',
    (error: Error) => `${error.name}: ${error.message}`,
  )

async function roleFor(service: string, RoleName = 'sender'): Promise<string> {
  const principal = {
    kind: 'root' as const,
    account: ACCOUNT,
    arn: `arn:aws:iam::${ACCOUNT}:root`,
    userId: ACCOUNT,
  }
  const { iam } = under.cloud.aws({ principal, region })
  const statement = (more: object) =>
    JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...more }] })
  const { Role } = await iam.createRole({
    RoleName,
    AssumeRolePolicyDocument: statement({
      Principal: { Service: service },
      Action: 'sts:AssumeRole',
    }),
  })
  await iam.putRolePolicy({
    RoleName,
    PolicyName: 'put',
    PolicyDocument: statement({ Action: 'kinesis:PutRecord', Resource: '*' }),
  })
  return Role!.Arn!
}

interface Sent {
  messageType: string
  logEvents: { message: string }[]
}

async function recordsOf(StreamName: string): Promise<Sent[]> {
  const { StreamDescription } = await kinesis.describeStream({ StreamName })
  const { ShardIterator } = await kinesis.getShardIterator({
    StreamName,
    ShardId: StreamDescription!.Shards![0]!.ShardId,
    ShardIteratorType: 'TRIM_HORIZON',
  })
  const { Records = [] } = await kinesis.getRecords({ ShardIterator })
  return Records.map(({ Data }) => JSON.parse(gunzipSync(Data!).toString()) as Sent)
}

const notLetIn =
  'InvalidParameterException: Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute your function.'

describe('subscription filters', () => {
  const logGroupName = '/sent/on'

  it('send what matches to a stream, after a message that tries it', async () => {
    await logs.createLogGroup({ logGroupName })
    await logs.createLogStream({ logGroupName, logStreamName: 'one' })
    await kinesis.createStream({ StreamName: 'taken', ShardCount: 1 })
    await expect
      .poll(async () => {
        const { StreamDescription } = await kinesis.describeStream({ StreamName: 'taken' })
        return StreamDescription?.StreamStatus
      })
      .toBe('ACTIVE')
    const roleArn = await roleFor('logs.amazonaws.com')
    const destinationArn = `arn:aws:kinesis:${region}:${ACCOUNT}:stream/taken`
    const filter = { logGroupName, filterName: 'errors', filterPattern: 'ERROR', destinationArn }
    expect(await refusal(logs.putSubscriptionFilter(filter))).toBe(
      'InvalidParameterException: destinationArn for vendor kinesis cannot be used without roleArn',
    )
    await logs.putSubscriptionFilter({ ...filter, roleArn })
    const { subscriptionFilters } = await logs.describeSubscriptionFilters({ logGroupName })
    expect(subscriptionFilters).toEqual([
      {
        filterName: 'errors',
        logGroupName,
        filterPattern: 'ERROR',
        destinationArn,
        roleArn,
        distribution: 'ByLogStream',
        applyOnTransformedLogs: false,
        creationTime: expect.any(Number) as number,
      },
    ])
    const timestamp = Date.now()
    const logEvents = ['fine', 'ERROR one'].map((message) => ({ timestamp, message }))
    await logs.putLogEvents({ logGroupName, logStreamName: 'one', logEvents })
    const [control, data] = await recordsOf('taken')
    expect(control?.messageType).toBe('CONTROL_MESSAGE')
    expect(data).toMatchObject({
      messageType: 'DATA_MESSAGE',
      owner: ACCOUNT,
      logGroup: logGroupName,
      logStream: 'one',
      subscriptionFilters: ['errors'],
      logEvents: [{ timestamp, message: 'ERROR one' }],
    })
    for (const filterName of ['second', 'third']) {
      const answer = await refusal(logs.putSubscriptionFilter({ ...filter, filterName, roleArn }))
      expect(answer).toBe(
        filterName === 'second' ? 'no refusal' : 'LimitExceededException: Resource limit exceeded.',
      )
    }
    await logs.deleteSubscriptionFilter({ logGroupName, filterName: 'errors' })
    expect(
      await refusal(logs.deleteSubscriptionFilter({ logGroupName, filterName: 'errors' })),
    ).toBe('ResourceNotFoundException: The specified subscription filter does not exist.')
  })

  it('refuse what cannot be reached', async () => {
    const put = (destinationArn: string) =>
      refusal(
        logs.putSubscriptionFilter({
          logGroupName,
          filterName: 'f',
          filterPattern: '',
          destinationArn,
        }),
      )
    expect(await put(`arn:aws:lambda:${region}:111122223333:function:x`)).toBe(
      'AccessDeniedException: Cross-account lambda invocation passing is not allowed. You must use DestinationPolicies to create cross account lambda triggers.',
    )
    expect(await put(`arn:aws:lambda:${region}:${ACCOUNT}:function:none`)).toBe(notLetIn)
  })

  it('reach a function whose policy names the group they come from', async () => {
    const FunctionName = 'taker'
    const { FunctionArn } = await lambda.createFunction({
      FunctionName,
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      Role: await roleFor('lambda.amazonaws.com', 'taker'),
      Code: { ZipFile: zip({ 'index.js': 'exports.handler = async () => 1' }) },
    })
    const put = async (group: string) => {
      await lambda.addPermission({
        FunctionName,
        StatementId: group,
        Action: 'lambda:InvokeFunction',
        Principal: `logs.${region}.amazonaws.com`,
        SourceArn: `arn:aws:logs:${region}:${ACCOUNT}:log-group:/called/${group}:*`,
        SourceAccount: ACCOUNT,
      })
      return refusal(
        logs.putSubscriptionFilter({
          logGroupName: '/called/by',
          filterName: 'f',
          filterPattern: '',
          destinationArn: FunctionArn!,
        }),
      )
    }
    await logs.createLogGroup({ logGroupName: '/called/by' })
    expect(await put('another')).toBe(notLetIn)
    expect(await put('by')).toBe('no refusal')
  })
})

it('keeps resource policies, ten at most', async () => {
  const policyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: 'route53.amazonaws.com' },
        Action: 'logs:PutLogEvents',
        Resource: '*',
      },
    ],
  })
  for (let index = 0; index < 10; index++) {
    const { resourcePolicy } = await logs.putResourcePolicy({
      policyName: `p${index}`,
      policyDocument,
    })
    expect(resourcePolicy).toMatchObject({ policyName: `p${index}`, policyScope: 'ACCOUNT' })
  }
  expect(await refusal(logs.putResourcePolicy({ policyName: 'more', policyDocument }))).toBe(
    'LimitExceededException: Resource limit exceeded.',
  )
  expect((await logs.describeResourcePolicies({})).resourcePolicies).toHaveLength(10)
  expect(await refusal(logs.deleteResourcePolicy({ policyName: 'none' }))).toBe(
    'ResourceNotFoundException: Policy with name [none] does not exist.',
  )
})

it('refuses names and filters in the words of AWS', async () => {
  const long = 'x'.repeat(513)
  expect(await refusal(logs.createLogGroup({ logGroupName: long }))).toBe(
    'InvalidParameterException: Invalid LogGroup or LogStream, both must have length less than or equal to 512.',
  )
  const logGroupName = '/sent/on'
  const metric = { metricName: 'm', metricNamespace: 'n', metricValue: '1' }
  expect(
    await refusal(
      logs.putMetricFilter({
        logGroupName,
        filterName: 'f',
        filterPattern: '',
        metricTransformations: [metric, metric],
      }),
    ),
  ).toBe(
    "InvalidParameterException: 1 validation error detected: Value '[MetricTransformation(metricName=m, metricNamespace=n, metricValue=1, defaultValue=null, unit=null, dimensions=null), MetricTransformation(metricName=m, metricNamespace=n, metricValue=1, defaultValue=null, unit=null, dimensions=null)]' at 'metricTransformations' failed to satisfy constraint: Member must have length less than or equal to 1",
  )
  const both = { logGroupName, logGroupIdentifier: logGroupName }
  expect(await refusal(logs.describeLogStreams(both))).toBe(
    'ValidationException: LogGroup name and LogGroup ARN are mutually exclusive parameters.',
  )
})

it('lists groups by beginnings and pieces of their names, and keeps those that are protected', async () => {
  for (const logGroupName of ['/kept/one', '/kept/two', '/other/kept']) {
    await logs.createLogGroup({ logGroupName })
  }
  const named = async (logGroupNamePattern: string, more: object = {}) => {
    const { logGroups } = await logs.listLogGroups({ logGroupNamePattern, ...more })
    return logGroups!.map(({ logGroupName }) => logGroupName)
  }
  expect(await named('^/kept')).toEqual(['/kept/one', '/kept/two'])
  expect(await named('two|^/other')).toEqual(['/kept/two', '/other/kept'])
  expect(await named('KEPT')).toEqual([])
  expect(await named('kept', { limit: 1, nextToken: '/kept/one' })).toEqual(['/kept/two'])
  expect(await refusal(logs.listLogGroups({ logGroupNamePattern: 'a' }))).toMatch(
    /^InvalidParameterException: 1 validation error detected: Value 'a' at 'logGroupNamePattern' /,
  )
  const guard = (deletionProtectionEnabled: boolean) =>
    logs.putLogGroupDeletionProtection({
      logGroupIdentifier: '/kept/one',
      deletionProtectionEnabled,
    })
  await guard(true)
  expect(await refusal(logs.deleteLogGroup({ logGroupName: '/kept/one' }))).toMatch(/protection/)
  await guard(false)
  await logs.deleteLogGroup({ logGroupName: '/kept/one' })
})
