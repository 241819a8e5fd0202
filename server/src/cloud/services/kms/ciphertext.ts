import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from 'node:crypto'
import { badCiphertext } from './refusals.ts'

// [5 bytes: what it is] [32: the material's id] [12: nonce] [AES-256-GCM] [16: tag]. Like real
// ones they begin with `AQICAHh` in base64, and tell which key they need.
const HEAD = Buffer.from([0x01, 0x02, 0x02, 0x00, 0x78])
const NONCE_AT = HEAD.length + 32
const BODY_AT = NONCE_AT + 12
const TAG_BYTES = 16

export type Context = Record<string, string>

/** Each name and value with its length, in order of the names: no two contexts look the same. */
function contextBytes(context: Context): Buffer {
  const names = Object.keys(context).sort()
  return Buffer.concat(
    names
      .flatMap((name) => [name, context[name]!])
      .flatMap((text) => {
        const bytes = Buffer.from(text)
        const size = Buffer.alloc(4)
        size.writeUInt32BE(bytes.length)
        return [size, bytes]
      }),
  )
}

export function seal(
  secret: KeyObject,
  materialId: string,
  plaintext: Uint8Array,
  context: Context = {},
): Buffer {
  const nonce = randomBytes(12)
  const head = Buffer.concat([HEAD, Buffer.from(materialId, 'hex'), nonce])
  const cipher = createCipheriv('aes-256-gcm', secret, nonce)
  cipher.setAAD(Buffer.concat([head, contextBytes(context)]))
  return Buffer.concat([head, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
}

/** The material a ciphertext needs; throws InvalidCiphertext for what is none. */
export function materialOf(blob: Uint8Array): string {
  const bytes = Buffer.from(blob.buffer, blob.byteOffset, blob.length)
  if (bytes.length <= BODY_AT + TAG_BYTES || !bytes.subarray(0, HEAD.length).equals(HEAD)) {
    throw badCiphertext()
  }
  return bytes.subarray(HEAD.length, NONCE_AT).toString('hex')
}

export function open(secret: KeyObject, blob: Uint8Array, context: Context = {}): Buffer {
  const head = Buffer.from(blob.subarray(0, BODY_AT))
  const cipher = createDecipheriv('aes-256-gcm', secret, head.subarray(NONCE_AT))
  cipher.setAAD(Buffer.concat([head, contextBytes(context)]))
  cipher.setAuthTag(blob.subarray(blob.length - TAG_BYTES))
  try {
    const body = cipher.update(blob.subarray(BODY_AT, blob.length - TAG_BYTES))
    return Buffer.concat([body, cipher.final()])
  } catch {
    // Another context, or a byte changed: GCM doesn't know which.
    throw badCiphertext()
  }
}
