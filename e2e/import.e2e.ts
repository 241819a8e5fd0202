// A repository comes from another host and stays in step with it, all by the pages. The other host is
// this program itself: a real git server.
import { codeEndpoints, codeImportEndpoints } from '@madang/api'
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser, PASSWORD, signIn, type Visitor } from './kit/browser.ts'
import { lookAt } from './kit/pages.ts'
import { firstPerson, makeProject, type Person } from './kit/person.ts'
import { type ServerProcess, startServer } from './kit/server-process.ts'

const SEEN_MS = 90_000
const STORY_MS = 240_000
let server: ServerProcess
let minji: Person
let visitor: Visitor

beforeAll(async () => {
  server = await startServer()
  minji = await firstPerson(server)
  await makeProject(minji.client, ['guestbook', 'follower'])
  visitor = await openBrowser()
  await signIn(visitor, server.origin)
  const oid = createHash('sha256').update('nobody has this').digest('hex')
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize 15\n`
  const file = {
    path: 'gone.bin',
    content: pointer,
    encoding: 'utf8',
    isExecutable: false,
  } as const
  await minji.client.call(codeEndpoints.commitCreate, {
    params: { project: 'GB', repo: 'guestbook' },
    body: { branch: 'main', message: 'Points to nothing', files: [file] },
  })
}, STORY_MS)

afterAll(async () => {
  await visitor?.close()
  await server?.stop()
  server?.removeHome()
})

const address = () => `${server.origin}/git/GB/guestbook.git`

test('imported, with what could not come in sight', { timeout: STORY_MS }, async () => {
  const { page } = visitor
  await page.goto(`${server.origin}/p/GB/code/import`)
  await page.getByText('No import yet').waitFor({ timeout: SEEN_MS })
  await lookAt(page, 'import-form')
  await page.getByLabel('Address of the repository').fill('git@github.com:octo/hello.git')
  await page.getByRole('button', { name: 'Start import' }).click()
  await page.getByText('Over SSH only plain git is imported').waitFor()
  await page.getByText('Any git', { exact: true }).click()
  await page.getByLabel('Address of the repository').fill(address())
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('copy')
  await page.getByLabel('Name or e-mail').fill('minji')
  await page.getByRole('textbox', { name: 'Access token' }).first().fill(PASSWORD)
  await page.getByRole('button', { name: 'Start import' }).click()
  await page.getByText('finished', { exact: true }).waitFor({ timeout: SEEN_MS })
  await page.getByRole('button', { name: 'What did not come as it was (1)' }).click()
  await page.getByText('LFS object').last().waitFor()
  await lookAt(page, 'import-finished')
  const { items } = await minji.client.call(codeImportEndpoints.importList, {
    params: { project: 'GB' },
  })
  expect(items).toMatchObject([{ repo: 'copy', state: 'finished', counts: { branches: 1 } }])
  await page.getByRole('link', { name: 'copy' }).click()
  await page.getByText('gone.bin').waitFor({ timeout: SEEN_MS })
})

test(
  'mirrors are added, fail with their reason, are changed and go',
  { timeout: STORY_MS },
  async () => {
    const { page } = visitor
    const dialog = page.getByRole('dialog')
    await page.goto(`${server.origin}/p/GB/code/follower/settings`)
    const add = async (url: string, way: string, more: () => Promise<void>) => {
      await page.getByRole('button', { name: 'Add mirror' }).click({ timeout: SEEN_MS })
      await dialog.getByLabel('Address').fill(url)
      await dialog.getByRole('combobox', { name: 'Sign in by' }).click()
      await page.getByRole('option', { name: way }).click()
      await more()
      await dialog.getByRole('button', { name: 'Save' }).click()
      await dialog.waitFor({ state: 'hidden' })
    }
    await add(address(), 'Token', async () => {
      await dialog.getByLabel('Name', { exact: true }).fill('minji')
      await dialog.getByRole('textbox', { name: 'Token or password' }).fill(PASSWORD)
    })
    await page.getByText('in step', { exact: true }).waitFor({ timeout: SEEN_MS })
    const push = async () => {
      await dialog.getByRole('combobox', { name: 'Direction' }).click()
      await page.getByRole('option', { name: 'Be followed (push)' }).click()
    }
    await add(`${server.origin}/git/GB/nowhere.git`, 'Nothing', push)
    await page.getByText('failed', { exact: true }).waitFor({ timeout: SEEN_MS })
    await add('git@127.0.0.1:octo/hello.git', 'SSH key', push)
    await page.getByText(/^ssh-ed25519 /).waitFor({ timeout: SEEN_MS })
    await lookAt(page, 'mirrors')
    await page.getByRole('button', { name: `Edit: ${address()}` }).click()
    await dialog.getByLabel('Branches', { exact: true }).fill('main')
    await dialog.getByRole('switch', { name: 'Active' }).setChecked(false)
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.getByText('paused', { exact: true }).waitFor({ timeout: SEEN_MS })
    for (let left = 3; left > 0; left--) {
      const rows = page.locator('[data-mirror]')
      await rows.first().getByRole('button', { name: 'Delete' }).click()
      await dialog.getByRole('button', { name: 'Delete' }).click()
      await expect.poll(() => rows.count(), { timeout: SEEN_MS }).toBe(left - 1)
    }
    await page.getByText('No mirror', { exact: true }).waitFor()
  },
)

test('a webhook is tried from its page; keys have theirs', { timeout: STORY_MS }, async () => {
  const { page } = visitor
  const params = { project: 'GB', repo: 'follower' }
  const body = { url: `${server.origin}/nobody`, description: 'Chat', events: ['repo:push'] }
  const hook = await minji.client.call(codeEndpoints.hookCreate, {
    params,
    body: { ...body, isActive: true },
  })
  await page.goto(`${server.origin}/p/GB/code/follower/settings/hooks/${hook.id}`)
  await page.getByRole('button', { name: 'Send a test' }).click({ timeout: SEEN_MS })
  await page.getByRole('button', { name: /^Failed.*Test/i }).waitFor({ timeout: SEEN_MS })
  await page.getByRole('button', { name: /Test .*HTTP/ }).click()
  await page.getByText('X-Event-Key: diagnostics:ping').waitFor()
  await lookAt(page, 'hook')
  await page.goto(`${server.origin}/settings/gpg-keys`)
  await page.getByRole('heading', { level: 1 }).waitFor()
  await lookAt(page, 'gpg-keys')
})
