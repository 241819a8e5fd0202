import { CloudFormation, waitUntilStackCreateComplete } from '@aws-sdk/client-cloudformation'
import { EventBridge } from '@aws-sdk/client-eventbridge'
import { SQS } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type CloudUnderTest, startCloud } from '../../tests/cloud-under-test.ts'

let under: CloudUnderTest
beforeAll(async () => {
  under = await startCloud()
})
afterAll(() => under.stop())

const Resources = {
  Bus: { Type: 'AWS::Events::EventBus', Properties: { Name: 'orders' } },
  Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'placed' } },
  Rule: {
    Type: 'AWS::Events::Rule',
    Properties: {
      EventBusName: { Ref: 'Bus' },
      EventPattern: { source: ['shop'] },
      Targets: [
        {
          Id: 'q',
          Arn: { 'Fn::GetAtt': ['Queue', 'Arn'] },
          RetryPolicy: { MaximumRetryAttempts: '3' },
        },
      ],
    },
  },
}

it('a bus, a rule and its target come and go with a stack', async () => {
  const stacks = new CloudFormation(under.config())
  const events = new EventBridge(under.config())
  const sqs = new SQS(under.config())
  const StackName = 'shop'
  await stacks.createStack({ StackName, TemplateBody: JSON.stringify({ Resources }) })
  await waitUntilStackCreateComplete(
    { client: stacks, maxWaitTime: 60, minDelay: 1 },
    { StackName },
  )
  const { Rules } = await events.listRules({ EventBusName: 'orders' })
  expect(Rules).toHaveLength(1)
  const Detail = '{"id":1}'
  await events.putEvents({
    Entries: [{ Source: 'shop', DetailType: 'placed', Detail, EventBusName: 'orders' }],
  })
  const { QueueUrl } = await sqs.getQueueUrl({ QueueName: 'placed' })
  const received = async () => {
    const { Messages } = await sqs.receiveMessage({ QueueUrl, WaitTimeSeconds: 10 })
    return Messages && JSON.parse(Messages[0]!.Body!)
  }
  await expect.poll(received).toMatchObject({ detail: { id: 1 } })
  await stacks.deleteStack({ StackName })
  const buses = async () => (await events.listEventBuses({})).EventBuses!.map(({ Name }) => Name)
  await expect.poll(buses).toEqual(['default'])
})
