import { CloudFormation } from '@aws-sdk/client-cloudformation'
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs'
import { DynamoDB } from '@aws-sdk/client-dynamodb'
import { Lambda } from '@aws-sdk/client-lambda'
import { S3 } from '@aws-sdk/client-s3'
import { SNS } from '@aws-sdk/client-sns'
import { SQS } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type CloudUnderTest, startCloud } from '../../../tests/cloud-under-test.ts'
import { until } from '../../../../testing/until.ts'

let under: CloudUnderTest
let cfn: CloudFormation
beforeAll(async () => {
  under = await startCloud()
  cfn = new CloudFormation(under.config())
})
afterAll(() => under.stop())

const Capabilities = ['CAPABILITY_IAM' as const, 'CAPABILITY_AUTO_EXPAND' as const]

const app = (reply: string) => `
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: {Runtime: nodejs22.x, Handler: index.handler, Environment: {Variables: {FROM: globals}}}
Resources:
  Files: {Type: AWS::S3::Bucket, Properties: {BucketName: files-of-app}}
  Jobs: {Type: AWS::SQS::Queue}
  News: {Type: AWS::SNS::Topic}
  Seen: {Type: AWS::Serverless::SimpleTable}
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      AutoPublishAlias: live
      InlineCode: |
        exports.handler = async (event) => {
          const [{ eventSource, EventSource = eventSource } = {}] = event.Records ?? []
          console.log('heard', EventSource, process.env.FROM)
          return '${reply}'
        }
      Policies: [DynamoDBCrudPolicy: {TableName: !Ref Seen}]
      Events:
        Upload: {Type: S3, Properties: {Bucket: !Ref Files, Events: 's3:ObjectCreated:*'}}
        Job: {Type: SQS, Properties: {Queue: !GetAtt Jobs.Arn, BatchSize: 1}}
        Told: {Type: SNS, Properties: {Topic: !Ref News}}
        Nightly:
          Type: Schedule
          Properties: {Schedule: rate(1 day), DeadLetterConfig: {Type: SQS}}
Outputs:
  Queue: {Value: !Ref Jobs}
  Topic: {Value: !Ref News}
  Table: {Value: !Ref Seen}
  Version: {Value: !Ref Worker.Version}
  Function: {Value: !Ref Worker}
`

async function settled(StackName: string) {
  const stack = await until(`${StackName} to settle`, async () => {
    const { Stacks } = await cfn.describeStacks({ StackName })
    return Stacks![0]!.StackStatus!.endsWith('IN_PROGRESS') ? undefined : Stacks![0]!
  })
  const { StackEvents = [] } = await cfn.describeStackEvents({ StackName })
  const failures = StackEvents.flatMap((one) =>
    one.ResourceStatus!.endsWith('_FAILED') ? [one.ResourceStatusReason] : [],
  )
  const outputs = Object.fromEntries(
    (stack.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey!, OutputValue!]),
  )
  return { status: stack.StackStatus, failures, outputs }
}

test('a serverless function hears of objects, messages and news', async () => {
  const StackName = 'app'
  await cfn.createStack({ StackName, Capabilities, TemplateBody: app('one') })
  const made = await settled(StackName)
  expect(made).toMatchObject({ failures: [], status: 'CREATE_COMPLETE' })
  const { Queue, Topic, Table, Function: FunctionName = '', Version } = made.outputs
  await new S3(under.config()).putObject({ Bucket: 'files-of-app', Key: 'a', Body: 'a' })
  await new SQS(under.config()).sendMessage({ QueueUrl: Queue, MessageBody: 'a' })
  await new SNS(under.config()).publish({ TopicArn: Topic, Message: 'a' })
  const logs = new CloudWatchLogs(under.config())
  const logGroupName = `/aws/lambda/${FunctionName}`
  await until('all three to be heard', async () => {
    const { events = [] } = await logs
      .filterLogEvents({ logGroupName, filterPattern: 'heard' })
      .catch(() => ({ events: [] }))
    const text = events.map(({ message }) => message).join()
    return ['aws:s3 globals', 'aws:sqs globals', 'aws:sns globals'].every((one) =>
      text.includes(one),
    )
  })
  const { Table: table } = await new DynamoDB(under.config()).describeTable({ TableName: Table })
  expect(table!.KeySchema).toEqual([{ AttributeName: 'id', KeyType: 'HASH' }])

  // Other code is another version, which the alias names; the one before is kept.
  await cfn.updateStack({ StackName, Capabilities, TemplateBody: app('two') })
  const next = await settled(StackName)
  expect(next).toMatchObject({ failures: [], status: 'UPDATE_COMPLETE' })
  expect(next.outputs['Version']).not.toBe(Version)
  const lambda = new Lambda(under.config())
  const { Versions } = await lambda.listVersionsByFunction({ FunctionName })
  expect(Versions!.map((one) => one.Version)).toEqual(['$LATEST', '1', '2'])
  const { Payload } = await lambda.invoke({ FunctionName, Qualifier: 'live', Payload: '{}' })
  expect(Payload!.transformToString()).toBe('"two"')
})

