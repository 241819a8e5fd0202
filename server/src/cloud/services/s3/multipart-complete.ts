import type { RequestContext } from '../../gateway/index.ts'
import { checksumOf } from './body.ts'
import {
  invalidChecksum,
  isChecksum,
  joinChecksums,
  manyChecksums,
  multipartEtag,
  shownChecksums,
} from './checksums.ts'
import { combineCrc } from './crc-combine.ts'
import { shownEncryption } from './encryption.ts'
import { shownExpiration } from './lifecycle-expiry.ts'
import {
  type Bucket,
  type ChecksumName,
  checksumNames,
  type Checksums,
  type ObjectMeta,
  type ObjectVersion,
  quoted,
} from './model.ts'
import { writeObject } from './objects.ts'
import { bucketOf, type S3Parts } from './parts.ts'
import { checkWriteHeaders } from './preconditions.ts'
import {
  badDigest,
  invalidArgument,
  invalidRequest,
  malformedXml,
  otherChecksum,
  refusal,
} from './refusals.ts'
import type { Part, Upload } from './store-uploads.ts'
import { writtenVersion } from './version-ids.ts'

const SMALLEST_PART_BYTES = 5 * 1024 * 1024

type NamedChecksums = { [Name in `Checksum${ChecksumName}`]?: string | undefined }

interface CompleteInput extends NamedChecksums {
  MultipartUpload?:
    | {
        Parts?: ({ PartNumber?: number | undefined; ETag?: string | undefined } & NamedChecksums)[]
      }
    | undefined
  MpuObjectSize?: number | undefined
  ChecksumType?: string | undefined
  IfMatch?: string | undefined
  IfNoneMatch?: string | undefined
}

/** Makes the listed parts one object, in one transaction; parts left out are dropped. */
export async function completeUpload(
  parts: S3Parts,
  upload: Upload,
  input: CompleteInput,
  ctx: RequestContext,
) {
  const bucket = bucketOf(parts, upload.bucket)
  const conditions = checkWriteHeaders(input)
  checkSize(input.MpuObjectSize)
  checkFinal(upload, input)
  checkMode(upload, input)
  const all = await parts.uploads.parts(upload.id)
  const chosen = chooseParts(input, all, upload)
  const checksums = await checksumsOf(upload, chosen)
  checkClaims(upload, input, checksums)
  const etag = multipartEtag(chosen.map((part) => part.etag))
  const sizeBytes = chosen.reduce((sum, part) => sum + part.sizeBytes, 0)
  if (input.MpuObjectSize !== undefined && input.MpuObjectSize !== sizeBytes) {
    throw invalidRequest(
      `The provided 'x-amz-mp-object-size' header value ${input.MpuObjectSize} does not match what was computed: ${sizeBytes}`,
    )
  }
  const { key } = upload
  const kept = chosen.map((part) => part.blob)
  const meta: ObjectMeta = {
    ...upload.meta,
    ...(checksums && { checksums }),
    upload: upload.id,
    parts: chosen.map(keptOfPart),
  }
  const { versionId } = await writeObject(
    parts,
    {
      bucket,
      key,
      body: { sizeBytes, etag, blobs: kept },
      meta,
      conditions: conditions && {
        ...conditions,
        began: { at: upload.createdAt, hadObject: upload.hadObject ?? false },
      },
      event: 'ObjectCreated:CompleteMultipartUpload',
      also: parts.uploads.forget(upload.id, new Set(kept), all, ctx.now),
    },
    ctx,
  )
  return answerOf(bucket, { key, versionId, etag, sizeBytes, meta, modifiedAt: ctx.now }, ctx)
}

/**
 * What a client is told that asks once more for what it has completed, because the answer got lost
 * (the service is reported to say it again). Here for as long as the object is the key's latest.
 */
export async function completedBefore(
  parts: S3Parts,
  input: CompleteInput & {
    Bucket?: string | undefined
    Key?: string | undefined
    UploadId?: string | undefined
  },
  ctx: RequestContext,
) {
  const bucket = bucketOf(parts, input.Bucket)
  const version = await parts.objects.latest(bucket.name, input.Key ?? '')
  if (!version || version.isMarker || version.meta.upload !== input.UploadId) return undefined
  const listed = input.MultipartUpload?.Parts ?? []
  const etags = listed.map(({ ETag = '' }) => ETag.replaceAll('"', ''))
  return multipartEtag(etags) === version.etag ? answerOf(bucket, version, ctx) : undefined
}

type Completed = Pick<
  ObjectVersion,
  'key' | 'versionId' | 'etag' | 'sizeBytes' | 'meta' | 'modifiedAt'
>

function answerOf(bucket: Bucket, completed: Completed, ctx: RequestContext) {
  const { key, versionId, etag, meta } = completed
  const { sealing } = meta
  return {
    // The slashes of a key are written as %2F here (as observed).
    Location: `${ctx.originUrl}/${bucket.name}/${encodeURIComponent(key)}`,
    Bucket: bucket.name,
    Key: key,
    ETag: quoted(etag),
    ...(sealing?.as === 'SSE-C' ? {} : shownEncryption(sealing, {})),
    VersionId: writtenVersion(versionId),
    ...shownExpiration(bucket, completed),
    ...shownChecksums(meta.checksums),
  }
}

const keptOfPart = ({ number, sizeBytes, checksums, iv }: Part) => ({
  number,
  sizeBytes,
  checksums,
  ...(iv && { iv }),
})

