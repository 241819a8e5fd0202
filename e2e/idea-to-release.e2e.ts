// The story of one change, from an idea to a release and back from an alarm, with the clients that people
// use: a browser, git and AWS's own SDK, on the program as it is started by hand.
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, onTestFailed, test } from 'vitest'
import { awsClients } from './kit/aws.ts'
import { inviteColleague, makeToken, openBrowser, signUp, type Visitor } from './kit/browser.ts'
import { type ServerProcess, startServer } from './kit/server-process.ts'
import { until } from './kit/until.ts'
import { visit } from './kit/visit.ts'
import { cloneUrl, guestbook, WorkingCopy } from './kit/working-copy.ts'

const RUN_MS = 180_000
const ALARM_MS = 180_000
const BRANCH = 'GB-1-show-the-date'

let server: ServerProcess
let visitor: Visitor
let page: Page
let copy: WorkingCopy
let token: string
let appUrl: string
let firstVersion: string

beforeAll(async () => {
  server = await startServer()
  visitor = await openBrowser()
  page = visitor.page
  copy = new WorkingCopy()
})

afterAll(async () => {
  await visitor?.close()
  await server?.stop()
  server?.removeHome()
  copy?.remove()
})

beforeEach(() => {
  onTestFailed(async ({ task }) => {
    await page.screenshot({ path: `screenshots/failed-${task.name.slice(0, 30)}.png` })
    console.error(page.url(), visitor.complaints, server.output())
  })
})

const aws = () => awsClients(server.cloudUrl)
const open = (path: string) => page.goto(server.origin + path)
const button = (name: string | RegExp) => page.getByRole('button', { name }).first()

test('the one-time link, once', async () => {
  const link = server.link()!
  expect(link).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/welcome\?code=/)
  await signUp(page, link)
  // Opened a second time, by whoever finds it in a terminal's history.
  const context = await visitor.browser.newContext({ locale: 'en-US', reducedMotion: 'reduce' })
  const stranger = await context.newPage()
  await stranger.goto(link)
  await stranger.getByRole('alert').first().waitFor()
  expect(await stranger.getByRole('button', { name: 'Begin' }).count()).toBe(0)
  await context.close()
})

test('a project, its first issue, a token and a repository, in the pages', async () => {
  await open('/')
  await button('New project').click()
  await page.getByLabel('Project name').fill('Guestbook')
  await page.getByRole('textbox', { name: 'Key', exact: true }).fill('GB')
  await button('Create').click()
  await page.waitForURL('**/p/GB*')

  await open('/p/GB/board')
  await button('New issue').click()
  await page.getByRole('dialog').getByLabel('Title').fill('Show the date of each line')
  await page.getByRole('dialog').getByLabel('Description').fill('Visitors ask **when**.')
  await page.getByRole('dialog').getByRole('button', { name: 'Create' }).click()
  await page.waitForURL('**/p/GB/issues/GB-1')
  await page.getByRole('heading', { name: 'Show the date of each line' }).waitFor()

  token = await makeToken(page, server.origin)
  expect(token).toMatch(/^\S{20,}$/)

  await open('/p/GB/code')
  await button('New repository').click()
  await page.getByRole('dialog').getByLabel('Name').fill('guestbook')
  await page.getByRole('dialog').getByRole('button', { name: 'Create' }).click()
  await page.waitForURL('**/p/GB/code/guestbook')
})

test(
  'git pushes the app, and the first release runs by itself',
  {
    timeout: RUN_MS + 60_000,
  },
  async () => {
    await copy.clone(cloneUrl(server.origin, 'GB/guestbook', token))
    await copy.git('switch', '--quiet', '--create', 'main')
    await copy.commit('A guestbook to start with', `${guestbook}/app`)
    await copy.git('push', '--quiet', 'origin', 'main')
    await seeRun(1)
    const stack = await stackNow()
    expect(stack.StackStatus).toBe('CREATE_COMPLETE')
    firstVersion = outputOf(stack, 'Version')
    appUrl = outputOf(stack, 'Url')
    const health = await visit(appUrl, { path: '/health' })
    expect(JSON.parse(health.body)).toEqual({ status: 'ok', version: firstVersion })
  },
)

