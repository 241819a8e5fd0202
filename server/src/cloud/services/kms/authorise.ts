import { accessTable, type IamRequest, type RequestContext } from '../../gateway/index.ts'
import { aliasArn, type Key, keyArn, type Place } from './model.ts'
import { conditionValues } from './condition-values.ts'
import { policyWithGrants } from './grant-statements.ts'
import { materialOf } from './ciphertext.ts'
import type { KmsParts } from './parts.ts'
import { keyOf } from './resolve.ts'

type Values = Record<string, unknown>

export const kmsAccess = accessTable({
  prefix: 'kms',
  actions: { ReEncrypt: ['ReEncryptFrom', 'ReEncryptTo'] },
})

const ofNoKey = new Set([
  'CreateKey',
  'GenerateRandom',
  'ListAliases',
  'ListKeys',
  'ListRetirableGrants',
])

/**
 * What IAM is asked. A key's policy has the last word about its key: nobody, not even the account,
 * may do what it doesn't give (developer guide, "Key policies in AWS KMS"); grants count as part of it.
 */
export async function kmsRequests(
  parts: KmsParts,
  operation: string,
  input: Values,
  ctx: RequestContext,
): Promise<IamRequest[]> {
  const action = kmsAccess.actionOf(operation)
  if (ofNoKey.has(operation) || operation.includes('CustomKeyStore')) {
    const { 'kms:CallerAccount': _ofKeys, ...context } = conditionValues(
      parts,
      undefined,
      input,
      ctx,
    )
    return [{ action, resource: '*', context }]
  }
  if (operation.endsWith('Alias')) return aliasRequests(parts, operation, input, ctx)
  if (operation === 'ReEncrypt') return reEncryptRequests(parts, input, ctx)
  const key = await namedKey(parts, input, ctx)
  return [requestOf(parts, action, key, input, ctx)]
}

/** The key an operation is about; undefined leaves it to the operation to say what is wrong. */
async function namedKey(
  parts: KmsParts,
  input: Values,
  ctx: RequestContext,
): Promise<Key | undefined> {
  if (typeof input['KeyId'] === 'string') return keyOf(parts, input['KeyId'], ctx)
  if (typeof input['GrantToken'] === 'string') {
    const grant = parts.store.grants().find(({ token }) => token === input['GrantToken'])
    return grant && parts.store.key(grant, grant.keyId)
  }
  return keyOfCiphertext(parts, input['CiphertextBlob'], ctx)
}

export function keyOfCiphertext({ store }: KmsParts, blob: unknown, { region }: Place) {
  if (!(blob instanceof Uint8Array)) return undefined
  return store.byMaterial(materialOf(blob), region)
}

function requestOf(
  parts: KmsParts,
  action: string,
  key: Key | undefined,
  input: Values,
  ctx: RequestContext,
): IamRequest {
  const context = conditionValues(parts, key, input, ctx)
  if (!key) return { action, resource: '*', context }
  return {
    action,
    resource: keyArn(key),
    resourceAccount: key.account,
    resourcePolicy: policyWithGrants(parts, key, action, input, ctx),
    needsResourcePolicy: true,
    context,
  }
}

async function reEncryptRequests(
  parts: KmsParts,
  input: Values,
  ctx: RequestContext,
): Promise<IamRequest[]> {
  const { SourceKeyId: from, DestinationKeyId: to } = input
  const source =
    typeof from === 'string'
      ? await keyOf(parts, from, ctx)
      : keyOfCiphertext(parts, input['CiphertextBlob'], ctx)
  const target = await keyOf(parts, String(to), ctx)
  const given = { ...input, ReEncryptOnSameKey: source === target }
  const before = { ...given, EncryptionContext: input['SourceEncryptionContext'] }
  const after = { ...given, EncryptionContext: input['DestinationEncryptionContext'] }
  return [
    requestOf(parts, 'kms:ReEncryptFrom', source, before, ctx),
    requestOf(parts, 'kms:ReEncryptTo', target, after, ctx),
  ]
}

/** Both the alias and each key it leaves or comes to have to allow it. */
async function aliasRequests(
  parts: KmsParts,
  operation: string,
  input: Values,
  ctx: RequestContext,
): Promise<IamRequest[]> {
  const action = kmsAccess.actionOf(operation)
  const name = String(input['AliasName'])
  const alias = parts.store.alias(ctx, name)
  const target = input['TargetKeyId']
  const keys: (Key | undefined)[] = []
  if (alias && operation !== 'CreateAlias') keys.push(parts.store.key(alias, alias.targetId))
  if (typeof target === 'string') keys.push(await keyOf(parts, target, ctx))
  return [
    { action, resource: aliasArn(ctx, name) },
    ...keys.flatMap((key) => (key ? [requestOf(parts, action, key, input, ctx)] : [])),
  ]
}
