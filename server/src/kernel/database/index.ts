import { openSqlite } from './sqlite.ts'
import type { Database } from './types.ts'
import { dismissWriter } from './writer-thread.ts'

export type * from './types.ts'
export { columnTypes } from './types.ts'
export { isUniqueViolation, WriteFailure } from './write-failure.ts'

/** Opens the store: a PostgreSQL by its URL, otherwise the SQLite file. */
export async function openDatabase(where: { url: string } | { file: string }): Promise<Database> {
  if ('file' in where) return openSqlite(where.file)
  // The driver costs 25 ms of every start; only those who named a PostgreSQL pay it.
  await dismissWriter()
  const { openPostgres } = await import('./postgres.ts')
  return openPostgres(where.url)
}
