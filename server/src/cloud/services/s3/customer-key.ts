import { createHmac, hash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Sealing } from './model.ts'
import { invalidArgument, invalidRequest, refusal } from './refusals.ts'

/** The three headers of SSE-C, of a write, a read or a copy's source. */
export interface CustomerKeyInput {
  algorithm?: string | undefined
  key?: string | undefined
  keyMd5?: string | undefined
}

export interface CustomerKey {
  key: Buffer
  /** As the client sent it, base64: answers repeat it. */
  md5: string
}

const KEY_BYTES = 32
const HEADER = 'x-amz-server-side-encryption'
const refuse = (message: string) => invalidArgument(HEADER, 'null', message)

/** Checks the headers in S3's order; nothing when there are none. A read only asks whether it's the key. */
export function readCustomerKey(
  { algorithm, key, keyMd5 }: CustomerKeyInput,
  use: 'write' | 'read',
): CustomerKey | undefined {
  if (algorithm === undefined && key === undefined && keyMd5 === undefined) return undefined
  const must = 'Requests specifying Server Side Encryption with Customer provided keys must provide'
  if (algorithm === undefined) throw refuse(`${must} a valid encryption algorithm.`)
  if (key === undefined) throw refuse(`${must} an appropriate secret key.`)
  if (algorithm !== 'AES256') {
    throw refusal(
      'InvalidEncryptionAlgorithmError',
      400,
      'The Encryption request you specified is not valid. Supported value: AES256.',
      { ArgumentName: HEADER, ArgumentValue: algorithm },
    )
  }
  const bytes = Buffer.from(key, 'base64')
  if (keyMd5 === undefined) {
    throw refuse(`${must} the client calculated MD5 hash of the secret key.`)
  }
  if (hash('md5', bytes, 'base64') !== keyMd5) {
    throw refuse('The calculated MD5 hash of the key did not match the hash that was provided.')
  }
  if (use === 'write' && bytes.length !== KEY_BYTES) {
    throw refuse('The secret key was invalid for the specified algorithm.')
  }
  return { key: bytes, md5: keyMd5 }
}

/** What is kept instead of the key: enough to know it again, not enough to have it. */
export function proofOf(key: Buffer): string {
  const salt = randomBytes(16).toString('hex')
  return `${salt}:${proof(salt, key).toString('hex')}`
}

const proof = (salt: string, key: Buffer) => createHmac('sha256', key).update(salt).digest()

export function isKeyOf({ keyProof = ':' }: Sealing, key: Buffer): boolean {
  const [salt = '', kept = ''] = keyProof.split(':')
  const known = Buffer.from(kept, 'hex')
  return known.length === 32 && timingSafeEqual(known, proof(salt, key))
}

/** The key to a version: the right one, and none where none is wanted. */
export function keyForRead(
  sealing: Sealing | undefined,
  given: CustomerKey | undefined,
): Buffer | undefined {
  if (sealing?.as !== 'SSE-C') {
    if (!given) return undefined
    throw invalidRequest('The encryption parameters are not applicable to this object.')
  }
  if (!given) {
    throw invalidRequest(
      'The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object.',
    )
  }
  if (isKeyOf(sealing, given.key)) return given.key
  throw refusal(
    'AccessDenied',
    403,
    'Requests specifying Server Side Encryption with Customer provided keys must provide the correct secret key.',
  )
}

/** The key of a part, which must be the one its upload began with. */
export function keyForPart(
  sealing: Sealing | undefined,
  given: CustomerKey | undefined,
): Buffer | undefined {
  if (sealing?.as !== 'SSE-C' && !given) return undefined
  // The one sentence for both: encryption missing, and encryption nobody asked for (as observed).
  if (sealing?.as !== 'SSE-C' || !given) {
    throw invalidRequest(
      'The multipart upload initiate requested encryption. Subsequent part requests must include the appropriate encryption parameters.',
    )
  }
  if (isKeyOf(sealing, given.key)) return given.key
  throw invalidRequest('The provided encryption parameters did not match the ones used originally.')
}
