import {
  CreateChangeSetCommand,
  CreateStackCommand,
  DeleteChangeSetCommand,
  DescribeChangeSetCommand,
  DescribeStackEventsCommand,
  DeleteStackCommand,
  ExecuteChangeSetCommand,
  GetTemplateSummaryCommand,
  ListChangeSetsCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type StacksUnderTest, startStacks } from './stacks-under-test.ts'

let under: StacksUnderTest
beforeAll(async () => {
  under = await startStacks()
})
afterAll(() => under.stop())

const body = `
Parameters: {Days: {Type: Number, Default: 7}, Name: {Type: String, Default: /cs/a}}
Resources:
  Group: {Type: "AWS::Logs::LogGroup", Properties: {LogGroupName: !Ref Name, RetentionInDays: !Ref Days}}
  Stream: {Type: "AWS::Logs::LogStream", Properties: {LogGroupName: !Ref Group, LogStreamName: s}}`

async function changeSet(ChangeSetName: string, more: object) {
  const input = { StackName: 'sets', ChangeSetName, TemplateBody: body, ...more }
  await under.cfn.send(new CreateChangeSetCommand(input))
  return under.cfn.send(new DescribeChangeSetCommand({ StackName: 'sets', ChangeSetName }))
}

const execute = (ChangeSetName: string) =>
  under.cfn.send(new ExecuteChangeSetCommand({ StackName: 'sets', ChangeSetName }))

describe('a change set', () => {
  it('creates a stack only when it is executed', async () => {
    const made = await changeSet('one', { ChangeSetType: 'CREATE' })
    expect(made).toMatchObject({ Status: 'CREATE_COMPLETE', ExecutionStatus: 'AVAILABLE' })
    expect(made.Changes?.map(({ ResourceChange: c }) => [c?.Action, c?.LogicalResourceId])).toEqual(
      [
        ['Add', 'Group'],
        ['Add', 'Stream'],
      ],
    )
    await execute('one')
    expect((await under.settled('sets')).StackStatus).toBe('CREATE_COMPLETE')
    expect(
      (await under.cfn.send(new GetTemplateSummaryCommand({ StackName: 'sets' }))).ResourceTypes,
    ).toEqual(['AWS::Logs::LogGroup', 'AWS::Logs::LogStream'])
  })

  it('tells a change in place from a replacement, and what only may be replaced', async () => {
    const inPlace = await changeSet('days', {
      Parameters: [{ ParameterKey: 'Days', ParameterValue: '14' }],
    })
    expect(inPlace.Changes).toHaveLength(1)
    expect(inPlace.Changes![0]!.ResourceChange).toMatchObject({
      Action: 'Modify',
      LogicalResourceId: 'Group',
      Replacement: 'False',
      Scope: ['Properties'],
      Details: [
        {
          Target: { Attribute: 'Properties', Name: 'RetentionInDays', RequiresRecreation: 'Never' },
          Evaluation: 'Static',
          ChangeSource: 'ParameterReference',
          CausingEntity: 'Days',
        },
        {
          Target: { Attribute: 'Properties', Name: 'RetentionInDays', RequiresRecreation: 'Never' },
          Evaluation: 'Dynamic',
          ChangeSource: 'DirectModification',
        },
      ],
    })
    const renamed = await changeSet('name', {
      Parameters: [{ ParameterKey: 'Name', ParameterValue: '/cs/b' }],
    })
    expect(
      renamed.Changes!.map(({ ResourceChange: c }) => [c?.LogicalResourceId, c?.Replacement]),
    ).toEqual([
      ['Group', 'True'],
      ['Stream', 'Conditional'],
    ])
    await execute('name')
    expect((await under.settled('sets')).StackStatus).toBe('UPDATE_COMPLETE')
    await expect(execute('name')).rejects.toMatchObject({ name: 'InvalidChangeSetStatusException' })
  })

  it('without changes fails in the words that deployment tools look for', async () => {
    const Parameters = [{ ParameterKey: 'Name', UsePreviousValue: true }]
    const same = await changeSet('same', { Parameters })
    expect(same).toMatchObject({ Status: 'FAILED', ExecutionStatus: 'UNAVAILABLE' })
    expect(same.StatusReason).toContain("The submitted information didn't contain changes.")
    await under.cfn.send(new DeleteChangeSetCommand({ StackName: 'sets', ChangeSetName: 'same' }))
    const { Summaries } = await under.cfn.send(new ListChangeSetsCommand({ StackName: 'sets' }))
    expect(Summaries?.map((summary) => summary.ChangeSetName)).not.toContain('same')
    await expect(
      under.cfn.send(new DescribeChangeSetCommand({ StackName: 'sets', ChangeSetName: 'same' })),
    ).rejects.toMatchObject({ message: 'ChangeSet [same] does not exist' })
  })
})

