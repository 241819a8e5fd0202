import { CloudFormation } from '@aws-sdk/client-cloudformation'
import { KMS } from '@aws-sdk/client-kms'
import { expect, it, vi } from 'vitest'
import { startCloud } from '../../../tests/cloud-under-test.ts'

it('a stack makes a key and its alias, changes and schedules them for deletion', async () => {
  const under = await startCloud()
  const stacks = new CloudFormation(under.config())
  const kms = new KMS(under.config())
  const template = (description: string) =>
    JSON.stringify({
      Resources: {
        Key: {
          Type: 'AWS::KMS::Key',
          Properties: { Description: description, EnableKeyRotation: true, PendingWindowInDays: 7 },
        },
        Alias: {
          Type: 'AWS::KMS::Alias',
          Properties: { AliasName: 'alias/of-stack', TargetKeyId: { Ref: 'Key' } },
        },
      },
      Outputs: { Arn: { Value: { 'Fn::GetAtt': ['Key', 'Arn'] } } },
    })
  const statusIs = (status: string) =>
    vi.waitFor(
      async () => {
        const { Stacks } = await stacks.describeStacks({ StackName: 'keys' })
        expect(Stacks![0]!.StackStatus).toBe(status)
        return Stacks![0]!
      },
      { timeout: 60_000 },
    )
  await stacks.createStack({ StackName: 'keys', TemplateBody: template('first') })
  const { Outputs } = await statusIs('CREATE_COMPLETE')
  const described = await kms.describeKey({ KeyId: 'alias/of-stack' })
  const { KeyId, Arn, Description } = described.KeyMetadata!
  expect([Arn, Description]).toEqual([Outputs![0]!.OutputValue, 'first'])
  expect((await kms.getKeyRotationStatus({ KeyId })).KeyRotationEnabled).toBe(true)
  await stacks.updateStack({ StackName: 'keys', TemplateBody: template('second') })
  await statusIs('UPDATE_COMPLETE')
  expect((await kms.describeKey({ KeyId })).KeyMetadata!.Description).toBe('second')
  await stacks.deleteStack({ StackName: 'keys' })
  await vi.waitFor(
    async () => {
      const { KeyMetadata } = await kms.describeKey({ KeyId })
      expect(KeyMetadata!.KeyState).toBe('PendingDeletion')
    },
    { timeout: 60_000 },
  )
  await under.stop()
})
