/** Whether a reference stood in the way of a write (SQLite 787, PostgreSQL 23503). */
export function isForeignKeyViolation(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false
  return ['787', '23503'].includes(String(error.code))
}
