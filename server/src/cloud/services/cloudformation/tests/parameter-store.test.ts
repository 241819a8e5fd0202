import { CloudFormation } from '@aws-sdk/client-cloudformation'
import { IAM } from '@aws-sdk/client-iam'
import { SSM } from '@aws-sdk/client-ssm'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type CloudUnderTest, startCloud } from '../../../tests/cloud-under-test.ts'

let under: CloudUnderTest
let stacks: CloudFormation
let ssm: SSM

beforeAll(async () => {
  under = await startCloud()
  stacks = new CloudFormation(under.config())
  ssm = new SSM(under.config())
  for (const Value of ['hello-v1', 'hello-v2']) await put('/in/text', Value)
  await put('/in/list', 'a,b, c ,d', 'StringList')
  await put('/in/commas', 'x,y,z')
  await put('/in/secure', 'Hush-hush-1', 'SecureString')
})
afterAll(() => under.stop())

const put = (
  Name: string,
  Value: string,
  Type: 'String' | 'StringList' | 'SecureString' = 'String',
) => ssm.putParameter({ Name, Value, Type, Overwrite: true })

const valueOf = async (Name: string) => (await ssm.getParameter({ Name })).Parameter!.Value

const refusal = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no refusal',
    (error: Error) => `${error.name}: ${error.message}`,
  )

const found = async (StackName: string) => (await stacks.describeStacks({ StackName })).Stacks![0]!

const becomes = (name: string, status: string) =>
  vi.waitFor(async () => expect((await found(name)).StackStatus).toBe(status), {
    timeout: 60_000,
    interval: 20,
  })

/** A stack that hands its parameter on. */
const withParameter = (Type: string, value: unknown = { Ref: 'P' }, more: object = {}) =>
  JSON.stringify({
    Parameters: { P: { Type, ...more } },
    Resources: { Handle: { Type: 'AWS::CloudFormation::WaitConditionHandle' } },
    Outputs: { Value: { Value: value } },
  })

const Value = (inner: string) => `AWS::SSM::Parameter::Value<${inner}>`
const joined = { 'Fn::Join': ['|', { Ref: 'P' }] }
const given = (ParameterValue: string) => [{ ParameterKey: 'P', ParameterValue }]

describe('a parameter that names one of Parameter Store', () => {
  it.each([
    ['String', '/in/text', undefined, 'hello-v2', 'hello-v2'],
    ['String', '/in/text:1', undefined, 'hello-v1', 'hello-v1'],
    ['List<String>', '/in/list', joined, 'a,b,c,d', 'a|b|c|d'],
    ['CommaDelimitedList', '/in/list', joined, 'a,b,c,d', 'a|b|c|d'],
  ])('%s of %s stands for its value', async (type, name, value, resolved, output) => {
    const StackName = `of-${type.replaceAll(/\W/g, '')}${name.replaceAll(/\W/g, '-')}`
    const TemplateBody = withParameter(Value(type), value)
    await stacks.createStack({ StackName, TemplateBody, Parameters: given(name) })
    await becomes(StackName, 'CREATE_COMPLETE')
    const { Parameters, Outputs } = await found(StackName)
    expect(Parameters).toEqual([
      { ParameterKey: 'P', ParameterValue: name, ResolvedValue: resolved },
    ])
    expect(Outputs![0]!.OutputValue).toBe(output)
  })

  const told = (text: string) => `ValidationError: ${text}`
  it.each([
    [
      'String',
      '/in/none:9',
      told('Unable to fetch parameters [/in/none:9] from parameter store for this account.'),
    ],
    [
      'String',
      '/in/secure',
      told(
        'Parameters [/in/secure] referenced by template have types not supported by CloudFormation.',
      ),
    ],
    [
      'String',
      '/in/list',
      told('Types for SSM parameters [/in/list] defined in CFN template and SSM are incompatible'),
    ],
    [
      'List<String>',
      '/in/commas',
      told(
        'Types for SSM parameters [/in/commas] defined in CFN template and SSM are incompatible',
      ),
    ],
  ])('%s of %s is refused', async (type, name, text) => {
    const TemplateBody = withParameter(Value(type), 'x')
    const call = stacks.createStack({ StackName: 'no', TemplateBody, Parameters: given(name) })
    expect(await refusal(call)).toBe(text)
  })

  it('has to fit the rules by its name', async () => {
    const TemplateBody = withParameter(Value('String'), 'x', { AllowedPattern: '^hello-.*$' })
    const call = stacks.createStack({
      StackName: 'no',
      TemplateBody,
      Parameters: given('/in/text'),
    })
    expect(await refusal(call)).toBe(told("Parameter 'P' must match pattern ^hello-.*$"))
  })

  it('has to be there where only its name is meant', async () => {
    const TemplateBody = withParameter('AWS::SSM::Parameter::Name')
    const create = (StackName: string, name: string) =>
      stacks.createStack({ StackName, TemplateBody, Parameters: given(name) })
    await create('named', '/in/text')
    await becomes('named', 'CREATE_COMPLETE')
    expect((await found('named')).Outputs![0]!.OutputValue).toBe('/in/text')
    await create('named-none', '/in/none')
    await becomes('named-none', 'ROLLBACK_COMPLETE')
    const { StackEvents } = await stacks.describeStackEvents({ StackName: 'named-none' })
    expect(StackEvents!.map((event) => event.ResourceStatusReason)).toContain(
      'Parameter validation failed: parameter value /in/none for parameter name P does not exist. Rollback requested by user.',
    )
  })

  it('is looked up again by each update', async () => {
    await put('/in/moving', 'one')
    const TemplateBody = withParameter(Value('String'))
    const StackName = 'moving'
    await stacks.createStack({ StackName, TemplateBody, Parameters: given('/in/moving') })
    await becomes(StackName, 'CREATE_COMPLETE')
    await put('/in/moving', 'two')
    await stacks.updateStack({
      StackName,
      UsePreviousTemplate: true,
      Parameters: [{ ParameterKey: 'P', UsePreviousValue: true }],
    })
    await becomes(StackName, 'UPDATE_COMPLETE')
    expect((await found(StackName)).Outputs![0]!.OutputValue).toBe('two')
  })
})

