import type { Kernel } from '../../../kernel/index.ts'
import type { S3Tables } from './migrations.ts'

/** Removes the blobs that changes left behind, a little after the change and after each start. */
export interface Garbage {
  /** Something may have been left behind. */
  expect(): void
  /** Removes all of it now. */
  collect(): Promise<void>
}

// Long enough for a download that has just looked up a blob to open it.
const DELAY_MS = 5000
const BATCH = 200

export function createGarbage({ database, blobs, log, onStop }: Kernel): Garbage {
  const tables = database.tables<S3Tables>()
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> = Promise.resolve()
  const collect = async () => {
    for (;;) {
      const rows = await tables.selectFrom('cloud_s3_garbage').selectAll().limit(BATCH).execute()
      if (rows.length === 0) return
      for (const row of rows) for (const id of row.blobs.split(',')) await blobs.remove(id)
      const ids = rows.map((row) => row.id)
      await database.apply([tables.deleteFrom('cloud_s3_garbage').where('id', 'in', ids).compile()])
    }
  }
  const collectInTurn = () => (running = running.then(collect))
  const expect = () => {
    timer ??= setTimeout(() => {
      timer = undefined
      collectInTurn().catch((error: unknown) => {
        running = Promise.resolve()
        log.error('cloud.s3.garbage', { error })
      })
    }, DELAY_MS).unref()
  }
  onStop(async () => {
    clearTimeout(timer)
    await running
  })
  expect()
  return { expect, collect: collectInTurn }
}
