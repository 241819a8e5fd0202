// The package as its users have it: built, by its name, with AWS's own clients.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DynamoDB } from '@aws-sdk/client-dynamodb'
import { S3 } from '@aws-sdk/client-s3'
import { SQS } from '@aws-sdk/client-sqs'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { CloudOptions, TestCloud } from '@madang/cloud'
import { buildCloud } from './build.ts'

const DAY_MS = 86_400_000
let startCloud: typeof import('@madang/cloud').startCloud
/** This file's own temporary folder: other tests make clouds, too. */
const folder = mkdtempSync(join(tmpdir(), 'madang-package-'))
const clouds: TestCloud[] = []
const clients: { destroy(): void }[] = []

beforeAll(async () => {
  process.env['TMPDIR'] = folder
  buildCloud()
  ;({ startCloud } = await import('@madang/cloud'))
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy()
  for (const cloud of clouds.splice(0)) await cloud.stop()
})

async function started(options: CloudOptions = {}): Promise<TestCloud> {
  const cloud = await startCloud(options)
  clouds.push(cloud)
  return cloud
}

function clientsOf(cloud: TestCloud) {
  const s3 = new S3(cloud.config())
  const dynamo = new DynamoDB(cloud.config())
  const sqs = new SQS(cloud.config())
  clients.push(s3, dynamo, sqs)
  return { s3, dynamo, sqs }
}

describe('a cloud of its own', () => {
  test('throttles provisioned tables where it is told to', async () => {
    const { dynamo } = clientsOf(await started({ dynamodbThrottling: true }))
    await dynamo.createTable({
      TableName: 'narrow',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 },
    })
    const put = () =>
      dynamo.putItem({ TableName: 'narrow', Item: { id: { S: 'x'.repeat(1000) }, pad: pad } })
    const pad = { S: 'x'.repeat(390_000) }
    await put()
    await expect(put()).rejects.toMatchObject({ name: 'ProvisionedThroughputExceededException' })
  })

  test('keeps what its clients put into it', async () => {
    const { s3, dynamo, sqs } = clientsOf(await started())
    await s3.createBucket({ Bucket: 'photos' })
    await s3.putObject({ Bucket: 'photos', Key: 'a.txt', Body: 'hello' })
    const object = await s3.getObject({ Bucket: 'photos', Key: 'a.txt' })
    expect(await object.Body!.transformToString()).toBe('hello')
    await sessionsTable(dynamo)
    await dynamo.putItem({ TableName: 'sessions', Item: { id: { S: 'one' } } })
    const { Items } = await dynamo.scan({ TableName: 'sessions' })
    expect(Items).toEqual([{ id: { S: 'one' } }])
    const { QueueUrl } = await sqs.createQueue({ QueueName: 'jobs' })
    await sqs.sendMessage({ QueueUrl, MessageBody: 'do it' })
    const { Messages } = await sqs.receiveMessage({ QueueUrl })
    expect(Messages?.map(({ Body }) => Body)).toEqual(['do it'])
  })

  test('does not see another one', async () => {
    const [mine, yours] = [clientsOf(await started()), clientsOf(await started())]
    for (const { s3, dynamo, sqs } of [mine, yours]) {
      await s3.createBucket({ Bucket: 'same-name' })
      await sessionsTable(dynamo)
      await sqs.createQueue({ QueueName: 'same-name' })
    }
    await mine.s3.putObject({ Bucket: 'same-name', Key: 'a', Body: 'a' })
    await mine.dynamo.putItem({ TableName: 'sessions', Item: { id: { S: 'a' } } })
    const { QueueUrl } = await mine.sqs.getQueueUrl({ QueueName: 'same-name' })
    await mine.sqs.sendMessage({ QueueUrl, MessageBody: 'a' })
    expect((await yours.s3.listObjectsV2({ Bucket: 'same-name' })).KeyCount).toBe(0)
    expect((await yours.dynamo.scan({ TableName: 'sessions' })).Count).toBe(0)
    const { QueueUrl: theirs } = await yours.sqs.getQueueUrl({ QueueName: 'same-name' })
    expect((await yours.sqs.receiveMessage({ QueueUrl: theirs })).Messages).toBeUndefined()
  })

  test('is emptied by reset', async () => {
    const cloud = await started()
    const { s3, dynamo, sqs } = clientsOf(cloud)
    await s3.createBucket({ Bucket: 'photos' })
    await sessionsTable(dynamo)
    await sqs.createQueue({ QueueName: 'jobs' })
    await cloud.reset()
    expect((await s3.listBuckets({})).Buckets ?? []).toEqual([])
    expect((await dynamo.listTables({})).TableNames).toEqual([])
    expect((await sqs.listQueues({})).QueueUrls ?? []).toEqual([])
  })

  // By processor time: a busy machine is slow, not wrong.
  test('starts in less than 100 ms', async () => {
    const times: number[] = []
    for (let run = 0; run < 3; run++) {
      const before = process.cpuUsage()
      clouds.push(await startCloud())
      const { user, system } = process.cpuUsage(before)
      times.push((user + system) / 1000)
    }
    expect(Math.min(...times)).toBeLessThan(100)
  })

  test('leaves nothing behind when it stops', async () => {
    const before = handles()
    const folders = dataFolders()
    const cloud = await startCloud()
    const { s3 } = clientsOf(cloud)
    await s3.createBucket({ Bucket: 'photos' })
    s3.destroy()
    await Promise.all([cloud.stop(), cloud.stop()])
    await expect(fetch(cloud.endpoint)).rejects.toThrow()
    await expect.poll(handles).toEqual(before)
    expect(dataFolders().filter((name) => !folders.includes(name))).toEqual([])
  })
})

