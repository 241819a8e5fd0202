import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createSecrets } from './secrets.ts'

let folder: string
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'madang-test-'))))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('what is sealed opens with the same key, for the same purpose, and unchanged', () => {
  const file = join(folder, 'secret.key')
  const sealed = createSecrets(file, undefined).seal('비밀', 'pipelines.credential')
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(sealed).not.toContain('비밀')
  const again = createSecrets(file, undefined)
  expect(again.open(sealed, 'pipelines.credential')).toBe('비밀')
  expect(() => again.open(sealed, 'identity.setup')).toThrow()
  const middle = sealed.length >> 1
  const other = sealed[middle] === 'A' ? 'B' : 'A'
  const forged = sealed.slice(0, middle) + other + sealed.slice(middle + 1)
  expect(() => again.open(forged, 'pipelines.credential')).toThrow()
  expect(() => createSecrets(file, 'another key').open(sealed, 'pipelines.credential')).toThrow()
  expect(again.seal('비밀', 'p')).not.toBe(again.seal('비밀', 'p'))
})

test('a key file that holds no key is told, not replaced', () => {
  const file = join(folder, 'broken.key')
  writeFileSync(file, 'short')
  expect(() => createSecrets(file, undefined)).toThrow(/does not hold a key/)
})
