import { existsSync } from 'node:fs'
import { mkdtemp, rm, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { configFor, createKernel } from '../../kernel/index.ts'
import { insertObject, lfsBlobs, lfsMigrations } from './store-lfs.ts'

test('the daily look for lost files keeps what a repository refers to', async () => {
  const home = await mkdtemp(join(tmpdir(), 'madang-lfs-'))
  const kernel = await createKernel(configFor({ home }))
  const { blobs, database } = kernel
  await database.migrate('code-lfs', lfsMigrations)
  const writer = lfsBlobs(kernel)
  const kept = await writer.write(Buffer.from('kept'))
  const lost = await writer.write(Buffer.from('lost'))
  const row = { repo_id: 'r', oid: kept.sha256, blob_id: kept.id, size_bytes: 4, created_at: 1 }
  await database.write((tx) => insertObject(tx, row))
  for (const { id } of [kept, lost]) await utimes(blobs.path(id), new Date(0), new Date(0))
  expect(await blobs.sweep()).toEqual({ orphaned: 1, restored: 0, removed: 0 })
  expect([kept, lost].map(({ id }) => existsSync(blobs.path(id)))).toEqual([true, false])
  await kernel.stop()
  await rm(home, { recursive: true, force: true })
})
