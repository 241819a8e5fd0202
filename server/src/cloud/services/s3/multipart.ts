import { wholeSecond } from '../../whole-second.ts'
import { pieces, type Operations, type RequestContext, type S3 } from '../../gateway/index.ts'
import { storeBody } from './body.ts'
import { type Claims, readClaims } from './checksums.ts'
import { beginOperations } from './multipart-begin.ts'
import { completedBefore, completeUpload } from './multipart-complete.ts'
import { copySourceOf, sourceBucketOf } from './copies.ts'
import { parseCopySource } from './copy-source.ts'
import {
  type EncryptionInput,
  keyToRead,
  sealOfPart,
  shownEncryption,
  sourceKeyOf,
} from './encryption.ts'
import { parseCopyRange } from './copy-range.ts'
import { type ChecksumName, quoted } from './model.ts'
import { bodyOf } from './object-reads.ts'
import { settled } from './objects.ts'
import { bucketOf, type S3Parts, shownVersion } from './parts.ts'
import { checkCopySource } from './preconditions.ts'
import { invalidArgument, noSuchUpload, otherChecksum } from './refusals.ts'
import { checkCopyable } from './restore.ts'
import { sealedEtag } from './seal.ts'
import type { Part, Upload } from './store-uploads.ts'

interface UploadInput extends EncryptionInput {
  Bucket: string | undefined
  Key: string | undefined
  UploadId: string | undefined
  ExpectedBucketOwner?: string | undefined
}

export function multipartOperations(parts: S3Parts) {
  return {
    ...beginOperations(parts),
    async UploadPart(input, ctx) {
      const number = checkPartNumber(input.PartNumber)
      const upload = await uploadOf(parts, input)
      const claims = readClaims(input, ctx, upload.checksum.name)
      checkAlgorithm(upload, claims)
      const bucket = bucketOf(parts, upload.bucket)
      const seal = await sealOfPart(bucket, upload.meta.sealing, input, ctx)
      const options = { checksums: sumsOfPart(upload, claims.compute), asBlob: true, seal }
      const body = await storeBody(parts.blobs, input.Body, options)
      await settled(parts, claims, body)
      const etag = seal ? sealedEtag(body.md5, seal) : body.md5
      await keepPart(parts, upload, ctx, {
        number,
        sizeBytes: body.sizeBytes,
        etag,
        checksums: body.checksums,
        blob: body.blob!,
        iv: seal?.iv.toString('base64'),
      })
      const { name, isDefault } = upload.checksum
      // Where the client gave none the upload's own is told, if that was asked for.
      const shown = claims.isDefault ? (isDefault ? [] : [name]) : claims.compute
      return {
        ETag: quoted(etag),
        ...shownEncryption(upload.meta.sealing, input),
        ...Object.fromEntries(shown.map((name) => [`Checksum${name}`, body.checksums[name]])),
      }
    },
    UploadPartCopy: (input, ctx) => copyPart(parts, input, ctx),
    async CompleteMultipartUpload(input, ctx) {
      const upload = await findUpload(parts, input)
      if (upload) return completeUpload(parts, upload, input, ctx)
      const told = await completedBefore(parts, input, ctx)
      if (told) return told
      throw noSuchUpload(input.UploadId ?? '')
    },
    async AbortMultipartUpload(input, ctx) {
      const { id } = await uploadOf(parts, input)
      const all = await parts.uploads.parts(id)
      await parts.kernel.database.apply(parts.uploads.forget(id, new Set(), all, ctx.now))
      parts.garbage.expect()
      return {}
    },
  } satisfies Operations<S3>
}

/** The upload under way at this very key. */
export async function uploadOf(parts: S3Parts, input: UploadInput): Promise<Upload> {
  const upload = await findUpload(parts, input)
  if (!upload) throw noSuchUpload(input.UploadId ?? '')
  return upload
}

async function findUpload(parts: S3Parts, input: UploadInput): Promise<Upload | undefined> {
  const bucket = bucketOf(parts, input.Bucket, input.ExpectedBucketOwner)
  const upload = await parts.uploads.get(input.UploadId ?? '')
  return upload?.bucket === bucket.name && upload.key === input.Key ? upload : undefined
}

