// Pages beside the code itself: keys, a repository's settings, webhooks, search, archives. Each is used in the
// browser, and what it did is asked for again with ssh-keygen, git, or a program that listens.
import { execFileSync } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  codeEndpoints,
  codeKeyEndpoints,
  codeSearchEndpoints,
  pipelineSetupEndpoints,
} from '@madang/api'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { addPerson } from '../server/src/testing/yard.ts'
import { openBrowser, PASSWORD, signIn, type Visitor } from './kit/browser.ts'
import { asUsual, expectReadable, lookAt, showWhatFailed } from './kit/pages.ts'
import { firstPerson, makeProject, type Person } from './kit/person.ts'
import { type ServerProcess, startServer } from './kit/server-process.ts'
import { until } from './kit/until.ts'
import { cloneUrl, WorkingCopy } from './kit/working-copy.ts'

const SEEN_MS = 90_000
const inRepo = { project: 'GB', repo: 'guestbook' }
const settings = '/p/GB/code/guestbook/settings'

let server: ServerProcess
let minji: Person
let visitor: Visitor
let page: Page
let copy: WorkingCopy
let keys: string

beforeAll(async () => {
  server = await startServer()
  minji = await firstPerson(server)
  await makeProject(minji.client, ['guestbook', 'kitchen'])
  keys = mkdtempSync(join(tmpdir(), 'madang-e2e-keys-'))
  copy = new WorkingCopy()
  await copy.clone(cloneUrl(server.origin, 'GB/guestbook', minji.token))
  mkdirSync(join(copy.folder, 'src'))
  writeFileSync(join(copy.folder, 'src/greet.ts'), greeting)
  writeFileSync(join(copy.folder, 'notes.md'), '# 방명록\n\n손님에게 인사말을 남깁니다.\n')
  await copy.commit('Greetings')
  await copy.git('push', '--quiet', 'origin', 'HEAD:main')
  await copy.git('tag', 'v1.0')
  await copy.git('push', '--quiet', 'origin', 'v1.0')
  visitor = await openBrowser()
  page = visitor.page
  await signIn(visitor, server.origin)
})

beforeEach(() => asUsual(page, server.origin))

afterAll(async () => {
  await visitor?.close()
  await server?.stop()
  server?.removeHome()
  copy?.remove()
  if (keys) rmSync(keys, { recursive: true, force: true })
})

const greeting = `/** 손님에게 건네는 인사말. */
export function greetGuest(name: string): string {
  return \`Welcome, \${name}\`
}
`
const open = (path: string) => page.goto(server.origin + path)
const button = (name: string) => page.getByRole('button', { name, exact: true }).first()
const dialog = () => page.getByRole('dialog')

async function submit(label: string): Promise<void> {
  // The last one: a dialog's own cross is called Close, too.
  await dialog().getByRole('button', { name: label, exact: true }).last().click()
  await dialog().waitFor({ state: 'hidden' })
}

/** A pair of keys as people make one; gives the public half. */
function makeKey(name: string): string {
  const file = join(keys, name)
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', `${name}@test`, '-f', file])
  return readFileSync(`${file}.pub`, 'utf8').trim()
}

const sshWith = (name: string) =>
  `ssh -i ${join(keys, name)} -o IdentitiesOnly=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -F none`

