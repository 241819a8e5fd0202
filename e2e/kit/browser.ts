import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from 'playwright-core'

/** Debian's chromium; another one by MADANG_CHROMIUM. */
const executablePath = process.env['MADANG_CHROMIUM'] ?? '/usr/bin/chromium'
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
export const PASSWORD = 'correct horse battery'
export const PAGE_MS = 90_000

export interface Visitor {
  readonly page: Page
  readonly context: BrowserContext
  readonly browser: Browser
  /** What the page complained about in its console, and uncaught errors. */
  readonly complaints: string[]
  close(): Promise<void>
}

export async function openBrowser(
  given: { language?: 'ko' | 'en'; width?: number } = {},
): Promise<Visitor> {
  const browser = await chromium.launch({ executablePath, args })
  const page = await pageOf(browser, {
    locale: given.language === 'ko' ? 'ko-KR' : 'en-US',
    viewport: { width: given.width ?? 1280, height: 860 },
  })
  const context = page.context()
  const complaints: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`${message.text()} ${message.location().url}`)
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  return { page, context, browser, complaints, close: () => browser.close() }
}

/** A page whose things stand still before anything is done to them. */
async function pageOf(browser: Browser, given: BrowserContextOptions): Promise<Page> {
  // A panel that opens moves between the two halves of a click, and a badge that breathes is pale half of the time.
  const context = await browser.newContext({ ...given, reducedMotion: 'reduce' })
  context.setDefaultTimeout(PAGE_MS)
  const page = await context.newPage()
  // What loads above a button moves it, too: whoever is to click waits until nothing loads.
  await page.addLocatorHandler(page.locator('[aria-busy="true"]:visible').first(), async () => {})
  return page
}

/** A colleague: invited on the administrator's page, given a role in the project, in a browser of their own. */
export async function inviteColleague(visitor: Visitor, origin: string): Promise<Page> {
  const { page, browser } = visitor
  await page.goto(`${origin}/admin`)
  await page.getByRole('button', { name: 'Invite' }).first().click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Name to show').fill('Jun Park')
  await dialog.getByRole('textbox', { name: 'Name', exact: true }).fill('jun')
  await dialog.getByRole('button', { name: 'Invite' }).click()
  const link = (await dialog.getByText(/\/welcome\?code=/).innerText()).trim()
  await page.goto(`${origin}/p/GB/settings`)
  await page.getByPlaceholder('Person').click()
  await page.getByRole('option', { name: /jun/ }).click()
  await page.getByRole('button', { name: 'Add', exact: true }).click()
  await page.getByText('Jun Park').first().waitFor()
  const theirs = await pageOf(browser, { locale: 'en-US' })
  await theirs.goto(link)
  await theirs.getByRole('textbox', { name: 'Password' }).fill(PASSWORD)
  await theirs.getByRole('button', { name: 'Begin' }).click()
  await theirs.getByRole('heading', { name: 'Projects' }).waitFor()
  return theirs
}

/** Opens the one-time link and signs up in the page. */
export async function signUp(page: Page, link: string): Promise<void> {
  await page.goto(link)
  await page.getByLabel('Name to show').fill('Minji Kim')
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('minji')
  await page.getByRole('textbox', { name: 'Password' }).fill(PASSWORD)
  await page.getByRole('button', { name: 'Begin' }).click()
  await page.getByRole('heading', { name: 'Projects' }).waitFor()
}

/** Makes an access token in its page and gives what is shown once. */
export async function makeToken(page: Page, origin: string): Promise<string> {
  await page.goto(`${origin}/settings/tokens`)
  await page.getByRole('button', { name: 'New token' }).click()
  await page.getByLabel('What it is for').fill('my laptop')
  await page.getByRole('button', { name: 'Create' }).click()
  return (await page.getByRole('dialog').locator('pre').innerText()).trim()
}

/** Signs a browser in, on its page. */
export async function signIn(visitor: Visitor, origin: string): Promise<void> {
  const { page } = visitor
  await page.goto(origin)
  await page.getByRole('textbox', { name: 'Name' }).fill('minji')
  await page.getByRole('textbox', { name: 'Password' }).fill(PASSWORD)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('heading', { name: 'Projects' }).waitFor()
}
