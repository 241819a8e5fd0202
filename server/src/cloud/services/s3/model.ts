import type {
  CORSRule,
  OwnershipControls,
  PublicAccessBlockConfiguration,
  ServerSideEncryptionConfiguration,
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

export interface BucketSettings {
  versioning?: 'Enabled' | 'Suspended'
  policy?: string
  cors?: CORSRule[]
  website?: WebsiteConfiguration
  tags?: Record<string, string>
  encryption?: ServerSideEncryptionConfiguration
  publicAccessBlock?: PublicAccessBlockConfiguration
  ownership?: OwnershipControls
  acl?: CannedAcl
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

export type ChecksumName = 'CRC32' | 'CRC32C' | 'CRC64NVME' | 'SHA1' | 'SHA256'
export const checksumNames: ChecksumName[] = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256']

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
  acl?: CannedAcl
  checksums?: Checksums
  /** Of a multipart object: size and checksums of each part, in order. */
  parts?: { number: number; sizeBytes: number; checksums?: Checksums['values'] }[]
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
