import { CloudFormation } from '@aws-sdk/client-cloudformation'
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

const settled = (StackName: string) => settledStack(cfn, StackName)

it('says of a missing stack what the operation says of it at AWS', async () => {
  const StackName = 'none'
  const withId = 'Stack with id none does not exist'
  expect(await refusal(cfn.describeStacks({ StackName }))).toBe(withId)
  expect(await refusal(cfn.describeStackResources({ StackName }))).toBe(withId)
  expect(await refusal(cfn.getTemplate({ StackName }))).toBe(withId)
  const inBrackets = 'Stack [none] does not exist'
  expect(await refusal(cfn.describeStackEvents({ StackName }))).toBe(inBrackets)
  expect(await refusal(cfn.updateStack({ StackName, UsePreviousTemplate: true }))).toBe(inBrackets)
  expect(await refusal(cfn.describeStackResource({ StackName, LogicalResourceId: 'x' }))).toBe(
    "Stack 'none' does not exist",
  )
})

it('refuses a function there is not before anything is made', async () => {
  const TemplateBody = JSON.stringify({
    Resources: {
      Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: { 'Fn::Upper': 'x' } } },
    },
  })
  expect(await refusal(cfn.createStack({ StackName: 'upper', TemplateBody }))).toMatch(
    /^Template error: Encountered unsupported function: Fn::Upper Supported functions are: \[Fn::Base64, /,
  )
})

it('leaves out of a description what the stack has none of', async () => {
  const TemplateBody = JSON.stringify({ Resources: { Queue: { Type: 'AWS::SQS::Queue' } } })
  await cfn.createStack({ StackName: 'plain', TemplateBody })
  const [stack] = (await cfn.describeStacks({ StackName: 'plain' })).Stacks!
  expect([stack!.Parameters, stack!.Outputs, stack!.Capabilities]).toEqual([
    undefined,
    undefined,
    undefined,
  ])
  expect([stack!.Tags, stack!.NotificationARNs]).toEqual([[], []])
})

const skipping = (more: string, value = 'x') => `
Conditions: {No: !Equals [a, b]}
Resources: {Skipped: {Type: AWS::SQS::Queue, Condition: No}, Kept: {Type: AWS::SQS::Queue}${more}}
Outputs: {Untold: {Condition: No, Value: !Ref Skipped}, Told: {Value: ${value}}}`

const queue = (more = '') => `Resources: {Queue: {Type: AWS::SQS::Queue${more}}}`

it.each([
  [
    `${queue()}\nOutputs: {Out: {Value: }}`,
    "[/Outputs/Out/Value] 'null' values are not allowed in templates",
  ],
  [
    `${queue()}\nOutputs: {Out: {}}`,
    'Template format error: Every Outputs member must contain a Value object',
  ],
  [
    'Resources: {Queue: &one {Type: AWS::SQS::Queue}, Other: *one}',
    'Template error: YAML aliases are not allowed in CloudFormation templates',
  ],
  ['Resources: {Queue: text}', 'Template format error: Any Resources member must be an object.'],
  [
    `${queue()}\nMappings: {Map: {A: {B: {C: d}}}}`,
    'Template format error: Every Mappings attribute must be a String or a List.',
  ],
  [
    `${queue()}\nMappings: {Map: {A: flat}}`,
    'Template format error: Every Mappings member A must be a map',
  ],
  [queue(', Nothing: 1'), "Invalid template resource property 'Nothing'"],
  ...['!Ref Skipped', '!GetAtt Skipped.Arn', '!Sub "${Skipped}"'].flatMap((value) => [
    [
      skipping(`, Topic: {Type: AWS::SNS::Topic, Properties: {TopicName: ${value}}}`),
      'Template format error: Unresolved resource dependencies [Skipped] in the Resources block of the template',
    ],
    [
      skipping('', value),
      'Unresolved resource dependencies [Skipped] in the Outputs block of the template',
    ],
  ]),
  ...[
    ['Equals', 'a list of 2 string parameters'],
    ['Not', 'one boolean parameter'],
    ['Or', 'a list of at least 2 and at most 10 boolean parameters'],
  ].map(([name, takes]) => [
    `${queue()}\nConditions: {A: !${name} []}`,
    `Template error: every Fn::${name} object requires ${takes}.`,
  ]),
  [
    `${queue(', Properties: {QueueName: !FindInMap [Map, C, B]}')}\nMappings: {Map: {A: {B: c}}}`,
    'Template error: Unable to get mapping for Map::C::B',
  ],
  [
    `${queue()}\nConditions: {IsQueue: !Equals [!Ref Queue, !Ref Nothing]}`,
    'Template format error: Unresolved dependencies [Queue, Nothing]. Cannot reference resources in the Conditions block of the template',
  ],
  [
    `${queue()}\nOutputs: {Out: {Value: !ImportValue {Ref: Queue}}}`,
    'Template error: the attribute in Fn::ImportValue must not depend on any resources, imported values, or Fn::GetAZs',
  ],
  [
    `${queue()}\nOutputs: {Out: {Value: !Split [",", "a,b"]}}`,
    'Template format error: The Value field of every Outputs member must evaluate to a String.',
  ],
])('says what is wrong with %j', async (TemplateBody, answer) => {
  expect(await refusal(cfn.createStack({ StackName: 'wrong', TemplateBody }))).toBe(answer)
})

