import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { codeEndpoints, codeKeyEndpoints, codeSecretEndpoints } from '@madang/api'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { newKey } from './ssh/testing.ts'
import { type CodeYard, git, openCodeYard } from './testing.ts'

let yard: CodeYard
beforeAll(async () => void (yard = await openCodeYard()))
afterAll(() => yard.close())

const tables = ['code_key', 'code_secret_scan', 'code_ref'] as const
const owners = { code_key: 'owner', code_secret_scan: 'repo_id', code_ref: 'repo_id' } as const

async function rowsOf(id: string): Promise<number[]> {
  const db = yard.yard.kernel.database.tables<Record<string, Record<string, string>>>()
  return Promise.all(
    tables.map(async (table) => {
      const rows = await db.selectFrom(table).selectAll().where(owners[table], '=', id).execute()
      return rows.length
    }),
  )
}

it('a removed repository leaves no row, no folder and no search index', async () => {
  const params = { project: 'GB', repo: 'guestbook' }
  const { id } = await yard.ada.call(codeEndpoints.repoGet, { params })
  const work = yard.folder()
  await git(work, 'init', '-q', '-b', 'main')
  await git(work, 'commit', '-q', '--allow-empty', '-m', 'first')
  await git(work, 'push', '-q', yard.url('ada'), 'main')
  const { text } = newKey(yard.folder())
  await yard.ada.call(codeKeyEndpoints.deployKeyCreate, { params, body: { key: text } })
  const scan = { isOn: true, withHighEntropy: true, allow: [] }
  await yard.ada.call(codeSecretEndpoints.secretScanSet, { params, body: scan })
  expect(await rowsOf(id)).toEqual([1, 1, 1])
  const index = join(yard.yard.kernel.folder('code-search'), id)
  const folder = await yard.code.repoPath('GB', 'guestbook')
  await expect.poll(() => existsSync(index)).toBe(true)
  await yard.ada.call(codeEndpoints.repoDelete, { params })
  await expect.poll(() => existsSync(index)).toBe(false)
  await expect.poll(() => existsSync(folder)).toBe(false)
  expect(await rowsOf(id)).toEqual([0, 0, 0])
})
