import { FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs'
import { Lambda, waitUntilFunctionActiveV2 } from '@aws-sdk/client-lambda'
import { SQS } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  ACCOUNT,
  type ComputeUnderTest,
  eventually,
  REGION,
  startCompute,
  zip,
} from './compute-under-test.ts'

let under: ComputeUnderTest
let lambda: Lambda
let sqs: SQS
const roleArn = `arn:aws:iam::${ACCOUNT}:role/sender`

beforeAll(async () => {
  under = await startCompute()
  lambda = new Lambda(under.config())
  sqs = new SQS(under.config())
  const statement = (more: object) =>
    JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...more }] })
  await under.aws.iam.createRole({
    RoleName: 'sender',
    AssumeRolePolicyDocument: statement({
      Principal: { Service: 'lambda.amazonaws.com' },
      Action: 'sts:AssumeRole',
    }),
  })
  await under.aws.iam.putRolePolicy({
    RoleName: 'sender',
    PolicyName: 'send',
    PolicyDocument: statement({ Action: 'sqs:SendMessage', Resource: '*' }),
  })
})
afterAll(() => under.stop())

async function queue(name: string) {
  const { QueueUrl } = await sqs.createQueue({ QueueName: name })
  return { QueueUrl, arn: `arn:aws:sqs:${REGION}:${ACCOUNT}:${name}` }
}

const received = (QueueUrl: string | undefined) =>
  eventually(async () => {
    const asked = { QueueUrl, WaitTimeSeconds: 10, MessageAttributeNames: ['All'] }
    return (await sqs.receiveMessage(asked)).Messages?.[0]
  })

const refusal = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no refusal',
    (error: Error) => `${error.name}: ${error.message}`,
  )

it('tells success and failure to their destinations and the dead-letter queue', async () => {
  const [good, bad, dead] = [await queue('good'), await queue('bad'), await queue('dead')]
  const FunctionName = 'fickle'
  await lambda.createFunction({
    FunctionName,
    Runtime: 'nodejs22.x',
    Handler: 'index.handler',
    Role: roleArn,
    Timeout: 30,
    DeadLetterConfig: { TargetArn: dead.arn },
    Code: {
      ZipFile: zip({
        'index.js': 'exports.handler = async (e) => { if (e.bad) throw new Error("no"); return 7 }',
      }),
    },
  })
  await waitUntilFunctionActiveV2(
    { client: lambda, maxWaitTime: 120, minDelay: 0.05 },
    { FunctionName },
  )
  const config = await lambda.putFunctionEventInvokeConfig({
    FunctionName,
    MaximumRetryAttempts: 0,
    DestinationConfig: {
      OnSuccess: { Destination: good.arn },
      OnFailure: { Destination: bad.arn },
    },
  })
  expect(config.DestinationConfig).toEqual({
    OnSuccess: { Destination: good.arn },
    OnFailure: { Destination: bad.arn },
  })
  const event = (payload: object) =>
    lambda.invoke({ FunctionName, InvocationType: 'Event', Payload: JSON.stringify(payload) })
  await event({ bad: false })
  const functionArn = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:fickle:$LATEST`
  expect(JSON.parse((await received(good.QueueUrl)).Body!)).toMatchObject({
    version: '1.0',
    requestContext: { functionArn, condition: 'Success', approximateInvokeCount: 1 },
    requestPayload: { bad: false },
    responseContext: { statusCode: 200, executedVersion: '$LATEST' },
    responsePayload: 7,
  })
  await event({ bad: true })
  expect(JSON.parse((await received(bad.QueueUrl)).Body!)).toMatchObject({
    requestContext: { condition: 'RetriesExhausted', approximateInvokeCount: 1 },
    responseContext: { functionError: 'Unhandled' },
    responsePayload: { errorMessage: 'no' },
  })
  const letter = await received(dead.QueueUrl)
  expect(JSON.parse(letter.Body!)).toEqual({ bad: true })
  expect(letter.MessageAttributes?.['ErrorCode']?.StringValue).toBe('200')
  expect(letter.MessageAttributes?.['ErrorMessage']?.StringValue).toBe('no')
})

it('says why an event is given up: its age, or that its function may not run', async () => {
  const FunctionName = 'fickle'
  const [late, never] = [await queue('late'), await queue('never')]
  const tellOf = (Destination: string) =>
    lambda.putFunctionEventInvokeConfig({
      FunctionName,
      MaximumEventAgeInSeconds: 60,
      DestinationConfig: { OnFailure: { Destination } },
    })
  const event = (payload: object) =>
    lambda.invoke({ FunctionName, InvocationType: 'Event', Payload: JSON.stringify(payload) })

  await tellOf(late.arn)
  await event({ bad: true })
  const { logs } = under
  const isTried = async () => {
    const ask = { logGroupName: '/aws/lambda/fickle', filterPattern: '"Invoke Error"' }
    return (await logs.send(new FilterLogEventsCommand(ask))).events!.length === 2
  }
  const told = await eventually(async () => {
    const { Messages } = await sqs.receiveMessage({ QueueUrl: late.QueueUrl, WaitTimeSeconds: 1 })
    // The retry waits a minute, by when the event is too old.
    if (!Messages?.length && (await isTried())) under.kernel.clock.advance(61_000)
    return Messages?.[0]
  })
  expect(JSON.parse(told.Body!)).toMatchObject({
    requestContext: { condition: 'EventAgeExceeded', approximateInvokeCount: 1 },
    responseContext: { functionError: 'Unhandled' },
    responsePayload: { errorMessage: 'no' },
  })

  await tellOf(never.arn)
  await lambda.putFunctionConcurrency({ FunctionName, ReservedConcurrentExecutions: 0 })
  await event({ bad: false })
  const untried = JSON.parse((await received(never.QueueUrl)).Body!) as Record<string, unknown>
  expect(untried).toMatchObject({
    requestContext: { condition: 'ZeroReservedConcurrency', approximateInvokeCount: 0 },
  })
  expect(untried['responseContext']).toBeUndefined()
  await lambda.deleteFunctionConcurrency({ FunctionName })
})

it('refuses what an event invoke configuration cannot be', async () => {
  const FunctionName = 'fickle'
  const arn = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:fickle`
  const put = (Destination: string, name = FunctionName) =>
    refusal(
      lambda.putFunctionEventInvokeConfig({
        FunctionName: name,
        DestinationConfig: { OnFailure: { Destination } },
      }),
    )
  expect(await put(arn)).toBe(
    "InvalidParameterValueException: You can't specify the function as a destination for itself.",
  )
  expect(await put(`${arn}-not`)).toBe(
    `InvalidParameterValueException: The destination ARN ${arn}-not is invalid.`,
  )
  expect(await put(`arn:aws:sqs:${REGION}:${ACCOUNT}:x`, 'nobody')).toBe(
    "ResourceNotFoundException: The function doesn't exist.",
  )
  expect(await put('nothing')).toMatch(
    /^ValidationException: 1 validation error detected: Value 'nothing' at 'destinationConfig.onFailure.destination'/,
  )
  expect(await refusal(lambda.putFunctionEventInvokeConfig({ FunctionName }))).toBe(
    'InvalidParameterValueException: You must specify at least one of error handling or destination setting.',
  )
  await lambda.deleteFunctionEventInvokeConfig({ FunctionName })
  expect(await refusal(lambda.getFunctionEventInvokeConfig({ FunctionName }))).toBe(
    `ResourceNotFoundException: The function ${arn}:$LATEST doesn't have an EventInvokeConfig`,
  )
})
