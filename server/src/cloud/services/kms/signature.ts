import { constants, type KeyObject, sign, verify } from 'node:crypto'
import { pkcs1SignDigest, pkcs1VerifyDigest, pssSignDigest, pssVerifyDigest } from './rsa-digest.ts'
import { ecSignDigest, ecVerifyDigest, ed25519phSign, ed25519phVerify } from './ec-digest.ts'
import { hashOf } from './specs.ts'

/** What goes into the algorithm: the message, or its digest that the caller made. */
export interface ToBeSigned {
  bytes: Uint8Array
  isDigest: boolean
}

const pss = {
  padding: constants.RSA_PKCS1_PSS_PADDING,
  saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
}

/** OpenSSL hashes by itself; over a caller's digest the last step is made by hand. */
export async function signBytes(
  key: KeyObject,
  algorithm: string,
  { bytes, isDigest }: ToBeSigned,
): Promise<Uint8Array> {
  const hash = hashOf(algorithm)?.name
  if (algorithm === 'ED25519_PH_SHA_512') return ed25519phSign(key, bytes)
  if (hash === undefined || algorithm.startsWith('ED25519')) return sign(null, bytes, key)
  if (algorithm.startsWith('ECDSA')) {
    return isDigest ? ecSignDigest(key, bytes) : sign(hash, bytes, key)
  }
  if (algorithm.startsWith('RSASSA_PSS')) {
    return isDigest ? pssSignDigest(key, hash, bytes) : sign(hash, bytes, { key, ...pss })
  }
  return isDigest ? pkcs1SignDigest(key, hash, bytes) : sign(hash, bytes, key)
}

export async function verifyBytes(
  key: KeyObject,
  algorithm: string,
  { bytes, isDigest }: ToBeSigned,
  signature: Uint8Array,
): Promise<boolean> {
  const hash = hashOf(algorithm)?.name
  if (algorithm === 'ED25519_PH_SHA_512') return ed25519phVerify(key, bytes, signature)
  if (hash === undefined || algorithm.startsWith('ED25519')) {
    return verify(null, bytes, key, signature)
  }
  if (algorithm.startsWith('ECDSA')) {
    return isDigest ? ecVerifyDigest(key, bytes, signature) : verify(hash, bytes, key, signature)
  }
  if (algorithm.startsWith('RSASSA_PSS')) {
    return isDigest
      ? pssVerifyDigest(key, hash, bytes, signature)
      : verify(hash, bytes, { key, ...pss }, signature)
  }
  return isDigest
    ? pkcs1VerifyDigest(key, hash, bytes, signature)
    : verify(hash, bytes, key, signature)
}
