import { execFileSync } from 'node:child_process'
import { createServer } from 'node:http'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { once } from 'node:events'
import {
  cloudEndpoints,
  identityEndpoints,
  monitorEndpoints as api,
  planEndpoints,
  releasesEndpoints,
  threadEndpoints,
} from '@madang/api'
import {
  CloudFormationClient,
  CreateStackCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation'
import { CloudWatchClient, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch'
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Cloud, createCloud } from '../cloud/index.ts'
import { createPlan } from '../plan/index.ts'
import { createRegistry } from '../registry/index.ts'
import { createReleases } from '../releases/index.ts'
import type { Client } from '../testing/client.ts'
import { probeGuards } from '../testing/guards.ts'
import { addPerson, openYard, type Yard } from '../testing/yard.ts'
import { createThread } from '../thread/index.ts'
import { createMonitor } from './index.ts'

// The whole way: a run's credentials make a stack in the real cloud, which becomes a deployment,
// is watched, and whose alarm becomes an issue.

const params = { project: 'GB' }
const folder = mkdtempSync(join(tmpdir(), 'madang-monitor-'))
const git = (...args: string[]) =>
  execFileSync('git', ['-C', folder, '-c', 'user.name=Kim', '-c', 'user.email=k@x', ...args], {
    encoding: 'utf8',
  }).trim()

let yard: Yard<{ cloud: Cloud }>
let ada: Client
const page = { status: 200 }
const app = createServer((_request, response) => response.writeHead(page.status).end('hello'))

beforeAll(async () => {
  git('init', '-q', '-b', 'main')
  app.listen(0, '127.0.0.1')
  await once(app, 'listening')
  yard = await openYard({
    config: { cloudPort: 0 },
    build: async ({ kernel, identity }) => {
      await createThread({ kernel, identity })
      const registry = await createRegistry({ kernel })
      const cloud = await createCloud({ kernel, identity, registry })
      const plan = await createPlan({ kernel, identity })
      const code = {
        repoPath: async () => join(folder, '.git'),
        repoName: async (_project: string, name: string) => name,
        pullRequestLife: async () => ({ source: 'main', isLasting: true, sinceMs: 0 }),
      }
      const releases = await createReleases({ kernel, identity, cloud, plan, code })
      await createMonitor({ kernel, cloud, plan, releases })
      await cloud.listen()
      return { cloud }
    },
  })
  ada = await yard.setUp()
  await ada.call(identityEndpoints.projectCreate, { body: { key: 'GB', name: 'Guestbook' } })
  const body = { title: 'a page', type: 'story' as const }
  await ada.call(planEndpoints.issueCreate, { params, body })
})
afterAll(async () => {
  await yard.close()
  app.close()
})

const url = () => `http://127.0.0.1:${(app.address() as { port: number }).port}/`

const template = (memory: number) => `
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]}
      ManagedPolicyArns: ["arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"]
  App:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: nodejs22.x
      Handler: index.handler
      MemorySize: ${memory}
      Role: !GetAtt Role.Arn
      Code: {ZipFile: "exports.handler = async () => { console.log('was called'); return 1 }"}
  Alarm:
    Type: AWS::CloudWatch::Alarm
    Properties: {AlarmName: app-errors, Namespace: AWS/Lambda, MetricName: Errors, Dimensions: [{Name: FunctionName, Value: !Ref App}], Statistic: Sum, Period: 60, EvaluationPeriods: 1, Threshold: 1, ComparisonOperator: GreaterThanOrEqualToThreshold, TreatMissingData: ignore}
Outputs:
  Url: {Value: "${url()}"}
  App: {Value: !Ref App}`

/** What a pipeline does: a commit, a run of it, and the stack by the run's own credentials. */
async function deploy(runId: string, title: string, memory: number): Promise<string> {
  git('commit', '-q', '--allow-empty', '-m', title)
  const commit = git('rev-parse', 'HEAD')
  await yard.kernel.database.write((tx) =>
    yard.kernel.events.append(tx, {
      type: 'pipelines.runStarted',
      subject: `run:${runId}`,
      project: 'GB',
      actor: 'person:1',
      data: { runId, repo: 'guestbook', branch: 'main', number: 1, commit },
    }),
  )
  const holder = { kind: 'run' as const, id: runId, project: 'GB', name: 'ada' }
  const cfn = new CloudFormationClient(await config(holder))
  const input = {
    StackName: 'guestbook',
    TemplateBody: template(memory),
    Capabilities: ['CAPABILITY_IAM' as const],
    Tags: [{ Key: 'environment', Value: 'live' }],
  }
  const isFirst = memory === 128
  await cfn.send(isFirst ? new CreateStackCommand(input) : new UpdateStackCommand(input))
  await expect.poll(async () => (await deployments())[0]?.run?.id).toBe(runId)
  return commit
}

async function config(holder?: { kind: 'run'; id: string; project: string; name: string }) {
  const { cloud } = yard.parts
  const credentials = holder
    ? await cloud.credentialsFor(holder)
    : { accessKeyId: 'test', secretAccessKey: 'test' }
  return { endpoint: cloud.originUrl(), region: cloud.region, credentials, maxAttempts: 1 }
}

const deployments = async () => (await ada.call(releasesEndpoints.deploymentList, { params })).items
const health = async () => (await ada.call(api.healthList, { params })).items
const alarms = async () => (await ada.call(api.alarmList, { params })).items

async function alarmBecomes(StateValue: 'ALARM' | 'OK', StateReason: string) {
  const cloudwatch = new CloudWatchClient(await config())
  await cloudwatch.send(
    new SetAlarmStateCommand({ AlarmName: 'app-errors', StateValue, StateReason }),
  )
  await yard.kernel.events.settled()
}

it('watches what a run has deployed', async () => {
  await deploy('run_one', 'GB-1 a page', 128)
  await expect.poll(async () => (await health())[0]?.state).toBe('up')
  const [service] = await health()
  expect(service).toMatchObject({
    environment: 'live',
    service: 'guestbook',
    url: url(),
    status: 200,
    uptime: 1,
  })
  const target = service!.id
  const { items } = await ada.call(api.healthHistory, { params: { ...params, target } })
  expect(items).toMatchObject([{ probes: 1, failures: 0 }])
  page.status = 503
  yard.kernel.clock.advance(31_000)
  await expect.poll(async () => (await health())[0]?.state).toBe('down')
  expect((await health())[0]).toMatchObject({ status: 503, uptime: 0.5 })
  page.status = 200
})

it('shows metrics and logs of its functions', async () => {
  const { items: running } = await ada.call(releasesEndpoints.environmentList, { params })
  expect(running[0]!.current).toHaveLength(1)
  const lambda = new LambdaClient(await config())
  const cfn = await ada.call(api.metricList, { params })
  const FunctionName = cfn.items[0]!.function
  await lambda.send(new InvokeCommand({ FunctionName }))
  const lines = async () =>
    (await ada.call(api.logList, { params })).items.filter((line) =>
      line.message.includes('was called'),
    )
  await expect.poll(async () => (await lines()).length).toBe(1)
  const invocations = async () => {
    const { items } = await ada.call(api.metricList, { params })
    const series = items.find((one) => one.metric === 'Invocations')
    return series!.points.reduce((sum, point) => sum + point.value, 0)
  }
  await expect.poll(invocations).toBe(1)
})

it('an alarm opens one issue that names the release and its suspects', async () => {
  const commit = await deploy('run_two', 'GB-1 a better page', 256)
  await alarmBecomes('ALARM', 'too many errors')
  await alarmBecomes('ALARM', 'too many errors still')
  const { items } = await ada.call(api.incidentList, { params })
  expect(items).toHaveLength(1)
  const { issue: key, alarmArn } = items[0]!
  const issue = await ada.call(planEndpoints.issueGet, { params: { ...params, key } })
  expect(issue).toMatchObject({ type: 'bug', priority: 'high', labels: ['alarm'] })
  expect(issue.title).toContain('app-errors · ALARM (live')
  for (const part of [
    'too many errors',
    commit.slice(0, 7),
    'guestbook/main #1',
    'GB-1 a better page',
  ]) {
    expect(issue.description).toContain(part)
  }
  expect(issue.description).not.toContain('GB-1 a page')
  expect(await alarms()).toMatchObject([{ name: 'app-errors', state: 'ALARM', issue: key }])
  const thread = await ada.call(threadEndpoints.threadGet, { query: { kind: 'issue', id: key } })
  expect(thread.nodes.map((node) => node.kind)).toEqual(
    expect.arrayContaining(['deployment', 'stack', 'alarm', 'issue']),
  )
  expect(thread.edges).toContainEqual({
    from: { kind: 'alarm', id: alarmArn },
    to: { kind: 'issue', id: key },
  })
})

it('and when it is over says so, and opens another the next time', async () => {
  await alarmBecomes('OK', 'quiet again')
  const [closed] = (await ada.call(api.incidentList, { params })).items
  expect(closed).toHaveProperty('closedAt')
  const { items: comments } = await ada.call(planEndpoints.commentList, {
    params: { ...params, key: closed!.issue },
  })
  expect(comments[0]!.text).toContain('quiet again')
  await alarmBecomes('ALARM', 'again')
  expect((await ada.call(api.incidentList, { params })).items).toHaveLength(2)
  await alarmBecomes('OK', 'over')
})

it('rolls back as the person who asks, and counts it', async () => {
  const before = (await deployments()).find((one) => one.run?.id === 'run_one')!
  const place = { ...params, deployment: before.id }
  await ada.call(releasesEndpoints.deploymentRollback, { params: place, body: {} })
  await expect.poll(async () => (await deployments())[0]?.rollbackOf).toBe(before.id)
  expect((await deployments())[0]).toMatchObject({ actorName: 'ada', version: before.version })
  const figures = await ada.call(api.doraGet, { params })
  expect(figures).toMatchObject({ deployments: 3, deploymentFrequency: 0.1 })
  expect(figures.changeFailureRate).toBeCloseTo(1 / 3)
  expect(figures.timeToRestoreMs).toBeGreaterThan(0)
  expect(figures.leadTimeMs).toBeGreaterThanOrEqual(0)
})

it('does not count what a run makes beside the service it releases', async () => {
  const holder = { kind: 'run' as const, id: 'run_two', project: 'GB', name: 'ada' }
  const cfn = new CloudFormationClient(await config(holder))
  const TemplateBody = '{"Resources":{"Packages":{"Type":"AWS::S3::Bucket"}}}'
  await cfn.send(new CreateStackCommand({ StackName: 'packages', TemplateBody }))
  await expect.poll(async () => (await deployments())[0]?.stackName).toBe('packages')
  expect(await ada.call(api.doraGet, { params })).toMatchObject({ deployments: 3 })
})

it('its own looking does not fill the list of recent calls', async () => {
  await alarms()
  const { items } = await ada.call(cloudEndpoints.cloudCallList, { query: { limit: 200 } })
  const operations = items.map(({ operation }) => operation)
  expect(operations).toContain('CreateStack')
  for (const own of ['DescribeAlarms', 'GetMetricData', 'FilterLogEvents']) {
    expect(operations).not.toContain(own)
  }
})

it('is guarded', async () => {
  const outsider = await addPerson(ada, { name: 'out' })
  const findings = await probeGuards(yard.kernel, {
    nobody: yard.nobody,
    outsider,
    project: 'GB',
    only: (path) =>
      /^\/api\/projects\/.*\/(health|metrics|logs|alarms|incidents|dora)\b/.test(path),
  })
  expect(findings.length).toBe(7)
  for (const finding of findings) expect(finding).toMatchObject({ nobody: 401, outsider: 403 })
})
