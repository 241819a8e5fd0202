import { CloudFormation } from '@aws-sdk/client-cloudformation'
import { IAM } from '@aws-sdk/client-iam'
import { Lambda } from '@aws-sdk/client-lambda'
import { S3 } from '@aws-sdk/client-s3'
import { zipSync } from 'fflate'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CloudUnderTest, startCloud } from '../../../tests/cloud-under-test.ts'
import { refusal, settledStack } from './asking.ts'

let under: CloudUnderTest
let cfn: CloudFormation
beforeAll(async () => {
  under = await startCloud({ lambdaEngine: 'process' })
  cfn = new CloudFormation(under.config())
})
afterAll(() => under.stop())

const settled = (StackName: string) => settledStack(cfn, StackName)

describe('a rule', () => {
  const ruled = (rules: string) => `
Parameters:
  Zone: {Type: String, Default: test}
  Sizes: {Type: CommaDelimitedList, Default: "s,m"}
  More: {Type: CommaDelimitedList, Default: "m"}
Rules: ${rules}
Resources: {Queue: {Type: AWS::SQS::Queue}}`
  const ask = (rules: string, Zone = 'test') =>
    refusal(
      cfn.createChangeSet({
        StackName: 'ruled',
        ChangeSetName: `c${Math.random().toString(36).slice(2)}`,
        ChangeSetType: 'CREATE',
        TemplateBody: ruled(rules),
        Parameters: [{ ParameterKey: 'Zone', ParameterValue: Zone }],
      }),
    )
  const one = (assert: string) => `{R: {Assertions: [{Assert: ${assert}, AssertDescription: no}]}}`

  it.each([
    ['!Contains [[test, prod], !Ref Zone]', 'no refusal'],
    ['!Not [!Contains [[test], !Ref Zone]]', 'no'],
    ['!EachMemberIn [!Ref More, !Ref Sizes]', 'no refusal'],
    ['!EachMemberIn [!Ref Sizes, !Ref More]', 'no'],
    ['!EachMemberEquals [!Ref More, m]', 'no refusal'],
    ['!EachMemberEquals [!RefAll CommaDelimitedList, m]', 'no'],
    ['!And [!Equals [!Ref Zone, test], !Or [!Equals [a, b], !Equals [a, a]]]', 'no refusal'],
    ['!Equals [!Ref "AWS::Region", nowhere]', 'no'],
  ])('%s', async (assert, answer) => {
    expect(await ask(one(assert))).toBe(answer)
  })

  it('holds only where its condition does', async () => {
    const rules = `{R: {RuleCondition: !Equals [!Ref Zone, prod],
      Assertions: [{Assert: !Contains [!Ref Sizes, xl], AssertDescription: too small}]}}`
    expect(await ask(rules)).toBe('no refusal')
    expect(await ask(rules, 'prod')).toBe('too small')
  })

  it('refuses what is no rule', async () => {
    expect(await ask('{R: {Assertions: []}}')).toContain('must contain a list of Assertions')
    expect(await ask(one('!Sub x'))).toContain('unsupported function Fn::Sub')
    expect(await ask(one('!Equals [!Ref Queue, x]'))).toContain('Unresolved dependencies [Queue]')
    expect(await ask(one('!Equals [!ValueOf [Zone, VpcId], x]'))).toContain('needs EC2')
  })
})

const source = `
export const handler = async ({ requestId, fragment, params, templateParameterValues }) => {
  if (params.Fail) throw new Error('broken')
  if (params.Say !== undefined) return { requestId, status: 'failure', errorMessage: params.Say }
  if (params.Text) return { requestId, status: 'success', fragment: params.Text }
  const put = (value) =>
    JSON.parse(JSON.stringify(value).replaceAll('<word>', params.Word ?? templateParameterValues.Word))
  return { requestId, status: 'success', fragment: put(fragment) }
}`

