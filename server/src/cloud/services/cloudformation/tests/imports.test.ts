import { CloudFormation } from '@aws-sdk/client-cloudformation'
import { DynamoDB } from '@aws-sdk/client-dynamodb'
import { Kinesis } from '@aws-sdk/client-kinesis'
import { KMS } from '@aws-sdk/client-kms'
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs'
import { S3 } from '@aws-sdk/client-s3'
import { SNS } from '@aws-sdk/client-sns'
import { SQS } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type CloudUnderTest, startCloud } from '../../../tests/cloud-under-test.ts'
import { refusal, settledStack } from './asking.ts'

let under: CloudUnderTest
let cfn: CloudFormation
beforeAll(async () => {
  under = await startCloud()
  cfn = new CloudFormation(under.config())
})
afterAll(() => under.stop())

interface Thing {
  Type: string
  name: string
  id: string
  Properties?: object
}

/** One of each type that can be taken in. */
async function things(): Promise<Record<string, Thing>> {
  const config = under.config()
  await new S3(config).createBucket({ Bucket: 'found-bucket' })
  await new DynamoDB(config).createTable({
    TableName: 'found-table',
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  })
  const { QueueUrl } = await new SQS(config).createQueue({ QueueName: 'found-queue' })
  const { TopicArn } = await new SNS(config).createTopic({ Name: 'found-topic' })
  await new CloudWatchLogs(config).createLogGroup({ logGroupName: 'found-group' })
  await new Kinesis(config).createStream({ StreamName: 'found-stream', ShardCount: 1 })
  const { KeyMetadata } = await new KMS(config).createKey({ Description: 'as it was' })
  const Description = 'as it is not'
  return {
    Bucket: { Type: 'AWS::S3::Bucket', name: 'BucketName', id: 'found-bucket' },
    Table: {
      Type: 'AWS::DynamoDB::Table',
      name: 'TableName',
      id: 'found-table',
      Properties: { KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }] },
    },
    Queue: { Type: 'AWS::SQS::Queue', name: 'QueueUrl', id: QueueUrl! },
    Topic: { Type: 'AWS::SNS::Topic', name: 'TopicArn', id: TopicArn! },
    Group: { Type: 'AWS::Logs::LogGroup', name: 'LogGroupName', id: 'found-group' },
    Stream: { Type: 'AWS::Kinesis::Stream', name: 'Name', id: 'found-stream' },
    Key: {
      Type: 'AWS::KMS::Key',
      name: 'KeyId',
      id: KeyMetadata!.KeyId!,
      Properties: { Description },
    },
  }
}

const DeletionPolicy = 'Retain'

const bodyOf = (all: Record<string, Thing>, more: object = {}) =>
  JSON.stringify({
    Resources: Object.fromEntries(
      Object.entries(all).map(([id, { Type, Properties }]) => [
        id,
        { Type, DeletionPolicy, Properties: Properties ?? {} },
      ]),
    ),
    ...more,
  })

const listOf = (all: Record<string, Thing>) =>
  Object.entries(all).map(([LogicalResourceId, { Type: ResourceType, name, id }]) => ({
    LogicalResourceId,
    ResourceType,
    ResourceIdentifier: { [name]: id },
  }))

const reasons = async (StackName: string, id: string) => {
  const { StackEvents } = await cfn.describeStackEvents({ StackName })
  return StackEvents!
    .filter((event) => event.LogicalResourceId === id)
    .map((event) => [event.ResourceStatus, event.ResourceStatusReason])
    .reverse()
}

