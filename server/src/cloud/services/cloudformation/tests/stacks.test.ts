import {
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
  GetTemplateCommand,
  ListExportsCommand,
  ListImportsCommand,
  ListStacksCommand,
  UpdateStackCommand,
  UpdateTerminationProtectionCommand,
  ValidateTemplateCommand,
  waitUntilStackCreateComplete,
  waitUntilStackDeleteComplete,
} from '@aws-sdk/client-cloudformation'
import { GetRoleCommand, GetRolePolicyCommand } from '@aws-sdk/client-iam'
import { DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type StacksUnderTest, startStacks } from './stacks-under-test.ts'

let under: StacksUnderTest
beforeAll(async () => {
  under = await startStacks()
})
afterAll(() => under.stop())

const role = `
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]}
      Policies:
        - PolicyName: logs
          PolicyDocument: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "logs:*", Resource: !GetAtt Group.Arn}]}`

const body = `
Description: a log group and who may write to it
Parameters:
  Days: {Type: Number, Default: 7}
  Secret: {Type: String, NoEcho: true, Default: hush}
Resources:
  Group:
    Type: AWS::Logs::LogGroup
    Properties: {LogGroupName: !Sub "/app/\${AWS::StackName}", RetentionInDays: !Ref Days}${role}
Outputs:
  Name: {Value: !Ref Group, Export: {Name: !Sub "\${AWS::StackName}-group"}}
  Page: {Value: "http://127.0.0.1:9/"}
`

const group = (more: string) => `Resources:\n  Group: {Type: "AWS::Logs::LogGroup"${more}}`

async function create(StackName: string, TemplateBody: string, more: object = {}) {
  const Capabilities = ['CAPABILITY_IAM' as const]
  await under.cfn.send(new CreateStackCommand({ StackName, TemplateBody, Capabilities, ...more }))
  return under.settled(StackName)
}

async function update(StackName: string, TemplateBody: string, more: object = {}) {
  const Capabilities = ['CAPABILITY_IAM' as const]
  await under.cfn.send(new UpdateStackCommand({ StackName, TemplateBody, Capabilities, ...more }))
  return under.settled(StackName)
}

async function statuses(StackName: string): Promise<string[]> {
  const { StackEvents = [] } = await under.cfn.send(new DescribeStackEventsCommand({ StackName }))
  return StackEvents.map((event) => `${event.LogicalResourceId} ${event.ResourceStatus}`).reverse()
}

async function groups(prefix: string) {
  const { logGroups = [] } = await under.logs.send(
    new DescribeLogGroupsCommand({ logGroupNamePrefix: prefix }),
  )
  return logGroups
}

