import { constants, type KeyObject, privateDecrypt, publicEncrypt } from 'node:crypto'
import type { Kms, Operations, RequestContext } from '../../gateway/index.ts'
import { keyOfCiphertext } from './authorise.ts'
import { type Context, materialOf, open, seal } from './ciphertext.ts'
import { openMaterial } from './material.ts'
import { algorithmsOf, isThere, type Key, keyArn, specOf } from './model.ts'
import { checkUsable, type KmsParts, noteUse, notNow, openCurrent } from './parts.ts'
import * as refuse from './refusals.ts'
import { keyOf } from './resolve.ts'
import { hashOf } from './specs.ts'

export const encryptOperations = (parts: KmsParts) =>
  ({
    async Encrypt(input, ctx) {
      const key = await keyOf(parts, input.KeyId!, ctx)
      const algorithm = input.EncryptionAlgorithm ?? 'SYMMETRIC_DEFAULT'
      const { EncryptionContext: context, Plaintext } = input
      const lock = { key, algorithm, context }
      const CiphertextBlob = encrypt(parts, lock, Plaintext!, ctx).blob
      if (input.DryRun) throw refuse.dryRun()
      return { CiphertextBlob, KeyId: keyArn(key), EncryptionAlgorithm: algorithm }
    },

    async Decrypt(input, ctx) {
      refuseEnclave(input.Recipient)
      const { CiphertextBlob: blob, EncryptionContext: context } = input
      const algorithm = input.EncryptionAlgorithm ?? 'SYMMETRIC_DEFAULT'
      if (input.DryRun && blob === undefined) {
        await keyOf(parts, requiredKey(input.KeyId), ctx)
        throw refuse.dryRun()
      }
      const key = await sourceKey(parts, { id: input.KeyId, blob: blob!, algorithm }, ctx)
      const found = decrypt(parts, { key, algorithm, context }, blob!, ctx)
      if (input.DryRun) throw refuse.dryRun()
      return {
        KeyId: keyArn(key),
        Plaintext: found.plaintext,
        EncryptionAlgorithm: algorithm,
        ...(found.materialId && { KeyMaterialId: found.materialId }),
      }
    },

    async ReEncrypt(input, ctx) {
      const from = input.SourceEncryptionAlgorithm ?? 'SYMMETRIC_DEFAULT'
      const to = input.DestinationEncryptionAlgorithm ?? 'SYMMETRIC_DEFAULT'
      const blob = input.CiphertextBlob!
      const source = await sourceKey(parts, { id: input.SourceKeyId, blob, algorithm: from }, ctx)
      const target = await keyOf(parts, input.DestinationKeyId!, ctx)
      const lock = { key: source, algorithm: from, context: input.SourceEncryptionContext }
      const found = decrypt(parts, lock, blob, ctx)
      const next = { key: target, algorithm: to, context: input.DestinationEncryptionContext }
      const made = encrypt(parts, next, found.plaintext, ctx)
      if (input.DryRun) throw refuse.dryRun()
      return {
        CiphertextBlob: made.blob,
        SourceKeyId: keyArn(source),
        KeyId: keyArn(target),
        SourceEncryptionAlgorithm: from,
        DestinationEncryptionAlgorithm: to,
        ...(found.materialId && { SourceKeyMaterialId: found.materialId }),
        ...(made.materialId && { DestinationKeyMaterialId: made.materialId }),
      }
    },
  }) satisfies Operations<Kms>

export interface Lock {
  key: Key
  algorithm: string
  context: Context | undefined
}

function checkLock({ key, algorithm, context }: Lock, ctx: RequestContext): void {
  checkUsable(key, ctx.now)
  if (key.usage !== 'ENCRYPT_DECRYPT') throw refuse.usageRefused(key, ctx.operation)
  if (!algorithmsOf(key).includes(algorithm)) {
    throw refuse.badUsage(`Algorithm ${algorithm} is incompatible with key spec ${key.spec}.`)
  }
  if (algorithm !== 'SYMMETRIC_DEFAULT' && context && Object.keys(context).length > 0) {
    throw refuse.invalid(
      'EncryptionContext is not supported when encrypting/decrypting with asymmetric CMKs.',
    )
  }
}