test(
  'a branch that names the issue becomes a pull request, is read, approved and merged',
  {
    timeout: RUN_MS + 120_000,
  },
  async () => {
    await copy.git('switch', '--quiet', '--create', BRANCH)
    await copy.commit('GB-1 Show the date of each line', `${guestbook}/change`)
    await copy.git('push', '--quiet', 'origin', BRANCH)

    await open(`/p/GB/code/guestbook/pulls/new?source=${BRANCH}`)
    await page.getByText('DateTimeFormat').first().waitFor()
    await button('New pull request').click()
    await page.waitForURL('**/pulls/1')
    await page.getByRole('tab', { name: 'Changes' }).click()
    await page.getByText('dateStyle').first().waitFor()
    const reviewer = await inviteColleague(visitor, server.origin)
    await reviewer.goto(`${server.origin}/p/GB/code/guestbook/pulls/1`)
    await reviewer.getByRole('button', { name: 'Approve' }).click()
    await reviewer.getByText('Approved by Jun Park').waitFor()
    await reviewer.context().close()
    await open('/p/GB/code/guestbook/pulls/1')
    await page.getByText('Approved by Jun Park').waitFor()
    await page.getByRole('button', { name: 'Merge', exact: true }).click()
    await page.getByText(/Merged as [0-9a-f]{8}/).waitFor()
  },
)

test('the run on main is followed live to its end', { timeout: RUN_MS + 60_000 }, async () => {
  await seeRun(2)
  await page.getByText(/GET http\S+health -> 200/).waitFor()
  await page.getByRole('tab', { name: /Tests/ }).click()
  await page.getByText('7 passed').waitFor()
  await page.getByText('the page speaks the visitor’s language').waitFor()
  await page.getByRole('tab', { name: 'Artifacts' }).click()
  await page.getByText('guestbook-1.0.2.zip').first().waitFor()
})

test("AWS's own clients see the stack, its files, metrics and logs", async () => {
  const stack = await stackNow()
  expect(stack.StackStatus).toBe('UPDATE_COMPLETE')
  expect(outputOf(stack, 'Version')).toBe('1.0.2')
  const form = { name: '지은', text: '잘 보고 갑니다' }
  expect(await visit(appUrl, { path: '/', method: 'POST', form })).toMatchObject({ status: 303 })
  expect((await visit(appUrl, { path: '/' })).body).toMatch(/잘 보고 갑니다.*<time>/)

  const { cloudformation, lambda, s3, logs } = aws()
  const { StackResources } = await cloudformation.describeStackResources({
    StackName: 'guestbook',
  })
  const physical = (id: string) =>
    StackResources!.find(({ LogicalResourceId }) => LogicalResourceId === id)!.PhysicalResourceId!
  const { Contents } = await s3.listObjectsV2({ Bucket: physical('Entries') })
  const kept = await s3.getObject({ Bucket: physical('Entries'), Key: Contents![0]!.Key! })
  expect(JSON.parse(await kept.Body!.transformToString())).toMatchObject(form)

  const event = { rawPath: '/health', requestContext: { http: { method: 'GET' } }, headers: {} }
  const asked = { FunctionName: 'guestbook', Payload: JSON.stringify(event) }
  const { Payload } = await lambda.invoke(asked)
  expect(JSON.parse(Payload!.transformToString())).toMatchObject({ statusCode: 200 })

  const logGroupName = '/aws/lambda/guestbook'
  await until('the log line of the entry', 90_000, async () => {
    const { events } = await logs.filterLogEvents({ logGroupName, filterPattern: 'entry' })
    return events?.some(({ message }) => message!.includes('"event":"entry"'))
  })
  await until('the metric Invocations', 90_000, async () => (await sumOf('Invocations')) >= 4)
})

