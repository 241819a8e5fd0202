import { expect, test } from 'vitest'
import { Interrupts } from './interrupts.ts'

const forever = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error))
  })

test('a step that ends all the same leaves the interruption to the next one', async () => {
  const interrupts = new Interrupts()
  const { promise, resolve } = Promise.withResolvers<string>()
  const deaf = interrupts.during(() => promise)
  interrupts.interrupt(new Error('Aborted by Kim'))
  resolve('its value')
  expect(await deaf).toBe('its value')
  expect(interrupts.isPending).toBe(true)
  await expect(interrupts.during(forever)).rejects.toThrow('Aborted by Kim')
  expect(interrupts.isPending).toBe(false)
})

test('a step that heeds it leaves nothing to the next one', async () => {
  const interrupts = new Interrupts()
  const step = interrupts.during(forever)
  interrupts.interrupt(new Error('Aborted by Kim'))
  await expect(step).rejects.toThrow('Aborted by Kim')
  expect(await interrupts.during(async () => 'post')).toBe('post')
})

test("a timeout's own goes with it, one from further up goes on", async () => {
  const run = new Interrupts()
  const timeout = run.child()
  timeout.interrupt(new Error('Timeout has been exceeded'))
  timeout.close()
  expect(run.isPending).toBe(false)
  const another = run.child()
  run.interrupt(new Error('Aborted by Kim'))
  another.close()
  expect(() => run.heed()).toThrow('Aborted by Kim')
})

test('a block that begins while one waits has it before its first step, and nothing after it', async () => {
  const run = new Interrupts()
  run.interrupt(new Error('Aborted by Kim'))
  const branches = [run.child(), run.child()]
  for (const branch of branches) expect(() => branch.heed()).toThrow('Aborted by Kim')
  for (const branch of branches) branch.close()
  expect(run.isPending).toBe(false)
})

test.for(['first', 'last'])('a branch without a further step that closes %s', async (order) => {
  const run = new Interrupts()
  const [idle, busy] = [run.child(), run.child()]
  const step = busy.during(forever)
  run.interrupt(new Error('Aborted by Kim'))
  if (order === 'first') idle.close()
  await expect(step).rejects.toThrow('Aborted by Kim')
  busy.close()
  idle.close()
  expect(await run.during(async () => 'post')).toBe('post')
})