describe('its clock', () => {
  test('ends the visibility of a message', async () => {
    const cloud = await started()
    const { sqs } = clientsOf(cloud)
    const { QueueUrl } = await sqs.createQueue({ QueueName: 'jobs' })
    await sqs.sendMessage({ QueueUrl, MessageBody: 'do it' })
    await sqs.receiveMessage({ QueueUrl })
    expect((await sqs.receiveMessage({ QueueUrl })).Messages).toBeUndefined()
    await cloud.advance(30_000)
    expect((await sqs.receiveMessage({ QueueUrl })).Messages).toHaveLength(1)
  })

  test('expires an item', async () => {
    const cloud = await started()
    const { dynamo } = clientsOf(cloud)
    await sessionsTable(dynamo)
    await dynamo.updateTimeToLive({
      TableName: 'sessions',
      TimeToLiveSpecification: { Enabled: true, AttributeName: 'until' },
    })
    const until = String(Math.floor(cloud.now() / 1000) + 3600)
    const Item = { id: { S: 'one' }, until: { N: until } }
    await dynamo.putItem({ TableName: 'sessions', Item })
    await dynamo.putItem({ TableName: 'sessions', Item: { id: { S: 'two' } } })
    await cloud.advance(2 * DAY_MS)
    expect((await dynamo.scan({ TableName: 'sessions' })).Items).toEqual([{ id: { S: 'two' } }])
  })

  test('carries out a lifecycle rule', async () => {
    const cloud = await started()
    const { s3 } = clientsOf(cloud)
    await s3.createBucket({ Bucket: 'logs' })
    await s3.putBucketLifecycleConfiguration({
      Bucket: 'logs',
      LifecycleConfiguration: {
        Rules: [
          { ID: 'old', Status: 'Enabled', Filter: { Prefix: 'tmp/' }, Expiration: { Days: 1 } },
        ],
      },
    })
    await s3.putObject({ Bucket: 'logs', Key: 'tmp/a', Body: 'a' })
    await s3.putObject({ Bucket: 'logs', Key: 'keep/a', Body: 'a' })
    await cloud.advance(3 * DAY_MS)
    const { Contents } = await s3.listObjectsV2({ Bucket: 'logs' })
    expect(Contents?.map(({ Key }) => Key)).toEqual(['keep/a'])
  })
})

async function sessionsTable(dynamo: DynamoDB): Promise<void> {
  await dynamo.createTable({
    TableName: 'sessions',
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    BillingMode: 'PAY_PER_REQUEST',
  })
}

const dataFolders = () => readdirSync(folder).filter((name) => name.startsWith('madang-cloud-'))

/** What keeps a process alive. */
function handles(): string[] {
  return process.getActiveResourcesInfo().filter((name) => /TCP|Server|MessagePort/.test(name))
}
