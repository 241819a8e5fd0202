import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from 'playwright-core'
import { expect, onTestFailed } from 'vitest'
import type { Visitor } from './browser.ts'
import type { ServerProcess } from './server-process.ts'
import { until } from './until.ts'

const PICTURES = join(import.meta.dirname, '../../screenshots')
const keepsPictures = process.env['MADANG_SCREENS'] === '1'
/** It takes an avatar's initials and the ⌘K mark, both hidden from readers, for names on buttons. */
const decorations = ['label-content-name-mismatch']

/** What a page has to be for everybody: nothing that axe calls serious. */
export async function expectReadable(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).disableRules(decorations).analyze()
  const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
  expect(grave.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([])
}

/** Nothing on it is wider than a phone; run at 390 px. */
export async function expectFits(page: Page): Promise<void> {
  const widest = await page.evaluate<number>('document.documentElement.scrollWidth')
  expect(widest).toBeLessThanOrEqual(390)
}

async function isLoaded(page: Page): Promise<void> {
  await page.locator('main').waitFor()
  await until(`${page.url()} is loaded`, 90_000, async () => {
    return (await page.locator('[aria-busy="true"]:visible').count()) === 0
  })
}

/** English, 1280 px, light: what a story begins with, whatever the one before it came to. */
export async function asUsual(page: Page, origin: string): Promise<void> {
  await page.context().addCookies([{ name: 'language', value: 'en', url: origin }])
  await page.setViewportSize({ width: 1280, height: 860 })
  await page.emulateMedia({ colorScheme: 'light' })
}

/**
 * Looks at the page that is open in both languages and looks, wide and narrow; with MADANG_SCREENS=1 pictures of two
 * of them stay. Leaves it as it was: English, 1280 px.
 */
export async function lookAt(page: Page, name: string): Promise<void> {
  const { origin } = new URL(page.url())
  const looks = [
    { language: 'ko', width: 390, colorScheme: 'dark' },
    { language: 'en', width: 1280, colorScheme: 'light' },
  ] as const
  mkdirSync(PICTURES, { recursive: true })
  for (const { language, width, colorScheme } of looks) {
    await page.context().addCookies([{ name: 'language', value: language, url: origin }])
    await page.setViewportSize({ width, height: 860 })
    await page.emulateMedia({ colorScheme })
    await page.reload()
    await isLoaded(page)
    await expectReadable(page)
    if (width === 390) await expectFits(page)
    const file = join(PICTURES, `${name}-${language}-${width}-${colorScheme}.png`)
    if (keepsPictures) await page.screenshot({ path: file, fullPage: true })
  }
}

/** When this test fails: what its page shows, what that complained about, and what the server said last. */
export function showWhatFailed({ page, complaints }: Visitor, server: ServerProcess): void {
  onTestFailed(async ({ task }) => {
    await page.screenshot({ path: `screenshots/failed-${task.name.slice(0, 30)}.png` })
    console.error(page.url(), complaints, server.output().slice(-2000))
  })
}
