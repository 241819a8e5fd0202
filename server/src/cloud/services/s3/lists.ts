import { wholeSecond } from '../../whole-second.ts'
import type { Operations, S3 } from '../../gateway/index.ts'
import { foldPage, type Page, pastFolder } from './listing.ts'
import {
  checkMaxKeys,
  continuationToken,
  encodeListed,
  ofMeta,
  readToken,
  wantsRestore,
} from './listing-form.ts'
import { type Bucket, quoted } from './model.ts'
import { ownerOf } from './owner.ts'
import { bucketOf, type S3Parts } from './parts.ts'
import type { CurrentRow, ListingStore } from './store-listing.ts'
import { versionListOperations } from './version-lists.ts'

interface ListInput {
  Prefix?: string | undefined
  Delimiter?: string | undefined
  MaxKeys?: number | undefined
  EncodingType?: string | undefined
}

export function listOperations(parts: S3Parts, listing: ListingStore) {
  const page = (bucket: Bucket, input: ListInput, after: string, limit: number) =>
    foldPage<CurrentRow>(
      { prefix: input.Prefix ?? '', delimiter: input.Delimiter || undefined, limit, after },
      (from, _previous, count) => listing.current(bucket.name, from, count),
    )
  return {
    ...versionListOperations(parts, listing),
    async ListObjectsV2(input) {
      const bucket = bucketOf(parts, input.Bucket, input.ExpectedBucketOwner)
      const limit = checkMaxKeys(input.MaxKeys)
      const encode = encodeListed(input.EncodingType)
      const { ContinuationToken, StartAfter } = input
      const isContinued = ContinuationToken !== undefined
      const after = isContinued ? readToken(ContinuationToken) : (StartAfter ?? '')
      const found = await page(bucket, input, after, limit)
      return {
        ...shared(bucket, input, found, limit),
        KeyCount: found.rows.length + found.folders.length,
        ContinuationToken,
        StartAfter: StartAfter && encode(StartAfter),
        NextContinuationToken: found.isTruncated ? continuationToken(found.last!) : undefined,
        ...contents(
          found,
          encode,
          input.FetchOwner ? ownerOf(bucket.account) : undefined,
          wantsRestore(input),
        ),
      }
    },
    async ListObjects(input, ctx) {
      const bucket = bucketOf(parts, input.Bucket, input.ExpectedBucketOwner)
      const limit = checkMaxKeys(input.MaxKeys)
      const encode = encodeListed(input.EncodingType)
      const after = pastFolder(input.Marker ?? '', input.Prefix ?? '', input.Delimiter)
      const found = await page(bucket, input, after, limit)
      // Who asks without a signature isn't told whose the objects are (as observed).
      const owner = ctx.principal.kind === 'anonymous' ? undefined : ownerOf(bucket.account)
      return {
        ...shared(bucket, input, found, limit),
        Marker: encode(input.Marker ?? ''),
        // Without a delimiter the last key serves ("NextMarker", ListObjects).
        NextMarker: found.isTruncated && input.Delimiter ? encode(found.last!) : undefined,
        ...contents(found, encode, owner, wantsRestore(input)),
      }
    },
  } satisfies Operations<S3>
}

function shared(bucket: Bucket, input: ListInput, found: Page<CurrentRow>, limit: number) {
  const encode = encodeListed(input.EncodingType)
  return {
    Name: bucket.name,
    Prefix: encode(input.Prefix ?? ''),
    Delimiter: input.Delimiter ? encode(input.Delimiter) : undefined,
    MaxKeys: limit,
    EncodingType: input.EncodingType as 'url' | undefined,
    IsTruncated: found.isTruncated,
    ...(found.folders.length > 0 && {
      CommonPrefixes: found.folders.map((folder) => ({ Prefix: encode(folder) })),
    }),
  }
}

function contents(
  found: Page<CurrentRow>,
  encode: (text: string) => string,
  Owner: { ID: string } | undefined,
  withRestore: boolean,
) {
  if (found.rows.length === 0) return {}
  return {
    // A thousand of one form, each written out: a spread costs more than all its members.
    Contents: found.rows.map((row) => {
      const meta = ofMeta(row.meta, withRestore)
      return {
        Key: encode(row.key),
        LastModified: wholeSecond(row.modified_at),
        ETag: quoted(row.etag),
        ChecksumAlgorithm: meta.ChecksumAlgorithm,
        ChecksumType: meta.ChecksumType,
        Size: row.size,
        StorageClass: meta.StorageClass,
        Owner,
        RestoreStatus: meta.RestoreStatus,
      }
    }),
  }
}
