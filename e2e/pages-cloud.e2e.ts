// What the cloud's console gained, used in the browser; what came of it is asked of AWS's clients.
import { S3 } from '@aws-sdk/client-s3'
import { SNS } from '@aws-sdk/client-sns'
import { SQS } from '@aws-sdk/client-sqs'
import { strToU8, zipSync } from 'fflate'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { awsConfig } from './kit/aws.ts'
import { openBrowser, signIn, type Visitor } from './kit/browser.ts'
import { asUsual, lookAt, showWhatFailed } from './kit/pages.ts'
import { firstPerson, makeProject } from './kit/person.ts'
import { type ServerProcess, startServer } from './kit/server-process.ts'
import { until } from './kit/until.ts'

const SEEN_MS = 90_000

const FUNCTION = `export const handler = async ({ name }) => {
  if (!name) throw new Error('nobody to greet')
  return { text: '안녕 ' + name }
}`

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
})

afterAll(async () => {
  await visitor?.close()
  await server?.stop()
  server?.removeHome()
})

beforeEach(() => asUsual(page, server.origin))

const open = (path: string) => page.goto(server.origin + path)
const button = (name: string) => page.getByRole('button', { name, exact: true }).first()
const dialog = () => page.getByRole('dialog')
const field = (name: string) => dialog().getByRole('textbox', { name })

async function submit(label: string): Promise<void> {
  await dialog().getByRole('button', { name: label, exact: true }).click()
  await dialog().waitFor({ state: 'hidden' })
}

test('files go into a new bucket, and a function made of one of them is called', async () => {
  showWhatFailed(visitor, server)
  await open('/cloud/s3')
  await page.getByText('No bucket yet').waitFor()
  await button('New bucket').click()
  await field('Name').fill('Not_A_Name')
  await dialog().getByRole('button', { name: 'Create', exact: true }).click()
  await dialog()
    .getByText(/bucket is not valid/)
    .waitFor()
  await field('Name').fill('team-files')
  await submit('Create')
  await page.getByRole('link', { name: /team-files/ }).click()
  const code = Buffer.from(zipSync({ 'index.mjs': strToU8(FUNCTION) }))
  await page.locator('input[type=file]').setInputFiles([
    { name: '메모 1.txt', mimeType: 'text/plain', buffer: Buffer.from('안녕') },
    { name: 'code.zip', mimeType: 'application/zip', buffer: code },
  ])
  await page.getByRole('link', { name: 'Download: code.zip' }).waitFor()
  await lookAt(page, 'bucket')
  const s3 = new S3(awsConfig(server.cloudUrl))
  const note = await s3.getObject({ Bucket: 'team-files', Key: '메모 1.txt' })
  expect(note.ContentType).toBe('text/plain')
  expect(await note.Body!.transformToString()).toBe('안녕')
  await button('Delete: 메모 1.txt').click()
  await dialog().getByRole('button', { name: 'Delete', exact: true }).click()
  await page.getByRole('link', { name: 'Download: 메모 1.txt' }).waitFor({ state: 'detached' })

  await open('/cloud/iam')
  await button('New role').click()
  await field('Name').fill('greets')
  await submit('Create')
  await open('/cloud/lambda')
  await button('New function').click()
  await field('Name').fill('greeter')
  await dialog().getByLabel('Role').first().click()
  await page.getByRole('option', { name: 'greets' }).click()
  const zip = { name: 'code.zip', mimeType: 'application/zip', buffer: code }
  await dialog().locator('input[type=file]').setInputFiles(zip)
  await submit('Create')
  await page.getByRole('link', { name: /greeter/ }).click()
  await page.getByRole('textbox', { name: 'Event, as JSON' }).fill('{"name": "민지"}')
  await button('Call the function').click()
  await page.getByText('안녕 민지').first().waitFor()
  await page.getByRole('textbox', { name: 'Event, as JSON' }).fill('{}')
  await button('Call the function').click()
  await page.getByText('nobody to greet').first().waitFor()
  await lookAt(page, 'function')
})

test('a subscription filters by the body of a message', async () => {
  showWhatFailed(visitor, server)
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

test('an event goes from the page to a queue, and once more', async () => {
  showWhatFailed(visitor, server)
  const sqs = new SQS(awsConfig(server.cloudUrl))
  const { QueueUrl } = await sqs.createQueue({ QueueName: 'orders' })
  const of = { QueueUrl, AttributeNames: ['QueueArn' as const] }
  const arn = (await sqs.getQueueAttributes(of)).Attributes!['QueueArn']!
  const arrives = () =>
    until('the event is in the queue', SEEN_MS, async () => {
      const { Messages = [] } = await sqs.receiveMessage({ QueueUrl, WaitTimeSeconds: 1 })
      const [message] = Messages
      if (!message) return undefined
      await sqs.deleteMessage({ QueueUrl, ReceiptHandle: message.ReceiptHandle })
      return JSON.parse(message.Body!) as { detail: unknown; 'replay-name'?: string }
    })

  await open('/cloud/events')
  await page.getByText('No rule on this bus').waitFor()
  await lookAt(page, 'events-empty')
  await button('New rule').click()
  await field('Name').fill('placed')
  await field('Event pattern').fill('{"source": ["shop.orders"')
  await dialog().getByRole('button', { name: 'Create', exact: true }).click()
  await dialog()
    .getByText(/Event pattern is not valid/)
    .waitFor()
  await field('Event pattern').fill('{"source": ["shop.orders"]}')
  await submit('Create')
  await page.getByRole('button', { name: /placed/ }).click()
  await page.getByText('Nobody is told yet').waitFor()
  await page.getByRole('textbox', { name: 'ARN of the target' }).fill(arn)
  await button('Add target').click()
  await page.getByText(arn, { exact: true }).waitFor()

  await button('New archive').click()
  await field('Name').fill('everything')
  await submit('Create')
  await page.getByText('everything', { exact: true }).waitFor()
  await button('Send').click()
  await page.getByText(/^Sent: /).waitFor()
  expect((await arrives()).detail).toEqual({ total: 12_000 })
  await page.getByText(/^1 event, /).waitFor()
  await lookAt(page, 'events')
  await button('Replay').click()
  expect((await arrives())['replay-name']).toMatch(/^everything-/)

  await page.getByRole('button', { name: /placed/ }).click()
  await page.getByText(arn, { exact: true }).waitFor()
  // What a replay sends on may draw the rule anew under the click.
  await until('the question', SEEN_MS, async () => {
    if (await dialog().isVisible()) return true
    await button('Delete').click({ timeout: 5000 })
    return false
  })
  await submit('Delete')
  await page.getByText('No rule on this bus').waitFor()
})
