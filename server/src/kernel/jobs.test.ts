import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { testDatabases } from '../testing/databases.ts'
import { configFor, createKernel, type Kernel, type NewJob, type Transaction } from './index.ts'

const soon = { timeout: 60_000 }

describe.each(testDatabases())('jobs over $name', ({ config }) => {
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
  const enqueue = (job: NewJob) => kernel.database.write((tx) => kernel.jobs.enqueue(tx, job))

  test('a job runs after the write that enqueued it, never after one that failed', async () => {
    const ran: unknown[] = []
    kernel.jobs.handle('work', { run: async (job) => void ran.push(job.payload) })
    await kernel.start()
    const failing = kernel.database.write(async (tx) => {
      await kernel.jobs.enqueue(tx, { kind: 'work', payload: { n: 0 } })
      throw new Error('on purpose')
    })
    await expect(failing).rejects.toThrow('on purpose')
    await enqueue({ kind: 'work', payload: { n: 1 } })
    await expect.poll(() => ran, soon).toEqual([{ n: 1 }])
  })

  test('a failure is tried again with growing waits, then kept as failed', async () => {
    const attempts: number[] = []
    kernel.jobs.handle('work', {
      maxAttempts: 3,
      async run(job) {
        attempts.push(job.attempt)
        throw new Error('still broken')
      },
    })
    await kernel.start()
    await enqueue({ kind: 'work', payload: {} })
    await expect.poll(() => attempts, soon).toEqual([1])
    // The wait is stored after the try; moving the clock in steps meets it whenever that was.
    const advance = async (count: number) =>
      expect
        .poll(() => {
          kernel.clock.advance(2000)
          return attempts.length
        }, soon)
        .toBe(count)
    await advance(2)
    await advance(3)
    await expect.poll(() => kernel.jobs.failed(10), soon).toHaveLength(1)
    expect((await kernel.jobs.failed(10))[0]!.error).toContain('still broken')
    expect(attempts).toEqual([1, 2, 3])
  })

  test('a job waits for its moment; its key moves it or calls it off', async () => {
    const ran: unknown[] = []
    kernel.jobs.handle('later', { run: async (job) => void ran.push(job.payload) })
    await kernel.start()
    const hour = 3_600_000
    const in1 = kernel.clock.now() + hour
    await enqueue({ kind: 'later', key: 'k', payload: { n: 1 }, runAtMs: in1 })
    await enqueue({ kind: 'later', key: 'k', payload: { n: 2 }, runAtMs: in1 + hour })
    await enqueue({ kind: 'later', key: 'off', payload: { n: 3 }, runAtMs: in1 })
    await enqueue({ kind: 'later', key: 'due', payload: { n: 4 }, runAtMs: in1 })
    await kernel.database.write((tx) => kernel.jobs.cancel(tx, 'later', 'off'))
    kernel.clock.advance(hour + 1000)
    await expect.poll(() => ran, soon).toEqual([{ n: 4 }])
    kernel.clock.advance(hour)
    await expect.poll(() => ran, soon).toEqual([{ n: 4 }, { n: 2 }])
  })

  test('settled waits for what is due, also by what ran, and for nothing later', async () => {
    const hour = 3_600_000
    const ran: number[] = []
    kernel.jobs.handle('chain', {
      async run({ payload }) {
        const { n } = payload as { n: number }
        ran.push(n)
        const runAtMs = kernel.clock.now() + (n < 3 ? 0 : hour)
        await enqueue({ kind: 'chain', payload: { n: n + 1 }, runAtMs })
      },
    })
    await kernel.start()
    const runAtMs = kernel.clock.now() + hour
    await enqueue({ kind: 'chain', payload: { n: 1 }, runAtMs })
    await kernel.jobs.settled()
    expect(ran).toEqual([])
    kernel.clock.advance(hour)
    await kernel.jobs.settled()
    expect(ran).toEqual([1, 2, 3])
  })

  test('one key never runs twice at once, and no more run than allowed', async () => {
    let running = 0
    let most = 0
    let finished = 0
    const ends: (() => void)[] = []
    kernel.jobs.handle('wide', {
      concurrency: 3,
      async run() {
        most = Math.max(most, ++running)
        await new Promise<void>((resolve) => ends.push(resolve))
        running--
        finished++
      },
    })
    await kernel.start()
    for (let i = 0; i < 5; i++) await enqueue({ kind: 'wide', key: `k${i}`, payload: {} })
    await expect.poll(() => running, soon).toBe(3)
    await enqueue({ kind: 'wide', key: 'k0', payload: {} })
    await expect
      .poll(() => {
        ends.shift()?.()
        return finished
      }, soon)
      .toBe(6)
    expect(most).toBe(3)
  })

  test('what came of a job is stored as soon as the store takes it again', async () => {
    // A row that hangs on the job keeps it from being deleted: a store that refuses.
    await kernel.database.migrate('test-hold', [
      {
        id: '001-hold',
        up: (db) =>
          db.schema
            .createTable('test_hold')
            .addColumn('job', 'text', (column) => column.references('kernel_job.id'))
            .execute(),
      },
    ])
    const held = (tx: Transaction) => tx.tables<{ test_hold: { job: string } }>()
    const ran: number[] = []
    kernel.jobs.handle('work', {
      async run({ id, payload }) {
        const { n } = payload as { n: number }
        ran.push(n)
        if (n > 1) return
        await kernel.database.write(async (tx) => {
          await held(tx).insertInto('test_hold').values({ job: id }).execute()
        })
      },
    })
    await kernel.start()
    await enqueue({ kind: 'work', key: 'k', payload: { n: 1 } })
    await expect.poll(() => ran, soon).toEqual([1])
    await enqueue({ kind: 'work', key: 'k', payload: { n: 2 } })
    await kernel.database.write(async (tx) => {
      await held(tx).deleteFrom('test_hold').execute()
    })
    await expect.poll(() => ran, soon).toEqual([1, 2])
  })

  test('a handler that throws before its first wait is tried again, too', async () => {
    let tries = 0
    kernel.jobs.handle('work', {
      run() {
        if (++tries === 1) throw new Error('at once')
        return Promise.resolve()
      },
    })
    await kernel.start()
    await enqueue({ kind: 'work', payload: {} })
    await expect.poll(() => (kernel.clock.advance(2000), tries), soon).toBe(2)
  })
})
