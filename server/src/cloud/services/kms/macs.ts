import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Kms, Operations, RequestContext } from '../../gateway/index.ts'
import { algorithmsOf, type Key, keyArn } from './model.ts'
import { checkUsable, type KmsParts, openCurrent } from './parts.ts'
import { badMac, badUsage, dryRun, usageRefused } from './refusals.ts'
import { keyOf } from './resolve.ts'
import { hashOf } from './specs.ts'

export const macOperations = (parts: KmsParts) =>
  ({
    async GenerateMac(input, ctx) {
      const key = await keyOf(parts, input.KeyId!, ctx)
      const algorithm = input.MacAlgorithm!
      const Mac = macOf(parts, key, algorithm, input.Message!, ctx)
      if (input.DryRun) throw dryRun()
      return { Mac, MacAlgorithm: algorithm, KeyId: keyArn(key) }
    },

    async VerifyMac(input, ctx) {
      const key = await keyOf(parts, input.KeyId!, ctx)
      const algorithm = input.MacAlgorithm!
      const right = macOf(parts, key, algorithm, input.Message!, ctx)
      const given = input.Mac!
      if (given.length !== right.length || !timingSafeEqual(given, right)) throw badMac()
      if (input.DryRun) throw dryRun()
      return { KeyId: keyArn(key), MacValid: true, MacAlgorithm: algorithm }
    },
  }) satisfies Operations<Kms>

function macOf(
  parts: KmsParts,
  key: Key,
  algorithm: string,
  message: Uint8Array,
  ctx: RequestContext,
): Buffer {
  checkUsable(key, ctx.now)
  if (key.usage !== 'GENERATE_VERIFY_MAC') throw usageRefused(key, ctx.operation)
  if (!algorithmsOf(key).includes(algorithm)) {
    throw badUsage(`Algorithm ${algorithm} is incompatible with key spec ${key.spec}.`)
  }
  const { secret } = openCurrent(parts, key, ctx)
  return createHmac(hashOf(algorithm)!.name, secret).update(message).digest()
}
