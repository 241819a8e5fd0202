import { S3 } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  AwsError,
  type IamRequest,
  type RequestContext,
  type Service,
} from '../../../gateway/index.ts'
import { loadSchema } from '../../../gateway/schema.ts'
import { actionFacts, youngerActions } from '../../../policy/index.ts'
import { type CloudUnderTest, startCloud } from '../../../tests/cloud-under-test.ts'

// Completeness: no operation of any service goes by IAM unasked, but those that say they are open; and
// what is asked is what AWS's Service Authorization Reference knows.

const account = '000000000000'
const region = 'us-east-1'

const arn = (service: string, path: string) => `arn:aws:${service}:${region}:${account}:${path}`

// Names of things in every service's own members.
const names: Record<string, unknown> = {
  Bucket: 'questions',
  Key: 'k',
  CopySource: 'questions/k',
  TableName: 'table',
  TransactItems: [{ Put: { TableName: 'table' } }, { Update: { TableName: 'table' } }],
  Statement: 'SELECT * FROM "table"',
  QueueName: 'queue',
  FunctionName: 'function',
  logGroupName: 'group',
  logStreamName: 'stream',
  AlarmName: 'alarm',
  DashboardName: 'dashboard',
  TopicArn: `arn:aws:sns:${region}:${account}:topic`,
  StackName: 'stack',
  StreamName: 'stream',
  RoleArn: `arn:aws:iam::${account}:role/role`,
  RoleSessionName: 'session',
  Delete: { Objects: [{ Key: 'k' }] },
  UserName: 'user',
  RoleName: 'role',
  GroupName: 'group',
  InstanceProfileName: 'profile',
  ServerCertificateName: 'certificate',
  SerialNumber: `arn:aws:iam::${account}:mfa/device`,
  PolicyArn: `arn:aws:iam::${account}:policy/policy`,
  SAMLProviderArn: `arn:aws:iam::${account}:saml-provider/provider`,
  OpenIDConnectProviderArn: `arn:aws:iam::${account}:oidc-provider/provider`,
  BackupArn: arn('dynamodb', 'table/table/backup/b'),
  ExportArn: arn('dynamodb', 'table/table/export/e'),
  ImportArn: arn('dynamodb', 'table/table/import/i'),
  UUID: '0aa1cf9c-9a2b-4a4c-8b6c-2d0b0c5a8f1e',
  LayerName: 'layer',
  VersionNumber: 1,
}

/** Where a name means something else. */
const own: Record<string, Record<string, unknown>> = {
  'sts:AssumeRoot': { TargetPrincipal: account },
  'dynamodb:TransactGetItems': { TransactItems: [{ Get: { TableName: 'table' } }] },
  'dynamodb:BatchExecuteStatement': { Statements: [{ Statement: names['Statement'] }] },
  'dynamodb:ExecuteTransaction': { TransactStatements: [{ Statement: names['Statement'] }] },
  'iam:GetServiceLinkedRoleDeletionStatus': { DeletionTaskId: 'task/aws-service-role/x/role/id' },
  's3control:GetAccessPoint': { Name: 'point' },
  'lambda:PutProvisionedConcurrencyConfig': { Qualifier: 'live' },
  'lambda:GetProvisionedConcurrencyConfig': { Qualifier: 'live' },
  'lambda:DeleteProvisionedConcurrencyConfig': { Qualifier: 'live' },
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
    if (!ask) return [{ action: service.access.actionOf(operation), resource: '*' }]
    return await ask(operation, inputOf(service, operation), contextOf(service, operation))
  } catch (error) {
    if (error instanceof AwsError) return error
    throw error
  }
}

/** Of the names, those the operation takes. */
function inputOf(service: Service, operation: string): Record<string, unknown> {
  const { input } = loadSchema(service.schema).operation(operation)!
  const taken = new Set(input?.members.map(({ name }) => name))
  const given = Object.entries({ ...names, ...own[`${service.id}:${operation}`] })
  return Object.fromEntries(given.filter(([name]) => taken.has(name)))
}

const builtOperations = () =>
  cloud.cloud.services.flatMap((service) =>
    Object.keys(service.operations).map((operation) => ({
      service,
      operation,
      label: `${service.id}:${operation}`,
      row: service.access.row(operation),
    })),
  )

it('has a row for every operation, of actions that AWS has', () => {
  const operations = builtOperations()
  const wrong = operations.flatMap(({ label, row }) =>
    row.asked
      .filter(({ action }) => !actionFacts(action) && !youngerActions.has(action))
      .map(({ action }) => `${label} asks for ${action}`),
  )
  expect(wrong).toEqual([])
  expect(operations.length).toBeGreaterThan(500)
})

it('lets nobody in unasked but where something else is the proof', () => {
  const open = builtOperations().filter(({ row }) => row.asked.length === 0)
  expect(open.map(({ label }) => label).sort()).toEqual([
    'sns:ConfirmSubscription',
    'sts:AssumeRoleWithSAML',
    'sts:AssumeRoleWithWebIdentity',
    'sts:GetCallerIdentity',
    'sts:GetSessionToken',
  ])
})

it('asks for what the row of each operation says, about resources the action knows', async () => {
  const wrong: string[] = []
  let count = 0
  for (const { service, operation, label, row } of builtOperations()) {
    const questions = await asked(service, operation)
    if (questions instanceof AwsError || row.asked.length === 0) continue
    count++
    if (questions.length === 0) wrong.push(`${label} asks nothing`)
    for (const question of questions) {
      if (!row.asked.some(({ action }) => action === question.action)) {
        wrong.push(`${label} asks for ${question.action}`)
      }
      wrong.push(...strange(question).map((what) => `${label} asks ${question.action} ${what}`))
    }
  }
  expect(wrong).toEqual([])
  expect(count).toBeGreaterThan(300)
})

/** What the reference doesn't know of the action: its resource, its condition keys. */
function strange({ action, resource, context = {} }: IamRequest): string[] {
  if (youngerActions.has(action)) return []
  const { resources, keys } = actionFacts(action)!
  const isKnown = resource === '*' || resources.some(({ arn }) => templateOf(arn).test(resource))
  const known = keys.map(({ name }) => name.replace(/[$<].*/, '').toLowerCase())
  const unknown = Object.keys(context).filter((key) => {
    const name = key.toLowerCase()
    return !name.startsWith('aws:') && !known.some((each) => name.startsWith(each))
  })
  return [...(isKnown ? [] : [`about ${resource}`]), ...unknown.map((key) => `with ${key}`)]
}

const templateOf = (arn: string) =>
  new RegExp(`^${arn.replace(/[.*+?^()|[\]\\]/g, '\\$&').replace(/\$\{\w+\}/g, '.*')}$`)
