import type { KeyObject } from 'node:crypto'

// Node gives no signature over a digest: OpenSSL would hash it once more. Loaded when first needed,
// since few callers send digests and the curves' tables take a moment to make.

const options = { prehash: false, lowS: false, format: 'der' } as const

async function curveOf(crv: string | undefined) {
  if (crv === 'secp256k1') return (await import('@noble/curves/secp256k1.js')).secp256k1
  const { p256, p384, p521 } = await import('@noble/curves/nist.js')
  return { 'P-256': p256, 'P-384': p384, 'P-521': p521 }[crv!]!
}

const bytesOf = (member: string | undefined) => Buffer.from(member!, 'base64url')

export async function ecSignDigest(key: KeyObject, digest: Uint8Array): Promise<Uint8Array> {
  const { crv, d } = key.export({ format: 'jwk' })
  return (await curveOf(crv)).sign(digest, bytesOf(d), options)
}

export async function ecVerifyDigest(
  key: KeyObject,
  digest: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  const { crv, x, y } = key.export({ format: 'jwk' })
  const point = Buffer.concat([Buffer.from([4]), bytesOf(x), bytesOf(y)])
  const curve = await curveOf(crv)
  try {
    return curve.verify(signature, digest, point, options)
  } catch {
    // Not DER, or numbers out of range.
    return false
  }
}

/** RFC 8032's Ed25519ph over the bytes given: KMS hashes them, although it calls them a digest. */
export async function ed25519phSign(key: KeyObject, bytes: Uint8Array): Promise<Uint8Array> {
  const { ed25519ph } = await import('@noble/curves/ed25519.js')
  return ed25519ph.sign(bytes, bytesOf(key.export({ format: 'jwk' }).d))
}

export async function ed25519phVerify(
  key: KeyObject,
  bytes: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  const { ed25519ph } = await import('@noble/curves/ed25519.js')
  return (
    signature.length === 64 &&
    ed25519ph.verify(signature, bytes, bytesOf(key.export({ format: 'jwk' }).x))
  )
}
