// What the cloud's console gained, used in the browser; what came of it is asked of AWS's clients.
import { SNS } from '@aws-sdk/client-sns'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, onTestFailed, test } from 'vitest'
import { awsConfig } from './kit/aws.ts'
import { openBrowser, signIn, type Visitor } from './kit/browser.ts'
import { asUsual, lookAt } from './kit/pages.ts'
import { firstPerson, makeProject } from './kit/person.ts'
import { type ServerProcess, startServer } from './kit/server-process.ts'

const CLICKS_MS = 240_000

let server: ServerProcess
let visitor: Visitor
let page: Page

beforeAll(async () => {
  server = await startServer()
  const minji = await firstPerson(server)
  await makeProject(minji.client, ['guestbook'])
  visitor = await openBrowser()
  page = visitor.page
  await signIn(visitor, server.origin)
}, 240_000)

afterAll(async () => {
  await visitor?.close()
  await server?.stop()
  server?.removeHome()
}, 60_000)

beforeEach(() => asUsual(page, server.origin))

const open = (path: string) => page.goto(server.origin + path)
const button = (name: string) => page.getByRole('button', { name, exact: true }).first()
const dialog = () => page.getByRole('dialog')
const field = (name: string) => dialog().getByRole('textbox', { name })

function showWhatFailed(): void {
  onTestFailed(async ({ task }) => {
    await page.screenshot({ path: `screenshots/failed-${task.name.slice(0, 30)}.png` })
    console.error(page.url(), visitor.complaints, server.output().slice(-2000))
  })
}

async function submit(label: string): Promise<void> {
  await dialog().getByRole('button', { name: label, exact: true }).click()
  await dialog().waitFor({ state: 'hidden' })
}

test('a subscription filters by the body of a message', { timeout: CLICKS_MS }, async () => {
  showWhatFailed()
  const sns = new SNS(awsConfig(server.cloudUrl))
  const { TopicArn } = await sns.createTopic({ Name: 'news' })
  const Endpoint = TopicArn!.replace(':sns:', ':sqs:').replace('news', 'orders')
  const { SubscriptionArn } = await sns.subscribe({ TopicArn, Protocol: 'sqs', Endpoint })
  await open(`/cloud/sns/${encodeURIComponent(TopicArn!)}`)
  await button('Filter').click()
  await dialog().locator('label', { hasText: 'Message body' }).click()
  await field('Filter policy').fill('{"order": {"kind": ["gift"]}}')
  await submit('Filter')
  const read = await sns.getSubscriptionAttributes({ SubscriptionArn })
  expect(read.Attributes!['FilterPolicyScope']).toBe('MessageBody')
  expect(JSON.parse(read.Attributes!['FilterPolicy']!)).toEqual({ order: { kind: ['gift'] } })
  await button('Filter').click()
  await dialog().locator('label', { hasText: 'Attributes' }).click()
  await field('Filter policy').fill('')
  await submit('Filter')
  const after = await sns.getSubscriptionAttributes({ SubscriptionArn })
  expect(after.Attributes!['FilterPolicyScope'] ?? 'MessageAttributes').toBe('MessageAttributes')
  await lookAt(page, 'topic')
})
