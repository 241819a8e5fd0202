import type { PublicKey, Signature } from 'openpgp'

/** openpgp, loaded at the first OpenPGP signature or key: 40 ms that most starts need not wait for. */
const openpgp = () => import('openpgp')

/** A public OpenPGP key as it was given, understood. */
export interface GpgKey {
  /** Upper case, without blanks. */
  fingerprint: string
  /** Ids (16 hex digits, upper case) of the key and its subkeys. */
  keyIds: string[]
  /** `Name <mail@example.com>`, as the key has them. */
  userIds: string[]
  algorithm: string
  createdAt: number
  expiresAt: number | undefined
  armour: string
}

/** Undefined when the text is no public key, or is a private one. */
export async function readGpgKey(text: string): Promise<GpgKey | 'private' | undefined> {
  if (/-----BEGIN PGP PRIVATE KEY BLOCK-----/.test(text)) return 'private'
  const { readKey } = await openpgp()
  const key = await readKey({ armoredKey: text }).catch(() => undefined)
  if (!key || key.isPrivate()) return undefined
  const expires = await key.getExpirationTime()
  const { algorithm, bits, curve } = key.getAlgorithmInfo()
  return {
    fingerprint: key.getFingerprint().toUpperCase(),
    keyIds: key.getKeyIDs().map((id) => id.toHex().toUpperCase()),
    userIds: key.getUserIDs(),
    // The library tells the older encodings of the same curves apart.
    algorithm:
      curve?.replace('Legacy', '') ?? `${algorithm.replace(/.*rsa.*/i, 'rsa')}${bits ?? ''}`,
    createdAt: key.getCreationTime().getTime(),
    expiresAt: expires instanceof Date ? expires.getTime() : undefined,
    armour: key.armor(),
  }
}

/** Ids of the keys that a signature says it is by; undefined when it is none. */
export async function signersOf(armour: string): Promise<string[] | undefined> {
  const read = await readGpgSignature(armour)
  return read?.getSigningKeyIDs().map((id) => id.toHex().toUpperCase())
}

async function readGpgSignature(armour: string): Promise<Signature | undefined> {
  const { readSignature } = await openpgp()
  return readSignature({ armoredSignature: armour }).catch(() => undefined)
}

/** Whether a key made a signature over a text. The key had to be good when it was made. */
export async function isGpgSigned(
  armour: string,
  { text, keyText }: { text: Buffer; keyText: string },
): Promise<boolean> {
  const { createMessage, readKey, verify } = await openpgp()
  const signature = await readGpgSignature(armour)
  if (!signature) return false
  const key: PublicKey = await readKey({ armoredKey: keyText })
  const message = await createMessage({ binary: new Uint8Array(text) })
  const date = signature.packets[0]?.created ?? null
  const verificationKeys = [key]
  const { signatures } = await verify({ message, signature, verificationKeys, date: date! })
  const results = await Promise.allSettled(signatures.map(({ verified }) => verified))
  return results.length > 0 && results.every(({ status }) => status === 'fulfilled')
}
