import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { testDatabases } from '../testing/databases.ts'
import { configFor, createKernel, type Kernel, type StoredEvent } from './index.ts'

const soon = { timeout: 60_000 }

describe.each(testDatabases())('events over $name', ({ config }) => {
  let kernel: Kernel
  let home: string
  beforeEach(async () => {
    home = mkdtempSync(join(tmpdir(), 'madang-test-'))
    kernel = await createKernel(configFor({ home, ...(await config()), logLevel: 'silent' }))
  })
  afterEach(async () => {
    await kernel.stop()
    rmSync(home, { recursive: true, force: true })
  })

  const append = (type: string, subject: string, data: object = {}) =>
    kernel.database.write((tx) => kernel.events.append(tx, { type, subject, data }))
  const numbered = (event: StoredEvent) => (event.data as { n: number }).n

  test('each listener hears its types, in order, what was said before it began too', async () => {
    const heard: number[] = []
    const all: string[] = []
    await append('a.happened', 's', { n: 0 })
    kernel.events.listen({
      name: 'one',
      types: ['a.happened'],
      handle: async (event) => void heard.push(numbered(event)),
    })
    kernel.events.listen({
      name: 'two',
      types: ['*'],
      handle: async (event) => void all.push(event.type),
    })
    await kernel.start()
    for (let n = 1; n < 8; n++) await append(n % 4 ? 'a.happened' : 'b.happened', 's', { n })
    await Promise.all([8, 9, 10].map((n) => append('a.happened', `s${n}`, { n })))
    await kernel.events.settled()
    expect(heard.slice(0, 7)).toEqual([0, 1, 2, 3, 5, 6, 7])
    expect([...heard].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 5, 6, 7, 8, 9, 10])
    expect(all.filter((type) => type === 'b.happened')).toHaveLength(1)
    expect(all).toHaveLength(11)
  })

  test('what a failed write said was never said', async () => {
    const failing = kernel.database.write(async (tx) => {
      await kernel.events.append(tx, { type: 'a.happened', subject: 's', data: {} })
      throw new Error('on purpose')
    })
    await expect(failing).rejects.toThrow('on purpose')
    expect(await kernel.events.list({ limit: 10 })).toEqual([])
  })

  test('a failure holds back its own subject only, and is tried again in order', async () => {
    const heard: string[] = []
    let isBroken = true
    kernel.events.listen({
      name: 'fragile',
      types: ['*'],
      async handle(event) {
        if (isBroken && event.subject === 'bad') throw new Error('not now')
        heard.push(`${event.subject}${numbered(event)}`)
      },
    })
    await kernel.start()
    await append('a.happened', 'bad', { n: 1 })
    await append('a.happened', 'good', { n: 1 })
    await append('a.happened', 'bad', { n: 2 })
    await append('a.happened', 'good', { n: 2 })
    await kernel.events.settled()
    expect(heard).toEqual(['good1', 'good2'])
    isBroken = false
    kernel.clock.advance(5000)
    await expect.poll(() => heard, soon).toEqual(['good1', 'good2', 'bad1', 'bad2'])
    await append('a.happened', 'bad', { n: 3 })
    await kernel.events.settled()
    expect(heard.at(-1)).toBe('bad3')
  })

  test('a listener takes together what waits for it; one that fails among them holds back its own subject', async () => {
    const pages: number[] = []
    const heard: string[] = []
    let isBroken = true
    const hear = (event: StoredEvent) => {
      if (isBroken && numbered(event) === 3) throw new Error('not now')
      return `${event.subject}${numbered(event)}`
    }
    kernel.events.listen({
      name: 'hurried',
      types: ['a.happened'],
      handle: async (event) => void heard.push(hear(event)),
      async handleTogether(events) {
        pages.push(events.length)
        heard.push(...events.map(hear))
      },
    })
    const subjects = ['good', 'bad', 'other']
    for (let n = 1; n <= 400; n++) {
      await append(n % 4 ? 'a.happened' : 'b.happened', n < 7 ? subjects[n % 2]! : 'other', { n })
    }
    await kernel.start()
    await kernel.events.settled()
    const told = (numbers: number[]) =>
      numbers.map((n) => `${n < 7 ? subjects[n % 2] : 'other'}${n}`)
    const all = Array.from({ length: 400 }, (_, i) => i + 1).filter((n) => n % 4)
    expect(heard).toEqual(told(all.filter((n) => n !== 3 && n !== 5)))
    expect(pages.length).toBeLessThan(300)
    expect(Math.max(...pages)).toBeLessThanOrEqual(100)
    isBroken = false
    kernel.clock.advance(5000)
    await expect.poll(() => heard.slice(-2), soon).toEqual(told([3, 5]))
    const before = pages.length
    await append('a.happened', 'bad', { n: 401 })
    await kernel.events.settled()
    expect(heard.at(-1)).toBe('bad401')
    expect(pages).toHaveLength(before)
  })

  test('a fact knows its cause, and a chain that comes round ends', async () => {
    kernel.events.listen({
      name: 'ping',
      types: ['test.pong', 'test.begun'],
      handle: (event) => append('test.ping', event.subject),
    })
    kernel.events.listen({
      name: 'pong',
      types: ['test.ping'],
      handle: (event) => append('test.pong', event.subject),
    })
    await kernel.start()
    await append('test.begun', 'ball')
    await kernel.events.settled()
    const events = await kernel.events.list({ limit: 100 })
    expect(events.map((event) => event.type)).toEqual(['test.begun', 'test.ping', 'test.pong'])
    expect(events.map((event) => event.cause)).toEqual([undefined, events[0]!.id, events[1]!.id])
    expect(events[2]!.path).toEqual(['ping ball', 'pong ball'])
  })

  test('work begun by a job knows the fact that asked for it', async () => {
    kernel.jobs.handle('work', { run: () => append('test.worked', 'other') })
    kernel.events.listen({
      name: 'employer',
      types: ['test.asked'],
      handle: () =>
        kernel.database.write(async (tx) => {
          await kernel.jobs.enqueue(tx, { kind: 'work', payload: {} })
        }),
    })
    await kernel.start()
    await append('test.asked', 'task')
    const worked = async () =>
      (await kernel.events.list({ limit: 10 })).find((event) => event.type === 'test.worked')
    await expect.poll(worked, soon).toBeDefined()
    const [asked] = await kernel.events.list({ limit: 1 })
    expect(await worked()).toMatchObject({ cause: asked!.id, path: ['employer task'] })
  })

  test('a commit sets work off outside of itself', async () => {
    // A listener that writes would otherwise count as a write inside the write it follows.
    const written: number[] = []
    kernel.events.listen({
      name: 'writer',
      types: ['*'],
      async handle(event) {
        await kernel.database.write(async () => void written.push(numbered(event)))
      },
    })
    await kernel.start()
    for (const n of [1, 2, 3]) await append('a.happened', 's', { n })
    await expect.poll(() => written, soon).toEqual([1, 2, 3])
  })
})
