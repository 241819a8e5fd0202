import { expect, test } from 'vitest'
import { rankBetween } from './rank.ts'

test('ranks keep their order and stay short, wherever things are put', () => {
  const ranks = [rankBetween(undefined, undefined)]
  // A fixed sequence that looks random: the places repeat in each run.
  let state = 7
  for (let i = 0; i < 3000; i++) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    const at = state % (ranks.length + 1)
    ranks.splice(at, 0, rankBetween(ranks[at - 1], ranks[at]))
  }
  expect(ranks).toEqual([...ranks].sort())
  expect(new Set(ranks).size).toBe(ranks.length)
  expect(Math.max(...ranks.map((rank) => rank.length))).toBeLessThan(24)
})

test('a thousand things put into the same gap still fit', () => {
  const low = rankBetween(undefined, undefined)
  let high = rankBetween(low, undefined)
  for (let i = 0; i < 1000; i++) {
    const next = rankBetween(low, high)
    expect(next > low && next < high).toBe(true)
    high = next
  }
  expect(high.length).toBeLessThan(250)
})

test('the end grows by number, not by length', () => {
  let last = rankBetween(undefined, undefined)
  for (let i = 0; i < 20_000; i++) last = rankBetween(last, undefined)
  expect(last).toHaveLength(8)
})
