import { createHash, createPublicKey, type KeyObject } from 'node:crypto'
import { codeKeyErrors } from '@madang/api'
import { refusals } from '../../kernel/index.ts'
import { ssh2 } from './library.ts'

export const refuseKey = refusals(codeKeyErrors)

/** A public key as it was given, understood. */
export interface PublicKey {
  algorithm: string
  bits: number
  /** As `ssh-keygen -l` prints it: `SHA256:…`. */
  fingerprint: string
  comment: string
  /** Algorithm and key in one line, without the comment. */
  text: string
}

/** NIST's floor since 2014; OpenSSH itself refuses less than 1024 only. */
const FEWEST_RSA_BITS = 2048

/** Throws `keyInvalid`, `keyPrivate` or `keyTooWeak`. */
export function parsePublicKey(given: string): PublicKey {
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(given)) throw refuseKey('keyPrivate')
  const line = given.trim()
  const [, algorithm = '', body = '', comment = ''] =
    /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)) ([A-Za-z0-9+/]+=*)(?:[ \t]+([^\r\n]*))?$/.exec(
      line,
    ) ?? []
  const parsed = body && ssh2().utils.parseKey(`${algorithm} ${body}`)
  if (!parsed || parsed instanceof Error || parsed.type !== algorithm) throw refuseKey('keyInvalid')
  const bits = bitsOf(algorithm, parsed.getPublicPEM())
  if (algorithm === 'ssh-rsa' && bits < FEWEST_RSA_BITS) {
    throw refuseKey('keyTooWeak', { bits, needed: FEWEST_RSA_BITS })
  }
  const bytes = parsed.getPublicSSH()
  return {
    algorithm,
    bits,
    fingerprint: fingerprintOf(bytes),
    comment: comment.trim(),
    text: `${algorithm} ${bytes.toString('base64')}`,
  }
}

export function fingerprintOf(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`
}

function bitsOf(algorithm: string, pem: string): number {
  const curve = /nistp(\d+)$/.exec(algorithm)
  if (curve) return Number(curve[1])
  if (algorithm === 'ssh-ed25519') return 256
  return createPublicKey(pem).asymmetricKeyDetails?.modulusLength ?? 0
}

/** `<algorithm> <key>` of a private key in a text; undefined for what is none or has a passphrase. */
export function publicKeyOf(privateKey: string): string | undefined {
  const parsed = ssh2().utils.parseKey(privateKey)
  if (parsed instanceof Error || !parsed.isPrivateKey()) return undefined
  return `${parsed.type} ${parsed.getPublicSSH().toString('base64')}`
}

/** A fresh ed25519 pair, both halves in OpenSSH's format. */
export function newKeyPair(comment: string): { publicKey: string; privateKey: string } {
  const pair = ssh2().utils.generateKeyPairSync('ed25519', { comment })
  return { publicKey: pair.public, privateKey: pair.private }
}

/** From SSH's wire form; undefined for a kind of key that is not known here. */
export function sshKeyObject(wire: Buffer): KeyObject | undefined {
  const algorithm = wire.subarray(4, 4 + (wire.length < 4 ? 0 : wire.readUInt32BE())).toString()
  const parsed = ssh2().utils.parseKey(`${algorithm} ${wire.toString('base64')}`)
  return parsed instanceof Error ? undefined : createPublicKey(parsed.getPublicPEM())
}