function chooseParts(input: CompleteInput, all: Part[], upload: Upload): Part[] {
  const listed = input.MultipartUpload?.Parts ?? []
  if (listed.length === 0) {
    if (input.MultipartUpload) throw malformedXml()
    throw invalidRequest('You must specify at least one part')
  }
  const byNumber = new Map(all.map((part) => [part.number, part]))
  let last = 0
  const chosen = listed.map((entry) => {
    const { PartNumber: number, ETag } = entry
    if (number === undefined || ETag === undefined) throw malformedXml()
    if (number < 1) {
      throw invalidArgument('PartNumber', String(number), 'PartNumber must be >= 1')
    }
    if (number <= last) throw outOfOrder(upload.id)
    last = number
    const part = byNumber.get(number)
    const etag = ETag.replaceAll('"', '')
    const claimed = claimOf(entry)
    checkEach(upload, number, entry)
    if (part?.etag !== etag) throw invalidPart(upload.id, number, etag)
    if (claimed && part.checksums[claimed.name] !== claimed.value) {
      if (claimed.name === upload.checksum.name) throw invalidPart(upload.id, number, etag)
      throw otherDigest(claimed.name, number)
    }
    return part
  })
  for (const part of chosen.slice(0, -1)) {
    if (part.sizeBytes < SMALLEST_PART_BYTES) throw tooSmall(part)
  }
  return chosen
}

function checkSize(size: number | undefined): void {
  if (size === undefined || size >= 0) return
  throw invalidRequest(`Value for x-amz-mp-object-size header is less than zero: '${size}'`)
}

const types = ['FULL_OBJECT', 'COMPOSITE']

/** The form of what is said of the whole; a composite one may end in the number of its parts. */
function checkFinal({ checksum }: Upload, input: CompleteInput): void {
  if (input.ChecksumType !== undefined && !types.includes(input.ChecksumType)) {
    throw invalidChecksum('TYPE')
  }
  const given = checksumNames.filter((name) => input[`Checksum${name}`] !== undefined)
  if (given.length > 1) throw manyChecksums()
  for (const name of given) {
    const value = input[`Checksum${name}`]!
    const sum = checksum.type === 'COMPOSITE' ? value.replace(/-\d+$/, '') : value
    if (sum.includes('-') || !isChecksum(name, sum)) throw invalidChecksum(name)
  }
}

/** The one checksum an entry of the list may have. */
function claimOf(entry: NamedChecksums): { name: ChecksumName; value: string } | undefined {
  const given = checksumNames.flatMap((name) => {
    const value = entry[`Checksum${name}`]
    return value === undefined ? [] : [{ name, value }]
  })
  const isWrong = given.length > 1 || given.some(({ name, value }) => !isChecksum(name, value))
  if (!isWrong) return given[0]
  const message = 'Invalid Base64 or multiple checksums present in request'
  throw invalidArgument('Checksum', given[0]!.value, message)
}

const otherDigest = (name: ChecksumName, number: number) =>
  refusal(
    'BadDigest',
    400,
    `The ${name.toLowerCase()} you specified for part ${number} did not match what we received.`,
  )

function checkMode({ checksum }: Upload, { ChecksumType }: CompleteInput): void {
  if (ChecksumType === undefined || ChecksumType === checksum.type) return
  throw invalidRequest(
    `The upload was created using the ${checksum.type} checksum mode. The complete request must use the same checksum mode.`,
  )
}

/** A composite checksum is made of those the client names, so it names all of them. */
function checkEach({ checksum }: Upload, number: number, entry: NamedChecksums): void {
  const { name, type, isDefault } = checksum
  if (isDefault || type !== 'COMPOSITE' || entry[`Checksum${name}`] !== undefined) return
  throw invalidRequest(
    `The upload was created using a ${name.toLowerCase()} checksum. The complete request must include the checksum for each part. It was missing for part ${number} in the request.`,
  )
}

const outOfOrder = (UploadId: string) =>
  refusal(
    'InvalidPartOrder',
    400,
    'The list of parts was not in ascending order. Parts must be ordered by part number.',
    { UploadId },
  )

const invalidPart = (UploadId: string, PartNumber: number, ETag: string) =>
  refusal(
    'InvalidPart',
    400,
    "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
    { UploadId, PartNumber, ETag },
  )

const tooSmall = (part: Part) =>
  refusal('EntityTooSmall', 400, 'Your proposed upload is smaller than the minimum allowed size', {
    ProposedSize: part.sizeBytes,
    MinSizeAllowed: SMALLEST_PART_BYTES,
    PartNumber: part.number,
    ETag: part.etag,
  })

/** Nothing when the parts were sent with other checksums than the upload's own. */
async function checksumsOf({ checksum }: Upload, chosen: Part[]): Promise<Checksums | undefined> {
  const { name, type } = checksum
  const each = chosen.map((part) => ({ value: part.checksums[name], sizeBytes: part.sizeBytes }))
  if (each.some(({ value }) => value === undefined)) return undefined
  const known = each as { value: string; sizeBytes: number }[]
  const value = await joinChecksums(name, type, known, combineCrc, checksumOf)
  return { type, values: { [name]: value } }
}

/** These are taken only where the upload was begun with them; the elder ones are passed over. */
const younger = checksumNames.filter((name) => /^(MD5|SHA512|XXHASH)/.test(name))

/** What is said of the whole is compared where the upload was begun with an algorithm. */
function checkClaims(
  { checksum }: Upload,
  input: CompleteInput,
  checksums: Checksums | undefined,
): void {
  if (checksum.isDefault) {
    const actual = younger.find((name) => input[`Checksum${name}`] !== undefined)
    if (actual !== undefined) throw otherChecksum('null', actual)
    return
  }
  for (const name of checksumNames) {
    const claimed = input[`Checksum${name}`]
    if (claimed !== undefined && claimed !== checksums?.values[name])
      throw badDigest(name.toLowerCase())
  }
}
