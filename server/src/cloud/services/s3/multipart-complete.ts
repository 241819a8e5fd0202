import type { RequestContext } from '../../gateway/index.ts'
import { checksumOf } from './body.ts'
import { joinChecksums, multipartEtag, shownChecksums } from './checksums.ts'
import { combineCrc } from './crc-combine.ts'
import { type ChecksumName, checksumNames, type Checksums, NULL_VERSION, quoted } from './model.ts'
import { newVersionId } from './objects.ts'
import { bucketOf, lockKey, type S3Parts, shownVersion } from './parts.ts'
import { checkWrite } from './preconditions.ts'
import { badDigest, invalidRequest, malformedXml, refusal } from './refusals.ts'
import type { Part, Upload } from './store-uploads.ts'

const SMALLEST_PART_BYTES = 5 * 1024 * 1024

type NamedChecksums = { [Name in `Checksum${ChecksumName}`]?: string | undefined }

interface CompleteInput extends NamedChecksums {
  MultipartUpload?:
    | {
        Parts?: ({ PartNumber?: number | undefined; ETag?: string | undefined } & NamedChecksums)[]
      }
    | undefined
  MpuObjectSize?: number | undefined
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
  const all = await parts.uploads.parts(upload.id)
  const chosen = chooseParts(input, all, upload)
  const checksums = await checksumsOf(upload, chosen)
  checkClaims(input, checksums)
  const etag = multipartEtag(chosen.map((part) => part.etag))
  const sizeBytes = chosen.reduce((sum, part) => sum + part.sizeBytes, 0)
  if (input.MpuObjectSize !== undefined && input.MpuObjectSize !== sizeBytes) {
    throw invalidRequest(
      `The provided 'x-amz-mp-object-size' header value ${input.MpuObjectSize} does not match what was computed: ${sizeBytes}`,
    )
  }
  const { objects, uploads, locks } = parts
  const { versioning } = bucket.settings
  const versionId = versioning === 'Enabled' ? newVersionId() : NULL_VERSION
  const version = {
    bucket: bucket.name,
    key: upload.key,
    versionId,
    isMarker: false,
    sizeBytes,
    etag,
    modifiedAt: ctx.now,
    meta: { ...upload.meta, ...(checksums && { checksums }), parts: chosen.map(keptOfPart) },
    blobs: chosen.map((part) => part.blob),
  }
  await locks.alone(lockKey(bucket.name, upload.key), async () => {
    checkWrite(upload.key, await objects.latest(bucket.name, upload.key), input)
    const kept = new Set(version.blobs)
    const forget = uploads.forget(upload.id, kept, all, ctx.now)
    await objects.apply([...objects.put(version, versioning), ...forget])
  })
  parts.garbage.expect()
  return {
    Location: `${ctx.originUrl}/${bucket.name}/${upload.key.split('/').map(encodeURIComponent).join('/')}`,
    Bucket: bucket.name,
    Key: upload.key,
    ETag: quoted(etag),
    ServerSideEncryption: 'AES256' as const,
    VersionId: shownVersion(bucket, versionId),
    ...shownChecksums(checksums),
  }
}

const keptOfPart = ({ number, sizeBytes, checksums }: Part) => ({ number, sizeBytes, checksums })

function chooseParts(input: CompleteInput, all: Part[], upload: Upload): Part[] {
  const listed = input.MultipartUpload?.Parts ?? []
  if (listed.length === 0) {
    if (input.MultipartUpload) throw malformedXml()
    throw invalidRequest('You must specify at least one part')
  }
  const byNumber = new Map(all.map((part) => [part.number, part]))
  let last = 0
  const chosen = listed.map((entry) => {
    const number = entry.PartNumber ?? 0
    if (number <= last) throw outOfOrder(upload.id)
    last = number
    const part = byNumber.get(number)
    const etag = entry.ETag?.replaceAll('"', '')
    const isSame = checksumNames.every((name) => {
      const claimed = entry[`Checksum${name}`]
      return claimed === undefined || claimed === part?.checksums[name]
    })
    if (!part || part.etag !== etag || !isSame) throw invalidPart(upload.id, number, etag ?? '')
    return part
  })
  for (const part of chosen.slice(0, -1)) {
    if (part.sizeBytes < SMALLEST_PART_BYTES) throw tooSmall(part)
  }
  return chosen
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

function checkClaims(input: CompleteInput, checksums: Checksums | undefined): void {
  for (const name of checksumNames) {
    const claimed = input[`Checksum${name}`]
    if (claimed !== undefined && claimed !== checksums?.values[name]) throw badDigest(name)
  }
}
