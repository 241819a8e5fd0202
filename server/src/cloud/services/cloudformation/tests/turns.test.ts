import {
  CancelUpdateStackCommand,
  ContinueUpdateRollbackCommand,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackResourcesCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation'
import { GetAccessKeyLastUsedCommand, ListAccessKeysCommand } from '@aws-sdk/client-iam'
import { DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testDatabases } from '../../../../testing/databases.ts'
import { calm, type StacksUnderTest, startStacks } from './stacks-under-test.ts'

const custom = (properties: string, days = 7) => `
Resources:
  Group: {Type: "AWS::Logs::LogGroup", Properties: {RetentionInDays: ${days}}}
  Asked:
    Type: Custom::Asked
    DependsOn: Group
    Properties: {ServiceToken: "arn:aws:lambda:us-east-1:000000000000:function:answerer", ${properties}}`

// The turns that an operation may take, over both stores.
describe.each(testDatabases())('over $name', ({ config }) => {
  let under: StacksUnderTest
  beforeAll(async () => {
    under = await startStacks({ config: await config() })
  })
  afterAll(() => under.stop())

  const create = async (StackName: string, TemplateBody: string, more: object = {}) => {
    await under.cfn.send(new CreateStackCommand({ StackName, TemplateBody, ...more }))
    return under.settled(StackName)
  }
  const update = (StackName: string, TemplateBody: string) =>
    under.cfn.send(new UpdateStackCommand({ StackName, TemplateBody }))
  const retention = async (StackName: string) => {
    const { logGroups = [] } = await under.logs.send(
      new DescribeLogGroupsCommand({ logGroupNamePrefix: `${StackName}-` }),
    )
    return logGroups.map((group) => group.retentionInDays)
  }

  it('an update that is cancelled goes back', async () => {
    await create('cancel', custom('Name: a'))
    await update('cancel', custom('Name: b, Silent: Update', 14))
    await expect.poll(() => under.asked.at(-1)?.RequestType).toBe('Update')
    await under.cfn.send(new CancelUpdateStackCommand({ StackName: 'cancel' }))
    expect((await under.settled('cancel')).StackStatus).toBe('UPDATE_ROLLBACK_COMPLETE')
    expect(await retention('cancel')).toEqual([7])
  })

  it('a rollback that fails is continued, once its reason is mended', async () => {
    await create('stuck', custom('Name: stuck, Fail: Update'))
    calm.delete('stuck')
    await update('stuck', custom('Name: stuck, Fail: Update, Try: 2', 14))
    expect((await under.settled('stuck')).StackStatus).toBe('UPDATE_ROLLBACK_FAILED')
    await expect(update('stuck', custom('Name: other'))).rejects.toThrow(
      /is in UPDATE_ROLLBACK_FAILED state and can not be updated/,
    )
    calm.add('stuck')
    await under.cfn.send(new ContinueUpdateRollbackCommand({ StackName: 'stuck' }))
    expect((await under.settled('stuck')).StackStatus).toBe('UPDATE_ROLLBACK_COMPLETE')
    expect(await retention('stuck')).toEqual([7])
  })

  it('what is retained stays when the stack goes', async () => {
    const TemplateBody = `
Resources:
  Kept: {Type: "AWS::Logs::LogGroup", DeletionPolicy: Retain, Properties: {LogGroupName: kept-1}}
  Gone: {Type: "AWS::Logs::LogGroup", Properties: {LogGroupName: kept-2}}`
    const { StackId } = await create('kept', TemplateBody)
    await under.cfn.send(new DeleteStackCommand({ StackName: 'kept' }))
    expect((await under.settled(StackId!)).StackStatus).toBe('DELETE_COMPLETE')
    expect(await retention('kept')).toHaveLength(1)
    const { StackResources = [] } = await under.cfn.send(
      new DescribeStackResourcesCommand({ StackName: StackId! }),
    )
    expect(StackResources.map((r) => `${r.LogicalResourceId} ${r.ResourceStatus}`)).toEqual([
      'Gone DELETE_COMPLETE',
      'Kept DELETE_SKIPPED',
    ])
  })

  it('a user gets a key, whose secret only the outputs give', async () => {
    const TemplateBody = `
Resources:
  User: {Type: "AWS::IAM::User", Properties: {Policies: [{PolicyName: p, PolicyDocument: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "s3:*", Resource: "*"}]}}]}}
  Key: {Type: "AWS::IAM::AccessKey", Properties: {UserName: !Ref User}}
Outputs: {Id: {Value: !Ref Key}, Secret: {Value: !GetAtt Key.SecretAccessKey}, User: {Value: !Ref User}}`
    const stack = await create('keys', TemplateBody, { Capabilities: ['CAPABILITY_IAM'] })
    const outputs = Object.fromEntries(stack.Outputs!.map((o) => [o.OutputKey!, o.OutputValue!]))
    expect(outputs['Secret']).toMatch(/^[A-Za-z0-9/+]{40}$/)
    const AccessKeyId = outputs['Id']!
    const used = await under.iam.send(new GetAccessKeyLastUsedCommand({ AccessKeyId }))
    expect(used.UserName).toBe(outputs['User'])
    await under.cfn.send(new DeleteStackCommand({ StackName: 'keys' }))
    expect((await under.settled(stack.StackId!)).StackStatus).toBe('DELETE_COMPLETE')
    await expect(
      under.iam.send(new ListAccessKeysCommand({ UserName: outputs['User']! })),
    ).rejects.toMatchObject({ name: 'NoSuchEntityException' })
  })
})
