import { openPostgres } from './postgres.ts'
import { openSqlite } from './sqlite.ts'
import type { Database } from './types.ts'

export type * from './types.ts'
export { columnTypes } from './types.ts'
export { isUniqueViolation, WriteFailure } from './write-failure.ts'

/** Opens the store: a PostgreSQL by its URL, otherwise the SQLite file. */
export function openDatabase(where: { url: string } | { file: string }): Promise<Database> {
  return 'url' in where ? openPostgres(where.url) : openSqlite(where.file)
}
