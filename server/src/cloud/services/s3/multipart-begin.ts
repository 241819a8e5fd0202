import { randomBytes } from 'node:crypto'
import type { Operations, S3 } from '../../gateway/index.ts'
import { aclOfWrite } from './acl.ts'
import { asChecksumName, invalidChecksum } from './checksums.ts'
import { encryptingFor, shownEncryption } from './encryption.ts'
import { shownAbort } from './lifecycle-abort.ts'
import type { ChecksumName } from './model.ts'
import { readMeta } from './object-headers.ts'
import { readLock } from './object-lock.ts'
import { bucketOf, checkKey, type S3Parts } from './parts.ts'
import { invalidRequest, notAnonymously } from './refusals.ts'
import type { Upload } from './store-uploads.ts'

export function beginOperations(parts: S3Parts) {
  return {
    async CreateMultipartUpload(input, ctx) {
      if (ctx.principal.kind === 'anonymous') throw notAnonymously('initiate multipart uploads')
      const bucket = bucketOf(parts, input.Bucket, input.ExpectedBucketOwner)
      const key = checkKey(input.Key)
      const lock = readLock(bucket, input, ctx.now)
      const checksum = checksumOfUpload(input.ChecksumAlgorithm, input.ChecksumType)
      const encrypting = await encryptingFor(bucket, key, input, ctx)
      // Each part has a vector of its own.
      const sealing = encrypting && { ...encrypting.sealing, iv: undefined }
      const carried = Object.assign(readMeta(input), aclOfWrite(parts, bucket, input, ctx))
      const current = await parts.objects.latest(bucket.name, key)
      const upload: Upload = {
        id: randomBytes(64).toString('base64url'),
        bucket: bucket.name,
        key,
        createdAt: ctx.now,
        meta: { ...carried, ...(sealing && { sealing }), ...(lock && { lock }) },
        checksum,
        hadObject: current !== undefined && !current.isMarker,
        ...(ctx.principal.kind !== 'root' && { initiator: ctx.principal.arn }),
      }
      await parts.uploads.insert(upload)
      const { name, type, isDefault } = checksum
      return {
        Bucket: bucket.name,
        Key: key,
        UploadId: upload.id,
        ...shownEncryption(upload.meta.sealing, input),
        ...shownAbort(bucket, upload),
        ...(!isDefault && { ChecksumAlgorithm: name, ChecksumType: type }),
      }
    },
  } satisfies Operations<S3>
}

function checksumOfUpload(algorithm: string | undefined, type: string | undefined) {
  const asked = asChecksumName(algorithm)
  const wanted = type?.toUpperCase()
  if (wanted !== undefined && wanted !== 'COMPOSITE' && wanted !== 'FULL_OBJECT') {
    throw invalidChecksum('TYPE')
  }
  if (wanted !== undefined && !asked) {
    throw invalidRequest(
      'The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.',
    )
  }
  const name: ChecksumName = asked ?? 'CRC64NVME'
  // Only a CRC of the whole can be made of those of the parts.
  const isDigest = !name.startsWith('CRC')
  if ((name === 'CRC64NVME' && wanted === 'COMPOSITE') || (isDigest && wanted === 'FULL_OBJECT')) {
    throw invalidRequest(
      `The ${wanted} checksum type cannot be used with the ${name.toLowerCase()} checksum algorithm.`,
    )
  }
  const usual = name === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE'
  return { name, type: wanted ?? usual, isDefault: asked === undefined } as const
}
