import {
  constants,
  createHash,
  hash as hashNow,
  type KeyObject,
  privateEncrypt,
  publicDecrypt,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto'

// RFC 8017: RSASSA over a digest that the caller made. OpenSSL's own signing wants the message.

/** ASN.1 of DigestInfo before the digest (RFC 8017, 9.2, note 1). */
const digestInfo: Record<string, string> = {
  sha256: '3031300d060960864801650304020105000420',
  sha384: '3041300d060960864801650304020205000430',
  sha512: '3051300d060960864801650304020305000440',
}

const infoOf = (hash: string, digest: Uint8Array) =>
  Buffer.concat([Buffer.from(digestInfo[hash]!, 'hex'), digest])

export const pkcs1SignDigest = (key: KeyObject, hash: string, digest: Uint8Array): Buffer =>
  privateEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, infoOf(hash, digest))

export function pkcs1VerifyDigest(
  key: KeyObject,
  hash: string,
  digest: Uint8Array,
  signature: Uint8Array,
): boolean {
  const found = recovered(key, signature, constants.RSA_PKCS1_PADDING)
  const right = infoOf(hash, digest)
  return found !== undefined && found.length === right.length && timingSafeEqual(found, right)
}

/** Undefined where OpenSSL finds no padding, or a number that is too large for the key. */
function recovered(key: KeyObject, signature: Uint8Array, padding: number): Buffer | undefined {
  try {
    return publicDecrypt({ key, padding }, signature)
  } catch {
    return undefined
  }
}

function mask(seed: Uint8Array, length: number, hash: string): Buffer {
  const pieces: Buffer[] = []
  for (let made = 0, n = 0; made < length; n++) {
    const counter = Buffer.alloc(4)
    counter.writeUInt32BE(n)
    const piece = createHash(hash).update(seed).update(counter).digest()
    pieces.push(piece)
    made += piece.length
  }
  return Buffer.concat(pieces).subarray(0, length)
}

const saltedHash = (hash: string, digest: Uint8Array, salt: Uint8Array): Buffer =>
  hashNow(hash, Buffer.concat([Buffer.alloc(8), digest, salt]), 'buffer')

const sizeOf = (key: KeyObject) => key.asymmetricKeyDetails!.modulusLength! / 8

/** EMSA-PSS with a salt as long as the digest; moduli are whole bytes, so one top bit is cleared. */
export function pssSignDigest(key: KeyObject, hash: string, digest: Uint8Array): Buffer {
  const salt = randomBytes(digest.length)
  const h = saltedHash(hash, digest, salt)
  const block = Buffer.alloc(sizeOf(key) - h.length - 1)
  block[block.length - salt.length - 1] = 1
  block.set(salt, block.length - salt.length)
  const masked = xor(block, mask(h, block.length, hash))
  masked[0]! &= 0x7f
  const encoded = Buffer.concat([masked, h, Buffer.from([0xbc])])
  return privateEncrypt({ key, padding: constants.RSA_NO_PADDING }, encoded)
}

export function pssVerifyDigest(
  key: KeyObject,
  hash: string,
  digest: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (signature.length !== sizeOf(key)) return false
  const encoded = recovered(key, signature, constants.RSA_NO_PADDING)
  if (!encoded || encoded.at(-1) !== 0xbc || encoded[0]! > 0x7f) return false
  const masked = encoded.subarray(0, encoded.length - digest.length - 1)
  const h = encoded.subarray(masked.length, -1)
  const block = xor(masked, mask(h, masked.length, hash))
  block[0]! &= 0x7f
  const salt = block.subarray(block.length - digest.length)
  const head = block.subarray(0, block.length - salt.length)
  if (head.at(-1) !== 1 || head.subarray(0, -1).some((byte) => byte !== 0)) return false
  return timingSafeEqual(h, saltedHash(hash, digest, salt))
}

const xor = (a: Uint8Array, b: Uint8Array): Buffer => Buffer.from(a.map((byte, i) => byte ^ b[i]!))