describe('a stack', () => {
  it('is created in order, with outputs, tags and a fact for the house', async () => {
    const Tags = [{ Key: 'madang:project', Value: 'GB' }]
    const client = { client: under.cfn, maxWaitTime: 120, minDelay: 0.05, maxDelay: 0.1 }
    await create('first', body, { Tags })
    await waitUntilStackCreateComplete(client as never, { StackName: 'first' })
    const stack = await under.settled('first')
    expect(stack).toMatchObject({
      StackStatus: 'CREATE_COMPLETE',
      Description: 'a log group and who may write to it',
      Parameters: [
        { ParameterKey: 'Days', ParameterValue: '7' },
        { ParameterKey: 'Secret', ParameterValue: '****' },
      ],
      Tags,
    })
    expect(stack.Outputs).toContainEqual(
      expect.objectContaining({
        OutputKey: 'Name',
        OutputValue: '/app/first',
        ExportName: 'first-group',
      }),
    )
    expect(await statuses('first')).toEqual([
      'first CREATE_IN_PROGRESS',
      'Group CREATE_IN_PROGRESS',
      'Group CREATE_IN_PROGRESS',
      'Group CREATE_COMPLETE',
      'Role CREATE_IN_PROGRESS',
      'Role CREATE_IN_PROGRESS',
      'Role CREATE_COMPLETE',
      'first CREATE_COMPLETE',
    ])
    expect(await groups('/app/first')).toMatchObject([{ retentionInDays: 7 }])
    const facts = await under.kernel.events.list({ limit: 50 })
    const fact = facts.findLast((event) => event.type === 'cloud.stackChanged')!
    expect(fact).toMatchObject({
      project: 'GB',
      data: { stackName: 'first', status: 'CREATE_COMPLETE', outputs: { Name: '/app/first' } },
    })
    expect(fact.edges.map((edge) => edge.to)).toEqual([
      { kind: 'endpoint', id: 'http://127.0.0.1:9/' },
    ])
  })

  it('has what it made in IAM', async () => {
    const { StackResources = [] } = await under.cfn.send(
      new DescribeStackResourcesCommand({ StackName: 'first', LogicalResourceId: 'Role' }),
    )
    const RoleName = StackResources[0]!.PhysicalResourceId!
    expect(RoleName).toMatch(/^first-Role-[a-z0-9]{12}$/)
    const { Role } = await under.iam.send(new GetRoleCommand({ RoleName }))
    expect(Role!.RoleName).toBe(RoleName)
    const policy = await under.iam.send(new GetRolePolicyCommand({ RoleName, PolicyName: 'logs' }))
    expect(decodeURIComponent(policy.PolicyDocument!)).toContain('log-group:/app/first:*')
  })

  it('is changed in place, and not at all when nothing differs', async () => {
    await expect(update('first', body)).rejects.toThrow('No updates are to be performed.')
    const Parameters = [{ ParameterKey: 'Days', ParameterValue: '14' }]
    const stack = await update('first', body, { Parameters })
    expect(stack.StackStatus).toBe('UPDATE_COMPLETE')
    expect(await groups('/app/first')).toMatchObject([{ retentionInDays: 14 }])
    expect((await statuses('first')).slice(-5)).toEqual([
      'first UPDATE_IN_PROGRESS',
      'Group UPDATE_IN_PROGRESS',
      'Group UPDATE_COMPLETE',
      'first UPDATE_COMPLETE_CLEANUP_IN_PROGRESS',
      'first UPDATE_COMPLETE',
    ])
  })

  it('replaces what cannot be changed, then removes the old one', async () => {
    const renamed = body.replace('/app/${AWS::StackName}', '/web/${AWS::StackName}')
    expect((await update('first', renamed)).StackStatus).toBe('UPDATE_COMPLETE')
    expect(await groups('/app/first')).toEqual([])
    expect(await groups('/web/first')).toHaveLength(1)
    await update('first', body)
  })

  it('goes back when an update fails, to what there was', async () => {
    const broken = body
      .replace('RetentionInDays: !Ref Days', 'RetentionInDays: 30')
      .replace(
        'Outputs:',
        '  Bad: {Type: "AWS::Logs::LogStream", DependsOn: Group, Properties: {LogGroupName: /none}}\nOutputs:',
      )
    const before = await groups('/app/first')
    const stack = await update('first', broken)
    expect(stack.StackStatus).toBe('UPDATE_ROLLBACK_COMPLETE')
    expect(await groups('/app/first')).toMatchObject([
      { retentionInDays: before[0]!.retentionInDays },
    ])
    const list = await statuses('first')
    expect(list).toContain('Bad CREATE_FAILED')
    expect(list).toContain('first UPDATE_ROLLBACK_IN_PROGRESS')
  })

  it('is protected, then deleted, and can be seen by its id only', async () => {
    const protect = (EnableTerminationProtection: boolean) =>
      under.cfn.send(
        new UpdateTerminationProtectionCommand({ StackName: 'first', EnableTerminationProtection }),
      )
    const remove = () => under.cfn.send(new DeleteStackCommand({ StackName: 'first' }))
    const { StackId } = await under.settled('first')
    await protect(true)
    await expect(remove()).rejects.toThrow(
      'Stack [first] cannot be deleted while TerminationProtection is enabled',
    )
    await protect(false)
    await remove()
    const client = { client: under.cfn, maxWaitTime: 120, minDelay: 0.05, maxDelay: 0.1 }
    await waitUntilStackDeleteComplete(client as never, { StackName: StackId! })
    expect((await under.settled(StackId!)).StackStatus).toBe('DELETE_COMPLETE')
    await expect(under.cfn.send(new DescribeStacksCommand({ StackName: 'first' }))).rejects.toThrow(
      'Stack with id first does not exist',
    )
    expect(await groups('/app/first')).toEqual([])
    const { StackSummaries = [] } = await under.cfn.send(
      new ListStacksCommand({ StackStatusFilter: ['DELETE_COMPLETE'] }),
    )
    expect(StackSummaries.map((summary) => summary.StackName)).toContain('first')
  })
})

