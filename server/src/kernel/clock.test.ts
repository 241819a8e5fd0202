import { expect, test } from 'vitest'
import { createClock } from './index.ts'

test('moving the clock makes what waits for a moment happen, in its order', () => {
  const clock = createClock()
  const before = clock.now()
  const happened: string[] = []
  clock.at(before + 2000, () => happened.push('second'))
  clock.at(before + 1000, () => happened.push('first'))
  const callOff = clock.at(before + 1500, () => happened.push('never'))
  clock.at(before + 86_400_000, () => happened.push('tomorrow'))
  callOff()
  clock.advance(5000)
  expect(happened).toEqual(['first', 'second'])
  expect(clock.now() - before).toBeGreaterThanOrEqual(5000)
})

test('a sleep ends with the clock, or with its signal', async () => {
  const clock = createClock()
  const slept = clock.sleep(3_600_000)
  clock.advance(3_600_000)
  await slept
  const control = new AbortController()
  const aborted = clock.sleep(3_600_000, control.signal)
  control.abort(new Error('no longer'))
  await expect(aborted).rejects.toThrow('no longer')
  await expect(clock.sleep(1, control.signal)).rejects.toThrow('no longer')
})
