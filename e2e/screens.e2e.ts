// Every page as a person sees it, on the sample project: readable to a screen reader, without errors, in
// both languages and on a phone. With MADANG_SCREENS=1 it also keeps a picture of every one.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { AxeBuilder } from '@axe-core/playwright'
import { pipelinesEndpoints, registryEndpoints, sampleEndpoints } from '@madang/api'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { resources } from '../web/src/i18n/resources.ts'
import { openBrowser, signIn, type Visitor } from './kit/browser.ts'
import { firstPerson, type Person } from './kit/person.ts'
import { type ServerProcess, startServer } from './kit/server-process.ts'
import { until } from './kit/until.ts'

const SAMPLE_MS = 300_000
const PICTURES = join(import.meta.dirname, '../screenshots')
const keepsPictures = process.env['MADANG_SCREENS'] === '1'

/** Name and path; the ones of the first list are looked at in every test run. */
const mainPages: [name: string, path: string][] = [
  ['projects', '/'],
  ['overview', '/p/GB'],
  ['board', '/p/GB/board'],
  ['issue', '/p/GB/issues/GB-1'],
  ['code', '/p/GB/code/guestbook'],
  ['pull', '/p/GB/code/guestbook/pulls/1'],
  ['pipelines', '/p/GB/pipelines'],
  ['run', '/p/GB/pipelines/guestbook%2Fmain/2'],
  ['releases', '/p/GB/releases'],
  ['monitor', '/p/GB/monitor'],
  ['cloud', '/cloud'],
  ['stack', '/cloud/cloudformation/guestbook'],
]
const otherPages: [name: string, path: string][] = [
  ['issues', '/p/GB/issues'],
  ['repos', '/p/GB/code'],
  ['tree', '/p/GB/code/guestbook/tree/main/src'],
  ['file', '/p/GB/code/guestbook/file/main/src/handler.ts'],
  ['commits', '/p/GB/code/guestbook/commits'],
  ['branches', '/p/GB/code/guestbook/branches'],
  ['repo-settings', '/p/GB/code/guestbook/settings'],
  ['code-search', '/p/GB/code/search?q=guestbook'],
  ['pulls', '/p/GB/code/guestbook/pulls'],
  ['pull-new', '/p/GB/code/guestbook/pulls/new'],
  ['artifacts', '/p/GB/artifacts'],
  ['images', '/p/GB/images'],
  ['packages', '/p/GB/packages'],
  ['project-mail', '/p/GB/mail'],
  ['environment', '/p/GB/releases/production'],
  ['settings', '/p/GB/settings'],
  ['tokens', '/settings/tokens'],
  ['keys', '/settings/keys'],
  ['gpg-keys', '/settings/gpg-keys'],
  ['people', '/admin'],
  ['audit', '/admin/audit'],
  ['agents', '/admin/agents'],
  ['mail', '/admin/mail'],
  ['s3', '/cloud/s3'],
  ['lambda', '/cloud/lambda'],
  ['function', '/cloud/lambda/guestbook'],
  ['logs', '/cloud/logs'],
  ['log-group', '/cloud/logs/%2Faws%2Flambda%2Fguestbook'],
  ['cloudwatch', '/cloud/cloudwatch'],
  ['alarm', '/cloud/cloudwatch/guestbook-errors'],
  ['cloudformation', '/cloud/cloudformation'],
  ['dynamodb', '/cloud/dynamodb'],
  ['sqs', '/cloud/sqs'],
  ['sns', '/cloud/sns'],
  ['events', '/cloud/events'],
  ['kinesis', '/cloud/kinesis'],
  ['kms', '/cloud/kms'],
  ['ssm', '/cloud/ssm'],
  ['ecr', '/cloud/ecr'],
  ['iam', '/cloud/iam'],
  ['not-found', '/p/GB/nothing/here'],
]
const pages = keepsPictures ? [...mainPages, ...otherPages] : mainPages