it.each([
  [
    `${queue(', Properties: {QueueName: !ImportValue absent}')}`,
    'No export named absent found. Rollback requested by user.',
  ],
  [
    `${queue()}\nOutputs: {A: {Value: a, Export: {Name: twin}}, B: {Value: b, Export: {Name: twin}}}`,
    'Export with name twin is already exported by stack beaten. Rollback requested by user.',
  ],
])('rolls back for %j', async (TemplateBody, reason) => {
  const StackName = 'beaten'
  await cfn.createStack({ StackName, TemplateBody })
  expect(await settled(StackName)).toMatchObject({
    StackStatus: 'ROLLBACK_COMPLETE',
    DeletionTime: expect.any(Date),
  })
  const { StackEvents } = await cfn.describeStackEvents({ StackName })
  const turn = StackEvents!.find((event) => event.ResourceStatus === 'ROLLBACK_IN_PROGRESS')
  expect(turn!.ResourceStatusReason).toBe(reason)
  await cfn.deleteStack({ StackName })
  await settled(turn!.StackId!)
})

it('refuses a request in the words of the real one', async () => {
  const set = { StackName: '*bad*', ChangeSetName: 'a', TemplateBody: queue() }
  expect(await refusal(cfn.createChangeSet({ ...set, ChangeSetType: 'CREATE' }))).toBe(
    "1 validation error detected: Value '*bad*' at 'stackName' failed to satisfy constraint: Member " +
      'must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*|arn:[-a-zA-Z0-9:/._+]*',
  )
  expect(
    await refusal(cfn.createChangeSet({ ...set, StackName: 'good', ChangeSetName: '1 set' })),
  ).toBe(
    "1 validation error detected: Value '1 set' at 'changeSetName' failed to satisfy constraint: " +
      'Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*',
  )
  const failed = ' failed to satisfy constraint: Member must satisfy '
  expect(await refusal(cfn.listStacks({ StackStatusFilter: ['NONE' as never] }))).toContain(
    `Value '[NONE]' at 'stackStatusFilter'${failed}constraint: [Member must satisfy enum value set: [`,
  )
  const odd = { StackName: 'odd', TemplateBody: queue(), OnFailure: 'SMILE' as never }
  expect(await refusal(cfn.createStack(odd))).toContain(
    `Value 'SMILE' at 'onFailure'${failed}enum value set: [`,
  )
  expect(await refusal(cfn.describeStackEvents({ StackName: undefined }))).toBe(
    "1 validation error detected: Value null at 'stackName' failed to satisfy constraint: Member must not be null",
  )
  expect(await refusal(cfn.deleteChangeSet({ ChangeSetName: 'a' }))).toBe(
    'StackName must be specified if ChangeSetName is not specified as an ARN.',
  )
  const ResourceTypes = ['AWS::EC2::*']
  const typed = { StackName: 'typed', TemplateBody: queue(), ResourceTypes }
  expect(await refusal(cfn.createStack(typed))).toBe(
    'Resource type AWS::SQS::Queue is not allowed by parameter ResourceTypes [AWS::EC2::*]',
  )
  expect(await refusal(cfn.validateTemplate({ TemplateURL: 's3://bucket/key' }))).toBe(
    'S3 error: Domain name specified in bucket is not a valid S3 domain',
  )
})