describe('a custom resource', () => {
  const custom = (more: string) => `
Resources:
  Hello:
    Type: Custom::Hello
    Properties: {ServiceToken: "arn:aws:lambda:us-east-1:000000000000:function:answerer", ${more}}
Outputs: {Said: {Value: !GetAtt Hello.Greeting}, Id: {Value: !Ref Hello}}`

  it('is made, changed and removed by its function', async () => {
    const StackName = 'custom'
    await under.cfn.send(new CreateStackCommand({ StackName, TemplateBody: custom('Name: yard') }))
    const made = await under.settled(StackName)
    expect(made.Outputs!.map((output) => output.OutputValue)).toEqual(['hello yard', 'made-yard'])
    await under.cfn.send(new UpdateStackCommand({ StackName, TemplateBody: custom('Name: barn') }))
    expect((await under.settled(StackName)).StackStatus).toBe('UPDATE_COMPLETE')
    await under.cfn.send(new DeleteStackCommand({ StackName }))
    await expect
      .poll(() => under.asked.map((request) => request.RequestType))
      // The second id that the update answered with takes the place of the first, which then goes.
      .toEqual(['Create', 'Update', 'Delete', 'Delete'])
    await under.settled(made.StackId!)
  })

  it('that fails rolls the stack back with its own words', async () => {
    const TemplateBody = custom('Name: x, Fail: Create')
    await under.cfn.send(new CreateStackCommand({ StackName: 'fails', TemplateBody }))
    expect((await under.settled('fails')).StackStatus).toBe('ROLLBACK_COMPLETE')
    const { StackEvents = [] } = await under.cfn.send(
      new DescribeStackEventsCommand({ StackName: 'fails' }),
    )
    const failed = StackEvents.find((event) => event.ResourceStatus === 'CREATE_FAILED')
    expect(failed?.ResourceStatusReason).toContain('Message returned: as it was asked to')
  })
})

it('takes a resource that changes in place to give the values that it gives now', async () => {
  const topic = (words: unknown) => ({
    Type: 'AWS::SNS::Topic',
    Properties: { DisplayName: words },
  })
  const shownName = (id: string) => ({ 'Fn::GetAtt': [id, 'DisplayName'] })
  const of = (words: string, more: object = {}) =>
    JSON.stringify({
      Resources: { A: topic(words), B: topic(shownName('A')), C: topic(shownName('B')), ...more },
    })
  const StackName = 'later'
  await under.cfn.send(new CreateStackCommand({ StackName, TemplateBody: of('one') }))
  await under.settled(StackName)
  const set = { StackName, ChangeSetName: 'two' }
  const TemplateBody = of('two', { D: topic(shownName('A')) })
  await under.cfn.send(new CreateChangeSetCommand({ ...set, TemplateBody }))
  const told = async (IncludePropertyValues: boolean) => {
    const described = new DescribeChangeSetCommand({ ...set, IncludePropertyValues })
    return (await under.cfn.send(described)).Changes!.map(({ ResourceChange: one }) => [
      one!.LogicalResourceId,
      one!.AfterContext,
      ...one!.Details!.map((detail) => [detail.Evaluation, detail.CausingEntity]),
    ])
  }
  expect(await told(true)).toEqual([
    ['A', '{"Properties":{"DisplayName":"two"}}', ['Static', undefined]],
    ['D', '{"Properties":{"DisplayName":"one"}}'],
  ])
  expect(await told(false)).toEqual([
    ['A', undefined, ['Static', undefined]],
    ['B', undefined, ['Dynamic', 'A.DisplayName']],
    ['C', undefined, ['Dynamic', 'B.DisplayName']],
    ['D', undefined],
  ])
})
