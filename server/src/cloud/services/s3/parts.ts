import type { Kernel, OwnedBlobs } from '../../../kernel/index.ts'
import type { ServiceDeps } from '../../deps.ts'
import type { PutBusEvent } from './bus-event.ts'
import type { Garbage } from './garbage.ts'
import type { HotBlobs } from './hot-blobs.ts'
import type { KeyLocks } from './key-locks.ts'
import type { Bucket, ObjectVersion } from './model.ts'
import {
  accessDenied,
  badBucketName,
  noSuchBucket,
  noSuchKey,
  noSuchVersion,
  refusal,
} from './refusals.ts'
import type { AccountStore } from './store-accounts.ts'
import type { AnnotationStore } from './store-annotations.ts'
import type { BucketStore } from './store-buckets.ts'
import type { ListingStore } from './store-listing.ts'
import type { ObjectStore } from './store-objects.ts'
import type { UploadStore } from './store-uploads.ts'
import { checkIssued } from './version-ids.ts'

/** What S3's operations stand on. */
export interface S3Parts {
  kernel: Kernel
  /** Where S3 writes; what it keeps there is told by its rows. */
  blobs: OwnedBlobs
  hotBlobs: HotBlobs
  deps: ServiceDeps
  buckets: BucketStore
  objects: ObjectStore
  annotations: AnnotationStore
  uploads: UploadStore
  accounts: AccountStore
  listing: ListingStore
  garbage: Garbage
  locks: KeyLocks
  /** Where events go that a bucket tells EventBridge, once there is one. */
  bus: { put?: PutBusEvent }
  /** Requests (ids) that are to be answered 202, which no operation can say. */
  accepted: Set<string>
}

/** What S3's control plane reads and changes. */
export type S3Doors = Pick<S3Parts, 'accounts' | 'buckets'>

/** Names were freer in us-east-1 until 2018: such a one may be missing, another cannot be. */
const missingBucket = (name: string) =>
  /^[\w.-]{3,255}$/.test(name) ? noSuchBucket(name) : badBucketName(name)

const noAccount = (given: string) =>
  refusal(
    'InvalidBucketOwnerAWSAccountID',
    400,
    `The value of the expected bucket owner parameter must be an AWS Account ID... [${given}]`,
  )

/** The bucket, or NoSuchBucket; refused when it isn't whose the caller expects. */
export function bucketOf(
  { buckets }: Pick<S3Parts, 'buckets'>,
  name: string | undefined,
  expectedOwner?: string,
): Bucket {
  if (expectedOwner !== undefined && !/^\d{12}$/.test(expectedOwner)) throw noAccount(expectedOwner)
  const bucket = buckets.get(name ?? '')
  if (!bucket) throw missingBucket(name ?? '')
  if (expectedOwner !== undefined && expectedOwner !== bucket.account) throw accessDenied()
  return bucket
}

/** The version asked for, or the latest; markers and nothing are refused as S3 does. */
export async function objectOf(
  { objects }: Pick<S3Parts, 'objects'>,
  bucket: Bucket,
  key: string,
  versionId: string | undefined,
  method: 'GET' | 'PUT' | 'DELETE' | 'HEAD' = 'GET',
): Promise<ObjectVersion> {
  const version =
    versionId === undefined
      ? await objects.latest(bucket.name, key)
      : await objects.version(bucket.name, key, versionId)
  if (!version && versionId !== undefined) checkIssued(versionId)
  if (!version) throw versionId === undefined ? noSuchKey(key) : noSuchVersion(key, versionId)
  if (version.isMarker) throw markerRefusal(version, versionId !== undefined, method)
  return version
}

/** The same for what changes or tells of an object without reading it: a marker is never one. */
export async function objectToTell(
  parts: Pick<S3Parts, 'objects'>,
  bucket: Bucket,
  key: string,
  versionId: string | undefined,
  method: 'GET' | 'PUT' | 'DELETE',
): Promise<ObjectVersion> {
  const latest = versionId === undefined ? await parts.objects.latest(bucket.name, key) : undefined
  if (latest?.isMarker) throw markerRefusal(latest, true, method)
  return latest ?? objectOf(parts, bucket, key, versionId, method)
}

function markerRefusal(marker: ObjectVersion, byVersion: boolean, Method: string) {
  const headers = {
    'x-amz-delete-marker': 'true',
    'x-amz-version-id': marker.versionId,
    ...(byVersion && { 'Last-Modified': new Date(marker.modifiedAt).toUTCString() }),
  }
  const refused = byVersion
    ? refusal(
        'MethodNotAllowed',
        405,
        'The specified method is not allowed against this resource.',
        { Method, ResourceType: 'DeleteMarker' },
      )
    : noSuchKey(marker.key)
  Object.assign(refused.headers, headers, byVersion && { Allow: 'DELETE' })
  return refused
}

/** The version id as answers carry it: only buckets that were ever versioned have any. */
export function shownVersion(bucket: Bucket, versionId: string): string | undefined {
  return bucket.settings.versioning === undefined ? undefined : versionId
}

export const lockKey = (bucket: string, key: string): string => `${bucket}/${key}`

const LONGEST_KEY_BYTES = 1024

export function checkKey(key: string | undefined): string {
  if (!key) throw refusal('InvalidURI', 400, "Couldn't parse the specified URI.")
  const size = Buffer.byteLength(key)
  if (size <= LONGEST_KEY_BYTES) return key
  throw refusal('KeyTooLongError', 400, 'Your key is too long', {
    Size: size,
    MaxSizeAllowed: LONGEST_KEY_BYTES,
  })
}
