import type { Operations, S3 } from '../../gateway/index.ts'
import { shownChecksums } from './checksums.ts'
import { keyForRead, readCustomerKey } from './customer-key.ts'
import { mostOf, partMarkerOf } from './list-limits.ts'
import type { Checksums, ObjectVersion } from './model.ts'
import { noAttributes, storageClassOf } from './object-reads.ts'
import { bucketOf, objectOf, type S3Parts, shownVersion } from './parts.ts'
import { invalidArgument } from './refusals.ts'

const known = ['ETag', 'Checksum', 'ObjectParts', 'StorageClass', 'ObjectSize']

export function attributeOperations(parts: S3Parts) {
  return {
    async GetObjectAttributes(input) {
      const bucket = bucketOf(parts, input.Bucket, input.ExpectedBucketOwner)
      const wanted = checkAttributes(input.ObjectAttributes)
      const version = await objectOf(parts, bucket, input.Key ?? '', input.VersionId)
      const { checksums, sealing } = version.meta
      keyForRead(
        sealing,
        readCustomerKey(
          {
            algorithm: input.SSECustomerAlgorithm,
            key: input.SSECustomerKey,
            keyMd5: input.SSECustomerKeyMD5,
          },
          'read',
        ),
      )
      const hasParts = version.meta.parts !== undefined
      return {
        LastModified: new Date(version.modifiedAt),
        VersionId: shownVersion(bucket, version.versionId),
        ...(wanted.has('ETag') && { ETag: version.etag }),
        ...(wanted.has('Checksum') && checksums && { Checksum: withoutCount(checksums) }),
        ...(wanted.has('ObjectParts') && hasParts && { ObjectParts: partsOf(version, input) }),
        ...(wanted.has('StorageClass') && { StorageClass: storageClassOf(version) }),
        ...(wanted.has('ObjectSize') && { ObjectSize: version.sizeBytes }),
      }
    },
  } satisfies Operations<S3>
}

function checkAttributes(given: string[] | undefined): Set<string> {
  const wanted = (given ?? []).map((each) => each.trim())
  if (wanted.length === 0) throw noAttributes()
  const wrong = wanted.find((each) => !known.includes(each))
  if (wrong === undefined) return new Set(wanted)
  const message = 'Invalid attribute name specified.'
  throw invalidArgument('x-amz-object-attributes', wrong, message)
}

/** Here alone a composite checksum comes without the number of its parts. */
function withoutCount({ values, type }: Checksums) {
  const plain = Object.entries(values).map(([name, value]) => [name, value.split('-')[0]!])
  return shownChecksums({ type, values: Object.fromEntries(plain) as Checksums['values'] })
}

function partsOf(
  version: ObjectVersion,
  input: { MaxParts?: number | undefined; PartNumberMarker?: string | undefined },
) {
  const all = version.meta.parts ?? []
  // Parts are told one by one where each has a checksum of its own (as observed).
  if (version.meta.checksums?.type !== 'COMPOSITE') return { TotalPartsCount: all.length }
  const most = mostOf('max-parts', input.MaxParts)
  const after = partMarkerOf(input.PartNumberMarker)
  const left = all.filter(({ number }) => number > after)
  const page = left.slice(0, most)
  return {
    TotalPartsCount: all.length,
    PartNumberMarker: String(after),
    NextPartNumberMarker: String(page.at(-1)?.number ?? 0),
    MaxParts: most,
    IsTruncated: left.length > page.length,
    ...(page.length > 0 && {
      Parts: page.map(({ number, sizeBytes, checksums }) => ({
        PartNumber: number,
        Size: sizeBytes,
        ...Object.fromEntries(
          Object.entries(checksums ?? {}).map(([name, value]) => [`Checksum${name}`, value]),
        ),
      })),
    }),
  }
}
