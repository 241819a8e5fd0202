import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { CloudFormation } from '@aws-sdk/client-cloudformation'
import { KMS } from '@aws-sdk/client-kms'
import { S3 } from '@aws-sdk/client-s3'
import { SNS } from '@aws-sdk/client-sns'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { awsConfig } from './kit/aws.ts'
import { type ServerProcess, startServer } from './kit/server-process.ts'

// What `npm start` runs is the bundle; everything else is tested from its sources.

const root = join(import.meta.dirname, '..')
let server: ServerProcess

beforeAll(async () => {
  const script = join(root, 'scripts/build-server.mjs')
  const built = spawnSync(process.execPath, [script, '--if-stale'], { encoding: 'utf8' })
  expect(built.stderr).not.toContain('ERROR')
  expect(built.status).toBe(0)
  server = await startServer({ program: join(root, 'server/dist/main.js') })
})
afterAll(async () => {
  await server?.stop()
  server?.removeHome()
})

it('the built server answers', async () => {
  expect((await fetch(`${server.origin}/api/setup`)).status).toBe(200)
})

it('and finds what it loads only when it is needed', async () => {
  const config = awsConfig(server.cloudUrl)
  // Without a checksum of the client's the server makes a CRC-64.
  const requestChecksumCalculation = 'WHEN_REQUIRED'
  const s3 = new S3({ ...config, forcePathStyle: true, requestChecksumCalculation })
  await s3.createBucket({ Bucket: 'built' })
  const put = await s3.putObject({ Bucket: 'built', Key: 'k', Body: 'hello' })
  expect(put).toHaveProperty('ChecksumCRC64NVME')
  const kms = new KMS(config)
  const made = await kms.createKey({ KeySpec: 'ECC_SECG_P256K1', KeyUsage: 'SIGN_VERIFY' })
  const signed = await kms.sign({
    KeyId: made.KeyMetadata!.KeyId,
    SigningAlgorithm: 'ECDSA_SHA_256',
    Message: Buffer.alloc(32, 1),
    MessageType: 'DIGEST',
  })
  expect(signed).toHaveProperty('Signature')
  const sns = new SNS(config)
  const { TopicArn } = await sns.createTopic({ Name: 'built' })
  const subscribed = await sns.subscribe({
    TopicArn,
    Protocol: 'http',
    Endpoint: 'http://127.0.0.1:9/',
  })
  // Its confirmation is signed by a certificate made here.
  expect(subscribed.SubscriptionArn).toBe('pending confirmation')
})

it('and parses with what loads at the first parse', async () => {
  const config = awsConfig(server.cloudUrl)
  const s3 = new S3({ ...config, forcePathStyle: true })
  await s3.createBucket({ Bucket: 'parsed' })
  const Objects = [{ Key: 'a' }, { Key: 'b' }]
  const deleted = await s3.deleteObjects({ Bucket: 'parsed', Delete: { Objects } })
  expect(deleted.Deleted?.map(({ Key }) => Key)).toEqual(['a', 'b'])
  const TemplateBody =
    'Parameters:\n  Size: { Type: Number, Default: !!int 3 }\n' +
    'Resources:\n  Topic: { Type: "AWS::SNS::Topic" }\n'
  const cloudFormation = new CloudFormation(config)
  const found = await cloudFormation.validateTemplate({ TemplateBody })
  expect(found.Parameters?.[0]).toMatchObject({ ParameterKey: 'Size', DefaultValue: '3' })
  const broken = cloudFormation.validateTemplate({ TemplateBody: 'Resources: {' })
  await expect(broken).rejects.toHaveProperty('name', 'ValidationError')
})
