import {
  cloudConsoleEndpoints,
  cloudEndpoints,
  cloudOperateEndpoints as api,
  identityEndpoints,
} from '@madang/api'
import { CreateBucketCommand, HeadObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { SQSClient, SendMessageCommand } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Identity } from '../../identity/index.ts'
import type { Kernel } from '../../kernel/index.ts'
import { createRegistry } from '../../registry/index.ts'
import { refusalOf } from '../../testing/client.ts'
import { openYard, type Yard } from '../../testing/yard.ts'
import { type Cloud, createCloud } from '../index.ts'

let yard: Yard<Cloud>
let ada: Awaited<ReturnType<Yard['setUp']>>
let endpoint: string

beforeAll(async () => {
  yard = await openYard({ build: cloudOf })
  endpoint = await yard.parts.listen()
  ada = await yard.setUp()
  await ada.call(identityEndpoints.projectCreate, { body: { key: 'SHOP', name: 'Shop' } })
})
afterAll(() => yard.close())

async function cloudOf({ kernel, identity }: { kernel: Kernel; identity: Identity }) {
  return createCloud({ kernel, identity, registry: await createRegistry({ kernel }) })
}

function s3Client() {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  return { endpoint, region: 'ap-northeast-2', credentials, forcePathStyle: true }
}

function change(service: string, operation: string, input: Record<string, unknown>) {
  const params = { project: 'SHOP', service, operation }
  return ada.call(api.cloudOperate, { params, body: { input } })
}

function read(service: string, operation: string, input: object = {}) {
  const query = { input: JSON.stringify(input) }
  return ada.call(api.cloudRead, { params: { service, operation }, query })
}

it('makes a queue, sends, and receives what an SDK sent, too', async () => {
  const { QueueUrl } = await change('sqs', 'createQueue', { QueueName: 'orders' })
  await change('sqs', 'sendMessage', { QueueUrl, MessageBody: 'from the page' })
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  const sqs = new SQSClient({ endpoint, region: 'ap-northeast-2', credentials })
  await sqs.send(new SendMessageCommand({ QueueUrl: String(QueueUrl), MessageBody: 'from code' }))
  const { Attributes } = await read('sqs', 'getQueueAttributes', {
    QueueUrl,
    AttributeNames: ['ApproximateNumberOfMessages'],
  })
  expect(Attributes).toEqual({ ApproximateNumberOfMessages: '2' })
  const { Messages } = await change('sqs', 'receiveMessage', { QueueUrl, MaxNumberOfMessages: 10 })
  const bodies = (Messages as { Body: string }[]).map(({ Body }) => Body)
  expect(bodies.sort()).toEqual(['from code', 'from the page'])
})

it('keeps bytes of an item, as base64', async () => {
  await change('dynamodb', 'createTable', {
    TableName: 'things',
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'B' }],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    BillingMode: 'PAY_PER_REQUEST',
  })
  await expect
    .poll(async () => (await read('dynamodb', 'describeTable', { TableName: 'things' })).Table)
    .toMatchObject({ TableStatus: 'ACTIVE' })
  const Item = { id: { B: 'AAEC/w==' }, words: { SS: ['a', 'b'] } }
  await change('dynamodb', 'putItem', { TableName: 'things', Item })
  const { Items } = await read('dynamodb', 'scan', { TableName: 'things' })
  expect(Items).toEqual([Item])
})

it('changes as the person’s role of the project', async () => {
  await change('iam', 'createUser', { UserName: 'clerk' })
  const { Users } = await read('iam', 'listUsers')
  expect(Users).toMatchObject([{ UserName: 'clerk', CreateDate: expect.stringMatching(/^\d+-/) }])
  const { items } = await ada.call(cloudEndpoints.cloudCallList, {
    query: { service: 'iam', project: 'SHOP' },
  })
  expect(items[0]).toMatchObject({
    operation: 'CreateUser',
    principal: 'arn:aws:sts::000000000000:assumed-role/madang-person-SHOP/Ada',
  })
})

it('writes a policy into a user, and makes an alarm on a metric', async () => {
  const PolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }],
  })
  const named = { UserName: 'clerk', PolicyName: 'reads' }
  await change('iam', 'putUserPolicy', { ...named, PolicyDocument })
  const user = () =>
    ada.call(cloudConsoleEndpoints.cloudIdentityGet, { params: { kind: 'user', name: 'clerk' } })
  expect((await user()).policies).toEqual([{ name: 'reads', document: PolicyDocument }])
  await change('iam', 'deleteUserPolicy', named)
  expect((await user()).policies).toEqual([])
  await change('cloudwatch', 'putMetricAlarm', {
    AlarmName: 'errors',
    Namespace: 'AWS/Lambda',
    MetricName: 'Errors',
    Statistic: 'Sum',
    Period: 60,
    EvaluationPeriods: 1,
    Threshold: 0,
    ComparisonOperator: 'GreaterThanThreshold',
  })
  const alarms = () => ada.call(cloudConsoleEndpoints.cloudAlarmList, { query: {} })
  expect((await alarms()).items).toMatchObject([{ name: 'errors', threshold: 0 }])
  await change('cloudwatch', 'deleteAlarms', { AlarmNames: ['errors'] })
  expect((await alarms()).items).toEqual([])
})

