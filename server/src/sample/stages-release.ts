import { pipelinesEndpoints, registryEndpoints, type Run } from '@madang/api'
import {
  ALARM,
  ask,
  awsOf,
  type Outcome,
  PROJECT,
  REPO,
  type SampleContext,
  STACK,
  waitFor,
} from './context.ts'
import { pullOf } from './stages-code.ts'
import { visit } from './visit.ts'

const RUN_MS = 5 * 60_000
const TELEMETRY_MS = 60_000

/** The run of the very first push, which releases the app for the first time. */
export async function firstRelease(context: SampleContext): Promise<Outcome> {
  return ofRun(await finished(context, 1))
}

export async function run(context: SampleContext): Promise<Outcome> {
  return ofRun(await releaseRun(context))
}

export async function tests(context: SampleContext): Promise<Outcome> {
  const found = await releaseRun(context)
  const { passed = 0, failed = 0, skipped = 0 } = found.tests ?? {}
  if (passed === 0 || failed > 0) throw new Error(`${passed} passed, ${failed} failed`)
  return { detail: `${passed} / ${passed + failed + skipped}`, url: found.url }
}

export async function artifact(context: SampleContext): Promise<Outcome> {
  const { id: runId } = await releaseRun(context)
  const params = { project: PROJECT }
  const { items } = await ask(context, registryEndpoints.artifactList, { params, query: { runId } })
  const made = items[0]
  if (!made) throw new Error('the run kept no artifact')
  return { detail: made.path, url: `/p/${PROJECT}/artifacts/${made.id}` }
}

export async function stack(context: SampleContext): Promise<Outcome> {
  const { status } = await stackOf(context)
  if (!/^(CREATE|UPDATE)_COMPLETE$/.test(status)) throw new Error(status)
  return { detail: `${STACK} ${status}`, url: `/cloud/cloudformation/${STACK}` }
}

/** The app answers on its own address: its health, a new entry, and the page that shows it. */
export async function endpoint(context: SampleContext): Promise<Outcome> {
  const { url, version } = await stackOf(context)
  const health = await visit(url, { path: '/health' })
  if (JSON.parse(health.body).version !== version) throw new Error(`/health: ${health.body}`)
  const body = new URLSearchParams({ name: 'Madang', text: 'Hello · 안녕하세요' }).toString()
  const written = await visit(url, { path: '/', method: 'POST', body })
  if (written.status !== 303) throw new Error(`POST /: ${written.status} ${written.body}`)
  const page = await visit(url, { path: '/' })
  if (page.status !== 200 || !page.body.includes('안녕하세요')) {
    throw new Error(`GET /: ${page.status} without the new entry`)
  }
  return { detail: url, url }
}

/** What the app measured and wrote while it was visited has arrived. */
export async function telemetry(context: SampleContext): Promise<Outcome> {
  const aws = awsOf(context)
  const now = context.kernel.clock.now()
  const hour = { StartTime: new Date(now - 3_600_000), EndTime: new Date(now + 60_000) }
  const invocations = await waitFor(context, 'the metric Invocations', TELEMETRY_MS, async () => {
    const answer = await aws.cloudwatch.getMetricStatistics({
      Namespace: 'AWS/Lambda',
      MetricName: 'Invocations',
      Dimensions: [{ Name: 'FunctionName', Value: STACK }],
      Period: 3600,
      Statistics: ['Sum'],
      ...hour,
    })
    const sum = (answer.Datapoints ?? []).reduce((all, point) => all + (point.Sum ?? 0), 0)
    return sum > 0 ? sum : undefined
  })
  const lines = await waitFor(context, 'a log line of the function', TELEMETRY_MS, async () => {
    const logGroupName = `/aws/lambda/${STACK}`
    const answer = await aws.logs.filterLogEvents({ logGroupName, filterPattern: 'entry' })
    return answer.events?.length ? answer.events.length : undefined
  })
  return { detail: `Invocations ${invocations}, /aws/lambda/${STACK} ${lines}`, url: '/cloud/logs' }
}

export async function alarm(context: SampleContext): Promise<Outcome> {
  const aws = awsOf(context)
  const state = await waitFor(context, `the alarm ${ALARM} is judged`, TELEMETRY_MS, async () => {
    const { MetricAlarms } = await aws.cloudwatch.describeAlarms({ AlarmNames: [ALARM] })
    const value = MetricAlarms?.[0]?.StateValue
    return value === 'INSUFFICIENT_DATA' ? undefined : value
  })
  if (state !== 'OK') throw new Error(`${ALARM} is in ${state}`)
  return { detail: `${ALARM} ${state}`, url: '/cloud/cloudwatch' }
}

/** The run of the merge commit on the default branch. */
async function releaseRun(context: SampleContext): Promise<Run> {
  const pull = await pullOf(context)
  if (!pull?.mergedAs) throw new Error('the pull request is not merged')
  return finished(context, undefined, pull.mergedAs)
}

async function finished(context: SampleContext, number?: number, commit?: string): Promise<Run> {
  const query = {
    repo: REPO,
    branch: 'main',
    ...(number ? { number } : {}),
    ...(commit ? { commit } : {}),
  }
  const done = await waitFor(context, 'the run on main', RUN_MS, async () => {
    const { items } = await ask(context, pipelinesEndpoints.runList, {
      params: { project: PROJECT },
      query,
    })
    return items[0]?.state === 'finished' ? items[0] : undefined
  })
  if (done.result === 'SUCCESS') return done
  throw new Error(`${done.result}: ${await lastLines(context, done.id)}`)
}

/** The end of a run's log, where it says why. */
async function lastLines(context: SampleContext, runId: string): Promise<string> {
  const params = { project: PROJECT, run: runId }
  const { text } = await ask(context, pipelinesEndpoints.runLog, { params, query: {} })
  return text.split('\n').slice(-25).join('\n')
}

function ofRun(found: Run): Outcome {
  return {
    detail: `${found.repo} ${found.branch} #${found.number} ${found.result}`,
    url: found.url,
  }
}

async function stackOf(context: SampleContext) {
  const { Stacks } = await awsOf(context).cloudformation.describeStacks({ StackName: STACK })
  const found = Stacks?.[0]
  const output = (key: string) =>
    found?.Outputs?.find(({ OutputKey }) => OutputKey === key)?.OutputValue ?? ''
  return { status: found?.StackStatus ?? '', url: output('Url'), version: output('Version') }
}
