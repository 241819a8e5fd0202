import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs'
import { DynamoDB } from '@aws-sdk/client-dynamodb'
import { IAM } from '@aws-sdk/client-iam'
import { Kinesis } from '@aws-sdk/client-kinesis'
import { KMS } from '@aws-sdk/client-kms'
import { S3 } from '@aws-sdk/client-s3'
import { SNS } from '@aws-sdk/client-sns'
import { SQS } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Config } from '../../kernel/index.ts'
import { testDatabases } from '../../testing/databases.ts'
import { type CloudUnderTest, startCloud } from './cloud-under-test.ts'

// What a server sees of another's changes on one PostgreSQL: docs/decisions/006-two-servers.md. A line
// here that changes changes there, too.

let one: CloudUnderTest
let two: CloudUnderTest
let shared: Partial<Config>

beforeAll(async () => {
  const postgres = testDatabases().find(({ name }) => name === 'postgres')!
  shared = { ...(await postgres.config()), secretKey: Buffer.alloc(32, 7).toString('base64') }
  one = await startCloud(shared)
  two = await startCloud(shared)
})

afterAll(async () => {
  await one?.stop()
  await two?.stop()
})

const known = ['iam', 'logs', 'dynamodb', 'kms', 'kinesis', 'sqs', 'sns', 's3'] as const

const clientsOf = (under: CloudUnderTest) => ({
  iam: new IAM(under.config()),
  logs: new CloudWatchLogs(under.config()),
  dynamodb: new DynamoDB(under.config()),
  kms: new KMS(under.config()),
  kinesis: new Kinesis(under.config()),
  sqs: new SQS(under.config()),
  sns: new SNS(under.config()),
  s3: new S3({ ...under.config(), forcePathStyle: true }),
})
type Clients = ReturnType<typeof clientsOf>

async function fill({ iam, logs, dynamodb, kms, kinesis, sqs, sns, s3 }: Clients): Promise<void> {
  await iam.createUser({ UserName: 'u' })
  await logs.createLogGroup({ logGroupName: 'g' })
  await dynamodb.createTable({
    TableName: 'twice',
    AttributeDefinitions: [{ AttributeName: 'a', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'a', KeyType: 'HASH' }],
    BillingMode: 'PAY_PER_REQUEST',
  })
  const { KeyMetadata } = await kms.createKey({})
  await kms.createAlias({ AliasName: 'alias/a', TargetKeyId: KeyMetadata!.KeyId })
  await kinesis.createStream({ StreamName: 's', ShardCount: 1 })
  await sqs.createQueue({ QueueName: 'q' })
  await sns.createTopic({ Name: 't' })
  await s3.createBucket({ Bucket: 'shared' })
}

const TopicArn = 'arn:aws:sns:ap-northeast-2:000000000000:t'

const looks: Record<(typeof known)[number], (clients: Clients) => Promise<unknown>> = {
  iam: ({ iam }) => iam.getUser({ UserName: 'u' }),
  logs: ({ logs }) => logs.listTagsLogGroup({ logGroupName: 'g' }),
  dynamodb: ({ dynamodb }) => dynamodb.describeTable({ TableName: 'twice' }),
  kms: ({ kms }) => kms.describeKey({ KeyId: 'alias/a' }),
  kinesis: ({ kinesis }) => kinesis.describeStreamSummary({ StreamName: 's' }),
  sqs: ({ sqs }) => sqs.getQueueUrl({ QueueName: 'q' }),
  sns: ({ sns }) => sns.getTopicAttributes({ TopicArn }),
  s3: ({ s3 }) => s3.headBucket({ Bucket: 'shared' }),
}

/** Which services answer for what the other server made. */
async function seenBy(clients: Clients): Promise<string[]> {
  const outcomes = known.map(async (name) => {
    const isSeen = await looks[name](clients).then(
      () => true,
      () => false,
    )
    return isSeen ? [name] : []
  })
  return (await Promise.all(outcomes)).flat()
}

test('what the second server sees of the first', async () => {
  const [first, second] = [clientsOf(one), clientsOf(two)]
  await fill(first)
  // IAM within a second; the logs at once. What the others hold in memory was read at the start.
  await expect.poll(() => seenBy(second)).toEqual(['iam', 'logs'])
  const later = await startCloud(shared)
  expect(await seenBy(clientsOf(later))).toEqual([...known])
  await later.stop()
})
