// Two people change the same line; the conflict is decided in the pull request's page, and the branch merges.
import { codeEndpoints } from '@madang/api'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser, signIn, type Visitor } from './kit/browser.ts'
import { expectFits, expectReadable } from './kit/pages.ts'
import { firstPerson, makeProject, type Person } from './kit/person.ts'
import { type ServerProcess, startServer } from './kit/server-process.ts'

const SEEN_MS = 90_000
const params = { project: 'GB', repo: 'guestbook' }
let server: ServerProcess
let minji: Person
let visitor: Visitor

beforeAll(async () => {
  server = await startServer()
  minji = await firstPerson(server)
  await makeProject(minji.client, ['guestbook'])
  visitor = await openBrowser()
  await signIn(visitor, server.origin)
})

afterAll(async () => {
  await visitor?.close()
  await server?.stop()
  server?.removeHome()
})

const write = (branch: string, content: string) =>
  minji.client.call(codeEndpoints.commitCreate, {
    params,
    body: {
      branch,
      message: `Write ${branch}`,
      files: [{ path: 'greeting.txt', content, encoding: 'utf8', isExecutable: false }],
    },
  })

/** A reload would close what is open, so the pictures are taken as it is. */
async function picture(name: string): Promise<void> {
  if (process.env['MADANG_SCREENS'] !== '1') return
  await visitor.page.screenshot({ path: `screenshots/conflicts-${name}.png`, fullPage: true })
}

test('a conflict is decided in the page', async () => {
  const { page } = visitor
  await write('main', 'hello\nworld\n')
  await write('polite', 'good day\nworld\n')
  await write('main', 'hi\nworld\n')
  const { number } = await minji.client.call(codeEndpoints.pullRequestCreate, {
    params,
    body: { title: 'Be polite', source: 'polite', target: 'main' },
  })
  await page.goto(`${server.origin}/p/GB/code/guestbook/pulls/${number}`)
  await page.getByRole('button', { name: 'Resolve conflicts' }).click({ timeout: SEEN_MS })
  await page.getByText('good day').first().waitFor({ timeout: SEEN_MS })
  const merge = page.getByRole('button', { name: 'Merge main into polite' })
  expect(await merge.isDisabled()).toBe(true)
  await page.getByRole('radiogroup').getByText('Edit', { exact: true }).click()
  await page.getByRole('textbox', { name: 'What these lines become' }).fill('good morning\n')
  await expectReadable(page)
  await page.setViewportSize({ width: 390, height: 860 })
  await page.emulateMedia({ colorScheme: 'dark' })
  await expectFits(page)
  await picture('phone')
  await page.setViewportSize({ width: 1280, height: 860 })
  await page.emulateMedia({ colorScheme: 'light' })
  await picture('desk')
  await merge.click()
  await page.getByText('Ready to merge').waitFor({ timeout: SEEN_MS })
  const file = { params, query: { ref: 'polite', path: 'greeting.txt' } }
  const { text } = await minji.client.call(codeEndpoints.fileGet, file)
  expect(text).toBe('good morning\nworld\n')
})
