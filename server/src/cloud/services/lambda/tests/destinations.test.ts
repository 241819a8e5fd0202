import { EventBridge } from '@aws-sdk/client-eventbridge'
import { Lambda, waitUntilFunctionActiveV2 } from '@aws-sdk/client-lambda'
import { S3 } from '@aws-sdk/client-s3'
import { SQS } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  ACCOUNT,
  type ComputeUnderTest,
  eventually,
  REGION,
  ROLE,
  startCompute,
  zip,
} from './compute-under-test.ts'

let under: ComputeUnderTest
let lambda: Lambda
let events: EventBridge
let s3: S3
let sqs: SQS

const FunctionName = 'telling'
const arn = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${FunctionName}:$LATEST`
const bus = `arn:aws:events:${REGION}:${ACCOUNT}:event-bus/ends`
const code = "exports.handler = async ({ fails }) => { if (fails) throw new Error('no'); return 1 }"

beforeAll(async () => {
  under = await startCompute()
  lambda = new Lambda(under.config())
  events = new EventBridge(under.config())
  s3 = new S3(under.config())
  sqs = new SQS(under.config())
  await under.aws.iam.putRolePolicy({
    RoleName: 'functions',
    PolicyName: 'destinations',
    PolicyDocument: JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: ['s3:*', 'events:*'], Resource: '*' }],
    }),
  })
  await lambda.createFunction({
    FunctionName,
    Runtime: 'nodejs22.x',
    Handler: 'index.handler',
    Role: ROLE,
    Code: { ZipFile: zip({ 'index.js': code }) },
  })
  const waiter = { client: lambda, maxWaitTime: 120, minDelay: 0.05 }
  await waitUntilFunctionActiveV2(waiter, { FunctionName })
})
afterAll(async () => {
  for (const client of [lambda, events, s3, sqs]) client.destroy()
  await under.stop()
})

const call = (event: object) =>
  lambda.invoke({
    FunctionName,
    InvocationType: 'Event',
    Payload: Buffer.from(JSON.stringify(event)),
  })

it('tells a bus how events ended, and a bucket which failed', async () => {
  const { QueueUrl } = await sqs.createQueue({ QueueName: 'ends' })
  await events.createEventBus({ Name: 'ends' })
  const EventPattern = JSON.stringify({ source: ['lambda'] })
  await events.putRule({ Name: 'all', EventBusName: 'ends', EventPattern })
  const Arn = `arn:aws:sqs:${REGION}:${ACCOUNT}:ends`
  await events.putTargets({ Rule: 'all', EventBusName: 'ends', Targets: [{ Id: 'q', Arn }] })
  await s3.createBucket({ Bucket: 'failures' })
  await lambda.putFunctionEventInvokeConfig({
    FunctionName,
    MaximumRetryAttempts: 0,
    DestinationConfig: {
      OnSuccess: { Destination: bus },
      OnFailure: { Destination: 'arn:aws:s3:::failures' },
    },
  })
  await call({ n: 1 })
  const received = await eventually(async () => {
    const { Messages } = await sqs.receiveMessage({ QueueUrl, WaitTimeSeconds: 5 })
    return Messages?.[0]
  })
  expect(JSON.parse(received.Body!)).toMatchObject({
    'detail-type': 'Lambda Function Invocation Result - Success',
    source: 'lambda',
    account: ACCOUNT,
    resources: [bus, arn],
    detail: {
      version: '1.0',
      requestContext: { functionArn: arn, condition: 'Success', approximateInvokeCount: 1 },
      requestPayload: { n: 1 },
      responseContext: { statusCode: 200, executedVersion: '$LATEST' },
      responsePayload: 1,
    },
  })
  await call({ fails: true })
  const Key = await eventually(
    async () => (await s3.listObjectsV2({ Bucket: 'failures' })).Contents?.[0]?.Key,
  )
  expect(Key).toMatch(
    /^aws\/lambda\/async\/telling\/\d{4}\/\d\d\/\d\d\/[\d-]+T[\d.]+-[\da-f-]{36}$/,
  )
  const { Body } = await s3.getObject({ Bucket: 'failures', Key })
  expect(JSON.parse(await Body!.transformToString())).toMatchObject({
    requestContext: { functionArn: arn, condition: 'RetriesExhausted' },
    requestPayload: { fails: true },
    responsePayload: { errorMessage: 'no', errorType: 'Error' },
  })
})

it('lets no bucket hear of successes', async () => {
  const put = lambda.putFunctionEventInvokeConfig({
    FunctionName,
    DestinationConfig: { OnSuccess: { Destination: 'arn:aws:s3:::failures' } },
  })
  await expect(put).rejects.toThrow(
    'The provided destination config DestinationConfig(onSuccess=OnSuccess(destination=arn:aws:s3:::failures), onFailure=null) is invalid.',
  )
})
