// Buttons that the other stories pass by: reviews of pull requests, container images, and the dialogs of the
// cloud's console. What was clicked is asked for again through the client that a program would use.
import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DynamoDB } from '@aws-sdk/client-dynamodb'
import { ECR } from '@aws-sdk/client-ecr'
import { IAM } from '@aws-sdk/client-iam'
import { KMS } from '@aws-sdk/client-kms'
import { Kinesis } from '@aws-sdk/client-kinesis'
import { SNS } from '@aws-sdk/client-sns'
import { SSM } from '@aws-sdk/client-ssm'
import { AxeBuilder } from '@axe-core/playwright'
import { agentEndpoints, codeEndpoints, imageEndpoints } from '@madang/api'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { addPerson } from '../server/src/testing/yard.ts'
import { awsConfig } from './kit/aws.ts'
import { openBrowser, signIn, type Visitor } from './kit/browser.ts'
import { showWhatFailed } from './kit/pages.ts'
import { firstPerson, makeProject, type Person } from './kit/person.ts'
import { type ServerProcess, startServer } from './kit/server-process.ts'
import { until } from './kit/until.ts'
import { cloneUrl, WorkingCopy } from './kit/working-copy.ts'

const SEEN_MS = 90_000
const inRepo = { project: 'GB', repo: 'guestbook' }

let server: ServerProcess
let minji: Person
let visitor: Visitor
let page: Page
let copy: WorkingCopy

beforeAll(async () => {
  server = await startServer()
  minji = await firstPerson(server)
  await makeProject(minji.client, ['guestbook'])
  visitor = await openBrowser()
  page = visitor.page
  await signIn(visitor, server.origin)
  copy = new WorkingCopy()
})

afterAll(async () => {
  await visitor?.close()
  await server?.stop()
  server?.removeHome()
  copy?.remove()
})

const open = (path: string) => page.goto(server.origin + path)
const button = (name: string) => page.getByRole('button', { name, exact: true }).first()
const field = (name: string) => page.getByRole('dialog').getByRole('textbox', { name })

/** In the dialog that is open; a form goes when the server has agreed, a question at once. */
async function submit(label: string): Promise<void> {
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: label, exact: true }).click()
  await dialog.waitFor({ state: 'hidden' })
}

/** Asks once more, then does it. */
async function confirm(label: string): Promise<void> {
  await button(label).click()
  await submit(label)
}