test('an SSH key: added by pasting, used by git, removed; a bad one is refused with the reason', async () => {
  showWhatFailed(visitor, server)
  const key = makeKey('laptop')
  await open('/settings/keys')
  await page.getByText('No SSH key yet').waitFor()
  await lookAt(page, 'keys-empty')
  await button('Add SSH key').click()
  const text = dialog().getByRole('textbox', { name: 'Public key' })
  await text.fill(readFileSync(join(keys, 'laptop'), 'utf8'))
  await dialog().getByRole('button', { name: 'Add key', exact: true }).click()
  await dialog().getByText('This is a private key.').waitFor()
  await expectReadable(page)
  await text.fill(key)
  await submit('Add key')
  const listed = execFileSync('ssh-keygen', ['-lf', join(keys, 'laptop.pub')], {
    encoding: 'utf8',
  })
  await page.getByText(listed.split(' ')[1]!).waitFor()
  await page.getByText('never used', { exact: false }).first().waitFor()
  await lookAt(page, 'keys')

  await open('/p/GB/code/guestbook')
  await page.locator('label', { hasText: 'SSH' }).click()
  const address = page.getByLabel('Clone address').filter({ hasText: 'ssh://' })
  const url = (await address.innerText()).trim()
  const folder = join(keys, 'clone')
  execFileSync('git', ['-c', `core.sshCommand=${sshWith('laptop')}`, 'clone', '-q', url, folder], {
    stdio: 'pipe',
  })
  expect(readFileSync(join(folder, 'src/greet.ts'), 'utf8')).toBe(greeting)

  await open('/settings/keys')
  await button('Delete').click()
  await submit('Delete')
  await page.getByText('No SSH key yet').waitFor()
  const { items } = await minji.client.call(codeKeyEndpoints.sshKeyList, {})
  expect(items).toEqual([])
})

test('deploy keys and branch rules are made, hold, and go', async () => {
  showWhatFailed(visitor, server)
  const key = makeKey('robot')
  await open(settings)
  await page.getByText('No rules yet').waitFor()
  await lookAt(page, 'repo-settings-empty')
  await button('Add deploy key').click()
  await dialog().getByRole('textbox', { name: 'Public key' }).fill(key)
  await submit('Add key')
  await page.getByText('reads only').waitFor()
  const params = inRepo
  const deploy = await minji.client.call(codeKeyEndpoints.deployKeyList, { params })
  expect(deploy.items.map(({ label, canWrite }) => [label, canWrite])).toEqual([
    ['robot@test', false],
  ])

  await button('Add rule').click()
  await dialog().getByRole('textbox', { name: 'Pattern' }).fill('release/*')
  await submit('Save')
  await page.getByText('Only these may push: nobody').waitFor()
  await copy.git('branch', '-f', 'release/1', 'main')
  await expect(copy.git('push', '--quiet', 'origin', 'release/1')).rejects.toThrow(/release\/1/)

  await button('Edit: Only these may push: nobody').click()
  await dialog().getByRole('combobox', { name: 'Who may' }).click()
  await page.getByRole('option', { name: /Minji/ }).click()
  await page.keyboard.press('Escape')
  await submit('Save')
  await page.getByText('Only these may push: Minji Kim').waitFor()
  await copy.git('push', '--quiet', 'origin', 'release/1')
  await lookAt(page, 'repo-settings')

  const row = page.locator('.row', { hasText: 'Only these may push' })
  await row.getByRole('button', { name: 'Delete', exact: true }).click()
  await submit('Delete')
  await page.getByText('No rules yet').waitFor()
  expect((await minji.client.call(codeEndpoints.branchRuleList, { params })).items).toEqual([])
})

