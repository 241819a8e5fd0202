import { CloudFormation } from '@aws-sdk/client-cloudformation'
import { CloudWatch } from '@aws-sdk/client-cloudwatch'
import { SQS } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../../../../testing/until.ts'
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

const reasons = async (StackName: string, status: string) =>
  (await cfn.describeStackEvents({ StackName }))
    .StackEvents!.filter((event) => event.ResourceStatus === status)
    .map((event) => event.ResourceStatusReason)

describe('a wait condition', () => {
  const waiting = (count: number, timeout = 600) => `
Resources:
  Handle: {Type: AWS::CloudFormation::WaitConditionHandle}
  Wait:
    Type: AWS::CloudFormation::WaitCondition
    DependsOn: Handle
    Properties: {Handle: !Ref Handle, Timeout: ${timeout}, Count: ${count}}
Outputs: {Name: {Value: !Ref Wait}, Data: {Value: !GetAtt Wait.Data}}`

  const handleOf = (StackName: string) =>
    until('the handle', async () => {
      const { StackResources } = await cfn.describeStackResources({ StackName })
      const handle = StackResources!.find((one) => one.LogicalResourceId === 'Handle')
      return handle?.ResourceStatus === 'CREATE_COMPLETE' ? handle.PhysicalResourceId : undefined
    })
  const send = async (url: string, answer: object) => {
    const response = await fetch(url, { method: 'PUT', body: JSON.stringify(answer) })
    expect(response.status).toBe(200)
  }

  it('waits for as many signals as it counts, each of another sender', async () => {
    const StackName = 'counted'
    const { StackId } = await cfn.createStack({ StackName, TemplateBody: waiting(2) })
    const url = await handleOf(StackName)
    await send(url, { Status: 'SUCCESS', UniqueId: 'a', Data: 'one' })
    await send(url, { Status: 'SUCCESS', UniqueId: 'a', Data: 'again' })
    expect((await cfn.describeStacks({ StackName })).Stacks![0]!.StackStatus).toBe(
      'CREATE_IN_PROGRESS',
    )
    await send(url, { Status: 'SUCCESS', UniqueId: 'b', Data: 'two' })
    const stack = await settled(StackName)
    const [name, data] = stack.Outputs!.map((output) => output.OutputValue!)
    expect(name).toBe(`${StackId}/Handle`)
    expect(JSON.parse(data!)).toEqual({ a: 'one', b: 'two' })
  })

  it('fails with a signal that does, and when its time is over', async () => {
    await cfn.createStack({ StackName: 'failing', TemplateBody: waiting(1) })
    const url = await handleOf('failing')
    await send(url, { Status: 'FAILURE', UniqueId: 'a', Reason: 'no disk' })
    await settled('failing')
    expect(await reasons('failing', 'CREATE_FAILED')).toEqual([
      "WaitCondition received failed message: 'no disk' for uniqueId: a",
    ])
    await cfn.createStack({ StackName: 'late', TemplateBody: waiting(3, 0) })
    await settled('late')
    expect(await reasons('late', 'CREATE_FAILED')).toEqual([
      'WaitCondition timed out. Received 0 conditions when expecting 3',
    ])
  })

  it('with a creation policy is signalled by its name', async () => {
    const signal = { StackName: 'signalled', LogicalResourceId: 'Wait', UniqueId: 'a' }
    const TemplateBody = `
Resources:
  Wait:
    Type: AWS::CloudFormation::WaitCondition
    CreationPolicy: {ResourceSignal: {Count: 2, Timeout: PT10M}}`
    await cfn.createStack({ StackName: 'signalled', TemplateBody })
    await until('the wait to begin', async () =>
      (await refusal(cfn.signalResource({ ...signal, Status: 'SUCCESS' }))) === 'no refusal'
        ? true
        : undefined,
    )
    await cfn.signalResource({ ...signal, UniqueId: 'b', Status: 'SUCCESS' })
    expect((await settled('signalled')).StackStatus).toBe('CREATE_COMPLETE')
    expect(await refusal(cfn.signalResource({ ...signal, Status: 'SUCCESS' }))).toBe(
      'Resource Wait is in CREATE_COMPLETE state and cannot be signaled',
    )
  })

  it.each(['CreationPolicy', 'UpdatePolicy'])('a queue has no %s', async (name) => {
    const TemplateBody = `Resources: {Queue: {Type: AWS::SQS::Queue, ${name}: {}}}`
    expect(await refusal(cfn.createStack({ StackName: 'none', TemplateBody }))).toBe(
      `${name} of AWS::SQS::Queue is not supported by this cloud yet.`,
    )
  })
})

