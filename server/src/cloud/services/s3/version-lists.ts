import { wholeSecond } from '../../whole-second.ts'
import type { Operations, S3 } from '../../gateway/index.ts'
import { foldPage, pastFolder } from './listing.ts'
import { checkMaxKeys, encodeListed, ofMeta, wantsRestore } from './listing-form.ts'
import { NULL_VERSION, quoted } from './model.ts'
import { ownerOf } from './owner.ts'
import { bucketOf, type S3Parts } from './parts.ts'
import { invalidArgument } from './refusals.ts'
import type { ListedRow, ListingStore } from './store-listing.ts'
import { momentOf } from './version-ids.ts'

export function versionListOperations(parts: S3Parts, listing: ListingStore) {
  return {
    async ListObjectVersions(input) {
      const bucket = bucketOf(parts, input.Bucket, input.ExpectedBucketOwner)
      const limit = checkMaxKeys(input.MaxKeys, 'max-keys cannot be negative')
      const encode = encodeListed(input.EncodingType)
      const { Prefix = '', KeyMarker = '', VersionIdMarker } = input
      if (VersionIdMarker && !KeyMarker) {
        const message = 'A version-id marker cannot be specified without a key marker.'
        throw invalidArgument('version-id-marker', VersionIdMarker, message)
      }
      const startSeq = VersionIdMarker
        ? await startOf(listing, bucket.name, KeyMarker, VersionIdMarker)
        : undefined
      const start = startSeq ? ({ key: KeyMarker, seq: startSeq } as ListedRow) : undefined
      const wanted = {
        prefix: Prefix,
        delimiter: input.Delimiter || undefined,
        limit,
        after: start ? KeyMarker : pastFolder(KeyMarker, Prefix, input.Delimiter),
      }
      const found = await foldPage<ListedRow>(
        wanted,
        (from, previous, count) =>
          previous
            ? listing.versions(
                bucket.name,
                { ...from, key: previous.key, seq: previous.seq },
                count,
              )
            : listing.versions(bucket.name, from, count),
        { previous: start },
      )
      const Owner = ownerOf(bucket.account)
      const describe = (row: ListedRow) => ({
        Key: encode(row.key),
        VersionId: row.version_id,
        IsLatest: row.is_latest === 1,
        LastModified: wholeSecond(row.modified_at),
        Owner,
      })
      const endsInFolder = found.last !== undefined && found.last !== found.lastRow?.key
      return {
        Name: bucket.name,
        Prefix: encode(Prefix),
        KeyMarker: encode(KeyMarker),
        VersionIdMarker: VersionIdMarker ?? '',
        Delimiter: input.Delimiter ? encode(input.Delimiter) : undefined,
        MaxKeys: limit,
        EncodingType: input.EncodingType,
        IsTruncated: found.isTruncated,
        ...(found.isTruncated && {
          NextKeyMarker: encode(found.last!),
          NextVersionIdMarker: endsInFolder ? undefined : found.lastRow!.version_id,
        }),
        ...(found.folders.length > 0 && {
          CommonPrefixes: found.folders.map((folder) => ({ Prefix: encode(folder) })),
        }),
        ...entries(found.rows, describe, wantsRestore(input)),
      }
    },
  } satisfies Operations<S3>
}

/** Where the marker's version is in the order of its key, or was before it was deleted. */
async function startOf(
  listing: ListingStore,
  bucket: string,
  key: string,
  versionId: string,
): Promise<number | undefined> {
  const seq = await listing.seqOf(bucket, key, versionId)
  if (seq !== undefined) return seq
  const moment = momentOf(versionId)
  if (moment !== undefined) return (moment + 1) * 1000
  if (versionId === NULL_VERSION) return undefined
  throw invalidArgument('version-id-marker', versionId, 'Invalid version id specified')
}

function entries<D>(rows: ListedRow[], describe: (row: ListedRow) => D, withRestore: boolean) {
  const versions = rows.filter((row) => row.is_marker === 0)
  const markers = rows.filter((row) => row.is_marker === 1)
  return {
    ...(versions.length > 0 && {
      Versions: versions.map((row) => ({
        ...describe(row),
        ETag: quoted(row.etag),
        Size: row.size,
        ...ofMeta(row.meta, withRestore),
      })),
    }),
    ...(markers.length > 0 && { DeleteMarkers: markers.map(describe) }),
  }
}