test('what pipelines need: a schedule, a key pair, a host they believe; a key for the whole project', async () => {
  showWhatFailed(visitor, server)
  const params = inRepo
  await open(settings)
  await button('Add schedule').click()
  const schedule = page.getByRole('dialog', { name: 'Add schedule' })
  await schedule.getByRole('combobox', { name: 'How often' }).click()
  await page.getByRole('option', { name: 'Every week' }).click()
  await schedule.getByRole('combobox', { name: 'Day' }).click()
  await page.getByRole('option', { name: 'Friday' }).click()
  await submit('Save')
  await page.getByText('every Friday at 04:00 UTC · next').waitFor()
  await page.locator('label', { has: page.getByRole('switch', { name: 'On: main' }) }).click()
  await page.getByText('off', { exact: true }).waitFor()
  const { items } = await minji.client.call(pipelineSetupEndpoints.scheduleList, { params })
  expect(items).toMatchObject([
    { branch: 'main', cron: '0 0 4 ? * 6 *', isOn: false, isWritten: false },
  ])

  await button('Make a key pair').click()
  await page.getByLabel('Public key of pipelines').first().waitFor()
  const { url, hostKeys } = await minji.client.call(codeKeyEndpoints.sshServerGet, {})
  await button('Add host').click()
  const host = page.getByRole('dialog', { name: 'Add host' })
  await host.getByRole('textbox', { name: 'Host' }).fill(new URL(url!).host)
  await host.getByRole('button', { name: 'Fetch key' }).click()
  await host.getByText(hostKeys[0]!.fingerprint).waitFor()
  await expectReadable(page)
  await submit('Believe it')
  await page.locator('.row', { hasText: hostKeys[0]!.fingerprint }).waitFor()
  await lookAt(page, 'repo-settings-pipelines')

  await open('/p/GB/settings')
  await button('Add deploy key').click()
  await dialog().getByRole('textbox', { name: 'Public key' }).fill(makeKey('builder'))
  await submit('Add key')
  await page.getByText('builder@test').waitFor()
  const clone = join(keys, 'kitchen')
  const command = `core.sshCommand=${sshWith('builder')}`
  const address = `${url}/GB/guestbook.git`
  execFileSync('git', ['-c', command, 'clone', '-q', address, clone], { stdio: 'pipe' })
  expect(readFileSync(join(clone, 'src/greet.ts'), 'utf8')).toBe(greeting)
  await lookAt(page, 'project-settings-keys')
})

test('a repository asks its reviewers and takes another name, and old addresses go on', async () => {
  showWhatFailed(visitor, server)
  await open('/p/GB/settings')
  const reviewers = page.locator('section', { hasText: 'Default reviewers' })
  await reviewers.getByRole('combobox', { name: 'Reviewer' }).click()
  await page.getByRole('option', { name: /Minji/ }).click()
  await reviewers.getByRole('button', { name: 'Add reviewer' }).click()
  await reviewers.getByText('Minji Kim').waitFor()
  await open(settings)
  await reviewers.getByText('of the project').waitFor()

  await button('Rename').click()
  await dialog().getByRole('textbox', { name: 'New name' }).fill('visitors')
  await submit('Rename')
  await page.waitForURL((url) => url.pathname === '/p/GB/code/visitors/settings')
  await page.getByText('Made as guestbook').waitFor()
  await expectReadable(page)
  await open('/p/GB/code/guestbook/tree/main/src')
  await page.waitForURL((url) => url.pathname === '/p/GB/code/visitors/tree/main/src')
  await copy.git('fetch', '--quiet', 'origin')
  await open('/p/GB/code/visitors/settings')
  await button('Rename').click()
  await dialog().getByRole('textbox', { name: 'New name' }).fill('guestbook')
  await submit('Rename')
  await page.waitForURL((url) => url.pathname === settings)
})

interface Heard {
  event: string
  signature: string
  body: string
}

/** A program that listens for webhooks; refuses the first call. */
function listen(): Promise<{ url: string; heard: Heard[]; server: Server }> {
  const heard: Heard[] = []
  const listener = createServer((request, response) => {
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.on('end', () => {
      const { 'x-event-key': event, 'x-hub-signature': signature } = request.headers
      const body = Buffer.concat(pieces).toString('utf8')
      heard.push({ event: String(event), signature: String(signature), body })
      response.writeHead(heard.length === 1 ? 418 : 200).end(`heard ${heard.length}`)
    })
  })
  return new Promise((resolve) => {
    listener.listen(0, '127.0.0.1', () => {
      const { port } = listener.address() as AddressInfo
      resolve({ url: `http://127.0.0.1:${port}/hook`, heard, server: listener })
    })
  })
}

