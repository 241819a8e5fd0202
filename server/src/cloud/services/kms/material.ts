import {
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  generateKeyPair,
  type KeyObject,
  randomBytes,
} from 'node:crypto'
import type { Secrets } from '../../../kernel/index.ts'
import { type Key, type Material, materialId, specOf } from './model.ts'
import { isAsymmetric, type SpecFacts } from './specs.ts'

type Done = (error: Error | null, publicKey: KeyObject, privateKey: KeyObject) => void

/** A key pair of a spec, made off the main thread. */
export function generatePair(spec: SpecFacts) {
  if (spec.family === 'rsa') return pairOf('rsa', { modulusLength: spec.size })
  if (spec.family === 'ec') return pairOf('ec', { namedCurve: spec.name })
  return pairOf(spec.name!, {})
}

function pairOf(type: string, options: object) {
  return new Promise<{ publicKey: KeyObject; privateKey: KeyObject }>((resolve, reject) => {
    const done: Done = (error, publicKey, privateKey) =>
      error ? reject(error) : resolve({ publicKey, privateKey })
    ;(generateKeyPair as (type: string, options: object, done: Done) => void)(type, options, done)
  })
}

/** A new secret of a spec: the bytes themselves, or PKCS #8. */
export async function newSecret(spec: SpecFacts): Promise<Buffer> {
  if (!isAsymmetric(spec)) return randomBytes(spec.size!)
  const { privateKey } = await generatePair(spec)
  return privateKey.export({ type: 'pkcs8', format: 'der' })
}

const purpose = (keyId: string, id: string) => `cloud-kms:${keyId}:${id}`

export function sealMaterial(
  secrets: Secrets,
  keyId: string,
  secret: Buffer,
  more: Omit<Material, 'id' | 'sealed'>,
): Material {
  const id = materialId(keyId, secret)
  return { id, sealed: secrets.seal(secret.toString('base64'), purpose(keyId, id)), ...more }
}

export async function newMaterial(
  secrets: Secrets,
  key: Pick<Key, 'id' | 'spec'>,
  more: Omit<Material, 'id' | 'sealed'>,
): Promise<Material> {
  return sealMaterial(secrets, key.id, await newSecret(specOf(key)), more)
}

/** An opened secret: a symmetric one, or a private key with its public half. */
export interface Opened {
  secret: KeyObject
  publicKey?: KeyObject
}

const opened = new WeakMap<Material, Opened>()

/** Opened once while the material lives in memory. */
export function openMaterial(secrets: Secrets, key: Key, material: Material): Opened {
  const known = opened.get(material)
  if (known) return known
  const bytes = Buffer.from(secrets.open(material.sealed!, purpose(key.id, material.id)), 'base64')
  const made = openedOf(specOf(key), bytes)
  opened.set(material, made)
  return made
}

function openedOf(spec: SpecFacts, bytes: Buffer): Opened {
  if (!isAsymmetric(spec)) return { secret: createSecretKey(bytes) }
  const secret = createPrivateKey({ key: bytes, type: 'pkcs8', format: 'der' })
  return { secret, publicKey: createPublicKey(secret) }
}
