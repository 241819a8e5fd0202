import { createPrivateKey, randomBytes } from 'node:crypto'
import type { Input, Kms, Operations } from '../../gateway/index.ts'
import { generatePair, sealMaterial } from './material.ts'
import { type Key, keyArn, type Material, specOf, withoutSecret } from './model.ts'
import { checkNotPendingDeletion, type KmsParts } from './parts.ts'
import * as refuse from './refusals.ts'
import { ownKeyOf } from './resolve.ts'
import { DAY_MS } from './rotation.ts'
import { isAsymmetric, specs } from './specs.ts'
import type { ImportParameters, ImportStore } from './store-imports.ts'
import { unwrap } from './unwrap.ts'

const TOKEN_ID_BYTES = 32

export const importOperations = (parts: KmsParts, imports: ImportStore) =>
  ({
    async GetParametersForImport(input, ctx) {
      const key = await importable(parts, input, ctx)
      const { WrappingAlgorithm: algorithm, WrappingKeySpec: spec } = input
      checkWrapping(key, algorithm!, spec!)
      const { publicKey, privateKey } = await generatePair(specs[spec!]!)
      const id = randomBytes(TOKEN_ID_BYTES)
      const expiresAtMs = ctx.now + DAY_MS
      const pkcs8 = privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64')
      const given = { keyArn: keyArn(key), algorithm: algorithm!, privateKey: pkcs8, expiresAtMs }
      await imports.save(id.toString('hex'), given, ctx.now)
      return {
        KeyId: keyArn(key),
        ImportToken: id,
        PublicKey: publicKey.export({ type: 'spki', format: 'der' }),
        ParametersValidTo: new Date(expiresAtMs),
      }
    },

    async ImportKeyMaterial(input, ctx) {
      const key = await importable(parts, input, ctx)
      const parameters = await parametersOf(imports, key, input.ImportToken!, ctx.now)
      const validToMs = validTo(input, ctx.now)
      const secret = opened(key, parameters, input.EncryptedKeyMaterial!)
      const material = sealMaterial(parts.deps.kernel.secrets, key.id, secret, {
        createdAtMs: ctx.now,
        expirationModel: input.ExpirationModel ?? 'KEY_MATERIAL_EXPIRES',
        ...(validToMs !== undefined && { validToMs }),
        ...(input.KeyMaterialDescription && { description: input.KeyMaterialDescription }),
      })
      if (input.KeyMaterialId !== undefined && input.KeyMaterialId !== material.id) {
        throw otherMaterial()
      }
      await parts.store.saveKey(withMaterial(key, material, input.ImportType))
      return { KeyId: keyArn(key), KeyMaterialId: material.id }
    },

    async DeleteImportedKeyMaterial(input, ctx) {
      const key = await ownKeyOf(parts, input.KeyId!, ctx)
      if (key.origin !== 'EXTERNAL') throw refuse.originRefused(key)
      const id = input.KeyMaterialId ?? key.currentMaterialId
      const material = key.materials.find((one) => one.id === id)
      if (!material && input.KeyMaterialId !== undefined) {
        throw refuse.notFound(`Key material ${id} is not one of ${keyArn(key)}.`)
      }
      const materials = key.materials.map((one) => (one === material ? withoutSecret(one) : one))
      await parts.store.saveKey({ ...key, materials })
      return { KeyId: keyArn(key), ...(material && { KeyMaterialId: material.id }) }
    },
  }) satisfies Operations<Kms>

async function importable(
  parts: KmsParts,
  { KeyId }: { KeyId?: string | undefined },
  ctx: Parameters<typeof ownKeyOf>[2],
): Promise<Key> {
  const key = await ownKeyOf(parts, KeyId!, ctx)
  if (key.origin !== 'EXTERNAL') throw refuse.originRefused(key)
  checkNotPendingDeletion(key, ctx.now)
  return key
}

function checkWrapping(key: Key, algorithm: string, spec: string): void {
  if (spec === 'SM2' || algorithm === 'SM2PKE') {
    throw refuse.unsupported(`WrappingAlgorithm ${algorithm} is not supported in this Region.`)
  }
  if (algorithm === 'RSAES_PKCS1_V1_5') {
    throw refuse.unsupported('WrappingAlgorithm RSAES_PKCS1_V1_5 is no longer supported.')
  }
  // A private RSA key is longer than what OAEP takes.
  if (specOf(key).family === 'rsa' && !algorithm.startsWith('RSA_AES')) {
    throw refuse.invalid(`WrappingAlgorithm ${algorithm} is not valid for key spec ${key.spec}.`)
  }
}

