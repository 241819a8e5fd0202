import { CloudFormation } from '@aws-sdk/client-cloudformation'
import { S3 } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type CloudUnderTest, startCloud } from '../../../tests/cloud-under-test.ts'
import { refusal, settledStack } from './asking.ts'

let under: CloudUnderTest
let cfn: CloudFormation
let s3: S3
beforeAll(async () => {
  under = await startCloud()
  cfn = new CloudFormation(under.config())
  s3 = new S3({ ...under.config(), forcePathStyle: true })
  await s3.createBucket({ Bucket: 'templates' })
})
afterAll(() => under.stop())

const url = (name: string) => `${under.url}/templates/${name}`

async function put(name: string, template: object): Promise<void> {
  const Body = JSON.stringify(template)
  await s3.putObject({ Bucket: 'templates', Key: name, Body })
}

const topic = (words: unknown) => ({
  Type: 'AWS::SNS::Topic',
  Properties: { DisplayName: words },
})
const stackOf = (name: string, Parameters: object) => ({
  Type: 'AWS::CloudFormation::Stack',
  Properties: { TemplateURL: url(name), Parameters },
})
const Parameters = { Words: { Type: 'String' } }
const words = { Ref: 'Words' }

/** A root over a middle one over a leaf with a topic, and beside the middle one another leaf. */
const rootBody = (said: string) =>
  JSON.stringify({
    Resources: {
      Middle: stackOf('middle', { Words: said }),
      Other: stackOf('leaf', { Words: 'always' }),
    },
  })

beforeAll(async () => {
  await put('leaf', { Parameters, Resources: { Topic: topic(words) } })
  await put('middle', { Parameters, Resources: { Leaf: stackOf('leaf', { Words: words }) } })
})

/** What a change set and all below it tell, by the path to each. */
async function toldBy(ChangeSetName: string, path = ''): Promise<[string, string][]> {
  const set = await cfn.describeChangeSet({ ChangeSetName, IncludePropertyValues: true })
  const below = set.Changes!.map(async ({ ResourceChange: one }) => {
    const here = `${path}/${one!.LogicalResourceId}`
    const own: [string, string] = [here, `${one!.Action} ${one!.AfterContext ?? ''}`]
    return [own, ...(one!.ChangeSetId ? await toldBy(one!.ChangeSetId, here) : [])]
  })
  return (await Promise.all(below)).flat()
}

const StackName = 'root'

it('tells what would be made in the stacks below, and makes them of what was reviewed', async () => {
  const set = { StackName, ChangeSetName: 'first', ChangeSetType: 'CREATE' as const }
  const more = { TemplateBody: rootBody('one'), IncludeNestedStacks: true }
  const { Id } = await cfn.createChangeSet({ ...set, ...more })
  expect((await toldBy(Id!)).filter(([path]) => path.endsWith('/Topic'))).toEqual([
    ['/Middle/Leaf/Topic', 'Add {"Properties":{"DisplayName":"one"}}'],
    ['/Other/Topic', 'Add {"Properties":{"DisplayName":"always"}}'],
  ])
  const root = await cfn.describeChangeSet({ ChangeSetName: Id })
  const middle = await cfn.describeChangeSet({
    ChangeSetName: root.Changes![0]!.ResourceChange!.ChangeSetId,
  })
  const leaf = await cfn.describeChangeSet({
    ChangeSetName: middle.Changes![0]!.ResourceChange!.ChangeSetId,
  })
  expect([root, middle, leaf].map((one) => one.IncludeNestedStacks)).toEqual([true, true, true])
  expect([root.ParentChangeSetId, root.RootChangeSetId]).toEqual([undefined, undefined])
  expect([leaf.ParentChangeSetId, leaf.RootChangeSetId]).toEqual([middle.ChangeSetId, Id])
  const reviewed = (await cfn.describeStacks({})).Stacks!
  expect(new Set(reviewed.map((one) => one.StackStatus))).toEqual(new Set(['REVIEW_IN_PROGRESS']))
  expect(reviewed.find((one) => one.StackId === leaf.StackId)).toMatchObject({
    StackName: expect.stringMatching(/^root-Middle-.*-Leaf-/),
    ParentId: middle.StackId,
    RootId: root.StackId,
  })
  expect(await refusal(cfn.executeChangeSet({ ChangeSetName: leaf.ChangeSetId }))).toBe(
    `ChangeSet [${leaf.ChangeSetId}] can only be executed from the root ChangeSet [${Id}]`,
  )
  await cfn.executeChangeSet({ ChangeSetName: Id })
  expect((await settledStack(cfn, StackName)).StackStatus).toBe('CREATE_COMPLETE')
  const made = await cfn.describeStacks({ StackName: leaf.StackId })
  expect(made.Stacks![0]!.StackStatus).toBe('CREATE_COMPLETE')
  const done = await cfn.describeChangeSet({ ChangeSetName: leaf.ChangeSetId })
  expect(done.ExecutionStatus).toBe('EXECUTE_COMPLETE')
})