const oaep = (algorithm: string) => ({
  padding: constants.RSA_PKCS1_OAEP_PADDING,
  oaepHash: hashOf(algorithm)!.name,
})

/** Under the key's current material. */
export function encrypt(
  parts: KmsParts,
  lock: Lock,
  plaintext: Uint8Array,
  ctx: RequestContext,
): { blob: Uint8Array; materialId?: string } {
  checkLock(lock, ctx)
  const { key, algorithm, context } = lock
  const { secret, publicKey, material } = openCurrent(parts, key, ctx)
  if (algorithm === 'SYMMETRIC_DEFAULT') {
    return { blob: seal(secret, material.id, plaintext, context), materialId: material.id }
  }
  const most = specOf(key).size! / 8 - 2 * hashOf(algorithm)!.size - 2
  if (plaintext.length > most) {
    throw refuse.invalid(
      `Algorithm ${algorithm} and key spec ${key.spec} cannot encrypt data larger than ${most} bytes.`,
    )
  }
  return { blob: publicEncrypt({ key: publicKey!, ...oaep(algorithm) }, plaintext) }
}

function decrypt(parts: KmsParts, lock: Lock, blob: Uint8Array, ctx: RequestContext) {
  checkLock(lock, ctx)
  const { key, algorithm, context } = lock
  if (algorithm !== 'SYMMETRIC_DEFAULT') {
    const { secret } = openCurrent(parts, key, ctx)
    return { plaintext: decryptRsa(secret, algorithm, blob) }
  }
  const id = materialOf(blob)
  const material = key.materials.find((one) => one.id === id)
  if (!material) throw refuse.wrongKey()
  if (!isThere(material, ctx.now)) throw notNow(key, 'PendingImport')
  noteUse(parts, key, ctx)
  const { secret } = openMaterial(parts.deps.kernel.secrets, key, material)
  return { plaintext: open(secret, blob, context), materialId: id }
}

function decryptRsa(secret: KeyObject, algorithm: string, blob: Uint8Array): Buffer {
  try {
    return privateDecrypt({ key: secret, ...oaep(algorithm) }, blob)
  } catch {
    // OpenSSL's texts say what was wrong with the padding: nobody may learn that.
    throw refuse.badCiphertext()
  }
}

interface Source {
  id: string | undefined
  blob: Uint8Array
  algorithm: string
}

/** The key a ciphertext is opened with: the one named, which has to be its own, or the one it tells. */
async function sourceKey(
  parts: KmsParts,
  { id, blob, algorithm }: Source,
  ctx: RequestContext,
): Promise<Key> {
  if (id === undefined && algorithm !== 'SYMMETRIC_DEFAULT') requiredKey(id)
  const named = id === undefined ? undefined : await keyOf(parts, id, ctx)
  if (algorithm !== 'SYMMETRIC_DEFAULT') return named!
  if (named && named.usage !== 'ENCRYPT_DECRYPT') throw refuse.wrongKey()
  const own = keyOfCiphertext(parts, blob, ctx)
  if (!own) throw named ? refuse.wrongKey() : refuse.unknownCiphertext()
  if (named && keyArn(named) !== keyArn(own)) throw refuse.wrongKey()
  return own
}

function requiredKey(id: string | undefined): string {
  if (id !== undefined) return id
  throw refuse.invalid('KeyId is required when the ciphertext was made with an asymmetric KMS key.')
}

/** Answers sealed for a Nitro enclave need its attestation, which this machine can't check. */
export function refuseEnclave(recipient: unknown): void {
  if (recipient === undefined) return
  throw refuse.unsupported('Recipient is not supported: Madang can not check Nitro attestations.')
}
