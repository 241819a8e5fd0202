import { wholeSecond } from '../../whole-second.ts'
import type { Operations, S3 } from '../../gateway/index.ts'
import { encodeListed } from './listing-form.ts'
import { shownAbort } from './lifecycle-abort.ts'
import { type Bucket, quoted } from './model.ts'
import { ownerOf } from './owner.ts'
import { uploadOf } from './multipart.ts'
import { bucketOf, type S3Parts } from './parts.ts'
import type { Upload } from './store-uploads.ts'

export function multipartListOperations(parts: S3Parts) {
  return {
    ...uploadList(parts),
    async ListParts(input) {
      const upload = await uploadOf(parts, input)
      const bucket = bucketOf(parts, upload.bucket)
      const most = Math.min(input.MaxParts ?? 1000, 1000)
      const after = Number(input.PartNumberMarker ?? 0)
      const found = await parts.uploads.parts(upload.id, after, most + 1)
      const page = found.slice(0, most)
      const IsTruncated = found.length > most
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
      const most = Math.min(input.MaxUploads ?? 1000, 1000)
      const { Prefix = '', KeyMarker = '', UploadIdMarker, Delimiter } = input
      const encode = encodeListed(input.EncodingType)
      const after = { key: KeyMarker, id: KeyMarker ? UploadIdMarker : undefined }
      const found = await parts.uploads.list(bucket.name, after, Prefix, most + 1)
      const page = found.slice(0, most)
      const last = page.at(-1)
      const folderOf = (key: string) => {
        const at = Delimiter ? key.indexOf(Delimiter, Prefix.length) : -1
        return at < 0 ? undefined : key.slice(0, at + Delimiter!.length)
      }
      const folders = [...new Set(page.flatMap(({ key }) => folderOf(key) ?? []))]
      return {
        Bucket: bucket.name,
        KeyMarker: encode(KeyMarker),
        UploadIdMarker: UploadIdMarker ?? '',
        Prefix: input.Prefix === undefined ? undefined : encode(Prefix),
        Delimiter: Delimiter && encode(Delimiter),
        EncodingType: input.EncodingType,
        MaxUploads: most,
        IsTruncated: found.length > most,
        NextKeyMarker: encode(last?.key ?? ''),
        NextUploadIdMarker: last?.id ?? '',
        ...(folders.length > 0 && {
          CommonPrefixes: folders.map((each) => ({ Prefix: encode(each) })),
        }),
        Uploads: page
          .filter(({ key }) => folderOf(key) === undefined)
          .map((upload) => ({
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

/** The account itself, or the user or the session that began the upload. */
function initiatorOf(bucket: Bucket, { initiator }: Upload) {
  if (!initiator) return ownerOf(bucket.account)
  return { ID: initiator, DisplayName: initiator.slice(initiator.lastIndexOf('/') + 1) }
}
