import assert from 'node:assert/strict'
import test from 'node:test'
import { checkEntry, keyOf } from './entry.ts'

const form = (name: string, text: string) => new URLSearchParams({ name, text })

test('an entry keeps its text, Korean included', () => {
  assert.deepEqual(checkEntry(form(' 민지 ', '잘 보고 갑니다'), 7), {
    ok: true,
    entry: { name: '민지', text: '잘 보고 갑니다', at: 7 },
  })
})

test('an empty entry is refused', () => {
  assert.deepEqual(checkEntry(form('Minji', '  '), 7), { ok: false, reason: 'empty' })
})

test('a very long entry is refused', () => {
  assert.deepEqual(checkEntry(form('Minji', 'x'.repeat(501)), 7), { ok: false, reason: 'tooLong' })
})

test('newer entries sort first', () => {
  const older = keyOf({ name: 'a', text: 'a', at: 1_000 }, 'r')
  const newer = keyOf({ name: 'a', text: 'a', at: 2_000 }, 'r')
  assert.ok(newer < older)
})