it('shows what a change set does to values, and no secret', async () => {
  const StackName = 'valued'
  const TemplateBody = `
Parameters: {Delay: {Type: Number, Default: 1}, Word: {Type: String, NoEcho: true, Default: hush}}
Resources:
  First:
    Type: AWS::SQS::Queue
    Properties: {DelaySeconds: !Ref Delay, Tags: [{Key: a, Value: !Ref Word}]}
  Topic: {Type: AWS::SNS::Topic, Properties: {DisplayName: !GetAtt First.QueueName}}`
  const set = { StackName, ChangeSetName: 'same', TemplateBody }
  const { StackId } = await cfn.createChangeSet({ ...set, ChangeSetType: 'CREATE' })
  const values = { StackName, ChangeSetName: 'same', IncludePropertyValues: true }
  const made = await cfn.describeChangeSet(values)
  expect([made.Tags, made.Capabilities]).toEqual([undefined, []])
  expect(made.Changes!.map((one) => one.ResourceChange!.AfterContext)).toEqual([
    '{"Properties":{"DelaySeconds":"1","Tags":[{"Key":"a","Value":"****"}]}}',
    '{"Properties":{"DisplayName":"{{changeSet:KNOWN_AFTER_APPLY}}"}}',
  ])
  expect(await refusal(cfn.getTemplateSummary({ StackName }))).toBe(
    'GetTemplateSummary cannot be called on REVIEW_IN_PROGRESS stacks.',
  )
  expect(await refusal(cfn.getTemplate({ ChangeSetName: 'same' }))).toBe(
    'StackName is a required parameter.',
  )
  expect(await refusal(cfn.createChangeSet({ ...set, ChangeSetType: 'UPDATE' }))).toContain(
    'is in REVIEW_IN_PROGRESS state and can not be updated.',
  )
  // A stack in review may be created without its change set, which is of no use then.
  expect((await cfn.createStack({ StackName, TemplateBody })).StackId).toBe(StackId)
  await settled(StackName)
  const obsolete = await cfn.describeChangeSet({ ChangeSetName: made.ChangeSetId })
  expect(obsolete.ExecutionStatus).toBe('OBSOLETE')
  expect(await refusal(cfn.createChangeSet({ ...set, ChangeSetType: 'CREATE' }))).toBe(
    'Stack [valued] already exists and cannot be created again with the changeSet [same].',
  )
  const Parameters = [{ ParameterKey: 'Delay', ParameterValue: '2' }]
  await cfn.createChangeSet({ ...set, Parameters })
  const [change] = (await cfn.describeChangeSet(values)).Changes!
  const target = { Attribute: 'Properties', Name: 'DelaySeconds', RequiresRecreation: 'Never' }
  const leaf = { Path: '/Properties/DelaySeconds', BeforeValue: '1', AfterValue: '2' }
  const Target = { ...target, ...leaf, AttributeChangeType: 'Modify' }
  expect(change!.ResourceChange!.Details).toMatchObject([
    { Target, Evaluation: 'Static', ChangeSource: 'ParameterReference', CausingEntity: 'Delay' },
    { Target, Evaluation: 'Dynamic', ChangeSource: 'DirectModification' },
  ])
  const { StackEvents } = await cfn.describeStackEvents({ StackName })
  expect(JSON.stringify(StackEvents)).not.toContain('hush')
  await cfn.deleteStack({ StackName })
  const gone = await settled(StackId!)
  expect(gone.EnableTerminationProtection).toBe(undefined)
  expect(gone.DeletionTime).toBeInstanceOf(Date)
})

it('tells of a template what it holds, and leaves out what it has none of', async () => {
  const TemplateBody = queue()
  const { DeclaredTransforms, ResourceIdentifierSummaries } = await cfn.getTemplateSummary({
    TemplateBody,
  })
  expect(DeclaredTransforms).toBe(undefined)
  expect(ResourceIdentifierSummaries).toMatchObject([
    {
      ResourceType: 'AWS::SQS::Queue',
      LogicalResourceIds: ['Queue'],
      ResourceIdentifiers: ['QueueUrl'],
    },
  ])
  const checked = await cfn.validateTemplate({ TemplateBody })
  expect([checked.DeclaredTransforms, checked.Parameters]).toEqual([undefined, []])
})

it('tells of each step with its properties, and of what an update clears away without them', async () => {
  const StackName = 'told'
  const TemplateBody = (words: string, more: string) =>
    `Resources: {Topic: {Type: AWS::SNS::Topic, Properties: {DisplayName: ${words}}}${more}}`
  const old = ', Old: {Type: AWS::Logs::LogGroup, Properties: {RetentionInDays: 7}}'
  await cfn.createStack({ StackName, TemplateBody: TemplateBody('one', old) })
  await settled(StackName)
  await cfn.updateStack({ StackName, TemplateBody: TemplateBody('two', '') })
  await settled(StackName)
  const { StackEvents } = await cfn.describeStackEvents({ StackName })
  const told = (id: string) =>
    StackEvents!
      .filter((event) => event.LogicalResourceId === id)
      .map((event) => [event.ResourceStatus, event.ResourceProperties])
      .reverse()
  const [one, two] = ['{"DisplayName":"one"}', '{"DisplayName":"two"}']
  expect(told('Topic')).toEqual([
    ['CREATE_IN_PROGRESS', one],
    ['CREATE_IN_PROGRESS', one],
    ['CREATE_COMPLETE', one],
    ['UPDATE_IN_PROGRESS', two],
    ['UPDATE_COMPLETE', two],
  ])
  expect(told('Old').slice(3)).toEqual([
    ['DELETE_IN_PROGRESS', undefined],
    ['DELETE_COMPLETE', undefined],
  ])
})
