import { createHash, createPublicKey, type KeyObject } from 'node:crypto'

/** What an SSH public key holds, in both of its forms. */
export interface ParsedKey {
  ssh: string
  pem: string
  /** MD5 over the key's wire form, in pairs. */
  fingerprint: string
}

/** Reads `ssh-rsa AAAA… comment` or PEM; undefined when it is neither, or not RSA of 2048 bits. */
export function parseSshKey(text: string): ParsedKey | undefined {
  const body = text.trim()
  try {
    const key = body.startsWith('-----BEGIN') ? createPublicKey(body) : keyOfSsh(body)
    return key && isStrong(key) ? formsOf(key, body) : undefined
  } catch {
    // Node throws for whatever isn't a key; the caller refuses it in the service's words.
    return undefined
  }
}

const isStrong = (key: KeyObject) =>
  key.asymmetricKeyType === 'rsa' && (key.asymmetricKeyDetails?.modulusLength ?? 0) >= 2048

function keyOfSsh(line: string): KeyObject | undefined {
  const [, encoded] = /^ssh-rsa ([A-Za-z0-9+/]+={0,2})(?: .*)?$/.exec(line) ?? []
  if (!encoded) return undefined
  const [type, e, n] = fieldsOf(Buffer.from(encoded, 'base64'))
  if (type?.toString() !== 'ssh-rsa' || !e || !n) return undefined
  const jwk = { kty: 'RSA', e: e.toString('base64url'), n: unsigned(n).toString('base64url') }
  return createPublicKey({ key: jwk, format: 'jwk' })
}

function fieldsOf(blob: Buffer): Buffer[] {
  const fields: Buffer[] = []
  for (let at = 0; at + 4 <= blob.length;) {
    const length = blob.readUInt32BE(at)
    fields.push(blob.subarray(at + 4, at + 4 + length))
    at += 4 + length
  }
  return fields
}

const unsigned = (bytes: Buffer) => (bytes[0] === 0 ? bytes.subarray(1) : bytes)

function formsOf(key: KeyObject, given: string): ParsedKey {
  const { e = '', n = '' } = key.export({ format: 'jwk' })
  const blob = Buffer.concat([
    field(Buffer.from('ssh-rsa')),
    field(integer(Buffer.from(e, 'base64url'))),
    field(integer(Buffer.from(n, 'base64url'))),
  ])
  const hex = createHash('md5').update(blob).digest('hex')
  return {
    ssh: given.startsWith('ssh-') ? given : `ssh-rsa ${blob.toString('base64')}`,
    pem: key.export({ format: 'pem', type: 'spki' }).toString(),
    fingerprint: hex.match(/../g)!.join(':'),
  }
}

const field = (bytes: Buffer) => {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}

/** A leading zero keeps a number positive. */
const integer = (bytes: Buffer) =>
  bytes[0]! & 0x80 ? Buffer.concat([Buffer.alloc(1), bytes]) : bytes
