import {
  AddPermissionCommand,
  CreateFunctionCommand,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda'
import { FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs'
import * as S3 from '@aws-sdk/client-s3'
import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  type ComputeUnderTest,
  eventually,
  ROLE,
  startCompute,
  zip,
} from '../lambda/tests/compute-under-test.ts'

let cloud: ComputeUnderTest
let s3: S3.S3Client
const Bucket = 'thumbnails'
const FunctionName = 'shrink'

beforeAll(async () => {
  cloud = await startCompute()
  s3 = new S3.S3Client({ ...cloud.config(), forcePathStyle: true })
  await s3.send(new S3.CreateBucketCommand({ Bucket }))
})
afterAll(() => cloud.stop())

it('invokes a function that lets S3 in, and only that', async () => {
  const code = 'exports.handler = async (e) => console.log("got " + e.Records[0].s3.object.key)'
  const made = await cloud.lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      Role: ROLE,
      Timeout: 30,
      Code: { ZipFile: zip({ 'index.js': code }) },
    }),
  )
  const waiting = { client: cloud.lambda, maxWaitTime: 120, minDelay: 0.05 }
  await waitUntilFunctionActiveV2(waiting, { FunctionName })
  const LambdaFunctionConfigurations = [
    { LambdaFunctionArn: made.FunctionArn!, Events: ['s3:ObjectCreated:*' as const] },
  ]
  const NotificationConfiguration = { LambdaFunctionConfigurations }
  const listen = () =>
    s3.send(new S3.PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration }))
  await expect(listen()).rejects.toMatchObject({
    ArgumentName1: `${made.FunctionArn}, null`,
    ArgumentValue1: `Not authorized to invoke function [${made.FunctionArn}]`,
  })
  await cloud.lambda.send(
    new AddPermissionCommand({
      FunctionName,
      StatementId: 's3',
      Action: 'lambda:InvokeFunction',
      Principal: 's3.amazonaws.com',
      SourceArn: `arn:aws:s3:::${Bucket}`,
    }),
  )
  await listen()
  await s3.send(new S3.PutObjectCommand({ Bucket, Key: 'cat.jpg', Body: 'x' }))
  const logGroupName = `/aws/lambda/${FunctionName}`
  const line = await eventually(async () => {
    const found = await cloud.logs
      .send(new FilterLogEventsCommand({ logGroupName, filterPattern: '"got cat.jpg"' }))
      .catch((error: Error) => {
        // The group comes with the first invocation.
        if (error.name === 'ResourceNotFoundException') return undefined
        throw error
      })
    return found?.events?.[0]?.message
  })
  expect(line).toContain('got cat.jpg')
})
