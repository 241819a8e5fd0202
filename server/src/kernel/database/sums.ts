import { hash } from 'node:crypto'
import { crc64Nvme } from './crc64-nvme.ts'
import type { Statement } from './types.ts'

/** MD5 in hex; CRC-64/NVME in base64, high byte first. */
export type SumName = 'md5' | 'crc64nvme'

/**
 * A parameter of `apply`: a text with a sum of the statement's own bytes in it (its first parameter of that
 * kind). Who writes computes it, on SQLite another thread: hashing is a sixth of what a small write costs.
 */
export class SumText {
  readonly sum: SumName
  readonly before: string
  readonly after: string

  constructor(sum: SumName, before = '', after = '') {
    this.sum = sum
    this.before = before
    this.after = after
  }
}

/** The statement as it is run; the sums are added to `sums`. */
export function withSums(statement: Statement, sums: string[]): Statement {
  const { sql, parameters } = statement
  if (!parameters.some((value) => value instanceof SumText)) return statement
  const bytes = parameters.find((value) => value instanceof Uint8Array) ?? new Uint8Array(0)
  const filled = parameters.map((value) => {
    if (!(value instanceof SumText)) return value
    const text = value.sum === 'md5' ? hash('md5', bytes) : crc64Nvme(bytes)
    sums.push(text)
    return value.before + text + value.after
  })
  return { sql, parameters: filled }
}