function checkPartNumber(number: number | undefined): number {
  if (number !== undefined && Number.isInteger(number) && number >= 1 && number <= 10_000) {
    return number
  }
  const message = 'Part number must be an integer between 1 and 10000, inclusive'
  throw invalidArgument('partNumber', String(number), message)
}

/** What the client says of a part, and what the whole object's checksum will be made of. */
const sumsOfPart = ({ checksum }: Upload, claimed: ChecksumName[]): ChecksumName[] =>
  claimed.includes(checksum.name) ? claimed : [...claimed, checksum.name]

/** A composite checksum is the client's own, so each part comes with its share of it. */
function checkAlgorithm({ checksum }: Upload, { compute, isDefault }: Claims): void {
  if (checksum.isDefault || (isDefault && checksum.type === 'FULL_OBJECT')) return
  if (!isDefault && compute.includes(checksum.name)) return
  throw otherChecksum(checksum.name, isDefault ? 'null' : compute.join(','))
}

async function keepPart(
  parts: S3Parts,
  upload: Upload,
  ctx: RequestContext,
  part: Omit<Part, 'modifiedAt'>,
): Promise<void> {
  try {
    await parts.uploads.putPart(upload.id, { ...part, modifiedAt: ctx.now })
  } catch (error) {
    await parts.kernel.blobs.remove(part.blob)
    // Aborted or completed while the bytes arrived.
    if (!(await parts.uploads.get(upload.id))) throw noSuchUpload(upload.id)
    throw error
  }
  parts.garbage.expect()
}

interface CopyPartInput extends UploadInput {
  PartNumber: number | undefined
  CopySource: string | undefined
  CopySourceRange?: string | undefined
  ExpectedSourceBucketOwner?: string | undefined
  CopySourceIfMatch?: string | undefined
  CopySourceIfNoneMatch?: string | undefined
  CopySourceIfModifiedSince?: Date | undefined
  CopySourceIfUnmodifiedSince?: Date | undefined
  CopySourceSSECustomerAlgorithm?: string | undefined
  CopySourceSSECustomerKey?: string | undefined
  CopySourceSSECustomerKeyMD5?: string | undefined
}

async function copyPart(parts: S3Parts, input: CopyPartInput, ctx: RequestContext) {
  const number = checkPartNumber(input.PartNumber)
  const upload = await uploadOf(parts, input)
  const place = parseCopySource(input.CopySource)
  const from = sourceBucketOf(parts, place, input.ExpectedSourceBucketOwner, ctx)
  const source = await copySourceOf(parts, from, place)
  checkCopySource(source, input, ctx.now)
  checkCopyable(source, ctx.now)
  const range = parseCopyRange(input.CopySourceRange, source.sizeBytes)
  const bucket = bucketOf(parts, upload.bucket)
  const { sealing } = upload.meta
  const sourceKey = await keyToRead(from, source, sourceKeyOf(input), ctx)
  const seal = await sealOfPart(bucket, sealing, input, ctx)
  const bytes = pieces(bodyOf(parts, source, range, sourceKey) as Uint8Array)
  const options = { checksums: [upload.checksum.name], asBlob: true, seal }
  const body = await storeBody(parts.blobs, bytes, options)
  const etag = seal ? sealedEtag(body.md5, seal) : body.md5
  const { sizeBytes, checksums, blob } = body
  const iv = seal?.iv.toString('base64')
  await keepPart(parts, upload, ctx, { number, sizeBytes, etag, checksums, blob: blob!, iv })
  const { name, isDefault } = upload.checksum
  return {
    CopyPartResult: {
      ETag: quoted(etag),
      LastModified: wholeSecond(ctx.now),
      ...(!isDefault && { [`Checksum${name}`]: checksums[name] }),
    },
    CopySourceVersionId: shownVersion(from, source.versionId),
    ...shownEncryption(sealing, input),
  }
}