test(
  'an error raises the alarm, which opens an issue that names what came with it',
  {
    timeout: ALARM_MS + 60_000,
  },
  async () => {
    expect((await visit(appUrl, { path: '/broken' })).status).toBe(502)
    await until('the alarm', ALARM_MS, async () => {
      const { MetricAlarms } = await aws().cloudwatch.describeAlarms({
        AlarmNames: ['guestbook-errors'],
      })
      return MetricAlarms?.[0]?.StateValue === 'ALARM'
    })
    await until('the issue of the alarm', 90_000, async () => {
      await open('/p/GB/issues/GB-2')
      const title = page.getByRole('heading', { name: /guestbook-errors · ALARM/ })
      return title.waitFor({ timeout: 15_000 }).then(() => true)
    })
    for (const part of ['1.0.2', 'guestbook/main #2', 'Show the date of each line', 'GB-1']) {
      await expect.poll(() => page.locator('main').innerText()).toContain(part)
    }
  },
)

test("the thread on the idea's page holds everything that came of it", async () => {
  await open('/p/GB/issues/GB-1')
  const thread = page.getByRole('list', { name: 'Where this comes from' })
  await thread.getByText('guestbook-errors').first().waitFor()
  const text = await thread.innerText()
  const kinds = ['Issue', 'Branch', 'Commit', 'Pull request', 'Run', 'Tests', 'Artifact', 'Stack']
  for (const kind of [...kinds, 'Deployment', 'Running at', 'Alarm']) expect(text).toContain(kind)
})

test('going back brings the earlier version back', async () => {
  await open('/p/GB/releases/production')
  await page.getByRole('button', { name: `Roll back to this: ${firstVersion}` }).click()
  const dialog = page.getByRole('dialog')
  // What would be taken back is shown before it is done.
  await dialog.getByText('GB-1 Show the date of each line').first().waitFor()
  await dialog.getByRole('button', { name: 'Roll back' }).click()
  await page.getByText(`Back at ${firstVersion}`).waitFor()
  await until('the earlier version answers', 90_000, async () => {
    const { body } = await visit(appUrl, { path: '/health' })
    return (JSON.parse(body) as { version: string }).version === firstVersion
  })
  expect((await visit(appUrl, { path: '/' })).body).not.toContain('<time>')
  await open('/p/GB/releases')
  await page.getByText(firstVersion).first().waitFor()
})

async function sumOf(MetricName: string): Promise<number> {
  const { Datapoints = [] } = await aws().cloudwatch.getMetricStatistics({
    Namespace: 'AWS/Lambda',
    MetricName,
    Dimensions: [{ Name: 'FunctionName', Value: 'guestbook' }],
    Period: 3600,
    Statistics: ['Sum'],
    StartTime: new Date(Date.now() - 3_600_000),
    EndTime: new Date(Date.now() + 60_000),
  })
  return Datapoints.reduce((sum, point) => sum + (point.Sum ?? 0), 0)
}

/** Opens a run's page while it runs and watches it, without reloading, to SUCCESS. */
async function seeRun(number: number): Promise<void> {
  await until(`run ${number} exists`, 180_000, async () => {
    await open(`/p/GB/pipelines/${encodeURIComponent('guestbook/main')}/${number}`)
    const title = page.getByText(`guestbook / main #${number}`).first()
    return title.waitFor({ timeout: 15_000 }).then(() => true)
  })
  const badge = page.locator('h1').getByText(/^(SUCCESS|FAILURE|UNSTABLE|ABORTED)$/)
  await badge.waitFor({ timeout: RUN_MS })
  if ((await badge.innerText()) !== 'SUCCESS') {
    throw new Error(`run ${number}: ${await page.locator('main').innerText()}`)
  }
  for (const stage of ['Build', 'Test', 'Package', 'Deploy', 'Smoke']) {
    await page
      .getByRole('button', { name: new RegExp(`^${stage}`) })
      .first()
      .waitFor()
  }
  await page.getByText('Finished: SUCCESS').waitFor()
}

async function stackNow() {
  const { Stacks } = await aws().cloudformation.describeStacks({ StackName: 'guestbook' })
  return Stacks![0]!
}

function outputOf(stack: Awaited<ReturnType<typeof stackNow>>, key: string): string {
  return stack.Outputs!.find(({ OutputKey }) => OutputKey === key)!.OutputValue!
}
