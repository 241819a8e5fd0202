import { openSqlite } from './sqlite.ts'
import type { Database } from './types.ts'
import { dismissWriter } from './writer-thread.ts'

export type * from './types.ts'
export { columnTypes } from './types.ts'
export { crc64Nvme } from './crc64-nvme.ts'
export { type SumName, SumText } from './sums.ts'
export { isUniqueViolation, WriteFailure } from './write-failure.ts'

/** A PostgreSQL, or the SQLite file; not `durable` is for data that is thrown away (no flush to disk). */
export type DatabasePlace = { url: string } | { file: string; durable?: boolean }

export async function openDatabase(where: DatabasePlace): Promise<Database> {
  if ('file' in where) return openSqlite(where.file, { durable: where.durable ?? true })
  // The driver costs 25 ms of every start; only those who named a PostgreSQL pay it.
  await dismissWriter()
  const { openPostgres } = await import('./postgres.ts')
  return openPostgres(where.url)
}
