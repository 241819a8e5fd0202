import { expect, test } from 'vitest'
import { createIds } from './ids.ts'

test('ids sort in the order they were made, also those of one millisecond and of a clock set back', () => {
  const times = [...Array<number>(1000).fill(1_700_000_000_000), 1_699_999_999_000]
  const ids = createIds(() => times.shift()!)
  const made = Array.from({ length: 1001 }, () => ids.next('x'))
  expect(made).toEqual([...new Set(made)].sort())
  expect(made[0]).toMatch(/^x_[0-9a-z]{21}$/)
})