async function expectReadable(): Promise<void> {
  const rules = ['label-content-name-mismatch']
  const { violations } = await new AxeBuilder({ page }).disableRules(rules).analyze()
  const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
  expect(grave.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([])
}

/** A pull request of somebody else's that adds one line, with a suggestion for it. */
async function proposeLine(): Promise<number> {
  const { client, token } = minji
  const jun = await addPerson(client, { name: 'jun', project: 'GB', role: 'developer' })
  await copy.clone(cloneUrl(server.origin, 'GB/guestbook', token))
  writeFileSync(join(copy.folder, 'menu.txt'), 'tea\n')
  await copy.commit('A menu')
  await copy.git('push', '--quiet', 'origin', 'HEAD:main')
  await copy.git('checkout', '--quiet', '-b', 'coffee')
  writeFileSync(join(copy.folder, 'menu.txt'), 'tea\ncofee\n')
  await copy.commit('Coffee, too')
  await copy.git('push', '--quiet', 'origin', 'coffee')
  const body = { title: 'Coffee, too', source: 'coffee', target: 'main' }
  const { number } = await jun.call(codeEndpoints.pullRequestCreate, { params: inRepo, body })
  await client.call(codeEndpoints.pullRequestCommentCreate, {
    params: { ...inRepo, number },
    body: {
      text: 'A letter is missing.\n```suggestion\ncoffee\n```',
      place: { path: 'menu.txt', line: 2, side: 'new' },
    },
  })
  return number
}

test('a review: changes asked for, a draft, a suggestion, an approval', async () => {
  showWhatFailed(visitor, server)
  const number = await proposeLine()
  const params = { ...inRepo, number }
  const pull = () => minji.client.call(codeEndpoints.pullRequestGet, { params })
  await open(`/p/GB/code/guestbook/pulls/${number}`)
  await button('Request changes').click()
  await page.getByText('Changes requested by Minji Kim').waitFor()
  expect((await pull()).changeRequests).toHaveLength(1)
  await button('Withdraw the request').click()
  await button('Request changes').waitFor()
  await button('Back to draft').click()
  await page.getByText('It is a draft: mark it ready first.').waitFor()
  await button('Ready for review').click()
  await button('Back to draft').waitFor()
  await button('Apply the suggestion').click()
  await until('the suggestion is in the branch', SEEN_MS, async () => {
    await copy.git('fetch', '--quiet', 'origin')
    return (await copy.git('show', 'origin/coffee:menu.txt')) === 'tea\ncoffee'
  })
  await button('Approve').click()
  await button('Take approval back').waitFor()
  expect((await pull()).approvals).toHaveLength(1)
  await expectReadable()
})

/** An image of one layer, pushed as docker does. */
async function pushImage(tag: string): Promise<void> {
  const repo = `${server.origin}/v2/gb/guestbook`
  const headers = { authorization: `Basic ${btoa(`minji:${minji.token}`)}` }
  const blob = async (text: string) => {
    const digest = `sha256:${createHash('sha256').update(text).digest('hex')}`
    const begun = await fetch(`${repo}/blobs/uploads/`, { method: 'POST', headers })
    const at = new URL(`${begun.headers.get('location')!}?digest=${digest}`, server.origin)
    const ended = await fetch(at, { method: 'PUT', headers, body: text })
    expect(ended.status).toBe(201)
    return { digest, size: text.length }
  }
  const config = JSON.stringify({ os: 'linux', architecture: 'amd64', rootfs: { type: 'layers' } })
  const type = 'application/vnd.oci.image'
  const manifest = {
    schemaVersion: 2,
    mediaType: `${type}.manifest.v1+json`,
    config: { mediaType: `${type}.config.v1+json`, ...(await blob(config)) },
    layers: [{ mediaType: `${type}.layer.v1.tar+gzip`, ...(await blob(`layer of ${tag}`)) }],
  }
  const answer = await fetch(`${repo}/manifests/${tag}`, {
    method: 'PUT',
    headers: { ...headers, 'content-type': manifest.mediaType },
    body: JSON.stringify(manifest),
  })
  expect(answer.status).toBe(201)
}

test('a tag of an image is deleted; lines to copy lie beside their button', async () => {
  showWhatFailed(visitor, server)
  await pushImage('1.0')
  await pushImage('1.1')
  await page.setViewportSize({ width: 390, height: 860 })
  await open('/p/GB/images')
  const lines = (await page.locator('pre').first().boundingBox())!
  const copyButton = page.getByRole('button', { name: 'Copy: Sign in and push' })
  expect(lines.x + lines.width).toBeLessThanOrEqual((await copyButton.boundingBox())!.x)
  await page.setViewportSize({ width: 1280, height: 860 })
  await page.getByRole('link', { name: /gb\/guestbook/ }).click()
  await page.getByRole('link', { name: '1.1', exact: true }).waitFor()
  const row = page.locator('.row', { hasText: '1.0' })
  await row.getByRole('button', { name: 'Delete tag' }).click()
  await submit('Delete tag')
  await row.waitFor({ state: 'detached' })
  const params = { project: 'GB', image: 'guestbook' }
  const { items } = await minji.client.call(imageEndpoints.imageTagList, { params, query: {} })
  expect(items.map(({ tag }) => tag)).toEqual(['1.1'])
  await expectReadable()
})

/** Files of one release, as twine uploads them. */
async function uploadRelease(version: string, files: string[]): Promise<void> {
  for (const file of files) {
    const form = new FormData()
    const fields = { ':action': 'file_upload', protocol_version: '1', name: 'guest-book', version }
    for (const [name, value] of Object.entries(fields)) form.set(name, value)
    form.set('content', new Blob([file]), file)
    const { headers } = minji
    const where = `${server.origin}/pypi/GB/legacy/`
    expect((await fetch(where, { method: 'POST', headers, body: form })).status).toBe(200)
  }
}

test('a release is yanked and taken back; a file and then a version are deleted', async () => {
  showWhatFailed(visitor, server)
  const wheel = 'guest_book-1.0-py3-none-any.whl'
  await uploadRelease('1.0', [wheel, 'guest_book-1.0.tar.gz', 'guest_book-1.0.zip'])
  const index = async () => {
    const { headers } = minji
    return (await fetch(`${server.origin}/pypi/GB/simple/guest-book/`, { headers })).text()
  }
  await open('/p/GB/artifacts')
  await page.getByRole('link', { name: wheel }).click()
  await button('Yank release').click()
  await field('Reason').fill('loses guests')
  await submit('Yank release')
  await page.getByText('pip passes over it: loses guests').waitFor()
  expect(await index()).toContain('data-yanked="loses guests"')
  await expectReadable()
  await button('Take the yank back').click()
  await button('Yank release').waitFor()
  expect(await index()).not.toContain('data-yanked')

  await confirm('Delete file')
  await page.getByRole('link', { name: 'guest_book-1.0.zip' }).click()
  expect(await index()).not.toContain(wheel)
  await confirm('Delete version')
  await page.getByText('No artifacts yet').waitFor()
  expect(await index()).toContain('There is nothing at')
})

/** Runs the line that the page gives, in the folder that holds Madang, until the test is over. */
function runLine(line: string): ChildProcess {
  const home = mkdtempSync(join(tmpdir(), 'madang-joined-'))
  const [program, ...words] = `${line} --name far --work-dir ${home}`.split(' ')
  expect(program).toBe('node')
  const cwd = join(import.meta.dirname, '..')
  const child = spawn(process.execPath, words, { cwd, stdio: 'ignore' })
  onTestFinished(() => {
    child.kill('SIGKILL')
    rmSync(home, { recursive: true, force: true })
  })
  return child
}

test('an agent joins with the line of a token, rests for a reason, comes back and is forgotten', async () => {
  showWhatFailed(visitor, server)
  const agents = async () => (await minji.client.call(agentEndpoints.agentList, {})).items
  await open('/admin/agents')
  await page.getByText('No token yet').waitFor()
  await button('New token').click()
  await field('Name of the token').fill('the build machine')
  await page.getByRole('dialog').getByRole('button', { name: 'Create' }).click()
  const line = await page.getByLabel('Let a machine join', { exact: true }).innerText()
  await expectReadable()
  await page.keyboard.press('Escape')
  const machine = runLine(line)
  const row = page.locator('.row', { hasText: 'far' })
  await row.getByText('online').waitFor()
  await row.getByRole('button', { name: 'Take out of service' }).click()
  await field('Reason').fill('a new disk on Monday')
  await submit('Take out of service')
  await row.getByText('a new disk on Monday — Minji Kim').waitFor()
  expect(await agents()).toMatchObject([{}, { pause: { reason: 'a new disk on Monday' } }])
  await row.getByRole('button', { name: 'Back in service' }).click()
  await row.getByRole('button', { name: 'Take out of service' }).waitFor()
  expect((await agents())[1]).not.toHaveProperty('pause')
  machine.kill('SIGKILL')
  await row.getByRole('button', { name: 'Forget' }).click()
  await submit('Forget')
  await row.waitFor({ state: 'detached' })
  await confirm('Revoke')
  await page.getByText('No token yet').waitFor()
  expect((await agents()).map(({ name }) => name)).toEqual(['built-in'])
  await expectReadable()
})

test('DynamoDB: an item is refused, saved, changed and deleted', async () => {
  showWhatFailed(visitor, server)
  const dynamodb = new DynamoDB(awsConfig(server.cloudUrl))
  const get = async () =>
    (await dynamodb.getItem({ TableName: 'guests', Key: { id: { S: 'jun' } } })).Item
  await open('/cloud/dynamodb')
  await button('New table').click()
  await field('Name').fill('guests')
  await submit('Create')
  await page.getByRole('link', { name: /guests/ }).click()
  await button('New item').click()
  await field('JSON').fill('{"id": ')
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
  await page.getByText(/This is no JSON object/).waitFor()
  await field('JSON').fill('{"id": "jun", "visits": 1}')
  await submit('Save')
  expect(await get()).toEqual({ id: { S: 'jun' }, visits: { N: '1' } })
  await button('jun').click()
  await field('JSON').fill('{"id": "jun", "visits": 2}')
  await submit('Save')
  expect((await get())?.['visits']).toEqual({ N: '2' })
  await expectReadable()
  await button('jun').click()
  await button('Delete this item').click()
  const asked = page.getByRole('dialog', { name: 'Delete this item' })
  await asked.getByRole('button', { name: 'Delete this item' }).click()
  await page.getByText('The table is empty.').waitFor()
  expect(await get()).toBeUndefined()
})

test('SNS: a subscription is made, filtered and ended', async () => {
  showWhatFailed(visitor, server)
  const sns = new SNS(awsConfig(server.cloudUrl))
  await open('/cloud/sns')
  await button('New topic').click()
  await field('Name').fill('orders')
  await submit('Create')
  await page.getByRole('link', { name: /orders/ }).click()
  await button('Subscribe').click()
  await page.getByRole('dialog').getByRole('combobox', { name: 'How' }).click()
  await page.getByRole('option', { name: 'sms' }).click()
  await field('To whom').fill('+821012345678')
  await submit('Subscribe')
  const row = page.locator('.row', { hasText: '+821012345678' })
  await row.getByRole('button', { name: 'Filter' }).click()
  await field('Filter policy').fill('{"kind": ["order"]}')
  await submit('Filter')
  const [topic] = (await sns.listTopics({})).Topics!
  const found = async () =>
    (await sns.listSubscriptionsByTopic({ TopicArn: topic!.TopicArn! })).Subscriptions!
  const { SubscriptionArn } = (await found())[0]!
  const { Attributes } = await sns.getSubscriptionAttributes({ SubscriptionArn: SubscriptionArn! })
  expect(JSON.parse(Attributes!['FilterPolicy']!)).toEqual({ kind: ['order'] })
  await row.getByRole('button', { name: 'Unsubscribe' }).click()
  await submit('Unsubscribe')
  await page.getByText('Nobody listens yet').waitFor()
  expect(await found()).toEqual([])
  await expectReadable()
})

test('KMS: a key whose name was refused gets another name, turns, and can be kept after all', async () => {
  showWhatFailed(visitor, server)
  const kms = new KMS(awsConfig(server.cloudUrl))
  const before = (await kms.listKeys({})).Keys!.length
  await open('/cloud/kms')
  await button('New key').click()
  await field('Alias').fill('not a name')
  await page.getByRole('dialog').getByRole('button', { name: 'Create' }).click()
  await page.getByRole('dialog').getByRole('alert').waitFor()
  await field('Alias').fill('letters')
  await submit('Create')
  expect((await kms.listKeys({})).Keys).toHaveLength(before + 1)
  const KeyId = 'alias/letters'
  const state = async () => (await kms.describeKey({ KeyId })).KeyMetadata!.KeyState
  await page.getByRole('link', { name: /letters/ }).click()
  await page.locator('dd').getByRole('button', { name: 'Switch on' }).click()
  await page.getByText('every year').waitFor()
  await page.locator('header').getByRole('button', { name: 'Switch off' }).click()
  await page.locator('header').getByRole('button', { name: 'Switch on' }).waitFor()
  expect(await state()).toBe('Disabled')
  await confirm('Delete')
  await button('Keep it after all').click()
  await page.locator('header').getByRole('button', { name: 'Switch on' }).waitFor()
  expect(await state()).toBe('Disabled')
  await expectReadable()
})

test('Parameter Store: a secret is made, shown, changed and removed', async () => {
  showWhatFailed(visitor, server)
  const ssm = new SSM(awsConfig(server.cloudUrl))
  const asked = { Name: '/shop/password', WithDecryption: true }
  await open('/cloud/ssm')
  await button('New parameter').click()
  await field('Name').fill('/shop/password')
  await page.getByRole('dialog').getByRole('combobox', { name: 'Type' }).click()
  await page.getByRole('option', { name: 'Secret, encrypted by KMS' }).click()
  await field('Value').fill('first-secret')
  await submit('Create')
  expect((await ssm.getParameter(asked)).Parameter!.Type).toBe('SecureString')
  await page.getByRole('link', { name: /shop\/password/ }).click()
  await button('Show the value').click()
  await page.locator('pre').filter({ hasText: 'first-secret' }).waitFor()
  await expectReadable()
  await button('New value').click()
  await field('Value').fill('second-secret')
  await submit('Save')
  const { Parameter } = await ssm.getParameter(asked)
  expect(Parameter).toMatchObject({ Value: 'second-secret', Version: 2 })
  // What was shown is not the value any more.
  await page.locator('pre').filter({ hasText: 'first-secret' }).waitFor({ state: 'detached' })
  const address = new URL(page.url()).pathname
  await confirm('Delete')
  await page.getByText('No parameter yet').waitFor()
  await open(address)
  await page.getByText('There is no parameter of this name').waitFor()
})

test('ECR: a repository with fixed tags tells how Docker pushes to it', async () => {
  showWhatFailed(visitor, server)
  const ecr = new ECR(awsConfig(server.cloudUrl))
  await open('/cloud/ecr')
  await button('New repository').click()
  await field('Name').fill('shop/api')
  await page.getByRole('switch', { name: /tag that was pushed/ }).click({ force: true })
  await submit('Create')
  const { repositories } = await ecr.describeRepositories({ repositoryNames: ['shop/api'] })
  expect(repositories![0]!.imageTagMutability).toBe('IMMUTABLE')
  await page.getByRole('link', { name: /shop\/api/ }).click()
  await page.getByText('No image yet').waitFor()
  await page.getByText(`docker push ${repositories![0]!.repositoryUri}:1.0`).waitFor()
  await expectReadable()
  await confirm('Delete')
  await page.getByText('No repository yet').waitFor()
})

test('Kinesis: a record that was put is there to be read', async () => {
  showWhatFailed(visitor, server)
  const kinesis = new Kinesis(awsConfig(server.cloudUrl))
  await open('/cloud/kinesis')
  await button('New stream').click()
  await field('Name').fill('clicks')
  await submit('Create')
  await page.getByRole('link', { name: /clicks/ }).click()
  await page.getByRole('textbox', { name: 'Record' }).fill('{"page": "마당"}')
  await button('Put a record').click()
  await page.locator('pre').filter({ hasText: '"page": "마당"' }).waitFor()
  const { ShardIterator } = await kinesis.getShardIterator({
    StreamName: 'clicks',
    ShardId: 'shardId-000000000000',
    ShardIteratorType: 'TRIM_HORIZON',
  })
  const { Records } = await kinesis.getRecords({ ShardIterator: ShardIterator! })
  expect(Records!.map(({ Data }) => Buffer.from(Data!).toString())).toEqual(['{"page": "마당"}'])
  await expectReadable()
})

test('IAM: a user and a role from their forms', async () => {
  showWhatFailed(visitor, server)
  const iam = new IAM(awsConfig(server.cloudUrl))
  await open('/cloud/iam')
  await button('New role').click()
  await field('Name').fill('reader')
  await submit('Create')
  await page.getByRole('link', { name: /reader/ }).waitFor()
  await page.getByRole('tab', { name: 'Users' }).click()
  await button('New user').click()
  await field('Name').fill('hana')
  await submit('Create')
  await page.getByRole('link', { name: /hana/ }).waitFor()
  const { Role } = await iam.getRole({ RoleName: 'reader' })
  expect(decodeURIComponent(Role!.AssumeRolePolicyDocument!)).toContain('lambda.amazonaws.com')
  expect((await iam.getUser({ UserName: 'hana' })).User!.UserName).toBe('hana')
  await expectReadable()
})
