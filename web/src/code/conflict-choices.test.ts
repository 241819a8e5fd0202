import { expect, it } from 'vitest'
import type { PullConflictFile } from '@madang/api'
import { decisionOf, isDecided, placeOf } from './conflict-choices.ts'

const file: PullConflictFile = {
  path: 'a.txt',
  kind: 'text',
  segments: [
    { kind: 'same', text: 'one\n' },
    { kind: 'conflict', source: 'mine\n', base: '', target: 'yours\n' },
    { kind: 'same', text: 'three\n' },
    { kind: 'conflict', source: 'end', base: '', target: 'END\n' },
  ],
}

it('is decided when every conflict is, and puts the file together', () => {
  const choices = { [placeOf('a.txt', 1)]: { take: 'both' as const } }
  expect(isDecided(file, choices)).toBe(false)
  const all = { ...choices, [placeOf('a.txt', 3)]: { take: 'text' as const, text: 'fin\n' } }
  expect(isDecided(file, all)).toBe(true)
  expect(decisionOf(file, all)).toEqual({
    path: 'a.txt',
    take: 'text',
    text: 'one\nmine\nyours\nthree\nfin\n',
  })
})

it('takes one side of what is no text', () => {
  const binary: PullConflictFile = { path: 'b.png', kind: 'binary' }
  expect(isDecided(binary, {})).toBe(false)
  const choices = { 'b.png': { take: 'target' as const } }
  expect(decisionOf(binary, choices)).toEqual({ path: 'b.png', take: 'target' })
})
