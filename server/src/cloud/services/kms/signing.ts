import type { Kms, Operations, RequestContext } from '../../gateway/index.ts'
import { algorithmsOf, type Key, keyArn } from './model.ts'
import { checkUsable, type KmsParts, openCurrent } from './parts.ts'
import { badSignature, badUsage, dryRun, invalid, unsupported, usageRefused } from './refusals.ts'
import { keyOf } from './resolve.ts'
import { signBytes, type ToBeSigned, verifyBytes } from './signature.ts'
import { hashOf } from './specs.ts'

export const signingOperations = (parts: KmsParts) =>
  ({
    async Sign(input, ctx) {
      const key = await keyOf(parts, input.KeyId!, ctx)
      const algorithm = input.SigningAlgorithm!
      const message = toBeSigned(key, algorithm, input, ctx)
      const { secret } = openCurrent(parts, key, ctx)
      if (input.DryRun) throw dryRun()
      const Signature = await signBytes(secret, algorithm, message)
      return { KeyId: keyArn(key), Signature, SigningAlgorithm: algorithm }
    },

    async Verify(input, ctx) {
      const key = await keyOf(parts, input.KeyId!, ctx)
      const algorithm = input.SigningAlgorithm!
      const message = toBeSigned(key, algorithm, input, ctx)
      const { publicKey } = openCurrent(parts, key, ctx)
      const isValid = await verifyBytes(publicKey!, algorithm, message, input.Signature!)
      if (!isValid) throw badSignature()
      if (input.DryRun) throw dryRun()
      return { KeyId: keyArn(key), SignatureValid: true, SigningAlgorithm: algorithm }
    },
  }) satisfies Operations<Kms>

interface MessageInput {
  Message?: Uint8Array | undefined
  MessageType?: string | undefined
}

function toBeSigned(
  key: Key,
  algorithm: string,
  { Message: bytes, MessageType: type = 'RAW' }: MessageInput,
  ctx: RequestContext,
): ToBeSigned {
  checkUsable(key, ctx.now)
  if (key.usage !== 'SIGN_VERIFY') throw usageRefused(key, ctx.operation)
  if (!algorithmsOf(key).includes(algorithm)) {
    throw badUsage(`Algorithm ${algorithm} is incompatible with key spec ${key.spec}.`)
  }
  checkType(key, algorithm, type)
  const hash = hashOf(algorithm)
  if (type === 'DIGEST' && hash && bytes!.length !== hash.size) {
    throw invalid(`Digest is invalid length for algorithm ${algorithm}.`)
  }
  return { bytes: bytes!, isDigest: type === 'DIGEST' }
}

function checkType(key: Key, algorithm: string, type: string): void {
  const isMlDsa = key.spec.startsWith('ML_DSA')
  if (isMlDsa && type === 'EXTERNAL_MU') {
    throw unsupported(
      "MessageType EXTERNAL_MU is not supported: Node's OpenSSL signs whole messages only.",
    )
  }
  if (isMlDsa ? type === 'DIGEST' : type === 'EXTERNAL_MU') {
    throw invalid(`Message type ${type} is incompatible with key spec ${key.spec}.`)
  }
  if (algorithm === (type === 'RAW' ? 'ED25519_PH_SHA_512' : 'ED25519_SHA_512')) {
    throw invalid(`Message type ${type} is incompatible with algorithm ${algorithm}.`)
  }
}
