import { createHash, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import { fingerprintOf, sshKeyObject } from '../keys/index.ts'

/**
 * Signatures of `ssh-keygen -Y sign`, as OpenSSH's PROTOCOL.sshsig describes them: an armoured
 * blob with the public key, the namespace it counts for, and a signature over a hash of the text.
 */
export interface SshSignature {
  fingerprint: string
  namespace: string
  /** Whether the signature is that of the key it names, over the text. */
  isGood: boolean
}

const MAGIC = 'SSHSIG'
const NAMESPACE = 'git'
const hashes: Record<string, string> = { sha256: 'sha256', sha512: 'sha512' }

/** Undefined when the text is no such signature or of a kind that is not known here. */
export function readSshSignature(armour: string, text: Buffer): SshSignature | undefined {
  const body = /-----BEGIN SSH SIGNATURE-----([\s\S]+?)-----END SSH SIGNATURE-----/.exec(armour)
  const reader = new WireReader(Buffer.from(body?.[1] ?? '', 'base64'))
  if (reader.take(6)?.toString('latin1') !== MAGIC || reader.number() !== 1) return undefined
  const [key, namespace, reserved, hash, signature] = [1, 2, 3, 4, 5].map(() => reader.field())
  const algorithm = hashes[hash?.toString('latin1') ?? '']
  if (!key || !namespace || !reserved || !signature || !algorithm) return undefined
  const digest = createHash(algorithm).update(text).digest()
  const signed = signedBytes([namespace, reserved, hash!, digest])
  return {
    fingerprint: fingerprintOf(key),
    namespace: namespace.toString('latin1'),
    isGood: isBy(key, signed, signature),
  }
}

function isBy(key: Buffer, signed: Buffer, signature: Buffer): boolean {
  const reader = new WireReader(signature)
  const [algorithm, bytes] = [reader.field()?.toString('latin1'), reader.field()]
  const object = sshKeyObject(key)
  if (!object || !algorithm || !bytes) return false
  try {
    return check(object, { algorithm, bytes, signed })
  } catch {
    return false // node refuses signatures of a wrong form with an error
  }
}

interface Checked {
  algorithm: string
  bytes: Buffer
  signed: Buffer
}

function check(key: KeyObject, { algorithm, bytes, signed }: Checked): boolean {
  if (algorithm === 'ssh-ed25519') return verify(null, signed, key, bytes)
  if (algorithm === 'rsa-sha2-256') return verify('sha256', signed, key, bytes)
  if (algorithm === 'rsa-sha2-512') return verify('sha512', signed, key, bytes)
  const bits = /^ecdsa-sha2-nistp(256|384|521)$/.exec(algorithm)?.[1]
  if (bits === undefined) return false // `ssh-rsa` among them: SHA-1
  const size = Math.ceil(Number(bits) / 8)
  const reader = new WireReader(bytes)
  const pair = [reader.field(), reader.field()].map((part) => padded(part, size))
  const hash = { 256: 'sha256', 384: 'sha384', 521: 'sha512' }[bits]!
  return verify(hash, signed, { key, dsaEncoding: 'ieee-p1363' }, Buffer.concat(pair))
}

function padded(part: Buffer | undefined, size: number): Buffer {
  const plain = (part ?? Buffer.alloc(0)).subarray(part?.[0] === 0 ? 1 : 0)
  return Buffer.concat([Buffer.alloc(Math.max(0, size - plain.length)), plain])
}

/** Signs for git with an Ed25519 key; `publicKey` in SSH's wire form. */
export function sshSignatureOf(text: Buffer, key: KeyObject, publicKey: Buffer): string {
  const [namespace, hash] = [Buffer.from(NAMESPACE), Buffer.from('sha512')]
  const digest = createHash('sha512').update(text).digest()
  const reserved = Buffer.alloc(0)
  const made = sign(null, signedBytes([namespace, reserved, hash, digest]), key)
  const signature = fields([Buffer.from('ssh-ed25519'), made])
  const version = Buffer.from([0, 0, 0, 1])
  const blob = Buffer.concat([
    Buffer.from(MAGIC),
    version,
    fields([publicKey, namespace, reserved, hash, signature]),
  ])
  const lines = blob.toString('base64').match(/.{1,70}/g) ?? []
  return ['-----BEGIN SSH SIGNATURE-----', ...lines, '-----END SSH SIGNATURE-----'].join('\n')
}

/** SSH's wire form of an Ed25519 public key. */
export function wireKeyOf(key: KeyObject): Buffer {
  const raw = createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32)
  return fields([Buffer.from('ssh-ed25519'), raw])
}

export const isForGit = ({ namespace }: SshSignature) => namespace === NAMESPACE

const signedBytes = (parts: Buffer[]) => Buffer.concat([Buffer.from(MAGIC), fields(parts)])

function fields(parts: Buffer[]): Buffer {
  return Buffer.concat(
    parts.flatMap((part) => {
      const size = Buffer.alloc(4)
      size.writeUInt32BE(part.length)
      return [size, part]
    }),
  )
}

/** Reads lengths and texts of SSH's wire form; undefined beyond the end. */
class WireReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  take(size: number): Buffer | undefined {
    if (this.#at + size > this.#bytes.length) return undefined
    this.#at += size
    return this.#bytes.subarray(this.#at - size, this.#at)
  }

  number(): number | undefined {
    return this.take(4)?.readUInt32BE()
  }

  field(): Buffer | undefined {
    const size = this.number()
    return size === undefined ? undefined : this.take(size)
  }
}
