import { randomBytes } from 'node:crypto'
import type { Kms, Operations, RequestContext } from '../../gateway/index.ts'
import type { Context } from './ciphertext.ts'
import { encrypt, refuseEnclave } from './encrypt.ts'
import { generatePair } from './material.ts'
import { keyArn } from './model.ts'
import type { KmsParts } from './parts.ts'
import { dryRun, invalid, noCustomStore, unsupported } from './refusals.ts'
import { keyOf } from './resolve.ts'
import { specs } from './specs.ts'

export const dataKeyOperations = (parts: KmsParts) =>
  ({
    async GenerateDataKey(input, ctx) {
      refuseEnclave(input.Recipient)
      return dataKey(parts, input, ctx)
    },

    async GenerateDataKeyWithoutPlaintext(input, ctx) {
      const { Plaintext: _, ...rest } = await dataKey(parts, input, ctx)
      return rest
    },

    async GenerateDataKeyPair(input, ctx) {
      refuseEnclave(input.Recipient)
      return dataKeyPair(parts, input, ctx)
    },

    async GenerateDataKeyPairWithoutPlaintext(input, ctx) {
      const { PrivateKeyPlaintext: _, ...rest } = await dataKeyPair(parts, input, ctx)
      return rest
    },

    GenerateRandom(input) {
      refuseEnclave(input.Recipient)
      if (input.CustomKeyStoreId !== undefined) {
        throw noCustomStore(input.CustomKeyStoreId)
      }
      if (input.NumberOfBytes === undefined) throw invalid('NumberOfBytes is required.')
      return { Plaintext: randomBytes(input.NumberOfBytes) }
    },
  }) satisfies Operations<Kms>

interface DataKeyInput {
  KeyId?: string | undefined
  EncryptionContext?: Context | undefined
  NumberOfBytes?: number | undefined
  KeySpec?: string | undefined
  DryRun?: boolean | undefined
}

async function dataKey(parts: KmsParts, input: DataKeyInput, ctx: RequestContext) {
  const { NumberOfBytes: bytes, KeySpec: spec } = input
  const key = await keyOf(parts, input.KeyId!, ctx)
  if ((bytes === undefined) === (spec === undefined)) {
    throw invalid('Please specify either number of bytes or key spec.')
  }
  const plaintext = randomBytes(bytes ?? (spec === 'AES_128' ? 16 : 32))
  const lock = { key, algorithm: 'SYMMETRIC_DEFAULT', context: input.EncryptionContext }
  const { blob, materialId } = encrypt(parts, lock, plaintext, ctx)
  if (input.DryRun) throw dryRun()
  return {
    CiphertextBlob: blob,
    Plaintext: plaintext,
    KeyId: keyArn(key),
    KeyMaterialId: materialId,
  }
}

interface DataKeyPairInput {
  KeyId?: string | undefined
  KeyPairSpec?: string | undefined
  EncryptionContext?: Context | undefined
  DryRun?: boolean | undefined
}

async function dataKeyPair(parts: KmsParts, input: DataKeyPairInput, ctx: RequestContext) {
  const key = await keyOf(parts, input.KeyId!, ctx)
  const spec = input.KeyPairSpec!
  if (spec === 'SM2') throw unsupported('KeyPairSpec SM2 is not supported in this Region.')
  const { publicKey, privateKey } = await generatePair(specs[spec]!)
  const plaintext = privateKey.export({ type: 'pkcs8', format: 'der' })
  const lock = { key, algorithm: 'SYMMETRIC_DEFAULT', context: input.EncryptionContext }
  const { blob, materialId } = encrypt(parts, lock, plaintext, ctx)
  if (input.DryRun) throw dryRun()
  return {
    PrivateKeyCiphertextBlob: blob,
    PrivateKeyPlaintext: plaintext,
    PublicKey: publicKey.export({ type: 'spki', format: 'der' }),
    KeyId: keyArn(key),
    KeyPairSpec: spec as 'RSA_2048',
    KeyMaterialId: materialId,
  }
}
