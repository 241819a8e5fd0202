import { CloudFormation } from '@aws-sdk/client-cloudformation'
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs'
import { SNS } from '@aws-sdk/client-sns'
import { SQS } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { until } from '../../../../testing/until.ts'
import { type CloudUnderTest, startCloud } from '../../../tests/cloud-under-test.ts'

let under: CloudUnderTest
let cfn: CloudFormation
beforeAll(async () => {
  under = await startCloud()
  cfn = new CloudFormation(under.config())
})
afterAll(() => under.stop())

const StackName = 'drifting'
const TemplateBody = `
Resources:
  Dead: {Type: AWS::SQS::Queue}
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      DelaySeconds: 5
      RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 3}
  Topic: {Type: AWS::SNS::Topic, Properties: {DisplayName: said}}
  Group: {Type: AWS::Logs::LogGroup, Properties: {RetentionInDays: 7}}
  Key: {Type: AWS::KMS::Key, Properties: {}}
Outputs: {Queue: {Value: !Ref Queue}, Topic: {Value: !Ref Topic}, Group: {Value: !Ref Group}}`

async function looked() {
  const { StackDriftDetectionId } = await cfn.detectStackDrift({ StackName })
  const status = await cfn.describeStackDriftDetectionStatus({ StackDriftDetectionId })
  const { StackResourceDrifts } = await cfn.describeStackResourceDrifts({ StackName })
  const drifts = StackResourceDrifts!.map((one) => [
    one.LogicalResourceId,
    one.StackResourceDriftStatus,
  ])
  return { status, drifts: Object.fromEntries(drifts) as Record<string, string> }
}

it('tells what was changed past a stack, and what it cannot tell', async () => {
  await cfn.createStack({ StackName, TemplateBody })
  const made = await until('the stack', async () => {
    const [stack] = (await cfn.describeStacks({ StackName })).Stacks!
    return stack!.StackStatus === 'CREATE_COMPLETE' ? stack : undefined
  })
  const before = await looked()
  expect(before.status).toMatchObject({
    StackDriftStatus: 'IN_SYNC',
    DetectionStatus: 'DETECTION_COMPLETE',
    DriftedStackResourceCount: 0,
  })
  const same = 'IN_SYNC'
  expect(before.drifts).toEqual({ Dead: same, Queue: same, Topic: same, Group: same })
  const [QueueUrl, TopicArn, logGroupName] = made.Outputs!.map((one) => one.OutputValue)
  const Attributes = { DelaySeconds: '9' }
  await new SQS(under.config()).setQueueAttributes({ QueueUrl, Attributes })
  const named = { AttributeName: 'DisplayName', AttributeValue: 'else' }
  await new SNS(under.config()).setTopicAttributes({ TopicArn, ...named })
  await new CloudWatchLogs(under.config()).deleteLogGroup({ logGroupName })
  const after = await looked()
  expect(after.status).toMatchObject({ StackDriftStatus: 'DRIFTED', DriftedStackResourceCount: 3 })
  const modified = 'MODIFIED'
  expect(after.drifts).toEqual({ Dead: same, Queue: modified, Topic: modified, Group: 'DELETED' })
  const LogicalResourceId = 'Queue'
  const { StackResourceDrift } = await cfn.detectStackResourceDrift({
    StackName,
    LogicalResourceId,
  })
  expect(StackResourceDrift!.PropertyDifferences).toEqual([
    {
      PropertyPath: '/DelaySeconds',
      ExpectedValue: '5',
      ActualValue: '9',
      DifferenceType: 'NOT_EQUAL',
    },
  ])
  const { StackResources } = await cfn.describeStackResources({ StackName })
  expect(
    Object.fromEntries(
      StackResources!.map((one) => [
        one.LogicalResourceId,
        one.DriftInformation!.StackResourceDriftStatus,
      ]),
    ),
  ).toEqual({ ...after.drifts, Key: 'NOT_CHECKED' })
  await expect(
    cfn.detectStackResourceDrift({ StackName, LogicalResourceId: 'Key' }),
  ).rejects.toThrow('Drift detection of AWS::KMS::Key is not supported')
})
