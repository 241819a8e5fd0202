import { constants, createDecipheriv, type KeyObject, privateDecrypt } from 'node:crypto'
import { badCiphertext } from './refusals.ts'
import { hashOf } from './specs.ts'

/** RFC 5649's alternative initial value. */
const PADDED_IV = Buffer.from('a65959a6', 'hex')

/**
 * Key material as it was wrapped for an import: RSAES-OAEP, or (RSA_AES_KEY_WRAP) an AES key under
 * RSAES-OAEP and behind it the material under that key (PKCS #11's CKM_RSA_AES_KEY_WRAP).
 */
export function unwrap(key: KeyObject, algorithm: string, wrapped: Uint8Array): Buffer {
  const oaepHash = hashOf(algorithm)?.name
  if (oaepHash === undefined) throw badCiphertext()
  const rsa = { key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash }
  const size = key.asymmetricKeyDetails!.modulusLength! / 8
  try {
    if (!algorithm.startsWith('RSA_AES')) return privateDecrypt(rsa, wrapped)
    const aes = privateDecrypt(rsa, wrapped.subarray(0, size))
    const name = `id-aes${aes.length * 8}-wrap-pad`
    const cipher = createDecipheriv(name, aes, PADDED_IV)
    return Buffer.concat([cipher.update(wrapped.subarray(size)), cipher.final()])
  } catch {
    // What was wrong inside is nobody's affair: an oracle begins there.
    throw badCiphertext()
  }
}
