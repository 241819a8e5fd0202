import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { configFor, createKernel, type Kernel, type StoredEvent } from './index.ts'

const script = join(import.meta.dirname, '../testing/crash-worker.ts')

let home: string
let child: ChildProcess
let kernel: Kernel | undefined
beforeEach(() => void (home = mkdtempSync(join(tmpdir(), 'madang-test-'))))
afterEach(async () => {
  child.kill('SIGKILL')
  await kernel?.stop()
  kernel = undefined
  rmSync(home, { recursive: true, force: true })
})

/** Starts the process, kills it without warning when `isEnough`, and gives the lines it had printed. */
async function runUntil(mode: string, isEnough: (lines: string[]) => boolean): Promise<string[]> {
  child = spawn(process.execPath, [script, mode, home], { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines: string[] = []
  const gone = once(child, 'exit')
  for await (const line of createInterface({ input: child.stdout! })) {
    lines.push(line)
    if (isEnough(lines)) child.kill('SIGKILL')
  }
  await gone
  return lines
}

const numberOf = (event: StoredEvent) => (event.data as { n: number }).n

test('kill -9 in the middle of writes loses none that was acknowledged', async () => {
  const lines = await runUntil('writes', (seen) => seen.length >= 150)
  kernel = await createKernel(configFor({ home }))
  const events = await kernel.events.list({ limit: 10_000 })
  const stored = new Set(events.map(numberOf))
  expect(lines.length).toBeGreaterThanOrEqual(150)
  expect(lines.map(Number).filter((n) => !stored.has(n))).toEqual([])
  expect(stored.size).toBe(events.length)
})

test('a job that ran at kill -9 runs again after the next start', async () => {
  expect(await runUntil('job', (seen) => seen.length > 0)).toEqual(['running 1'])
  kernel = await createKernel(configFor({ home }))
  const ran: unknown[] = []
  kernel.jobs.handle('endless', {
    run: async ({ attempt, payload }) => void ran.push({ attempt, payload }),
  })
  await kernel.start()
  await expect.poll(() => ran).toEqual([{ attempt: 2, payload: { for: '방명록' } }])
})

test('facts that were not handled at kill -9 are handled after the next start, in order', async () => {
  const lines = await runUntil('events', (seen) => seen.includes('stuck'))
  expect(lines).toEqual(['1', '2', '3', 'stuck'])
  kernel = await createKernel(configFor({ home }))
  const heard: number[] = []
  kernel.events.listen({
    name: 'stuck',
    types: ['*'],
    handle: async (event) => void heard.push(numberOf(event)),
  })
  await kernel.start()
  await kernel.events.settled()
  // At least once: some may come a second time, none is left out.
  expect(heard.slice(-5)).toEqual([4, 5, 6, 7, 8])
  expect(heard).toEqual([...heard].sort((a, b) => a - b))
})

test('what a listener took together at kill -9 comes again, and nothing before it', async () => {
  const lines = await runUntil('together', (seen) => seen.includes('stuck'))
  const handled = lines.slice(0, -1).map(Number)
  kernel = await createKernel(configFor({ home }))
  const heard: number[] = []
  kernel.events.listen({
    name: 'stuck',
    types: ['*'],
    handle: async (event) => void heard.push(numberOf(event)),
  })
  await kernel.start()
  await kernel.events.settled()
  expect([...handled, ...heard]).toEqual(Array.from({ length: 40 }, (_, i) => i + 1))
})
