import { wholeSecond } from '../../whole-second.ts'
import type { Operations, S3 } from '../../gateway/index.ts'
import { foldPage, pastFolder } from './listing.ts'
import { encodeListed } from './listing-form.ts'
import { shownAbort } from './lifecycle-abort.ts'
import { mostOf, partMarkerOf } from './list-limits.ts'
import { type Bucket, quoted } from './model.ts'
import { ownerOf } from './owner.ts'
import { uploadOf } from './multipart.ts'
import { bucketOf, type S3Parts } from './parts.ts'
import { invalidArgument } from './refusals.ts'
import type { Upload } from './store-uploads.ts'

export function multipartListOperations(parts: S3Parts) {
  return {
    ...uploadList(parts),
    async ListParts(input) {
      const upload = await uploadOf(parts, input)
      const bucket = bucketOf(parts, upload.bucket)
      const most = mostOf('max-parts', input.MaxParts)
      const after = partMarkerOf(input.PartNumberMarker)
      const found = await parts.uploads.parts(upload.id, after, most + 1)
      const page = found.slice(0, most)
      const IsTruncated = most > 0 && found.length > most
      const { name, type, isDefault } = upload.checksum
      return {
        Bucket: upload.bucket,
        Key: upload.key,
        UploadId: upload.id,
        PartNumberMarker: String(after),
        NextPartNumberMarker: String(page.at(-1)?.number ?? 0),
        MaxParts: most,
        IsTruncated,
        Parts: page.map((part) => ({
          PartNumber: part.number,
          LastModified: wholeSecond(part.modifiedAt),
          ETag: quoted(part.etag),
          Size: part.sizeBytes,
          ...(!isDefault && { [`Checksum${name}`]: part.checksums[name] }),
        })),
        Initiator: initiatorOf(bucket, upload),
        Owner: ownerOf(bucket.account),
        StorageClass: (upload.meta.storageClass ?? 'STANDARD') as 'STANDARD',
        ...shownAbort(bucket, upload),
        ...(!isDefault && { ChecksumAlgorithm: name, ChecksumType: type }),
      }
    },
  } satisfies Operations<S3>
}

function uploadList(parts: S3Parts) {
  return {
    async ListMultipartUploads(input) {
      const bucket = bucketOf(parts, input.Bucket, input.ExpectedBucketOwner)
      const most = mostOf('max-uploads', input.MaxUploads)
      const { Prefix = '', KeyMarker = '', Delimiter } = input
      // Without a key the upload's marker means nothing ("ListMultipartUploads").
      const UploadIdMarker = KeyMarker ? (input.UploadIdMarker ?? '') : ''
      const encode = encodeListed(input.EncodingType)
      const previous = UploadIdMarker
        ? await markedUpload(parts, bucket, KeyMarker, UploadIdMarker)
        : undefined
      const after = previous ? KeyMarker : pastFolder(KeyMarker, Prefix, Delimiter)
      const found = await foldPage<Upload>(
        { prefix: Prefix, delimiter: Delimiter || undefined, limit: most, after },
        (from, last, count) => {
          const place = { key: last?.key ?? (from.isAfter ? from.key : ''), id: last?.id }
          return parts.uploads.list(bucket.name, place, Prefix, count)
        },
        { previous },
      )
      // A page that ends in a folder has no markers (as observed).
      const last = found.last === found.lastRow?.key ? found.lastRow : undefined
      return {
        Bucket: bucket.name,
        KeyMarker: encode(KeyMarker),
        UploadIdMarker,
        Prefix: input.Prefix === undefined ? undefined : encode(Prefix),
        Delimiter: Delimiter && encode(Delimiter),
        EncodingType: input.EncodingType,
        MaxUploads: most,
        IsTruncated: found.isTruncated,
        NextKeyMarker: encode(last?.key ?? ''),
        NextUploadIdMarker: last?.id ?? '',
        ...(found.folders.length > 0 && {
          CommonPrefixes: found.folders.map((each) => ({ Prefix: encode(each) })),
        }),
        Uploads: found.rows.map((upload) => ({
          UploadId: upload.id,
          Key: encode(upload.key),
          Initiated: wholeSecond(upload.createdAt),
          StorageClass: (upload.meta.storageClass ?? 'STANDARD') as 'STANDARD',
          ...(!upload.checksum.isDefault && {
            ChecksumAlgorithm: upload.checksum.name,
            ChecksumType: upload.checksum.type,
          }),
          Owner: ownerOf(bucket.account),
          Initiator: initiatorOf(bucket, upload),
        })),
      }
    },
  } satisfies Operations<S3>
}

/** The upload a page begins after. */
async function markedUpload(
  { uploads }: S3Parts,
  { name }: Bucket,
  key: string,
  id: string,
): Promise<Upload> {
  const marked = await uploads.get(id)
  if (marked?.bucket === name && marked.key === key) return marked
  throw invalidArgument('upload-id-marker', id, 'Invalid uploadId marker')
}

/** The account itself, or the user or the session that began the upload. */
function initiatorOf(bucket: Bucket, { initiator }: Upload) {
  if (!initiator) return ownerOf(bucket.account)
  return { ID: initiator, DisplayName: initiator.slice(initiator.lastIndexOf('/') + 1) }
}