test('a webhook: its secret is shown once, deliveries show what was said, and can be sent again', async () => {
  showWhatFailed(visitor, server)
  const { url, heard, server: listener } = await listen()
  try {
    await open(settings)
    await button('Add webhook').click()
    await dialog().getByRole('textbox', { name: 'Address' }).fill(url)
    await dialog().getByRole('textbox', { name: 'Description' }).fill('Chat room')
    await expectReadable(page)
    await dialog().getByRole('button', { name: 'Save', exact: true }).click()
    await dialog().getByText('This is the only time it is shown.').waitFor()
    const secret = (await dialog().locator('pre').innerText()).trim()
    await submit('Close')
    await page.getByRole('link', { name: /Chat room/ }).click()
    await page.getByText('Nothing delivered yet').waitFor()
    await copy.git('commit', '--quiet', '--allow-empty', '-m', 'Ring the bell')
    await copy.git('push', '--quiet', 'origin', 'HEAD:main')

    const row = page.getByRole('button', { name: /Push/ })
    await row.filter({ hasText: 'HTTP 418' }).click({ timeout: SEEN_MS })
    await page.getByText('heard 1').waitFor()
    // A network that goes, as a cable's or another program's does, is no network that this server is reached by.
    await page.evaluate('window.dispatchEvent(new Event("offline"))')
    await button('Deliver again').click()
    await row.filter({ hasText: 'HTTP 200' }).waitFor({ timeout: SEEN_MS })
    expect(heard.map(({ event }) => event)).toEqual(['repo:push', 'repo:push'])
    const mac = createHmac('sha256', secret).update(heard[1]!.body).digest('hex')
    expect(heard[1]!.signature).toBe(`sha256=${mac}`)
    await lookAt(page, 'hook')

    await button('Delete').click()
    await submit('Delete')
    await page.getByText('No webhook yet').waitFor()
  } finally {
    listener.close()
  }
})

test('settings are kept; a developer is told whose they are', async () => {
  showWhatFailed(visitor, server)
  await open(settings)
  const general = page.locator('form').first()
  await general.getByRole('textbox', { name: 'Description' }).fill('Where guests sign')
  await general.getByRole('button', { name: 'Save' }).click()
  await general.getByText('Saved').waitFor()
  const repo = await minji.client.call(codeEndpoints.repoGet, { params: inRepo })
  expect(repo.description).toBe('Where guests sign')
  const scan = page.locator('form').last()
  await scan.getByRole('textbox', { name: 'Allowed all the same' }).fill('test/**\n')
  await scan.getByRole('button', { name: 'Save' }).click()
  await scan.getByText('Saved').waitFor()

  await open('/p/GB/code/kitchen/settings')
  await button('Delete repository').click()
  const really = dialog().getByRole('button', { name: 'Delete repository' })
  expect(await really.isDisabled()).toBe(true)
  await dialog().getByRole('textbox').fill('kitchen')
  await really.click()
  await page.waitForURL('**/p/GB/code')
  await page.getByText('guestbook').first().waitFor()
  // The list that was there before stands until the new one has come.
  await expect.poll(() => page.getByText('kitchen').count()).toBe(0)

  const jun = await addPerson(minji.client, { name: 'jun', project: 'GB', role: 'developer' })
  const refused = jun.call(codeEndpoints.hookList, { params: inRepo })
  await expect(refused).rejects.toThrow()
})

test('somebody who is given one repository sees it, and nothing else of the project', async () => {
  showWhatFailed(visitor, server)
  await addPerson(minji.client, { name: 'guest' })
  const pantry = { params: { project: 'GB' }, body: { name: 'pantry' } }
  await minji.client.call(codeEndpoints.repoCreate, pantry)
  await open('/p/GB/code/pantry/settings')
  const title = page.getByRole('heading', { name: 'People of this repository' })
  const people = page.locator('section', { has: title })
  await people.getByPlaceholder('Person').click()
  await page.getByRole('option', { name: /guest/ }).click()
  await people.getByRole('button', { name: 'Add', exact: true }).click()
  await people.getByRole('button', { name: 'Remove', exact: true }).waitFor()

  const other = await openBrowser()
  try {
    const theirs = other.page
    await theirs.goto(server.origin)
    await theirs.getByRole('textbox', { name: 'Name' }).fill('guest')
    await theirs.getByRole('textbox', { name: 'Password' }).fill(PASSWORD)
    await theirs.getByRole('button', { name: 'Sign in' }).click()
    await theirs.getByRole('link', { name: 'GB / pantry' }).click()
    await theirs.waitForURL('**/p/GB/code/pantry')
    await theirs.getByRole('tab', { name: 'Pull requests' }).click()
    await theirs.getByRole('link', { name: 'New pull request' }).first().waitFor()
    expect(await theirs.getByRole('tab', { name: 'Settings' }).count()).toBe(0)
    expect(other.complaints.filter((text) => text.includes('403'))).toEqual([])
    await theirs.goto(`${server.origin}/p/GB/code/guestbook`)
    await theirs.getByText('You need the role viewer for this').waitFor()
  } finally {
    await other.close()
  }
})