describe('a parameter as a resource', () => {
  const template = (value: unknown, more: object = {}) =>
    JSON.stringify({
      Resources: {
        Made: {
          Type: 'AWS::SSM::Parameter',
          Properties: { Name: '/out/made', Type: 'String', Value: value, ...more },
        },
      },
      Outputs: {
        Name: { Value: { Ref: 'Made' } },
        Value: { Value: { 'Fn::GetAtt': ['Made', 'Value'] } },
      },
    })

  it('is made, changed by what dynamic references stand for, and removed', async () => {
    const value = {
      'Fn::Sub': 'in-${AWS::StackName}-{{resolve:ssm:/in/text:1}}-{{resolve:ssm:/in/list}}',
    }
    await stacks.createStack({ StackName: 'resource', TemplateBody: template(value) })
    await becomes('resource', 'CREATE_COMPLETE')
    expect(await valueOf('/out/made')).toBe('in-resource-hello-v1-a,b, c ,d')
    const StackName = 'resource'
    const unversioned = template('{{resolve:ssm:/in/text}}', { Tags: { team: 'yard' } })
    await stacks.updateStack({ StackName, TemplateBody: unversioned })
    await becomes(StackName, 'UPDATE_COMPLETE')
    expect(await valueOf('/out/made')).toBe('hello-v2')
    const { TagList } = await ssm.listTagsForResource({
      ResourceType: 'Parameter',
      ResourceId: '/out/made',
    })
    expect(TagList).toContainEqual({ Key: 'team', Value: 'yard' })
    const again = stacks.updateStack({ StackName, TemplateBody: unversioned })
    expect(await refusal(again)).toBe('ValidationError: No updates are to be performed.')
    await put('/in/text', 'hello-v3')
    await stacks.updateStack({ StackName, TemplateBody: unversioned })
    await expect.poll(() => valueOf('/out/made')).toBe('hello-v3')
    await becomes(StackName, 'UPDATE_COMPLETE')
    await stacks.deleteStack({ StackName })
    const gone = () => refusal(ssm.getParameter({ Name: '/out/made' }))
    await expect.poll(gone).toMatch(/^ParameterNotFound/)
  })

  it.each([
    [
      '{{resolve:ssm:/in/text:prod}}',
      'Incorrect format is used in the following SSM reference: [{{resolve:ssm:/in/text:prod}}]',
    ],
    [
      '{{resolve:ssm-secure:/in/secure:1}}',
      'SSM Secure reference is not supported in: [AWS::SSM::Parameter/Properties/Value]',
    ],
    [
      '{{resolve:ssm:/in/secure:1}}',
      'Non-secure ssm prefix was used for secure parameter /in/secure',
    ],
    [
      '{{resolve:ssm:/in/none}}',
      'Unable to fetch parameters [/in/none] from parameter store for this account.',
    ],
  ])('refuses %s', async (value, text) => {
    // The name of the stack above is free only once it is gone.
    const refused = { StackName: 'refused', TemplateBody: template(value) }
    expect(await refusal(stacks.createStack(refused))).toBe(`ValidationError: ${text}`)
  })
})

it('opens a secure string where a password is taken, and nowhere shows it', async () => {
  const TemplateBody = JSON.stringify({
    Resources: {
      User: {
        Type: 'AWS::IAM::User',
        Properties: {
          UserName: 'with-password',
          LoginProfile: { Password: '{{resolve:ssm-secure:/in/secure:1}}' },
        },
      },
    },
  })
  const Capabilities = ['CAPABILITY_NAMED_IAM' as const]
  await stacks.createStack({ StackName: 'secure', TemplateBody, Capabilities })
  await becomes('secure', 'CREATE_COMPLETE')
  const iam = new IAM(under.config())
  const { LoginProfile } = await iam.getLoginProfile({ UserName: 'with-password' })
  expect(LoginProfile!.UserName).toBe('with-password')
  const { StackEvents } = await stacks.describeStackEvents({ StackName: 'secure' })
  expect(JSON.stringify(StackEvents)).not.toContain('Hush-hush')
})