describe('a macro', () => {
  const StackName = 'worded'
  const Capabilities = ['CAPABILITY_AUTO_EXPAND' as const]
  beforeAll(async () => {
    const { Role } = await new IAM(under.config()).createRole({
      RoleName: 'macro',
      AssumeRolePolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: { Service: 'lambda.amazonaws.com' },
            Action: 'sts:AssumeRole',
          },
        ],
      }),
    })
    await new Lambda(under.config()).createFunction({
      FunctionName: 'word',
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      Role: Role!.Arn,
      Timeout: 30,
      Code: { ZipFile: zipSync({ 'index.mjs': new TextEncoder().encode(source) }) },
    })
    const TemplateBody = `
Resources: {Macro: {Type: AWS::CloudFormation::Macro, Properties: {Name: Word, FunctionName: word}}}
Outputs: {Name: {Value: !Ref Macro}}`
    await cfn.createStack({ StackName: 'macro', TemplateBody })
    const made = await settled('macro')
    expect(made.Outputs![0]!.OutputValue).toBe('Word')
  })

  const worded = (top: string, inner = '') => `
Parameters: {Word: {Type: String, Default: given}}
${top}
Resources:
  Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: "<word>-queue", ${inner} DelaySeconds: 1}}
Outputs: {Url: {Value: !Ref Queue}}`
  const inner = 'Fn::Transform: {Name: Word, Parameters: {Word: !Sub "in-${Word}"}},'

  it('changes a template, with its parameters known to it', async () => {
    const TemplateBody = worded('Transform: [Word]')
    expect(await refusal(cfn.createStack({ StackName, TemplateBody }))).toBe(
      'Requires capabilities : [CAPABILITY_AUTO_EXPAND]',
    )
    await cfn.createStack({ StackName, TemplateBody, Capabilities })
    expect((await settled(StackName)).Outputs![0]!.OutputValue).toContain('/given-queue')
    const { TemplateBody: processed } = await cfn.getTemplate({
      StackName,
      TemplateStage: 'Processed',
    })
    expect(Object.keys(JSON.parse(processed!) as object)).toEqual([
      'Parameters',
      'Resources',
      'Outputs',
    ])
  })

  it('changes a part of one, before those of the whole', async () => {
    const TemplateBody = worded('Transform: {Name: Word, Parameters: {Word: out}}', inner)
    await cfn.updateStack({ StackName, TemplateBody, Capabilities })
    expect((await settled(StackName)).Outputs![0]!.OutputValue).toContain('/in-given-queue')
  })

  it.each([
    ['{Say: alas}', 'Transform 000000000000::Word failed with: alas'],
    ['{Say: ""}', 'Transform 000000000000::Word failed without an error message.'],
    ['{Text: none}', 'Template format error: unsupported structure.'],
    ['{Fail: 1}', 'Received malformed response from transform 000000000000::Word'],
  ])('that answers %s rolls back', async (parameters, reason) => {
    const TemplateBody = worded(`Transform: {Name: Word, Parameters: ${parameters}}`)
    const { StackId } = await cfn.createStack({ StackName: 'broken', TemplateBody, Capabilities })
    expect((await settled('broken')).StackStatus).toBe('ROLLBACK_COMPLETE')
    const { StackEvents } = await cfn.describeStackEvents({ StackName: StackId })
    const event = StackEvents!.find((one) => one.ResourceStatus === 'ROLLBACK_IN_PROGRESS')
    expect(event!.ResourceStatusReason).toBe(`${reason}. Rollback requested by user.`)
    await cfn.deleteStack({ StackName: 'broken' })
    await settled(StackId!)
  })

  it('that is not there fails the change set', async () => {
    const set = { StackName: 'nameless', ChangeSetName: 'one' }
    const TemplateBody = worded('Transform: Nobody')
    await cfn.createChangeSet({ ...set, ChangeSetType: 'CREATE', TemplateBody })
    expect(await cfn.describeChangeSet(set)).toMatchObject({
      Status: 'FAILED',
      StatusReason: 'No transform named 000000000000::Nobody found.',
    })
    expect(
      await refusal(
        cfn.createStack({
          StackName: 'ref',
          Capabilities,
          TemplateBody: worded('Transform: {Name: !Ref Word}'),
        }),
      ),
    ).toBe('Key Name of transform definition must be a string.')
  })
})

it('AWS::Include puts a file of S3 in its place', async () => {
  const s3 = new S3(under.config())
  await s3.createBucket({ Bucket: 'includes' })
  await s3.putObject({ Bucket: 'includes', Key: 'delay.yaml', Body: 'DelaySeconds: 7' })
  const outputs = 'Outputs: {Arn: {Value: !GetAtt Queue.Arn}}'
  await s3.putObject({ Bucket: 'includes', Key: 'outputs.yaml', Body: outputs })
  const including = (key: string) => `
Parameters: {Bucket: {Type: String, Default: includes}}
Transform: {Name: AWS::Include, Parameters: {Location: s3://includes/outputs.yaml}}
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: included
      Fn::Transform: {Name: AWS::Include, Parameters: {Location: !Sub "s3://\${Bucket}/${key}"}}`
  const set = { StackName: 'including', ChangeSetType: 'CREATE' as const }
  await cfn.createChangeSet({ ...set, ChangeSetName: 'one', TemplateBody: including('delay.yaml') })
  await cfn.executeChangeSet({ StackName: 'including', ChangeSetName: 'one' })
  expect((await settled('including')).Outputs![0]!.OutputKey).toBe('Arn')
  const { TemplateBody } = await cfn.getTemplate({
    StackName: 'including',
    TemplateStage: 'Processed',
  })
  expect(TemplateBody).toContain('"DelaySeconds":7')
  await cfn.createChangeSet({
    StackName: 'including',
    ChangeSetName: 'two',
    TemplateBody: including('none'),
  })
  const failed = await cfn.describeChangeSet({ StackName: 'including', ChangeSetName: 'two' })
  expect(failed.StatusReason).toMatch(/^Transform AWS::Include failed with: S3 error: /)
})
