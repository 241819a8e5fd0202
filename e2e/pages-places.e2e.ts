// Things that go elsewhere or are called otherwise, in the browser: a repository that another project takes in, a
// preview and the environment it is deployed to.
import { codeEndpoints, identityEndpoints, releasesEndpoints } from '@madang/api'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, test } from 'vitest'
import { openBrowser, signIn, type Visitor } from './kit/browser.ts'
import { asUsual, lookAt, showWhatFailed } from './kit/pages.ts'
import { firstPerson, makeProject, type Person } from './kit/person.ts'
import { type ServerProcess, startServer } from './kit/server-process.ts'
import { until } from './kit/until.ts'

const SEEN_MS = 90_000

let server: ServerProcess
let minji: Person
let visitor: Visitor
let page: Page

beforeAll(async () => {
  server = await startServer()
  minji = await firstPerson(server)
  await makeProject(minji.client, ['guestbook'])
  visitor = await openBrowser()
  page = visitor.page
  await signIn(visitor, server.origin)
})

beforeEach(() => asUsual(page, server.origin))

afterAll(async () => {
  await visitor?.close()
  await server?.stop()
  server?.removeHome()
})

const open = (path: string) => page.goto(server.origin + path)
const button = (name: string) => page.getByRole('button', { name, exact: true }).first()
const dialog = () => page.getByRole('dialog')

async function submit(label: string): Promise<void> {
  await dialog().getByRole('button', { name: label, exact: true }).last().click()
  await dialog().waitFor({ state: 'hidden' })
}

test('a repository goes to another project, and its old address leads there', async () => {
  showWhatFailed(visitor, server)
  const { client } = minji
  const cellar = { params: { project: 'GB' }, body: { name: 'cellar' } }
  await client.call(codeEndpoints.repoCreate, cellar)
  const body = { key: 'WINE', name: '와인 창고', description: '' }
  await client.call(identityEndpoints.projectCreate, { body })
  await open('/p/GB/code/cellar/settings')
  await button('Move').click()
  await dialog().getByText('What belongs to GB stays').waitFor()
  await dialog().getByRole('combobox', { name: 'To the project' }).click()
  await page.getByRole('option', { name: /WINE/ }).click()
  await submit('Move')
  await page.waitForURL((url) => url.pathname === '/p/WINE/code/cellar/settings')
  await page.getByRole('heading', { name: /WINE \/ ?cellar/ }).waitFor()
  await lookAt(page, 'repo-settings-moved')
  await open('/p/GB/code/cellar/settings')
  await page.waitForURL((url) => url.pathname === '/p/WINE/code/cellar/settings')
})

const PREVIEW = `pipeline {
  agent any
  stages {
    stage('Preview') {
      steps {
        cfnUpdate(stack: 'diner-preview', file: 'preview.yaml', tags: ['environment=preview-1'])
      }
    }
  }
}
`
const STACK = `Resources: { Orders: { Type: 'AWS::SQS::Queue' } }
Outputs: { Url: { Value: 'http://diner-preview.localhost/' } }
`

test('a pull request shows where it runs, and takes it away when it is declined', async () => {
  showWhatFailed(visitor, server)
  const params = { project: 'GB', repo: 'diner' }
  const commit = (body: { branch: string; startFrom?: string; files: Record<string, string> }) => {
    const files = Object.entries(body.files).map(([path, content]) => ({ path, content }))
    const { client } = minji
    return client.call(codeEndpoints.commitCreate, {
      params,
      body: { ...body, files, message: 'A change' },
    })
  }
  const named = { params: { project: 'GB' }, body: { name: 'diner' } }
  await minji.client.call(codeEndpoints.repoCreate, named)
  await commit({ branch: 'main', files: { 'menu.txt': 'soup\n' } })
  const files = { Jenkinsfile: PREVIEW, 'preview.yaml': STACK }
  await commit({ branch: 'feature/menu', startFrom: 'main', files })
  const body = { title: 'Try the menu', source: 'feature/menu' }
  const pull = await minji.client.call(codeEndpoints.pullRequestCreate, { params, body })

  await open('/p/GB/code/diner/settings')
  const rule = 'Remove a preview when its pull request is merged or declined'
  await page.getByRole('switch', { name: rule }).click()
  await until('the rule is kept', SEEN_MS, async () => {
    const { client } = minji
    return (await client.call(releasesEndpoints.previewRuleGet, { params })).removesClosed
  })

  await open(`/p/GB/code/diner/pulls/${pull.number}`)
  const where = page.getByRole('region', { name: 'Where it runs' })
  await where.getByText('Runs', { exact: true }).waitFor({ timeout: SEEN_MS })
  await where.getByRole('link', { name: 'http://diner-preview.localhost/' }).waitFor()
  await lookAt(page, 'pull-preview')
  await where.getByRole('link', { name: 'preview-1' }).click()

  await page.getByRole('heading', { name: /preview-1/ }).waitFor()
  await button('Rename').click()
  await dialog().getByRole('textbox', { name: 'New name' }).fill('Menu')
  await submit('Rename')
  await page.waitForURL((url) => url.pathname === '/p/GB/releases/Menu')
  await page.getByText('Formerly preview-1').waitFor()
  await lookAt(page, 'environment-renamed')
  await open('/p/GB/releases/preview-1')
  await page.waitForURL((url) => url.pathname === '/p/GB/releases/Menu')

  await open(`/p/GB/code/diner/pulls/${pull.number}`)
  await where.getByRole('link', { name: 'Menu', exact: true }).waitFor()
  await button('Decline').click()
  await where.getByText('Removed', { exact: true }).waitFor({ timeout: SEEN_MS })
})