const keys = new Set(
  Object.entries(resources.en.translation).flatMap(([namespace, texts]) =>
    Object.keys(texts).map((key) => `${namespace}.${key}`),
  ),
)

let server: ServerProcess
let minji: Person
let visitor: Visitor

beforeAll(async () => {
  server = await startServer({ sample: true })
  minji = await firstPerson(server)
  await until('the sample is made', SAMPLE_MS, async () => {
    const { state, stages } = await minji.client.call(sampleEndpoints.sampleGet, {})
    if (state === 'failed') throw new Error(JSON.stringify(stages))
    return state === 'done'
  })
  visitor = await openBrowser()
  await signIn(visitor, server.origin)
  if (keepsPictures) {
    await addPathsOfThings()
    mkdirSync(PICTURES, { recursive: true })
  }
}, SAMPLE_MS + 60_000)

afterAll(async () => {
  await visitor?.close()
  await server?.stop()
  server?.removeHome()
})

/** The pages whose addresses are known only now. */
async function addPathsOfThings(): Promise<void> {
  const params = { project: 'GB' }
  const { items } = await minji.client.call(registryEndpoints.artifactList, { params, query: {} })
  otherPages.push(['artifact', `/p/GB/artifacts/${items[0]!.id}`])
  const runs = await minji.client.call(pipelinesEndpoints.runList, { params, query: {} })
  otherPages.push(['commit', `/p/GB/code/guestbook/commit/${runs.items[0]!.commit}`])
}

async function open(path: string, language: 'ko' | 'en', width: number): Promise<Page> {
  const { page, context } = visitor
  await context.addCookies([{ name: 'language', value: language, url: server.origin }])
  await page.setViewportSize({ width, height: 860 })
  visitor.complaints.length = 0
  await page.goto(server.origin + path)
  await page.locator('main').waitFor()
  await until(`${path} is loaded`, 90_000, async () => {
    return (await page.locator('[aria-busy="true"]').count()) === 0
  })
  return page
}

/** It takes an avatar's initials and the ⌘K mark, both hidden from readers, for names on buttons. */
const decorations = ['label-content-name-mismatch']

async function expectReadable(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).disableRules(decorations).analyze()
  const grave = violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join('\n  ')}`)
  expect(grave).toEqual([])
}

async function expectTranslated(page: Page): Promise<void> {
  const text = await page.locator('body').innerText()
  const words = text.match(/\b[a-z]+\.\w+\b/gi) ?? []
  expect(words.filter((word) => keys.has(word))).toEqual([])
  expect(text).not.toContain('{{')
}

describe('a page', () => {
  test.each(pages)('%s is readable, translated and without errors', async (name, path) => {
    const page = await open(path, 'en', 1280)
    await expectTranslated(page)
    await expectReadable(page)
    expect(visitor.complaints.filter((text) => !isExpected(name, text))).toEqual([])
  })

  test.each(pages)('%s fits a phone, in Korean', async (_name, path) => {
    const page = await open(path, 'ko', 390)
    await expectTranslated(page)
    const widest = await page.evaluate<number>('document.documentElement.scrollWidth')
    expect(widest).toBeLessThanOrEqual(390)
    expect(await page.locator('body').innerText()).toMatch(/[가-힣]/)
  })
})

/** A browser complains by itself of what the server answers with 404. */
const isExpected = (name: string, text: string) => name === 'not-found' && text.includes('404')

describe.runIf(keepsPictures)('pictures', { timeout: 600_000 }, () => {
  test('of every page, wide and narrow, light and dark, in both languages', async () => {
    for (const [name, path] of [...mainPages, ...otherPages]) {
      for (const language of ['en', 'ko'] as const) {
        for (const width of [1280, 390]) {
          const page = await open(path, language, width)
          for (const colorScheme of ['light', 'dark'] as const) {
            await page.emulateMedia({ colorScheme })
            const file = `${name}-${language}-${width}-${colorScheme}.png`
            await page.screenshot({ path: join(PICTURES, file), fullPage: true })
          }
        }
      }
    }
  })
})
