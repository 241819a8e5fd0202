import type { Kms, Output } from '../../gateway/index.ts'
import { algorithmsOf, currentMaterial, isReplica, type Key, keyArn, stateOf } from './model.ts'
import type { KmsParts } from './parts.ts'

type Metadata = NonNullable<Output<Kms, 'DescribeKey'>['KeyMetadata']>

const algorithmMember = {
  ENCRYPT_DECRYPT: 'EncryptionAlgorithms',
  SIGN_VERIFY: 'SigningAlgorithms',
  GENERATE_VERIFY_MAC: 'MacAlgorithms',
  KEY_AGREEMENT: 'KeyAgreementAlgorithms',
  ENCAPSULATE_DECAPSULATE: 'EncapsulationAlgorithms',
} as const

/** What a key's usage lets it do, under the member AWS tells it by. */
export const algorithmsShown = (key: Key) => ({ [algorithmMember[key.usage]]: algorithmsOf(key) })

export function metadataOf(parts: KmsParts, key: Key, now: number): Metadata {
  const state = stateOf(key, now)
  const material = currentMaterial(key, now)
  const isImported = key.origin === 'EXTERNAL' && material !== undefined
  return {
    AWSAccountId: key.account,
    KeyId: key.id,
    Arn: keyArn(key),
    CreationDate: new Date(key.createdAtMs),
    Enabled: state === 'Enabled',
    Description: key.description,
    KeyUsage: key.usage,
    KeyState: state,
    ...(key.deletionAtMs !== undefined && { DeletionDate: new Date(key.deletionAtMs) }),
    ...(isImported &&
      material.validToMs !== undefined && { ValidTo: new Date(material.validToMs) }),
    Origin: key.origin,
    ...(isImported && { ExpirationModel: material.expirationModel }),
    KeyManager: key.managedFor ? 'AWS' : 'CUSTOMER',
    CustomerMasterKeySpec: key.spec as Metadata['CustomerMasterKeySpec'],
    KeySpec: key.spec as Metadata['KeySpec'],
    ...algorithmsShown(key),
    MultiRegion: key.primaryRegion !== undefined,
    ...multiRegion(parts, key),
    ...(material && key.spec === 'SYMMETRIC_DEFAULT' && { CurrentKeyMaterialId: material.id }),
  }
}

function multiRegion({ store }: KmsParts, key: Key): Partial<Metadata> {
  if (key.primaryRegion === undefined) return {}
  const related = store.related(key).map((one) => ({ Arn: keyArn(one), Region: one.region }))
  return {
    MultiRegionConfiguration: {
      MultiRegionKeyType: isReplica(key) ? 'REPLICA' : 'PRIMARY',
      PrimaryKey: related.find(({ Region }) => Region === key.primaryRegion),
      ReplicaKeys: related.filter(({ Region }) => Region !== key.primaryRegion),
    },
  }
}
