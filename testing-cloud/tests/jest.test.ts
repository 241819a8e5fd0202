// Under Jest, whose modules live in a realm of their own. Jest is 278 packages, which nobody who works on
// this program needs, so it is installed for this test only and only when asked: MADANG_JEST=1.
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildCloud } from './build.ts'

const isAsked = process.env['MADANG_JEST'] === '1'
const workspace = join(import.meta.dirname, '..')
const project = isAsked ? mkdtempSync(join(tmpdir(), 'madang-jest-')) : ''

const spec = (name: string) => `
const { startCloud } = require('@madang/cloud')
const { DynamoDB } = require('@aws-sdk/client-dynamodb')
const { S3 } = require('@aws-sdk/client-s3')
const { SQS } = require('@aws-sdk/client-sqs')

let cloud
beforeAll(async () => { cloud = await startCloud() })
afterAll(() => cloud.stop())

test('S3 keeps bytes', async () => {
  const s3 = new S3(cloud.config())
  await s3.createBucket({ Bucket: 'photos' })
  await s3.putObject({ Bucket: 'photos', Key: '${name}', Body: Buffer.from([1, 2, 255]) })
  const { Contents } = await s3.listObjectsV2({ Bucket: 'photos' })
  expect(Contents.map(({ Key }) => Key)).toEqual(['${name}'])
  const { Body } = await s3.getObject({ Bucket: 'photos', Key: '${name}' })
  expect([...(await Body.transformToByteArray())]).toEqual([1, 2, 255])
  await expect(s3.getObject({ Bucket: 'photos', Key: 'none' })).rejects.toThrow(/does not exist/)
})

test('DynamoDB expires an item', async () => {
  const dynamo = new DynamoDB(cloud.config())
  const TableName = 'sessions'
  await dynamo.createTable({
    TableName,
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'B' }],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    BillingMode: 'PAY_PER_REQUEST',
  })
  const TimeToLiveSpecification = { Enabled: true, AttributeName: 'until' }
  await dynamo.updateTimeToLive({ TableName, TimeToLiveSpecification })
  const until = { N: String(Math.floor(cloud.now() / 1000) + 60) }
  await dynamo.putItem({ TableName, Item: { id: { B: new Uint8Array([1, 200]) }, until } })
  expect([...(await dynamo.scan({ TableName })).Items[0].id.B]).toEqual([1, 200])
  await cloud.advance(2 * 86_400_000)
  expect((await dynamo.scan({ TableName })).Count).toBe(0)
})

test('SQS hands a message on', async () => {
  const sqs = new SQS(cloud.config())
  const { QueueUrl } = await sqs.createQueue({ QueueName: 'jobs' })
  await sqs.sendMessage({ QueueUrl, MessageBody: '안녕' })
  const { Messages } = await sqs.receiveMessage({ QueueUrl })
  expect(Messages[0].Body).toBe('안녕')
})
`

beforeAll(() => {
  if (!isAsked) return
  buildCloud()
  writeFileSync(join(project, 'package.json'), '{ "private": true }\n')
  const flags = ['--no-audit', '--no-fund', '--ignore-scripts']
  execFileSync('npm', ['install', 'jest@30', ...flags], { cwd: project, stdio: 'ignore' })
  const modules = join(project, 'node_modules')
  mkdirSync(join(modules, '@madang/cloud'), { recursive: true })
  for (const name of ['package.json', 'index.d.ts', 'dist']) {
    cpSync(join(workspace, name), join(modules, '@madang/cloud', name), { recursive: true })
  }
  symlinkSync(join(workspace, '../node_modules/@aws-sdk'), join(modules, '@aws-sdk'))
  for (const name of ['one', 'two']) writeFileSync(join(project, `${name}.test.js`), spec(name))
}, 300_000)

afterAll(() => {
  if (isAsked) rmSync(project, { recursive: true, force: true })
})

test.skipIf(!isAsked)('Jest runs two files beside each other and ends by itself', () => {
  const jest = join(project, 'node_modules/jest/bin/jest.js')
  const path = `${dirname(process.execPath)}:${process.env['PATH']}`
  const done = spawnSync(process.execPath, [jest, '--maxWorkers=2'], {
    cwd: project,
    encoding: 'utf8',
    timeout: 120_000,
    env: { ...process.env, PATH: path, NODE_ENV: 'test' },
  })
  expect(done.stderr).toContain('Tests:       6 passed, 6 total')
  expect(done.stderr).not.toMatch(/did not exit|Experimental|leak/)
  expect(done.status).toBe(0)
})
