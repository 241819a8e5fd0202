import { once } from 'node:events'
import { request } from 'node:http'
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation'
import {
  CreateBucketCommand,
  GetBucketWebsiteCommand,
  HeadBucketCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { DescribeAlarmsCommand, CloudWatchClient } from '@aws-sdk/client-cloudwatch'
import { LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type CloudUnderTest, startCloud } from '../../../tests/cloud-under-test.ts'

let under: CloudUnderTest
let cfn: CloudFormationClient
let s3: S3Client
beforeAll(async () => {
  under = await startCloud()
  cfn = new CloudFormationClient(under.config())
  s3 = new S3Client({ ...under.config(), forcePathStyle: true })
})
afterAll(() => under.stop())

const role = `
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]}
      ManagedPolicyArns: ["arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"]`

const web = (word: string, memory = 128) => `
Resources:
  Site:
    Type: AWS::S3::Bucket
    Properties:
      WebsiteConfiguration: {IndexDocument: index.html, ErrorDocument: error.html}
      VersioningConfiguration: {Status: Enabled}
      PublicAccessBlockConfiguration: {BlockPublicPolicy: false, RestrictPublicBuckets: false}
      Tags: [{Key: kind, Value: site}]
  Policy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Site
      PolicyDocument: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: "*", Action: "s3:GetObject", Resource: !Sub "\${Site.Arn}/*"}]}${role}
  App:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: nodejs22.x
      Handler: index.handler
      Role: !GetAtt Role.Arn
      MemorySize: ${memory}
      Environment: {Variables: {BUCKET: !Ref Site}}
      Code:
        ZipFile: |
          exports.handler = async () => ({ statusCode: 200, body: '${word} ' + process.env.BUCKET })
  Url:
    Type: AWS::Lambda::Url
    Properties: {TargetFunctionArn: !GetAtt App.Arn, AuthType: NONE}
  Open:
    Type: AWS::Lambda::Permission
    Properties: {FunctionName: !Ref App, Action: "lambda:InvokeFunctionUrl", Principal: "*", FunctionUrlAuthType: NONE}
  Alarm:
    Type: AWS::CloudWatch::Alarm
    Properties:
      Namespace: AWS/Lambda
      MetricName: Errors
      Dimensions: [{Name: FunctionName, Value: !Ref App}]
      Statistic: Sum
      Period: 60
      EvaluationPeriods: 1
      Threshold: 1
      ComparisonOperator: GreaterThanOrEqualToThreshold
Outputs:
  Url: {Value: !GetAtt Url.FunctionUrl}
  Site: {Value: !Ref Site}
  App: {Value: !Ref App}`

async function settled(StackName: string) {
  for (const end = Date.now() + 90_000; ;) {
    const { Stacks } = await cfn.send(new DescribeStacksCommand({ StackName }))
    const stack = Stacks![0]!
    if (!stack.StackStatus!.endsWith('_IN_PROGRESS')) return stack
    if (Date.now() > end) throw new Error(`${StackName} stays in ${stack.StackStatus}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

async function reasons(StackName: string): Promise<string[]> {
  const { StackEvents = [] } = await cfn.send(new DescribeStackEventsCommand({ StackName }))
  return StackEvents.filter((event) => event.ResourceStatus!.endsWith('_FAILED')).map(
    (event) => `${event.LogicalResourceId}: ${event.ResourceStatusReason}`,
  )
}

const Capabilities = ['CAPABILITY_IAM' as const]
/** As a browser, which takes `*.localhost` to this machine. */
async function text(url: string): Promise<string> {
  const { host, port, pathname } = new URL(url)
  const options = { host: '127.0.0.1', port, path: pathname, headers: { host } }
  const [reply] = (await once(request(options).end(), 'response')) as [AsyncIterable<Buffer>]
  let body = ''
  for await (const piece of reply) body += piece.toString()
  return body
}

it('a web application comes up, changes and goes with its stack', async () => {
  const input = { StackName: 'web', Capabilities }
  await cfn.send(new CreateStackCommand({ ...input, TemplateBody: web('hello') }))
  const made = await settled('web')
  expect(await reasons('web')).toEqual([])
  expect(made.StackStatus).toBe('CREATE_COMPLETE')
  const outputs = Object.fromEntries(made.Outputs!.map((o) => [o.OutputKey!, o.OutputValue!]))
  const Bucket = outputs['Site']!
  expect(Bucket).toMatch(/^web-site-[a-z0-9]{12}$/)
  const site = await s3.send(new GetBucketWebsiteCommand({ Bucket }))
  expect(site.IndexDocument).toEqual({ Suffix: 'index.html' })
  expect(await text(outputs['Url']!)).toBe(`hello ${Bucket}`)

  await cfn.send(new UpdateStackCommand({ ...input, TemplateBody: web('good day', 256) }))
  expect((await settled('web')).StackStatus).toBe('UPDATE_COMPLETE')
  expect(await text(outputs['Url']!)).toBe(`good day ${Bucket}`)
  const cloudwatch = new CloudWatchClient(under.config())
  const { MetricAlarms } = await cloudwatch.send(new DescribeAlarmsCommand({}))
  expect(MetricAlarms).toMatchObject([{ MetricName: 'Errors', Threshold: 1 }])
  const facts = await under.kernel.events.list({ limit: 100 })
  const edges = facts.findLast((fact) => fact.type === 'cloud.stackChanged')!.edges
  expect(edges.map((edge) => edge.to.kind)).toEqual(['alarm', 'endpoint'])

  await cfn.send(new DeleteStackCommand({ StackName: 'web' }))
  expect((await settled(made.StackId!)).StackStatus).toBe('DELETE_COMPLETE')
  await expect(s3.send(new HeadBucketCommand({ Bucket }))).rejects.toMatchObject({
    name: 'NotFound',
  })
  const lambda = new LambdaClient(under.config())
  expect((await lambda.send(new ListFunctionsCommand({}))).Functions).toEqual([])
  expect((await cloudwatch.send(new DescribeAlarmsCommand({}))).MetricAlarms).toEqual([])
})

it('a nested stack is made from a template in S3, and its outputs come up', async () => {
  await s3.send(new CreateBucketCommand({ Bucket: 'templates' }))
  const child = `
Parameters: {Name: {Type: String}}
Resources: {Group: {Type: "AWS::Logs::LogGroup", Properties: {LogGroupName: !Ref Name}}}
Outputs: {Group: {Value: !Ref Group}}`
  await s3.send(new PutObjectCommand({ Bucket: 'templates', Key: 'child.yaml', Body: child }))
  const TemplateBody = `
Resources:
  Child:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: ${under.url}/templates/child.yaml
      Parameters: {Name: /nested/a}
Outputs: {Group: {Value: !GetAtt Child.Outputs.Group}}`
  await cfn.send(new CreateStackCommand({ StackName: 'parent', TemplateBody }))
  const parent = await settled('parent')
  expect(await reasons('parent')).toEqual([])
  expect(parent.Outputs).toMatchObject([{ OutputValue: '/nested/a' }])
  const { Stacks = [] } = await cfn.send(new DescribeStacksCommand({}))
  const nested = Stacks.find((stack) => stack.ParentId === parent.StackId)
  expect(nested?.StackName).toMatch(/^parent-Child-/)
  await cfn.send(new DeleteStackCommand({ StackName: 'parent' }))
  expect((await settled(parent.StackId!)).StackStatus).toBe('DELETE_COMPLETE')
  expect((await settled(nested!.StackId!)).StackStatus).toBe('DELETE_COMPLETE')
})

it('a custom resource is answered by inline code with cfn-response', async () => {
  const TemplateBody = `
Resources:${role}
  Maker:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: nodejs22.x
      Handler: index.handler
      Timeout: 10
      Role: !GetAtt Role.Arn
      Code:
        ZipFile: |
          const response = require('cfn-response')
          exports.handler = (event, context) => {
            response.send(event, context, response.SUCCESS, { Double: event.ResourceProperties.Word.repeat(2) }, 'made')
          }
  Made: {Type: "Custom::Made", Properties: {ServiceToken: !GetAtt Maker.Arn, Word: yard}}
Outputs: {Double: {Value: !GetAtt Made.Double}}`
  await cfn.send(new CreateStackCommand({ StackName: 'inline', TemplateBody, Capabilities }))
  const stack = await settled('inline')
  expect(await reasons('inline')).toEqual([])
  expect(stack.Outputs).toMatchObject([{ OutputValue: 'yardyard' }])
})

it('acts as who asks: what the caller may not do, its stack may not either', async () => {
  const { iam } = under.cloud.aws({
    region: 'us-east-1',
    principal: {
      kind: 'root',
      account: under.cloud.account,
      arn: `arn:aws:iam::${under.cloud.account}:root`,
      userId: under.cloud.account,
    },
  })
  await iam.createUser({ UserName: 'deployer' })
  await iam.putUserPolicy({
    UserName: 'deployer',
    PolicyName: 'stacks',
    PolicyDocument: JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 'cloudformation:*', Resource: '*' }],
    }),
  })
  const { AccessKey } = await iam.createAccessKey({ UserName: 'deployer' })
  const keys = {
    accessKeyId: AccessKey!.AccessKeyId!,
    secretAccessKey: AccessKey!.SecretAccessKey!,
  }
  const theirs = new CloudFormationClient(under.config(keys))
  const TemplateBody = 'Resources: {Group: {Type: "AWS::Logs::LogGroup"}}'
  await theirs.send(new CreateStackCommand({ StackName: 'denied', TemplateBody }))
  expect((await settled('denied')).StackStatus).toBe('ROLLBACK_COMPLETE')
  expect((await reasons('denied')).join()).toMatch(
    /is not authorized to perform: logs:CreateLogGroup.*HandlerErrorCode: AccessDenied/,
  )
})