test('code is found in all repositories, in Korean too', async () => {
  showWhatFailed(visitor, server)
  await until('the push is in the index', SEEN_MS, async () => {
    const { items } = await minji.client.call(codeSearchEndpoints.codeSearch, {
      query: { q: '인사말' },
    })
    return items.length === 2
  })
  await open('/p/GB')
  await page.getByRole('heading', { level: 1 }).waitFor()
  await page.keyboard.press('Control+k')
  await page.getByRole('combobox', { name: 'Search everything' }).fill('인사말')
  await page.getByRole('option', { name: 'Search code for “인사말”' }).click()
  await page.waitForURL('**/p/GB/code/search?*')
  await page.getByText('2 files').waitFor()
  expect(await page.locator('mark').allInnerTexts()).toEqual(['인사말', '인사말'])
  await lookAt(page, 'code-search')

  await page.getByRole('combobox', { name: 'Language' }).click()
  await page.getByRole('option', { name: 'TypeScript' }).click()
  await page.getByText('1 file', { exact: true }).waitFor()
  await page.getByRole('textbox', { name: 'What to look for' }).fill('GREETGUEST')
  await page.keyboard.press('Enter')
  await page.getByRole('link', { name: /2.*greetGuest/ }).click()
  await page.waitForURL('**/file/main/src/greet.ts#L2')
  await page.locator('#L2[data-target="true"]').waitFor()

  await open('/p/GB/code/search?q=zz')
  await page.getByText('Look for at least three letters').waitFor()
  await open('/p/GB/code/search?q=nowhere-at-all')
  await page.getByText('Nothing holds “nowhere-at-all”').waitFor()
  await lookAt(page, 'code-search-nothing')
})

test('beside each line stands the commit that wrote it', async () => {
  showWhatFailed(visitor, server)
  await open('/p/GB/code/guestbook/file/main/src/greet.ts')
  await page.getByRole('link', { name: 'Who wrote what' }).click()
  const commit = page.getByRole('link', { name: 'Greetings', exact: true })
  await commit.waitFor()
  await lookAt(page, 'blame')
  await commit.click()
  await page.waitForURL((url) => url.pathname.startsWith('/p/GB/code/guestbook/commit/'))
})

test('an archive of a branch and of a tag', async () => {
  showWhatFailed(visitor, server)
  await open('/p/GB/code/guestbook')
  await button('Download: main').click()
  await page.getByRole('menuitem', { name: 'zip' }).waitFor()
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('menuitem', { name: 'tar.gz' }).click(),
  ])
  const file = join(keys, 'main.tar.gz')
  await download.saveAs(file)
  const listed = execFileSync('tar', ['tzf', file], { encoding: 'utf8' })
  expect(listed).toContain('guestbook-main/src/greet.ts')
  await lookAt(page, 'repo')
  await open('/p/GB/code/guestbook/branches')
  await button('Download: v1.0').click()
  const zip = page.getByRole('menuitem', { name: 'zip' })
  expect(await zip.getAttribute('href')).toBe('/archive/GB/guestbook/v1.0.zip')
  await page.keyboard.press('Escape')
  await lookAt(page, 'branches')
})
