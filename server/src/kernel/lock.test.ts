import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { configFor, createKernel, FolderInUse } from './index.ts'

let home: string
beforeAll(() => void (home = mkdtempSync(join(tmpdir(), 'madang-test-'))))
afterAll(() => rmSync(home, { recursive: true, force: true }))

test('a second process on the data folder is refused and harms nothing', async () => {
  const kernel = await createKernel(configFor({ home }))
  const second = createKernel(configFor({ home }))
  await expect(second).rejects.toThrow(FolderInUse)
  await expect(second).rejects.toThrow(String(process.pid))
  await kernel.stop()
  await (await createKernel(configFor({ home }))).stop()
})

test('what a dead process left does not lock the folder', async () => {
  const dead = spawnSync(process.execPath, ['-e', '']).pid
  writeFileSync(join(home, 'madang.lock'), `${dead} 1`)
  await (await createKernel(configFor({ home }))).stop()
})

test("a living process that only has the dead one's number does not, either", async () => {
  writeFileSync(join(home, 'madang.lock'), `${process.ppid} 1`)
  const kernel = await createKernel(configFor({ home }))
  expect(readFileSync(join(home, 'madang.lock'), 'utf8')).toMatch(new RegExp(`^${process.pid} `))
  await kernel.stop()
})
