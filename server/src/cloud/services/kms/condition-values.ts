import type { RequestContext } from '../../gateway/index.ts'
import { isReplica, type Key } from './model.ts'
import { viaService } from './managed.ts'
import type { KmsParts } from './parts.ts'

type Values = Record<string, unknown>
type Context = Record<string, string | string[]>

/** Condition keys that are members of the request (developer guide, "AWS KMS condition keys"). */
const ofInput: Record<string, string> = {
  BypassPolicyLockoutSafetyCheck: 'kms:BypassPolicyLockoutSafetyCheck',
  CustomerMasterKeySpec: 'kms:KeySpec',
  EncryptionAlgorithm: 'kms:EncryptionAlgorithm',
  ExpirationModel: 'kms:ExpirationModel',
  GranteePrincipal: 'kms:GranteePrincipal',
  KeyAgreementAlgorithm: 'kms:KeyAgreementAlgorithm',
  KeyPairSpec: 'kms:DataKeyPairSpec',
  KeySpec: 'kms:KeySpec',
  KeyUsage: 'kms:KeyUsage',
  MacAlgorithm: 'kms:MacAlgorithm',
  MessageType: 'kms:MessageType',
  MultiRegion: 'kms:MultiRegion',
  Operations: 'kms:GrantOperations',
  Origin: 'kms:KeyOrigin',
  PendingWindowInDays: 'kms:ScheduleKeyDeletionPendingWindowInDays',
  PrimaryRegion: 'kms:PrimaryRegion',
  ReEncryptOnSameKey: 'kms:ReEncryptOnSameKey',
  ReplicaRegion: 'kms:ReplicaRegion',
  RetiringPrincipal: 'kms:RetiringPrincipal',
  RotationPeriodInDays: 'kms:RotationPeriodInDays',
  SigningAlgorithm: 'kms:SigningAlgorithm',
  WrappingAlgorithm: 'kms:WrappingAlgorithm',
  WrappingKeySpec: 'kms:WrappingKeySpec',
}

const asText = (value: unknown): string | string[] =>
  Array.isArray(value) ? value.map(String) : String(value)

export function conditionValues(
  parts: KmsParts,
  key: Key | undefined,
  input: Values,
  ctx: RequestContext,
): Context {
  const values: Context = { 'kms:CallerAccount': ctx.principal.account }
  for (const [member, name] of Object.entries(ofInput)) {
    if (input[member] !== undefined) values[name] = asText(input[member])
  }
  if (input['ValidTo'] instanceof Date) values['kms:ValidTo'] = input['ValidTo'].toISOString()
  const named = String(input['KeyId'] ?? '').replace(/^arn:[^/]*:(?=alias\/)/, '')
  if (named.startsWith('alias/')) values['kms:RequestAlias'] = named
  addContext(values, input)
  addGrantKinds(values, input)
  addTags(values, input)
  if (key) addKey(values, parts, key, ctx)
  return values
}

function addContext(values: Context, input: Values): void {
  const context = input['EncryptionContext'] as Record<string, string> | undefined
  if (!context) return
  values['kms:EncryptionContextKeys'] = Object.keys(context)
  for (const [name, value] of Object.entries(context)) {
    values[`kms:EncryptionContext:${name}`] = value
  }
}

function addGrantKinds(values: Context, input: Values): void {
  const constraints = input['Constraints'] as Record<string, unknown> | undefined
  const kinds = Object.keys(constraints ?? {}).filter((kind) => kind !== 'SourceArn')
  if (kinds.length > 0) values['kms:GrantConstraintType'] = kinds
}

function addTags(values: Context, input: Values): void {
  const tags = (input['Tags'] ?? []) as { TagKey?: string; TagValue?: string }[]
  for (const { TagKey, TagValue } of tags) {
    if (TagKey !== undefined) values[`aws:RequestTag/${TagKey}`] = TagValue ?? ''
  }
  const names = input['TagKeys'] ?? tags.flatMap(({ TagKey }) => TagKey ?? [])
  if ((names as string[]).length > 0) values['aws:TagKeys'] = names as string[]
}

function addKey(values: Context, { store }: KmsParts, key: Key, ctx: RequestContext): void {
  values['kms:KeySpec'] = key.spec
  values['kms:KeyUsage'] = key.usage
  values['kms:KeyOrigin'] = key.origin
  values['kms:MultiRegion'] = String(key.primaryRegion !== undefined)
  if (key.primaryRegion) values['kms:MultiRegionKeyType'] = isReplica(key) ? 'REPLICA' : 'PRIMARY'
  const aliases = store.aliases(key).filter(({ targetId }) => targetId === key.id)
  if (aliases.length > 0) values['kms:ResourceAliases'] = aliases.map(({ name }) => name)
  for (const [name, value] of Object.entries(key.tags)) values[`aws:ResourceTag/${name}`] = value
  // Only this cloud's own services call in process: of a managed key, the one it is for.
  if (key.managedFor && ctx.http.host === 'in-process') {
    values['kms:ViaService'] = viaService(key.managedFor, key.region)
  }
}
