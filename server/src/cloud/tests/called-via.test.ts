import { CloudFormationClient, CreateStackCommand } from '@aws-sdk/client-cloudformation'
import { waitUntilStackCreateComplete } from '@aws-sdk/client-cloudformation'
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAMClient,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam'
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs'
import { expect, it } from 'vitest'
import { startCloud } from './cloud-under-test.ts'

const UserName = 'through-stacks-only'
const policy = {
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Action: 'cloudformation:*', Resource: '*' },
    {
      Effect: 'Allow',
      Action: 'sqs:*',
      Resource: '*',
      Condition: {
        Bool: { 'aws:ViaAWSService': 'true' },
        'ForAnyValue:StringEquals': { 'aws:CalledVia': 'cloudformation.amazonaws.com' },
      },
    },
  ],
}

it('lets a policy ask by which service a call came', async () => {
  const cloud = await startCloud()
  const iam = new IAMClient(cloud.config())
  await iam.send(new CreateUserCommand({ UserName }))
  const PolicyDocument = JSON.stringify(policy)
  await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'stacks', PolicyDocument }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }))
  const config = cloud.config({
    accessKeyId: AccessKey!.AccessKeyId!,
    secretAccessKey: AccessKey!.SecretAccessKey!,
  })
  const sqs = new SQSClient(config)
  await expect(sqs.send(new CreateQueueCommand({ QueueName: 'direct' }))).rejects.toThrow(
    /is not authorized to perform: sqs:createqueue/i,
  )
  const client = new CloudFormationClient(config)
  const Resources = { Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'by-stack' } } }
  const TemplateBody = JSON.stringify({ Resources })
  await client.send(new CreateStackCommand({ StackName: 'queues', TemplateBody }))
  const waiter = { client, maxWaitTime: 120, minDelay: 0.05, maxDelay: 0.5 }
  const { state } = await waitUntilStackCreateComplete(waiter, { StackName: 'queues' })
  expect(state).toBe('SUCCESS')
  for (const each of [iam, sqs, client]) each.destroy()
  await cloud.stop()
})