it('takes things that are there into a stack, as they are, and refuses what is more than that', async () => {
  const all = await things()
  const StackName = 'takes-in'
  const set = { StackName, ChangeSetName: 'in', ChangeSetType: 'IMPORT' as const }
  const given = { ...set, TemplateBody: bodyOf(all), ResourcesToImport: listOf(all) }
  const { Id, StackId } = await cfn.createChangeSet({
    ...given,
    Tags: [{ Key: 'team', Value: 'shop' }],
  })
  const { Changes } = await cfn.describeChangeSet({ ChangeSetName: Id })
  expect(Changes!.map(({ ResourceChange: one }) => one)).toMatchObject(
    Object.entries(all).map(([LogicalResourceId, { Type: ResourceType, id }]) => ({
      Action: 'Import',
      LogicalResourceId,
      PhysicalResourceId: id,
      ResourceType,
    })),
  )
  await cfn.executeChangeSet({ ChangeSetName: Id })
  expect(await settledStack(cfn, StackName)).toMatchObject({ StackStatus: 'IMPORT_COMPLETE' })
  expect(await reasons(StackName, 'Queue')).toEqual([
    ['IMPORT_IN_PROGRESS', 'Resource import started.'],
    ['IMPORT_COMPLETE', 'Resource import completed.'],
    ['UPDATE_IN_PROGRESS', 'Apply stack-level tags to imported resource if applicable.'],
    ['UPDATE_COMPLETE', undefined],
  ])
  const { TagSet } = await new S3(under.config()).getBucketTagging({ Bucket: 'found-bucket' })
  expect(TagSet).toContainEqual({ Key: 'team', Value: 'shop' })
  // Its description is what it was: the difference is drift.
  await cfn.detectStackDrift({ StackName })
  const { StackResourceDrifts } = await cfn.describeStackResourceDrifts({
    StackName,
    StackResourceDriftStatusFilters: ['MODIFIED', 'DELETED'],
  })
  expect(StackResourceDrifts).toMatchObject([
    { LogicalResourceId: 'Key', PropertyDifferences: [{ ActualValue: 'as it was' }] },
  ])

  const elsewhere = { ...given, StackName: 'elsewhere' }
  expect(await refusal(cfn.createChangeSet(elsewhere))).toContain(' already exists in stack arn:')
  const other = { Type: 'AWS::SQS::Queue', name: 'QueueUrl', id: 'http://none/queue' }
  const more = (change: object, list = [other]) =>
    cfn.createChangeSet({
      ...set,
      TemplateBody: bodyOf({ ...all, Other: other }, change),
      ResourcesToImport: listOf(Object.fromEntries(list.map((one) => ['Other', one]))),
      Tags: [{ Key: 'team', Value: 'shop' }],
    })
  expect(await refusal(more({ Outputs: { Out: { Value: 'x' } } }))).toBe(
    'As part of the import operation, you cannot modify or add [Outputs]',
  )
  expect(await refusal(more({}, []))).toBe(
    'Resources [Other] is missing from ResourceToImport list',
  )
  const { Queue: _gone, ...rest } = all
  const without = { ...set, TemplateBody: bodyOf({ ...rest, Other: other }) }
  expect(
    await refusal(cfn.createChangeSet({ ...without, ResourcesToImport: listOf({ Other: other }) })),
  ).toMatch(
    /^You have modified resources \[.*Queue\] in your template that are not being imported\./,
  )

  // One that is not there is left out again, and the stack is what it was.
  const absent = await more({})
  await cfn.executeChangeSet({ ChangeSetName: absent.Id })
  expect(await settledStack(cfn, StackName)).toMatchObject({
    StackStatus: 'IMPORT_ROLLBACK_COMPLETE',
  })
  expect(await reasons(StackName, 'Other')).toEqual([
    ['IMPORT_IN_PROGRESS', 'Resource import started.'],
    [
      'IMPORT_FAILED',
      expect.stringMatching(/^Resource of type 'AWS::SQS::Queue' .* was not found/),
    ],
    ['IMPORT_ROLLBACK_COMPLETE', undefined],
  ])
  const { StackResources } = await cfn.describeStackResources({ StackName })
  expect(StackResources).toHaveLength(7)
  const { TemplateBody } = await cfn.getTemplate({ StackName })
  expect(TemplateBody).not.toContain('Other')
  await cfn.deleteStack({ StackName })
  await settledStack(cfn, StackId!)
  expect(await new SQS(under.config()).listQueues({})).toMatchObject({
    QueueUrls: [all['Queue']!.id],
  })
})

it.each([
  [
    {},
    { DeletionPolicy: undefined },
    'The following resources to import [One] must have DeletionPolicy attribute specified in the template.',
  ],
  [
    { Type: 'AWS::IAM::Group', name: 'GroupName' },
    {},
    'ResourceTypes [AWS::IAM::Group] are not supported for Import',
  ],
  [
    { name: 'Arn' },
    {},
    'ResourceIdentifier of One must have the key QueueUrl and no other, and not [Arn].',
  ],
])('refuses to take in %j', async (thing, change, answer) => {
  const one = { Type: 'AWS::SQS::Queue', name: 'QueueUrl', id: 'x', ...thing }
  const Resources = { One: { Type: one.Type, DeletionPolicy, Properties: {}, ...change } }
  expect(
    await refusal(
      cfn.createChangeSet({
        StackName: 'refused',
        ChangeSetName: 'in',
        ChangeSetType: 'IMPORT',
        Capabilities: ['CAPABILITY_IAM'],
        TemplateBody: JSON.stringify({ Resources }),
        ResourcesToImport: listOf({ One: one }),
      }),
    ),
  ).toBe(answer)
})

it('names what it does not know', async () => {
  const TemplateSummaryConfig = { TreatUnrecognizedResourceTypesAsWarnings: true }
  expect(await refusal(cfn.getTemplateSummary({ StackName: 'none', TemplateSummaryConfig }))).toBe(
    'TemplateSummaryConfig is not supported by this cloud yet.',
  )
  const input = { StackName: 'unknown', ChangeSetName: 'a', ChangeSetType: 'CREATE' as const }
  const TemplateBody = bodyOf({ Queue: { Type: 'AWS::SQS::Queue', name: '', id: '' } })
  expect(
    await refusal(cfn.createChangeSet({ ...input, TemplateBody, ImportExistingResources: true })),
  ).toBe('ImportExistingResources is not supported by this cloud yet.')
  expect(
    await refusal(cfn.createChangeSet({ ...input, TemplateBody, ResourcesToImport: [] })),
  ).toContain('ResourcesToImport')
})
