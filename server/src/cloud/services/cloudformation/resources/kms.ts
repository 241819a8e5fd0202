import type { Structure } from '../model.ts'
import { document, flag, number, text } from './property.ts'
import { changes, type Providers, type ResourceContext, unlessGone } from './provider.ts'

// A key that waits for its deletion already is as good as gone.
const GONE = ['NotFoundException', 'KMSInvalidStateException']

function outcome({ account, region }: ResourceContext, id: string) {
  const arn = `arn:aws:kms:${region}:${account}:key/${id}`
  return { physicalId: id, attributes: { Arn: arn, KeyId: id } }
}

const policyOf = ({ KeyPolicy: policy }: Structure) =>
  policy === undefined ? undefined : document(policy)

const tagsOf = (context: ResourceContext, properties: Structure) =>
  context.tags(properties['Tags']).map(({ Key, Value }) => ({ TagKey: Key, TagValue: Value }))

/** What a key's creation doesn't take, and what may change afterwards. */
async function settle(context: ResourceContext, KeyId: string, next: Structure, before: Structure) {
  const { kms } = context.aws
  const differs = (name: string) => JSON.stringify(next[name]) !== JSON.stringify(before[name])
  // A disabled key can't be told to rotate.
  const isOn = flag(next['Enabled']) !== false
  if (isOn && differs('Enabled')) await kms.enableKey({ KeyId })
  if (differs('EnableKeyRotation') || differs('RotationPeriodInDays')) {
    const RotationPeriodInDays = number(next['RotationPeriodInDays'])
    if (flag(next['EnableKeyRotation']))
      await kms.enableKeyRotation({ KeyId, RotationPeriodInDays })
    else if (flag(before['EnableKeyRotation'])) await kms.disableKeyRotation({ KeyId })
  }
  if (!isOn && differs('Enabled')) await kms.disableKey({ KeyId })
}

async function updateKey(
  context: ResourceContext,
  KeyId: string,
  next: Structure,
  before: Structure,
) {
  const { kms } = context.aws
  await settle(context, KeyId, next, before)
  const Description = text(next['Description']) ?? ''
  if (Description !== (text(before['Description']) ?? '')) {
    await kms.updateKeyDescription({ KeyId, Description })
  }
  const Policy = policyOf(next)
  const bypass = flag(next['BypassPolicyLockoutSafetyCheck'])
  if (Policy !== undefined && Policy !== policyOf(before)) {
    await kms.putKeyPolicy({ KeyId, Policy, BypassPolicyLockoutSafetyCheck: bypass })
  }
  const tags = tagsOf(context, next)
  const kept = new Set(tags.map(({ TagKey }) => TagKey))
  const TagKeys = tagsOf(context, before).flatMap(({ TagKey }) =>
    kept.has(TagKey) ? [] : [TagKey],
  )
  if (TagKeys.length > 0) await kms.untagResource({ KeyId, TagKeys })
  if (tags.length > 0) await kms.tagResource({ KeyId, Tags: tags })
  return outcome(context, KeyId)
}

async function removeKey(context: ResourceContext, KeyId: string, properties: Structure) {
  const PendingWindowInDays = number(properties['PendingWindowInDays'])
  await unlessGone(GONE, () => context.aws.kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays }))
}

export const kmsProviders: Providers = {
  'AWS::KMS::Key': {
    properties: {
      ...changes('replace', 'KeySpec KeyUsage MultiRegion Origin'),
      ...changes(
        'update',
        'Description Enabled EnableKeyRotation KeyPolicy PendingWindowInDays RotationPeriodInDays ' +
          'Tags BypassPolicyLockoutSafetyCheck',
      ),
    },
    attributes: ['Arn', 'KeyId'],
    tagged: true,
    async create(context, properties) {
      let id = context.physicalId
      if (id === undefined) {
        const { KeyMetadata } = await context.aws.kms.createKey({
          Description: text(properties['Description']),
          KeySpec: text(properties['KeySpec']) as 'SYMMETRIC_DEFAULT',
          KeyUsage: text(properties['KeyUsage']) as 'ENCRYPT_DECRYPT',
          MultiRegion: flag(properties['MultiRegion']),
          Origin: text(properties['Origin']) as 'AWS_KMS',
          Policy: policyOf(properties),
          BypassPolicyLockoutSafetyCheck: flag(properties['BypassPolicyLockoutSafetyCheck']),
          Tags: tagsOf(context, properties),
        })
        id = KeyMetadata!.KeyId!
        await context.made(id)
      }
      await settle(context, id, properties, { Enabled: properties['Enabled'] ?? true })
      if (flag(properties['Enabled']) === false) await context.aws.kms.disableKey({ KeyId: id })
      return outcome(context, id)
    },
    update: updateKey,
    delete: removeKey,
  },
  'AWS::KMS::ReplicaKey': {
    properties: {
      ...changes('replace', 'PrimaryKeyArn'),
      ...changes('update', 'Description Enabled KeyPolicy PendingWindowInDays Tags'),
    },
    required: ['KeyPolicy', 'PrimaryKeyArn'],
    attributes: ['Arn', 'KeyId'],
    tagged: true,
    async create(context, properties) {
      const primary = text(properties['PrimaryKeyArn'])!
      const id = primary.slice(primary.lastIndexOf('/') + 1)
      if (context.physicalId === undefined) {
        // It is asked for where the primary is.
        await context.awsIn(primary.split(':')[3]!).kms.replicateKey({
          KeyId: primary,
          ReplicaRegion: context.region,
          Description: text(properties['Description']),
          Policy: policyOf(properties),
          Tags: tagsOf(context, properties),
        })
        await context.made(id)
      }
      if (flag(properties['Enabled']) === false) await context.aws.kms.disableKey({ KeyId: id })
      return outcome(context, id)
    },
    update: updateKey,
    delete: removeKey,
  },
  'AWS::KMS::Alias': {
    properties: { ...changes('replace', 'AliasName'), ...changes('update', 'TargetKeyId') },
    required: ['AliasName', 'TargetKeyId'],
    attributes: [],
    async create(context, properties) {
      const AliasName = text(properties['AliasName'])!
      const TargetKeyId = text(properties['TargetKeyId'])
      if (context.physicalId === undefined) {
        await context.aws.kms.createAlias({ AliasName, TargetKeyId })
        await context.made(AliasName)
      }
      return { physicalId: AliasName, attributes: {} }
    },
    async update(context, AliasName, next) {
      await context.aws.kms.updateAlias({ AliasName, TargetKeyId: text(next['TargetKeyId']) })
      return { physicalId: AliasName, attributes: {} }
    },
    async delete(context, AliasName) {
      await unlessGone(GONE, () => context.aws.kms.deleteAlias({ AliasName }))
    },
  },
}
