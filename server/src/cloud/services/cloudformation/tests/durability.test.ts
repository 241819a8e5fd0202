import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CloudFormation, DescribeStackEventsCommand } from '@aws-sdk/client-cloudformation'
import { CloudWatch } from '@aws-sdk/client-cloudwatch'
import { DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs'
import { expect, it } from 'vitest'
import { until } from '../../../../testing/until.ts'
import { startCloud } from '../../../tests/cloud-under-test.ts'
import { type StacksUnderTest, startStacks } from './stacks-under-test.ts'

const template = (name: string) =>
  `
Resources:
  Group: {Type: "AWS::Logs::LogGroup"}
  Asked:
    Type: Custom::Asked
    DependsOn: Group
    Properties: {ServiceToken: "arn:aws:lambda:us-east-1:000000000000:function:answerer", Name: ${name}}
  After: {Type: "AWS::Logs::LogGroup", Properties: {LogGroupName: !GetAtt Asked.Greeting}}
`.replace('!GetAtt Asked.Greeting', '!Join ["/", ["", !Ref Asked]]')

/** Starts an operation in another process and kills that process while it waits for an answer. */
async function killInTheMiddle(home: string, kind: 'create' | 'update', body: string) {
  const script = fileURLToPath(new URL('killed-server.ts', import.meta.url))
  const child = spawn(process.execPath, [script, home, kind, body], {
    env: { ...process.env, STACKS_SILENT: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  child.kill('SIGKILL')
  await once(child, 'exit')
}

async function events(under: StacksUnderTest): Promise<string[]> {
  const { StackEvents = [] } = await under.cfn.send(
    new DescribeStackEventsCommand({ StackName: 'killed' }),
  )
  return StackEvents.map((event) => `${event.LogicalResourceId} ${event.ResourceStatus}`).reverse()
}

async function groups(under: StacksUnderTest): Promise<string[]> {
  const { logGroups = [] } = await under.logs.send(new DescribeLogGroupsCommand({}))
  const names = logGroups.map((group) => group.logGroupName ?? '')
  return names.filter((name) => !name.startsWith('/aws/')).sort()
}

it('goes on where kill -9 left it, and does no finished step twice', async () => {
  const home = await mkdtemp(join(tmpdir(), 'madang-cfn-killed-'))
  await killInTheMiddle(home, 'create', template('one'))
  const under = await startStacks({ home })
  expect((await under.settled('killed')).StackStatus).toBe('CREATE_COMPLETE')
  const created = await events(under)
  expect(created.filter((line) => line === 'Group CREATE_COMPLETE')).toHaveLength(1)
  expect(created.slice(-3)).toEqual([
    'After CREATE_IN_PROGRESS',
    'After CREATE_COMPLETE',
    'killed CREATE_COMPLETE',
  ])
  expect(await groups(under)).toEqual(['/made-one', expect.stringMatching(/^killed-Group-/)])
  await under.stop()

  await killInTheMiddle(home, 'update', template('two'))
  const later = await startStacks({ home })
  expect((await later.settled('killed')).StackStatus).toBe('UPDATE_COMPLETE')
  expect(await groups(later)).toEqual(['/made-two', expect.stringMatching(/^killed-Group-/)])
  await later.stop()
})

it('watches the alarms of a change anew when the server stops meanwhile', async () => {
  const home = await mkdtemp(join(tmpdir(), 'madang-cfn-watched-'))
  const first = await startCloud({ home, cloudRegion: 'us-east-1' })
  const AlarmName = 'calm'
  await new CloudWatch(first.config()).putMetricAlarm({
    AlarmName,
    Namespace: 'a',
    MetricName: 'b',
    Statistic: 'Sum',
    Period: 60,
    EvaluationPeriods: 1,
    Threshold: 1,
    ComparisonOperator: 'GreaterThanThreshold',
  })
  const Arn = `arn:aws:cloudwatch:us-east-1:000000000000:alarm:${AlarmName}`
  const StackName = 'watched'
  const cfn = new CloudFormation(first.config())
  await cfn.createStack({
    StackName,
    TemplateBody: 'Resources: {Group: {Type: "AWS::Logs::LogGroup"}}',
    RollbackConfiguration: {
      RollbackTriggers: [{ Arn, Type: 'AWS::CloudWatch::Alarm' }],
      MonitoringTimeInMinutes: 60,
    },
  })
  await until('the resource', async () => {
    const { StackResources } = await cfn.describeStackResources({ StackName })
    return StackResources![0]?.ResourceStatus === 'CREATE_COMPLETE' ? true : undefined
  })
  await first.stop()
  const second = await startCloud({ home, cloudRegion: 'us-east-1' })
  const again = new CloudFormation(second.config())
  const { Stacks } = await again.describeStacks({ StackName })
  expect(Stacks![0]!.StackStatus).toBe('CREATE_IN_PROGRESS')
  await until('the end of the watch', async () => {
    second.kernel.clock.advance(3_660_000)
    const now = await again.describeStacks({ StackName })
    return now.Stacks![0]!.StackStatus === 'CREATE_COMPLETE' ? true : undefined
  })
  await second.stop()
})
