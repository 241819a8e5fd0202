const SQLITE_FULL = '13'
const SQLITE_IOERR = '10'

/** A write the database itself refused: a constraint, a full disk, a broken file. */
export class WriteFailure extends Error {
  readonly code: string

  constructor(message: string, code: string) {
    super(message)
    this.name = 'WriteFailure'
    this.code = code
  }

  /** SQLite's primary code is the low byte of the extended one; PostgreSQL's is 53100. */
  get isDiskFull(): boolean {
    const primary = String(Number(this.code) & 0xff)
    return this.code === '53100' || primary === SQLITE_FULL || primary === SQLITE_IOERR
  }
}

/** Whether a unique or primary key constraint stood in the way (SQLite 1555, 2067; PostgreSQL 23505). */
export function isUniqueViolation(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false
  return ['1555', '2067', '23505'].includes(String(error.code))
}
