import { randomBytes } from 'node:crypto'

/** Ids and secrets from the system's randomness. */
export interface Ids {
  /** A sortable unique id, `<prefix>_` + 9 characters of time + 12 random ones (base 32, lower case). */
  next(prefix: string): string
  /** An unguessable text of this many random bytes, base64url. */
  secret(bytes?: number): string
}

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'

export function createIds(now: () => number): Ids {
  return {
    next: (prefix) => `${prefix}_${timePart(now())}${randomPart(12)}`,
    secret: (bytes = 32) => randomBytes(bytes).toString('base64url'),
  }
}

function timePart(timeMs: number): string {
  let text = ''
  for (let rest = timeMs, i = 0; i < 9; i++, rest = Math.floor(rest / 32)) {
    text = alphabet[rest % 32]! + text
  }
  return text
}

function randomPart(length: number): string {
  return Array.from(randomBytes(length), (byte) => alphabet[byte & 31]).join('')
}
