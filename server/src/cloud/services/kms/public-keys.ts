import {
  createPublicKey,
  decapsulate,
  diffieHellman,
  encapsulate,
  type KeyObject,
} from 'node:crypto'
import type { Kms, Operations, RequestContext } from '../../gateway/index.ts'
import { refuseEnclave } from './encrypt.ts'
import { algorithmsShown } from './key-metadata.ts'
import { hasPublicKey, type Key, keyArn } from './model.ts'
import { checkUsable, type KmsParts, openCurrent } from './parts.ts'
import { badCiphertext, dryRun, invalid, unsupported, usageRefused } from './refusals.ts'
import { keyOf } from './resolve.ts'
import type { KeyUsage } from './specs.ts'

/** What stands on a key pair beside encryption and signatures. */
export const publicKeyOperations = (parts: KmsParts) =>
  ({
    async GetPublicKey(input, ctx) {
      const key = await keyOf(parts, input.KeyId!, ctx)
      checkUsable(key, ctx.now)
      if (!hasPublicKey(key)) throw unsupported('')
      const { publicKey } = openCurrent(parts, key, ctx)
      return {
        KeyId: keyArn(key),
        PublicKey: publicKey!.export({ type: 'spki', format: 'der' }),
        CustomerMasterKeySpec: key.spec as 'RSA_2048',
        KeySpec: key.spec as 'RSA_2048',
        KeyUsage: key.usage,
        ...algorithmsShown(key),
      }
    },

    async DeriveSharedSecret(input, ctx) {
      refuseEnclave(input.Recipient)
      const { key, secret } = await pairOf(parts, input.KeyId!, 'KEY_AGREEMENT', ctx)
      const SharedSecret = agreed(key, secret, input.PublicKey!)
      if (input.DryRun) throw dryRun()
      return {
        KeyId: keyArn(key),
        SharedSecret,
        KeyAgreementAlgorithm: input.KeyAgreementAlgorithm,
        KeyOrigin: key.origin,
      }
    },

    async Encapsulate(input, ctx) {
      const { key, publicKey } = await pairOf(parts, input.KeyId!, 'ENCAPSULATE_DECAPSULATE', ctx)
      if (input.DryRun) throw dryRun()
      const { sharedKey, ciphertext } = encapsulate(publicKey!)
      return {
        KeyId: keyArn(key),
        SharedSecret: Buffer.from(sharedKey),
        SharedSecretCiphertextBlob: Buffer.from(ciphertext),
        EncapsulationAlgorithm: input.EncapsulationAlgorithm,
      }
    },

    async Decapsulate(input, ctx) {
      const { key, secret } = await pairOf(parts, input.KeyId!, 'ENCAPSULATE_DECAPSULATE', ctx)
      const SharedSecret = opened(secret, input.SharedSecretCiphertextBlob!)
      if (input.DryRun) throw dryRun()
      return {
        KeyId: keyArn(key),
        SharedSecret,
        EncapsulationAlgorithm: input.EncapsulationAlgorithm,
      }
    },
  }) satisfies Operations<Kms>

async function pairOf(parts: KmsParts, id: string, usage: KeyUsage, ctx: RequestContext) {
  const key = await keyOf(parts, id, ctx)
  checkUsable(key, ctx.now)
  if (key.usage !== usage) throw usageRefused(key, ctx.operation)
  return { key, ...openCurrent(parts, key, ctx) }
}

function agreed(key: Key, privateKey: KeyObject, other: Uint8Array): Buffer {
  try {
    const publicKey = createPublicKey({ key: Buffer.from(other), type: 'spki', format: 'der' })
    return diffieHellman({ privateKey, publicKey })
  } catch {
    throw invalid(`The public key is not valid for key spec ${key.spec}.`)
  }
}

function opened(secret: KeyObject, ciphertext: Uint8Array): Buffer {
  try {
    return Buffer.from(decapsulate(secret, ciphertext))
  } catch {
    throw badCiphertext()
  }
}