it('tells of a change below alone, and that there is none', async () => {
  const set = { StackName, ChangeSetName: 'second' }
  const told = async (TemplateBody: string, IncludeNestedStacks: boolean) => {
    await cfn.createChangeSet({ ...set, TemplateBody, IncludeNestedStacks })
    const { ChangeSetId, StatusReason } = await cfn.describeChangeSet(set)
    const all = await toldBy(ChangeSetId!)
    await cfn.deleteChangeSet(set)
    return StatusReason ?? all.map(([path]) => path)
  }
  expect(await told(rootBody('two'), true)).toEqual([
    '/Middle',
    '/Middle/Leaf',
    '/Middle/Leaf/Topic',
  ])
  expect(await told(rootBody('one'), true)).toMatch(/^The submitted information didn't contain/)
  // Without a look inside, each may have changed.
  expect(await told(rootBody('one'), false)).toEqual(['/Middle', '/Other'])
  await put('leaf', { Parameters, Resources: { Topic: topic(words), Second: topic('new') } })
  expect(await told(rootBody('one'), true)).toEqual([
    '/Middle',
    '/Middle/Leaf',
    '/Middle/Leaf/Second',
    '/Other',
    '/Other/Second',
  ])
})

it('says in the root what is wrong below, and an update takes in what lies there now', async () => {
  const set = { StackName, ChangeSetName: 'third', IncludeNestedStacks: true }
  await cfn.createChangeSet({ ...set, TemplateBody: rootBody('one').replace('/leaf', '/absent') })
  const { Status, StatusReason } = await cfn.describeChangeSet({
    StackName,
    ChangeSetName: 'third',
  })
  expect([Status, StatusReason]).toEqual([
    'FAILED',
    expect.stringMatching(/^Nested change set of Other: S3 error: /),
  ])
  await cfn.updateStack({ StackName, TemplateBody: rootBody('one') })
  expect((await settledStack(cfn, StackName)).StackStatus).toBe('UPDATE_COMPLETE')
  const all = (await cfn.describeStacks({})).Stacks!.filter((one) =>
    one.StackName!.includes('-Leaf-'),
  )
  const { StackResources } = await cfn.describeStackResources({ StackName: all[0]!.StackId })
  expect(StackResources!.map((one) => one.LogicalResourceId)).toEqual(['Second', 'Topic'])
})

it('goes back with its parent, also where the template at its address is another by now', async () => {
  const TemplateBody = (more: object) =>
    JSON.stringify({ Resources: { Child: stackOf('moving', { Words: 'here' }), ...more } })
  const of = (resources: object) => ({
    Parameters,
    Resources: { Topic: topic(words), ...resources },
  })
  await put('moving', of({}))
  await cfn.createStack({ StackName: 'going', TemplateBody: TemplateBody({}) })
  await settledStack(cfn, 'going')
  const physicalId = async () => {
    const { StackResources } = await cfn.describeStackResources({ StackName: 'going' })
    return StackResources!.find((one) => one.LogicalResourceId === 'Child')!.PhysicalResourceId
  }
  const StackName = await physicalId()
  const ids = async () =>
    (await cfn.listStackResources({ StackName }))
      .StackResourceSummaries!.filter((one) => one.ResourceStatus !== 'DELETE_COMPLETE')
      .map((one) => one.LogicalResourceId)
  await put('moving', of({ Second: topic('new') }))
  const wrong = {
    Type: 'AWS::SNS::Subscription',
    DependsOn: 'Child',
    Properties: { TopicArn: 'arn:aws:sns:us-east-1:000000000000:none', Protocol: 'sqs' },
  }
  await cfn.updateStack({ StackName: 'going', TemplateBody: TemplateBody({ Wrong: wrong }) })
  const after = await settledStack(cfn, 'going')
  expect([after.StackStatus, await ids()]).toEqual(['UPDATE_ROLLBACK_COMPLETE', ['Topic']])
  // A nested stack that itself cannot be changed has gone back before its parent does.
  await put('moving', of({ Wrong: { ...wrong, DependsOn: 'Topic' } }))
  await cfn.updateStack({ StackName: 'going', TemplateBody: TemplateBody({}) })
  expect((await settledStack(cfn, 'going')).StackStatus).toBe('UPDATE_ROLLBACK_COMPLETE')
  expect(await ids()).toEqual(['Topic'])
  const { StackEvents } = await cfn.describeStackEvents({ StackName: 'going' })
  expect(StackEvents!.find((one) => one.ResourceStatus === 'UPDATE_FAILED')).toMatchObject({
    LogicalResourceId: 'Child',
    ResourceStatusReason:
      `Embedded stack ${StackName} was not successfully updated. Currently in UPDATE_ROLLBACK_COMPLETE ` +
      'with reason: The following resource(s) failed to create: [Wrong]. ',
  })
})

it('leaves nothing of a review that is given up', async () => {
  const set = { StackName: 'given-up', ChangeSetName: 'one', ChangeSetType: 'CREATE' as const }
  const more = { TemplateBody: rootBody('one'), IncludeNestedStacks: true }
  const left = async () =>
    (await cfn.describeStacks({})).Stacks!.filter((one) => one.StackName!.startsWith('given-up-'))
  await cfn.createChangeSet({ ...set, ...more })
  expect(await left()).toHaveLength(3)
  await cfn.deleteChangeSet({ StackName: 'given-up', ChangeSetName: 'one' })
  expect(await left()).toEqual([])
  await cfn.createChangeSet({ ...set, ...more })
  await cfn.deleteStack({ StackName: 'given-up' })
  expect(await left()).toEqual([])
})