const one = (properties: string) => `
Transform: AWS::Serverless-2016-10-31
Resources:
  Worker:
    Type: AWS::Serverless::Function
    Properties: {Handler: index.handler, Runtime: nodejs22.x, ${properties}}
`

test.each([
  [
    'InlineCode: x, Policies: [{SQSPollerPolicy: {}}]',
    "Following required parameters of template 'SQSPollerPolicy' don't have values: ['QueueName']",
  ],
  [
    'InlineCode: x, Policies: [{Nothing: {}}]',
    "Policy at index 0 in the 'Policies' property is not valid",
  ],
  ['CodeUri: {Bucket: b}', "'CodeUri' requires Bucket and Key properties to be specified."],
  ['MemorySize: 128', "Only one of 'InlineCode' or 'CodeUri' can be set."],
  [
    'InlineCode: x, DeadLetterQueue: {Type: SQS}',
    "'DeadLetterQueue' requires Type and TargetArn properties to be specified.",
  ],
  [
    'InlineCode: x, Events: {Up: {Type: S3, Properties: {Bucket: b, Events: x}}}',
    'Event with id [Up] is invalid. S3 events must reference an S3 bucket in the same template.',
  ],
  [
    'InlineCode: x, Events: {Web: {Type: Api, Properties: {Path: /, Method: get}}}',
    'Event with id [Web] is invalid. Events of type Api are not supported by this cloud yet.',
  ],
  [
    'InlineCode: x, Sleeve: long',
    'property Sleeve not defined for resource of type AWS::Serverless::Function',
  ],
  [
    'InlineCode: x, Events: {Job: {Type: SQS, Properties: {Queue: q, Sleeve: long}}}',
    'Event with id [Job] is invalid. property Sleeve not defined for resource of type SQS',
  ],
])('%s is refused', async (properties, why) => {
  const TemplateBody = one(properties)
  await expect(cfn.createStack({ StackName: 'no', Capabilities, TemplateBody })).rejects.toThrow(
    `Transform AWS::Serverless-2016-10-31 failed with: Invalid Serverless Application Specification document. Number of errors found: 1. Resource with id [Worker] is invalid. ${why}`,
  )
})

test.each([
  [
    'Table: {Type: AWS::Serverless::SimpleTable, Properties: {Sleeve: long}}',
    '',
    'Resource with id [Table] is invalid. property Sleeve not defined for resource of type AWS::Serverless::SimpleTable',
  ],
  [
    'Table: {Type: AWS::Serverless::SimpleTable}',
    'Globals: {SimpleTable: {TableName: a}}',
    "'Globals' section is invalid. 'TableName' is not a supported property of 'SimpleTable'. Must be one of the following values - ['SSESpecification']",
  ],
])('%s with %j is refused', async (resource, more, why) => {
  const TemplateBody = `Transform: AWS::Serverless-2016-10-31\n${more}\nResources: {${resource}}`
  await expect(cfn.createStack({ StackName: 'no', Capabilities, TemplateBody })).rejects.toThrow(
    `Number of errors found: 1. ${why}`,
  )
})

test("a function's tags are on what is made for it, and every property makes a version", async () => {
  const template = (timeout: number) => `
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: {Runtime: nodejs22.x, Handler: index.handler, PropagateTags: true, Tags: {team: shop}}
Resources:
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: exports.handler = async () => 1
      AutoPublishAlias: live
      AutoPublishAliasAllProperties: true
      Timeout: ${timeout}
      Events:
        Nightly: {Type: Schedule, Properties: {Schedule: rate(1 day), DeadLetterConfig: {Type: SQS}}}`
  const processed = async (timeout: number) => {
    const set = { StackName: 'tagged', ChangeSetName: `t${timeout}`, Capabilities }
    const TemplateBody = template(timeout)
    await cfn.createChangeSet({ ...set, ChangeSetType: 'CREATE', TemplateBody })
    const { TemplateBody: body } = await cfn.getTemplate({ ...set, TemplateStage: 'Processed' })
    return (
      JSON.parse(body!) as { Resources: Record<string, { Type: string; Properties: object }> }
    ).Resources
  }
  const [one, two] = [await processed(3), await processed(4)]
  for (const id of ['WorkerNightly', 'WorkerNightlyQueue']) {
    expect(one[id]!.Properties).toMatchObject({ Tags: [{ Key: 'team', Value: 'shop' }] })
  }
  const version = (all: typeof one) => Object.keys(all).find((id) => id.startsWith('WorkerVersion'))
  expect(version(one)).not.toBe(version(two))
})