async function parametersOf(
  imports: ImportStore,
  key: Key,
  token: Uint8Array,
  now: number,
): Promise<ImportParameters> {
  const found = await imports.find(Buffer.from(token).toString('hex'))
  if (!found || found.keyArn !== keyArn(key)) {
    throw refuse.badImportToken('The import token is not valid for this KMS key.')
  }
  if (found.expiresAtMs <= now) throw refuse.expiredImportToken('The import token has expired.')
  return found
}

function validTo(input: Input<Kms, 'ImportKeyMaterial'>, now: number): number | undefined {
  const { ExpirationModel: model = 'KEY_MATERIAL_EXPIRES', ValidTo: moment } = input
  if (model === 'KEY_MATERIAL_DOES_NOT_EXPIRE') {
    if (moment === undefined) return undefined
    throw refuse.invalid(
      'A validTo date cannot be set if the ExpirationModel is KEY_MATERIAL_DOES_NOT_EXPIRE',
    )
  }
  if (moment === undefined) {
    throw refuse.invalid(
      'A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES',
    )
  }
  if (moment.getTime() <= now) throw refuse.invalid('The validTo date must be in the future')
  if (moment.getTime() > now + 365 * DAY_MS) {
    throw refuse.invalid('The validTo date must be within 365 days of the request')
  }
  return moment.getTime()
}

function opened(key: Key, parameters: ImportParameters, wrapped: Uint8Array): Buffer {
  const der = Buffer.from(parameters.privateKey, 'base64')
  const wrapping = createPrivateKey({ key: der, type: 'pkcs8', format: 'der' })
  const secret = unwrap(wrapping, parameters.algorithm, wrapped)
  const spec = specOf(key)
  if (!isAsymmetric(spec)) {
    if (secret.length === spec.size) return secret
    throw refuse.badMaterial(`The key material is not valid for key spec ${key.spec}.`)
  }
  if (!isOfSpec(key, secret)) {
    throw refuse.badMaterial(`The key material is not valid for key spec ${key.spec}.`)
  }
  return secret
}

const curves: Record<string, string> = {
  'P-256': 'prime256v1',
  'P-384': 'secp384r1',
  'P-521': 'secp521r1',
}

function isOfSpec(key: Key, pkcs8: Buffer): boolean {
  const { family, name, size } = specOf(key)
  try {
    const found = createPrivateKey({ key: pkcs8, type: 'pkcs8', format: 'der' })
    const { asymmetricKeyType: type, asymmetricKeyDetails: details } = found
    if (family === 'rsa') return type === 'rsa' && details!.modulusLength === size
    if (family === 'ec') return type === 'ec' && details!.namedCurve === (curves[name!] ?? name)
    return type === name
  } catch {
    return false
  }
}

const otherMaterial = () =>
  refuse.badMaterial(
    'The key material in the request does not match the key material that was previously imported.',
  )

/** The first material is used at once; another waits for a rotation; the same comes back. */
function withMaterial(key: Key, material: Material, type: string | undefined): Key {
  const known = key.materials.find(({ id }) => id === material.id)
  if (known) {
    const { createdAtMs, rotation, isPending } = known
    const again = {
      ...material,
      createdAtMs,
      ...(rotation && { rotation }),
      ...(isPending && { isPending }),
    }
    const materials = key.materials.map((one) => (one === known ? again : one))
    return { ...key, materials }
  }
  if (key.materials.length === 0) {
    if (type === 'EXISTING_KEY_MATERIAL') throw otherMaterial()
    return { ...key, materials: [material], currentMaterialId: material.id }
  }
  const mayAdd = type === 'NEW_KEY_MATERIAL' && key.spec === 'SYMMETRIC_DEFAULT'
  if (!mayAdd) throw otherMaterial()
  if (key.materials.some(({ isPending }) => isPending)) {
    throw refuse.badState(`${keyArn(key)} already has key material that waits for a rotation.`)
  }
  return { ...key, materials: [...key.materials, { ...material, isPending: true }] }
}
