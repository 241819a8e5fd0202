import { grantsOf, hasAcls } from './acl-model.ts'
import { expiryOf } from './lifecycle-expiry.ts'
import type { Bucket, ObjectVersion } from './model.ts'
import { NULL_VERSION } from './model.ts'
import { ownerOf } from './owner.ts'
import type { InventoryConfiguration } from './sdk-shapes.ts'

type Column = (version: ObjectVersion, bucket: Bucket) => string

const at = (ms: number | undefined) => (ms === undefined ? '' : new Date(ms).toISOString())
const ownerId = ({ meta }: ObjectVersion, bucket: Bucket) =>
  ownerOf(hasAcls(bucket) ? (meta.owner ?? bucket.account) : bucket.account).ID

const always: Record<string, Column> = {
  Bucket: (_version, { name }) => name,
  Key: ({ key }) => encodeURIComponent(key).replaceAll('%2F', '/'),
}

// Of reports of all versions.
const ofVersions: Record<string, Column> = {
  VersionId: ({ versionId }) => (versionId === NULL_VERSION ? '' : versionId),
  IsLatest: ({ isLatest }) => String(isLatest),
  IsDeleteMarker: ({ isMarker }) => String(isMarker),
}

// In this order whatever order they are asked for in ("Amazon S3 Inventory list").
const optional: Record<string, Column> = {
  Size: ({ isMarker, sizeBytes }) => (isMarker ? '' : String(sizeBytes)),
  LastModifiedDate: ({ modifiedAt }) => at(modifiedAt),
  ETag: ({ etag }) => etag,
  StorageClass: ({ isMarker, meta }) => (isMarker ? '' : (meta.storageClass ?? 'STANDARD')),
  IsMultipartUploaded: ({ meta }) => String(meta.parts !== undefined),
  ReplicationStatus: ({ meta }) => meta.replication ?? '',
  EncryptionStatus: ({ isMarker, meta }) => (isMarker ? '' : sealedAs(meta.sealing?.as)),
  ObjectLockRetainUntilDate: ({ meta }) => at(meta.lock?.until),
  ObjectLockMode: ({ meta }) => meta.lock?.mode ?? '',
  ObjectLockLegalHoldStatus: ({ meta }) => meta.lock?.legalHold ?? '',
  IntelligentTieringAccessTier: ({ meta }) =>
    meta.storageClass === 'INTELLIGENT_TIERING' ? 'FREQUENT' : '',
  BucketKeyStatus: ({ meta: { sealing } }) =>
    sealing?.keyArn === undefined ? '' : sealing.hasBucketKey ? 'ENABLED' : 'DISABLED',
  ChecksumAlgorithm: ({ meta }) => Object.keys(meta.checksums?.values ?? {}).join(','),
  ObjectAccessControlList: (version, bucket) => aclOf(version, bucket),
  ObjectOwner: ownerId,
  LifecycleExpirationDate: (version, { settings }) =>
    version.isLatest && !version.isMarker && settings.lifecycle
      ? at(expiryOf(settings.lifecycle.rules, version)?.atMs)
      : '',
}

function sealedAs(as: NonNullable<ObjectVersion['meta']['sealing']>['as'] | undefined): string {
  if (as === undefined) return 'SSE-S3'
  if (as === 'SSE-C') return 'SSE-C'
  return as === 'aws:kms:dsse' ? 'DSSE-KMS' : 'SSE-KMS'
}

/** The object's grants as JSON in base64 ("Object Access Control List (ACL) field"). */
function aclOf(version: ObjectVersion, bucket: Bucket): string {
  if (version.isMarker) return ''
  const acl = hasAcls(bucket) ? version.meta.acl : undefined
  const grants = grantsOf(acl, ownerId(version, bucket), ownerOf(bucket.account).ID)
  const told = {
    version: '2022-11-10',
    status: 'AVAILABLE',
    grants: grants.map(({ to, permission }) =>
      'uri' in to
        ? { uri: to.uri, permission, type: 'Group' }
        : { canonicalId: to.id, permission, type: 'CanonicalUser' },
    ),
  }
  return Buffer.from(JSON.stringify(told)).toString('base64')
}

/** How one configuration's report looks. */
export interface ReportForm {
  /** As the manifest names them: `Bucket, Key, …`. */
  schema: string
  /** One line with its end: every value in quotation marks. */
  row(version: ObjectVersion): string
}

export function reportForm(
  bucket: Bucket,
  { IncludedObjectVersions, OptionalFields }: InventoryConfiguration,
): ReportForm {
  const asked = new Set<string>(OptionalFields)
  const columns = Object.entries({
    ...always,
    ...(IncludedObjectVersions === 'All' && ofVersions),
    ...Object.fromEntries(Object.entries(optional).filter(([name]) => asked.has(name))),
  })
  return {
    schema: columns.map(([name]) => name).join(', '),
    row: (version) =>
      `${columns.map(([, column]) => quotedValue(column(version, bucket))).join(',')}\n`,
  }
}

const quotedValue = (value: string): string => `"${value.replaceAll('"', '""')}"`
