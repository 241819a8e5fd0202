import { S3 } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { AwsError, type RequestContext, type Service } from '../../../gateway/index.ts'
import { type CloudUnderTest, startCloud } from '../../../tests/cloud-under-test.ts'

// Completeness: no operation of any service goes by IAM unasked, but those named here.

/** Asks nothing, and why that is right. */
const unasked: Record<string, string> = {
  'sts:GetCallerIdentity': 'no permission is needed',
  'sts:GetSessionToken': 'no permission is needed',
  'sts:AssumeRoleWithWebIdentity': 'the trust policy is asked about the token’s subject',
  'sts:AssumeRoleWithSAML': 'the trust policy is asked about the assertion’s subject',
  'sns:ConfirmSubscription': 'the token is the permission',
}

/** Actions of another service, asked besides the operation's own. */
const besides =
  /^(?:iam:PassRole|kms:|sts:(?:TagSession|SetSourceIdentity)|s3:|dynamodb:|lambda:|sqs:)/

const account = '000000000000'
const region = 'us-east-1'

const prefixes: Record<string, string> = { 'dynamodb-streams': 'dynamodb', s3control: 's3' }

// Names of things in every service's own members.
const names: Record<string, unknown> = {
  Bucket: 'questions',
  Key: 'k',
  CopySource: 'questions/k',
  TableName: 'table',
  TransactItems: [{ Get: { TableName: 'table' }, Put: { TableName: 'table' } }],
  Statement: 'SELECT * FROM "table"',
  QueueName: 'queue',
  FunctionName: 'function',
  logGroupName: 'group',
  AlarmName: 'alarm',
  DashboardName: 'dashboard',
  TopicArn: `arn:aws:sns:${region}:${account}:topic`,
  StackName: 'stack',
  StreamName: 'stream',
  RoleArn: `arn:aws:iam::${account}:role/role`,
  RoleSessionName: 'session',
  Delete: { Objects: [{ Key: 'k' }] },
}

let cloud: CloudUnderTest
beforeAll(async () => {
  cloud = await startCloud()
  await new S3({ ...cloud.config(), forcePathStyle: true }).createBucket({ Bucket: 'questions' })
})
afterAll(() => cloud.stop())

function contextOf(service: Service, operation: string): RequestContext {
  const principal = {
    kind: 'user',
    account,
    arn: `arn:aws:iam::${account}:user/u`,
    userId: 'AIDAU',
  }
  const http = { method: 'POST', path: '/', query: new URLSearchParams(), headers: {}, host: 'h' }
  return {
    service: service.id,
    operation,
    account,
    region,
    principal,
    requestId: 'r',
    now: Date.now(),
    http: { ...http, sourceIp: '127.0.0.1', trailers: {} },
    originUrl: cloud.url,
  } as unknown as RequestContext
}

/** What is asked, or the refusal of a service that reads its input before. */
async function asked(service: Service, operation: string) {
  try {
    const ask = service.authorise
    if (!ask) return [{ action: `${service.iamPrefix}:${operation}`, resource: '*' }]
    return await ask(operation, names, contextOf(service, operation))
  } catch (error) {
    if (error instanceof AwsError) return error
    throw error
  }
}

it('asks IAM before every operation of every service', async () => {
  const wrong: string[] = []
  let count = 0
  for (const service of cloud.cloud.services) {
    const prefix = prefixes[service.id] ?? service.iamPrefix
    for (const operation of Object.keys(service.operations)) {
      const label = `${service.id}:${operation}`
      const questions = await asked(service, operation)
      if (questions instanceof AwsError || label in unasked) continue
      count++
      if (questions.length === 0) wrong.push(`${label} asks nothing`)
      for (const { action, resource } of questions) {
        const isOwn = action.startsWith(`${prefix}:`) || besides.test(action)
        if (!isOwn || !/^[a-z0-9-]+:[A-Z]\w+$/.test(action))
          wrong.push(`${label} asks for ${action}`)
        if (resource !== '*' && !/^arn:aws:[a-z0-9-]+:/.test(resource)) {
          wrong.push(`${label} asks about ${resource}`)
        }
      }
    }
  }
  expect(wrong).toEqual([])
  expect(count).toBeGreaterThan(300)
})
