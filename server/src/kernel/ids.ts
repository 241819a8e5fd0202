import { randomBytes } from 'node:crypto'

/** Ids and secrets from the system's randomness. */
export interface Ids {
  /**
   * A sortable unique id: `<prefix>_`, 9 characters of time, 3 that count what is made in one millisecond, 9 random
   * ones (base 32, lower case). What is made later sorts behind what was made before.
   */
  next(prefix: string): string
  /** An unguessable text of this many random bytes, base64url. */
  secret(bytes?: number): string
}

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'

export function createIds(now: () => number): Ids {
  let lastMs = 0
  let count = 0
  const next = (prefix: string) => {
    const timeMs = Math.max(now(), lastMs)
    count = timeMs === lastMs ? count + 1 : 0
    lastMs = timeMs
    return `${prefix}_${digits(timeMs, 9)}${digits(count, 3)}${randomPart(9)}`
  }
  return { next, secret: (bytes = 32) => randomBytes(bytes).toString('base64url') }
}

function digits(value: number, length: number): string {
  let text = ''
  for (let rest = value, i = 0; i < length; i++, rest = Math.floor(rest / 32)) {
    text = alphabet[rest % 32]! + text
  }
  return text
}

function randomPart(length: number): string {
  return Array.from(randomBytes(length), (byte) => alphabet[byte & 31]).join('')
}