it('gives AWS’s own sentence for a refusal', async () => {
  const missing = read('dynamodb', 'describeTable', { TableName: 'none' })
  await expect(missing).rejects.toThrow(/Requested resource not found/)
})

it('knows no other operation, and never changes by a reading', async () => {
  expect(await refusalOf(change('sqs', 'addPermission', {}))).toBe('404 notFound')
  expect(await refusalOf(change('s3', 'putBucketPolicy', {}))).toBe('404 notFound')
  expect(await refusalOf(change('constructor', 'x', {}))).toBe('404 notFound')
  expect(await refusalOf(read('sqs', 'receiveMessage'))).toBe('404 notFound')
  const params = { service: 'sqs', operation: 'listQueues' }
  const bad = ada.call(api.cloudRead, { params, query: { input: '{' } })
  expect(await refusalOf(bad)).toBe('400 badRequest')
})

it('puts a file into a bucket as the person’s role of the project, and takes bucket and file away', async () => {
  const Bucket = 'made-by-page'
  const CreateBucketConfiguration = { LocationConstraint: 'ap-northeast-2' }
  await change('s3', 'createBucket', { Bucket, CreateBucketConfiguration })
  const address = `${yard.origin}/cloud-objects/${Bucket}/${encodeURIComponent('메모 1.txt')}`
  const put = (project: string, headers: Record<string, string>) =>
    fetch(`${address}?project=${project}`, { method: 'PUT', body: '안녕', headers })
  const typed = { ...ada.headers, 'content-type': 'text/plain' }
  expect((await put('SHOP', { ...typed, 'x-madang-csrf': 'wrong' })).status).toBe(403)
  expect((await put('NONE', typed)).status).toBe(404)
  expect((await put('SHOP', typed)).status).toBe(204)
  expect(await (await fetch(address, { headers: ada.headers })).text()).toBe('안녕')
  const head = await new S3Client(s3Client()).send(
    new HeadObjectCommand({ Bucket, Key: '메모 1.txt' }),
  )
  expect(head).toMatchObject({ ContentType: 'text/plain', ContentLength: 6 })
  const { items } = await ada.call(cloudEndpoints.cloudCallList, {
    query: { service: 's3', project: 'SHOP' },
  })
  expect(items[0]).toMatchObject({ operation: 'PutObject' })
  const full = change('s3', 'deleteBucket', { Bucket })
  await expect(full).rejects.toThrow(/not empty/)
  await change('s3', 'deleteObject', { Bucket, Key: '메모 1.txt' })
  await change('s3', 'deleteBucket', { Bucket })
})

it('asks for a sign-in to look, and for a developer to change', async () => {
  const params = { service: 'sqs', operation: 'listQueues' }
  expect(await refusalOf(yard.nobody.call(api.cloudRead, { params }))).toBe('401 notSignedIn')
  const at = { project: 'SHOP', service: 'sqs', operation: 'createQueue' }
  const asked = yard.nobody.call(api.cloudOperate, { params: at, body: {} })
  expect(await refusalOf(asked)).toBe('401 notSignedIn')
})

it('shows what a bucket is set to, and changes one setting without the others', async () => {
  const s3 = new S3Client(s3Client())
  const Bucket = 'set-by-page'
  await s3.send(new CreateBucketCommand({ Bucket }))
  const settings = () => ada.call(cloudEndpoints.cloudBucketGet, { params: { bucket: Bucket } })
  expect(await settings()).toEqual({
    isPublicBlocked: true,
    notification: {},
    lifecycleRules: [],
    inventories: [],
  })
  await change('s3', 'putBucketVersioning', {
    Bucket,
    VersioningConfiguration: { Status: 'Enabled' },
  })
  await change('s3', 'putBucketNotificationConfiguration', {
    Bucket,
    NotificationConfiguration: { EventBridgeConfiguration: {} },
  })
  const rule = { ID: 'old', Status: 'Enabled', Filter: {}, Expiration: { Days: 30 } }
  await change('s3', 'putBucketLifecycleConfiguration', {
    Bucket,
    LifecycleConfiguration: { Rules: [rule] },
  })
  expect(await settings()).toMatchObject({
    versioning: 'Enabled',
    notification: { EventBridgeConfiguration: {} },
    lifecycleRules: [rule],
  })
  const nowhere = ada.call(cloudEndpoints.cloudBucketGet, { params: { bucket: 'none' } })
  expect(await refusalOf(nowhere)).toContain('cloudRefused')
})