describe('a creation that fails', () => {
  const bad = `Resources:
  Group: {Type: "AWS::Logs::LogGroup", Properties: {LogGroupName: /bad}}
  Stream: {Type: "AWS::Logs::LogStream", DependsOn: Group, Properties: {LogGroupName: /none}}`

  it('is rolled back', async () => {
    const stack = await create('bad', bad)
    expect(stack.StackStatus).toBe('ROLLBACK_COMPLETE')
    expect(await groups('/bad')).toEqual([])
    const { StackEvents = [] } = await under.cfn.send(
      new DescribeStackEventsCommand({ StackName: 'bad' }),
    )
    const rolling = StackEvents.find((event) => event.ResourceStatus === 'ROLLBACK_IN_PROGRESS')
    expect(rolling?.ResourceStatusReason).toBe(
      'The following resource(s) failed to create: [Stream]. Rollback requested by user.',
    )
    await expect(update('bad', body)).rejects.toThrow(
      /is in ROLLBACK_COMPLETE state and can not be updated/,
    )
  })

  it('is left when that was asked for', async () => {
    const stack = await create('left', bad, { OnFailure: 'DO_NOTHING' })
    expect(stack.StackStatus).toBe('CREATE_FAILED')
    expect(await groups('/bad')).toHaveLength(1)
    await under.cfn.send(new DeleteStackCommand({ StackName: 'left' }))
    await expect.poll(async () => (await groups('/bad')).length).toBe(0)
  })

  it('because of a property the type does not know, says so', async () => {
    await create('typo', group(', Properties: {RetentionDays: 3}'))
    const { StackEvents = [] } = await under.cfn.send(
      new DescribeStackEventsCommand({ StackName: 'typo' }),
    )
    const failed = StackEvents.find((event) => event.ResourceStatus === 'CREATE_FAILED')
    expect(failed?.ResourceStatusReason).toBe(
      'Properties validation failed for resource Group with message:\n#: extraneous key [RetentionDays] is not permitted',
    )
  })
})

describe('names that other stacks import', () => {
  it('are shared and guarded', async () => {
    await create('owner', `${group('')}\nOutputs: {O: {Value: v1, Export: {Name: shared}}}`)
    const user = group(', Properties: {LogGroupName: !Sub ["/u/${V}", {V: !ImportValue shared}]}')
    expect((await create('user', user)).StackStatus).toBe('CREATE_COMPLETE')
    expect(await groups('/u/v1')).toHaveLength(1)
    const { Exports } = await under.cfn.send(new ListExportsCommand({}))
    expect(Exports).toMatchObject([{ Name: 'shared', Value: 'v1' }])
    const { Imports } = await under.cfn.send(new ListImportsCommand({ ExportName: 'shared' }))
    expect(Imports).toEqual(['user'])
    await expect(under.cfn.send(new DeleteStackCommand({ StackName: 'owner' }))).rejects.toThrow(
      'Export shared cannot be deleted as it is in use by user',
    )
  })
})

describe('what cannot be', () => {
  it.each<[string, object, string, string]>([
    [
      'an unknown type',
      { TemplateBody: 'Resources: {A: {Type: "AWS::Foo::Bar"}}' },
      'ValidationError',
      'Template format error: Unrecognized resource types: [AWS::Foo::Bar]',
    ],
    [
      'a role without the word for it',
      { TemplateBody: body },
      'InsufficientCapabilitiesException',
      'Requires capabilities : [CAPABILITY_IAM]',
    ],
    [
      'no template',
      {},
      'ValidationError',
      'Either Template URL or Template Body must be specified.',
    ],
    [
      'a bad name',
      { StackName: '1a', TemplateBody: group('') },
      'ValidationError',
      "Value '1a' at 'stackName' failed to satisfy constraint",
    ],
  ])('%s', async (_what, input, code, message) => {
    const sent = under.cfn.send(new CreateStackCommand({ StackName: 'never', ...input }))
    await expect(sent).rejects.toMatchObject({
      name: code,
      message: expect.stringContaining(message),
    })
  })

  it('the same name twice, except with the same token', async () => {
    const input = { StackName: 'twice', TemplateBody: group(''), ClientRequestToken: 'once' }
    const first = await under.cfn.send(new CreateStackCommand(input))
    const again = await under.cfn.send(new CreateStackCommand(input))
    expect(again.StackId).toBe(first.StackId)
    await expect(
      under.cfn.send(new CreateStackCommand({ ...input, ClientRequestToken: 'other' })),
    ).rejects.toMatchObject({
      name: 'AlreadyExistsException',
      message: 'Stack [twice] already exists',
    })
    await under.settled('twice')
  })
})

describe('templates', () => {
  it('are given back as they were sent', async () => {
    const { TemplateBody } = await under.cfn.send(new GetTemplateCommand({ StackName: 'owner' }))
    expect(TemplateBody).toContain('Export: {Name: shared}')
  })

  it('are validated, with what they need', async () => {
    const summary = await under.cfn.send(new ValidateTemplateCommand({ TemplateBody: body }))
    expect(summary).toMatchObject({
      Capabilities: ['CAPABILITY_IAM'],
      Parameters: [
        { ParameterKey: 'Days', DefaultValue: '7', NoEcho: false },
        { ParameterKey: 'Secret', NoEcho: true },
      ],
    })
  })
})
