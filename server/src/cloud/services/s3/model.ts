import type { KeptSettings } from './kept-settings.ts'
import type {
  CORSRule,
  LifecycleRule,
  NotificationConfiguration,
  ObjectLockRule,
  OwnershipControls,
  PublicAccessBlockConfiguration,
  ReplicationConfiguration,
  ServerSideEncryptionConfiguration,
  TransitionDefaultMinimumObjectSize,
  WebsiteConfiguration,
} from './sdk-shapes.ts'

export interface Bucket {
  readonly name: string
  readonly account: string
  readonly region: string
  /** ms since the epoch. */
  readonly createdAt: number
  readonly settings: BucketSettings
}

export interface BucketSettings extends KeptSettings {
  /** The old name a bucket of eu-west-1 was made by; it is told so ever after. */
  location?: 'EU'
  versioning?: 'Enabled' | 'Suspended'
  /** Once on, off again is told. */
  mfaDelete?: boolean
  policy?: string
  cors?: CORSRule[]
  website?: WebsiteConfiguration
  tags?: Record<string, string>
  encryption?: ServerSideEncryptionConfiguration
  publicAccessBlock?: PublicAccessBlockConfiguration
  ownership?: OwnershipControls
  acl?: Acl
  /** There at all: the bucket can lock objects, for good. */
  objectLock?: { rule?: ObjectLockRule }
  lifecycle?: { rules: LifecycleRule[]; minimumSize: TransitionDefaultMinimumObjectSize }
  notification?: NotificationConfiguration
  replication?: ReplicationConfiguration
}

export type CannedAcl =
  | 'private'
  | 'public-read'
  | 'public-read-write'
  | 'authenticated-read'
  | 'bucket-owner-read'
  | 'bucket-owner-full-control'
  | 'aws-exec-read'
  | 'log-delivery-write'

export type AclPermission = 'FULL_CONTROL' | 'READ' | 'WRITE' | 'READ_ACP' | 'WRITE_ACP'

/** To a canonical user (64 hex digits) or to one of the three groups. */
export interface AclGrant {
  to: { id: string } | { uri: string }
  permission: AclPermission
}

/** As it was given: by name, or grant by grant. */
export type Acl = CannedAcl | AclGrant[]

/** In the order S3 names them in. */
export const checksumNames = [
  'CRC32',
  'CRC32C',
  'CRC64NVME',
  'MD5',
  'SHA1',
  'SHA256',
  'SHA512',
  'XXHASH128',
  'XXHASH3',
  'XXHASH64',
] as const
export type ChecksumName = (typeof checksumNames)[number]

export interface Checksums {
  /** Base64 by algorithm; a composite one ends in `-<parts>`. */
  values: Partial<Record<ChecksumName, string>>
  type: 'FULL_OBJECT' | 'COMPOSITE'
}

/** What an object carries besides its bytes; JSON in one column, short names of no use to anyone. */
export interface ObjectMeta {
  contentType?: string
  contentEncoding?: string
  contentDisposition?: string
  contentLanguage?: string
  cacheControl?: string
  expires?: string
  /** User metadata, lower-case names without `x-amz-meta-`. */
  user?: Record<string, string>
  tags?: Record<string, string>
  storageClass?: string
  redirect?: string
  acl?: Acl
  /** The account that wrote it, where that isn't the bucket's and ACLs are on. */
  owner?: string
  checksums?: Checksums
  /** The upload a multipart object was put together from. */
  upload?: string
  /** Of a multipart object: size and checksums of each part, in order. */
  parts?: {
    number: number
    sizeBytes: number
    checksums?: Checksums['values']
    /** Of sealed bytes: base64. */
    iv?: string
  }[]
  sealing?: Sealing
  lock?: ObjectLock
  restore?: Restore
  replication?: 'PENDING' | 'COMPLETED' | 'FAILED' | 'REPLICA'
}

/** How an object's bytes are encrypted; what opens them is never among it. */
export interface Sealing {
  as: 'aws:kms' | 'aws:kms:dsse' | 'SSE-C'
  /** Base64; a multipart object has one for each part instead. */
  iv?: string
  keyArn?: string
  /** The data key as KMS wrapped it, base64. */
  wrappedKey?: string
  /** The context KMS is given with it, beside the caller's own. */
  context?: Record<string, string>
  hasBucketKey?: boolean
  /** SSE-C: `<salt>:<HMAC of the client's key>`, hex. */
  keyProof?: string
}

export interface ObjectLock {
  mode?: 'GOVERNANCE' | 'COMPLIANCE'
  /** ms since the epoch. */
  until?: number
  legalHold?: 'ON' | 'OFF'
}

/** The copy of an archived object that can be read for a while. */
export interface Restore {
  isOngoing: boolean
  days: number
  /** ms since the epoch; once it is there. */
  expiresAt?: number
}

/** One version of an object, or a delete marker. */
export interface ObjectVersion {
  bucket: string
  key: string
  /** `null` for what was written without versioning. */
  versionId: string
  isLatest: boolean
  isMarker: boolean
  sizeBytes: number
  /** Hex MD5, or `<hex>-<parts>`; without quotation marks. */
  etag: string
  modifiedAt: number
  meta: ObjectMeta
  /** Blob ids whose bytes follow one another; absent when the bytes are inline. */
  blobs?: string[]
  inline?: Uint8Array
}

export const NULL_VERSION = 'null'
export const quoted = (etag: string): string => `"${etag}"`
export const bucketArn = (name: string): string => `arn:aws:s3:::${name}`
export const objectArn = (bucket: string, key: string): string => `arn:aws:s3:::${bucket}/${key}`
