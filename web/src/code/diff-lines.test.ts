import { expect, test } from 'vitest'
import { type Line, pairsOf } from './diff-lines.ts'

const line = (kind: Line['kind'], text: string): Line => ({ kind, text }) as Line
const texts = (lines: Line[]) => pairsOf(lines).map((pair) => [pair.old?.text, pair.new?.text])

test('what was removed stands beside what came in its place', () => {
  const lines = [
    line('context', 'a'),
    line('removed', 'b'),
    line('removed', 'c'),
    line('added', 'B'),
    line('context', 'd'),
    line('added', 'e'),
  ]
  expect(texts(lines)).toEqual([
    ['a', 'a'],
    ['b', 'B'],
    ['c', undefined],
    ['d', 'd'],
    [undefined, 'e'],
  ])
})

test('a removal after an addition begins a new row', () => {
  expect(texts([line('added', 'A'), line('removed', 'b')])).toEqual([
    [undefined, 'A'],
    ['b', undefined],
  ])
})
