import { cloudConsoleEndpoints as api } from '@madang/api'
import {
  CloudFormationClient,
  CreateStackCommand,
  waitUntilStackCreateComplete,
} from '@aws-sdk/client-cloudformation'
import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch'
import { CloudWatchLogsClient, PutLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs'
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Identity } from '../../identity/index.ts'
import type { Kernel } from '../../kernel/index.ts'
import { createRegistry } from '../../registry/index.ts'
import { refusalOf } from '../../testing/client.ts'
import { openYard, type Yard } from '../../testing/yard.ts'
import { type Cloud, createCloud } from '../index.ts'

const template = {
  Description: 'A shop',
  Parameters: { Word: { Type: 'String', Default: 'open sesame', NoEcho: true } },
  Resources: {
    Site: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'shop-site' } },
    Lines: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: '/shop/lines' } },
    Stream: {
      Type: 'AWS::Logs::LogStream',
      Properties: { LogGroupName: { Ref: 'Lines' }, LogStreamName: 'one' },
    },
    Slow: {
      Type: 'AWS::CloudWatch::Alarm',
      Properties: {
        AlarmName: 'slow',
        Namespace: 'Shop',
        MetricName: 'Wait',
        Dimensions: [{ Name: 'Door', Value: 'north' }],
        Statistic: 'Maximum',
        Period: 60,
        EvaluationPeriods: 3,
        DatapointsToAlarm: 2,
        Threshold: 200,
        ComparisonOperator: 'GreaterThanThreshold',
      },
    },
    Clerk: {
      Type: 'AWS::IAM::User',
      Properties: {
        UserName: 'clerk',
        Policies: [
          {
            PolicyName: 'read',
            PolicyDocument: {
              Version: '2012-10-17',
              Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }],
            },
          },
        ],
      },
    },
  },
  Outputs: { Place: { Value: { 'Fn::GetAtt': ['Site', 'Arn'] } } },
}

let yard: Yard<Cloud>
let ada: Awaited<ReturnType<Yard['setUp']>>
let client: object
const region = 'ap-northeast-2'

beforeAll(async () => {
  yard = await openYard({ build: cloudWithConsole })
  const endpoint = await yard.parts.listen()
  ada = await yard.setUp()
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  client = { endpoint, region, credentials, forcePathStyle: true }
  const formation = new CloudFormationClient(client)
  await formation.send(
    new CreateStackCommand({
      StackName: 'shop',
      TemplateBody: JSON.stringify(template),
      Capabilities: ['CAPABILITY_NAMED_IAM'],
    }),
  )
  await waitUntilStackCreateComplete(
    { client: formation, minDelay: 1, maxDelay: 1, maxWaitTime: 120 },
    { StackName: 'shop' },
  )
})
afterAll(() => yard.close())

async function cloudWithConsole({ kernel, identity }: { kernel: Kernel; identity: Identity }) {
  return createCloud({ kernel, identity, registry: await createRegistry({ kernel }) })
}

it.each(Object.entries(api))('%s wants a person signed in', async (_name, { path }) => {
  const filled = path.replace(':kind', 'user').replace(/:\w+/g, 'x')
  expect((await fetch(yard.origin + filled)).status).toBe(401)
})

it('shows a stack whole, its secrets as asterisks', async () => {
  const stack = await ada.call(api.cloudStackGet, { params: { stack: 'shop' } })
  expect(stack.description).toBe('A shop')
  expect(stack.resources).toContainEqual(
    expect.objectContaining({ logicalId: 'Site', physicalId: 'shop-site' }),
  )
  expect(stack.outputs).toMatchObject([{ key: 'Place', value: 'arn:aws:s3:::shop-site' }])
  expect(stack.parameters).toMatchObject([{ key: 'Word', value: '****' }])
  expect(JSON.parse(stack.template)).toEqual(template)
  const events = await ada.call(api.cloudStackEventList, { params: { stack: 'shop' } })
  expect(events.items[0]).toMatchObject({ logicalId: 'shop', status: 'CREATE_COMPLETE' })
  const missing = ada.call(api.cloudStackGet, { params: { stack: 'none' } })
  expect(await refusalOf(missing)).toBe('400 cloudRefused')
})