describe('a stack left as it failed', () => {
  const StackName = 'left'
  const body = (delay: number, more = '') =>
    `Resources: {Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: left, DelaySeconds: ${delay}}}${more}}`
  const broken =
    ', Broken: {Type: AWS::SQS::QueuePolicy, DependsOn: Queue, Properties: {Queues: [nowhere], PolicyDocument: {}}}'
  const delay = async () => {
    const sqs = new SQS(under.config())
    const { QueueUrl } = await sqs.getQueueUrl({ QueueName: 'left' })
    const { Attributes } = await sqs.getQueueAttributes({
      QueueUrl,
      AttributeNames: ['DelaySeconds'],
    })
    return Attributes!['DelaySeconds']
  }

  it('is rolled back when that is asked for', async () => {
    const kept = { StackName, DisableRollback: true }
    await cfn.createStack({ ...kept, TemplateBody: body(1, broken) })
    expect((await settled(StackName)).StackStatus).toBe('CREATE_FAILED')
    const { StackId } = await cfn.rollbackStack({ StackName })
    expect((await settled(StackName)).StackStatus).toBe('ROLLBACK_COMPLETE')
    await cfn.deleteStack({ StackName })
    await settled(StackId!)
    await cfn.createStack({ StackName, TemplateBody: body(1) })
    await settled(StackName)
    expect(await refusal(cfn.rollbackStack({ StackName }))).toContain(
      'is in CREATE_COMPLETE state and can not be rolled back.',
    )
    await cfn.updateStack({ ...kept, TemplateBody: body(2, broken) })
    expect((await settled(StackName)).StackStatus).toBe('UPDATE_FAILED')
    expect(await delay()).toBe('2')
    await cfn.rollbackStack({ StackName })
    expect((await settled(StackName)).StackStatus).toBe('UPDATE_ROLLBACK_COMPLETE')
    expect(await delay()).toBe('1')
  })

  it('goes back when an alarm is on', async () => {
    const cloudwatch = new CloudWatch(under.config())
    const alarm = { Namespace: 'n', MetricName: 'm', Statistic: 'Sum' as const, Period: 60 }
    const rule = { ComparisonOperator: 'GreaterThanThreshold' as const, EvaluationPeriods: 1 }
    await cloudwatch.putMetricAlarm({
      AlarmName: 'on',
      Threshold: 1,
      TreatMissingData: 'ignore',
      ...alarm,
      ...rule,
    })
    await cloudwatch.setAlarmState({ AlarmName: 'on', StateValue: 'ALARM', StateReason: 'test' })
    const { MetricAlarms } = await cloudwatch.describeAlarms({ AlarmNames: ['on'] })
    const Arn = MetricAlarms![0]!.AlarmArn!
    const watched = (trigger: { Arn: string; Type: string }) =>
      cfn.updateStack({
        StackName,
        TemplateBody: body(3),
        RollbackConfiguration: { RollbackTriggers: [trigger] },
      })
    expect(await refusal(watched({ Arn, Type: 'Alarm' }))).toBe(
      'Rollback Trigger Type not supported',
    )
    const Type = 'AWS::CloudWatch::Alarm'
    expect(await refusal(watched({ Arn: 'arn:aws:cloudwatch:us-east-1:0:on', Type }))).toBe(
      "RelativeId of a Rollback Trigger's ARN is incorrect",
    )
    await watched({ Arn, Type })
    expect((await settled(StackName)).StackStatus).toBe('UPDATE_ROLLBACK_COMPLETE')
    expect(await reasons(StackName, 'UPDATE_ROLLBACK_IN_PROGRESS')).toContain(
      `Rollback triggers in ALARM: [${Arn}]. `,
    )
    expect(await delay()).toBe('1')
  })
})

it('a removal policy hangs on a parameter, with the language extensions', async () => {
  const TemplateBody = `
Transform: AWS::LanguageExtensions
Parameters:
  Keep: {Type: String, Default: Retain}
  Names: {Type: CommaDelimitedList, Default: "one,two"}
Resources:
  Fn::ForEach::Queues:
    - Name
    - !Ref Names
    - Queue\${Name}: {Type: AWS::SQS::Queue, DeletionPolicy: !Ref Keep, Properties: {QueueName: !Ref Name}}`
  const { StackId } = await cfn.createStack({ StackName: 'extended', TemplateBody })
  expect((await settled('extended')).StackStatus).toBe('CREATE_COMPLETE')
  await cfn.deleteStack({ StackName: 'extended' })
  await settled(StackId!)
  const { QueueUrls } = await new SQS(under.config()).listQueues({})
  expect(QueueUrls!.map((url) => url.split('/').at(-1))).toEqual(
    expect.arrayContaining(['one', 'two']),
  )
})
