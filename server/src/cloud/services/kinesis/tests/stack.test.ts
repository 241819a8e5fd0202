import { CloudFormation } from '@aws-sdk/client-cloudformation'
import { Kinesis } from '@aws-sdk/client-kinesis'
import { expect, it, vi } from 'vitest'
import { startCloud } from '../../../tests/cloud-under-test.ts'

it('a stack makes a stream with a consumer, scales and removes them', async () => {
  const under = await startCloud()
  const stacks = new CloudFormation(under.config())
  const kinesis = new Kinesis(under.config())
  const template = (ShardCount: number) =>
    JSON.stringify({
      Resources: {
        Stream: {
          Type: 'AWS::Kinesis::Stream',
          Properties: { ShardCount, RetentionPeriodHours: 48 },
        },
        Consumer: {
          Type: 'AWS::Kinesis::StreamConsumer',
          Properties: { ConsumerName: 'c', StreamARN: { 'Fn::GetAtt': ['Stream', 'Arn'] } },
        },
      },
      Outputs: { Name: { Value: { Ref: 'Stream' } } },
    })
  const settled = (status: string) =>
    vi.waitFor(
      async () => {
        const { Stacks } = await stacks.describeStacks({ StackName: 'streams' })
        expect(Stacks![0]!.StackStatus).toBe(status)
        return Stacks![0]!
      },
      { timeout: 60_000 },
    )
  await stacks.createStack({ StackName: 'streams', TemplateBody: template(1) })
  const { Outputs } = await settled('CREATE_COMPLETE')
  const StreamName = Outputs![0]!.OutputValue!
  const summary = async () =>
    (await kinesis.describeStreamSummary({ StreamName })).StreamDescriptionSummary!
  expect(await summary()).toMatchObject({
    OpenShardCount: 1,
    RetentionPeriodHours: 48,
    ConsumerCount: 1,
  })
  await stacks.updateStack({ StackName: 'streams', TemplateBody: template(2) })
  await settled('UPDATE_COMPLETE')
  expect((await summary()).OpenShardCount).toBe(2)
  await stacks.deleteStack({ StackName: 'streams' })
  await vi.waitFor(
    async () => {
      const { StreamNames } = await kinesis.listStreams({})
      expect(StreamNames).toEqual([])
    },
    { timeout: 60_000 },
  )
  await under.stop()
})