it('shows the latest lines of a group, and those that match', async () => {
  const logs = new CloudWatchLogsClient(client)
  const now = Date.now()
  const texts = ['open', 'ERROR no key', 'closed']
  await logs.send(
    new PutLogEventsCommand({
      logGroupName: '/shop/lines',
      logStreamName: 'one',
      logEvents: texts.map((message, index) => ({ timestamp: now - 3000 + index, message })),
    }),
  )
  const group = '/shop/lines'
  const two = await ada.call(api.cloudLogEventList, { query: { group, limit: 2 } })
  expect(two.items.map(({ message }) => message)).toEqual(['ERROR no key', 'closed'])
  expect(two.truncated).toBe(true)
  const errors = await ada.call(api.cloudLogEventList, { query: { group, pattern: 'ERROR' } })
  expect(errors.items).toMatchObject([{ message: 'ERROR no key', stream: 'one' }])
  const bad = ada.call(api.cloudLogEventList, { query: { group, pattern: '{ $.x = ' } })
  expect(await refusalOf(bad)).toBe('400 cloudRefused')
})

it('shows alarms with their rule, and a metric’s values over time', async () => {
  const dimensions = { Door: 'north' }
  await new CloudWatchClient(client).send(
    new PutMetricDataCommand({
      Namespace: 'Shop',
      MetricData: [
        { MetricName: 'Wait', Dimensions: [{ Name: 'Door', Value: 'north' }], Values: [3, 9] },
      ],
    }),
  )
  const { items } = await ada.call(api.cloudAlarmList, { query: { names: 'slow' } })
  expect(items).toMatchObject([
    { name: 'slow', rule: 'Wait > 200', evaluationPeriods: 3, datapointsToAlarm: 2 },
  ])
  const history = await ada.call(api.cloudAlarmHistory, { params: { name: 'slow' } })
  expect(history.items.at(-1)!.kind).toBe('ConfigurationUpdate')
  const query = {
    namespace: 'Shop',
    name: 'Wait',
    dimensions: JSON.stringify(dimensions),
    stat: 'Maximum',
  }
  const series = await ada.call(api.cloudSeriesGet, { query })
  expect(series.points.map(({ value }) => value)).toEqual([9])
  const metrics = await ada.call(api.cloudMetricList, { query: { namespace: 'Shop' } })
  expect(metrics.items).toEqual([{ namespace: 'Shop', name: 'Wait', dimensions }])
})

it('says what IAM would answer, and by which policy', async () => {
  const params = { kind: 'user' as const, name: 'clerk' }
  const clerk = await ada.call(api.cloudIdentityGet, { params })
  expect(clerk.policies).toMatchObject([{ name: 'read' }])
  expect(JSON.parse(clerk.policies[0]!.document!)).toMatchObject({ Version: '2012-10-17' })
  const ask = (action: string) =>
    ada.call(api.cloudDecisionGet, { query: { principal: clerk.arn, action } })
  expect(await ask('s3:GetObject')).toMatchObject({ decision: 'allowed' })
  expect(await ask('s3:PutObject')).toMatchObject({ decision: 'implicitDeny', policies: [] })
})

it('hands out an object as a download, to whoever is signed in only', async () => {
  const page = { Bucket: 'shop-site', Key: 'a b/쪽.html', Body: '<script>' }
  await new S3Client(client).send(new PutObjectCommand(page))
  const address = `${yard.origin}/cloud-objects/shop-site/${encodeURI(page.Key)}`
  expect((await fetch(address)).status).toBe(401)
  const reply = await fetch(address, { headers: ada.headers })
  expect(await reply.text()).toBe('<script>')
  expect(reply.headers.get('content-type')).toBe('application/octet-stream')
  expect(reply.headers.get('content-disposition')).toMatch(/^attachment/)
})

it('finds an action of IAM, with what asks for it, on what and under which conditions', async () => {
  const find = (text: string, more = {}) =>
    ada.call(api.cloudActionList, { query: { text, ...more } })
  const { items } = await find('s3 tagging put')
  const tagging = items.find(({ action }) => action === 's3:PutObjectTagging')
  expect(tagging).toMatchObject({ service: 'Amazon S3', levels: ['Tagging', 'Write'] })
  expect(tagging?.operations).toContainEqual({
    service: 's3',
    operation: 'CopyObject',
    member: 'Tagging',
  })
  expect(tagging?.resources).toContainEqual({
    kind: 'object',
    arn: 'arn:${Partition}:s3:::${BucketName}/${ObjectName}',
  })
  expect(tagging?.keys).toContainEqual({ name: 's3:ExistingObjectTag/<key>', type: 'String' })
  const [passing] = (await find('iam:passrole')).items
  expect(passing?.operations.map(({ operation }) => operation)).toEqual(
    expect.arrayContaining(['CreateFunction', 'CreateStack', 'PutRule', 'PutSubscriptionFilter']),
  )
  const first = await find('queue', { limit: 2 })
  const next = await find('queue', { limit: 2, cursor: first.nextCursor })
  expect(next.items[0]!.action > first.items[1]!.action).toBe(true)
})
