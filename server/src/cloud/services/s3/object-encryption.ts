import { pieces, type Operations, type RequestContext, type S3 } from '../../gateway/index.ts'
import { storeBody } from './body.ts'
import { unwrappedBy, wrappedAnew, wrappedBy } from './encryption.ts'
import { type Bucket, bucketArn, objectArn, type ObjectVersion } from './model.ts'
import { bodyOf } from './object-reads.ts'
import { bucketOf, checkKey, lockKey, objectToTell, type S3Parts } from './parts.ts'
import { accessDenied, invalidRequest, malformedXml } from './refusals.ts'

// "S3UpdateObjectEncryptionSSEKMS": no alias, no bare id.
const keyArn = /^arn:aws[a-zA-Z0-9-]*:kms:[a-z0-9-]+:\d{12}:key\/[a-zA-Z0-9-]+$/

const noKeyArn = () =>
  invalidRequest(
    "Requests that modify an object's encryption type to SSE-KMS require a valid AWS KMS key Amazon Resource Name (ARN). Confirm that you have a correctly formatted KMS key ARN in your request, and then try again.",
  )

interface Wanted {
  keyId: string
  hasBucketKey: boolean
}

/** "UpdateObjectEncryption": another key for an object that stays what and where it was. */
export function objectEncryptionOperations(parts: S3Parts) {
  return {
    async UpdateObjectEncryption(input, ctx) {
      const bucket = bucketOf(parts, input.Bucket, input.ExpectedBucketOwner)
      const key = checkKey(input.Key)
      const { KMSKeyArn: keyId, BucketKeyEnabled } = input.ObjectEncryption?.SSEKMS ?? {}
      if (!keyId) throw malformedXml()
      if (!keyArn.test(keyId)) throw noKeyArn()
      const wanted = { keyId, hasBucketKey: BucketKeyEnabled ?? false }
      await parts.locks.alone(lockKey(bucket.name, key), async () => {
        const version = await objectToTell(parts, bucket, key, input.VersionId, 'PUT')
        checkSource(version, ctx.now)
        const change = version.meta.sealing ? rewrapped : sealed
        await change(parts, bucket, version, wanted, ctx)
      })
      return {}
    },
  } satisfies Operations<S3>
}

function checkSource({ meta: { sealing, lock } }: ObjectVersion, nowMs: number): void {
  if (lock && (lock.legalHold === 'ON' || (lock.until ?? 0) > nowMs)) {
    throw accessDenied(
      "The encryption type for the specified object can't be updated because that object is protected by S3 Object Lock.",
    )
  }
  if (!sealing || sealing.as === 'aws:kms') return
  throw invalidRequest(
    "The UpdateObjectEncryption operation doesn't support source objects with the encryption type DSSE-KMS or SSE-C. Only source objects encrypted with SSE-S3 or SSE-KMS are supported.",
  )
}

const kmsFor = (bucket: Bucket, ctx: RequestContext) =>
  ctx.as({ principal: ctx.principal, region: bucket.region })

/** Under KMS only the data key is wrapped again; the bytes stay. */
async function rewrapped(
  parts: S3Parts,
  bucket: Bucket,
  version: ObjectVersion,
  { keyId, hasBucketKey }: Wanted,
  ctx: RequestContext,
): Promise<void> {
  const old = version.meta.sealing!
  const aws = kmsFor(bucket, ctx)
  const dataKey = await unwrappedBy(aws, old)
  const arn = hasBucketKey ? bucketArn(bucket.name) : objectArn(bucket.name, version.key)
  const context = { ...old.context, 'aws:s3:arn': arn }
  const wrapped = await wrappedAnew(aws, bucket, keyId, dataKey, context)
  const { hasBucketKey: _had, ...rest } = old
  const sealing = { ...rest, ...wrapped, context, ...(hasBucketKey && { hasBucketKey }) }
  await parts.objects.apply(parts.objects.setMeta(version, { ...version.meta, sealing }))
}

/** SSE-S3 bytes lie in the clear, so these are written anew. */
async function sealed(
  parts: S3Parts,
  bucket: Bucket,
  version: ObjectVersion,
  wanted: Wanted,
  ctx: RequestContext,
): Promise<void> {
  const asked = { as: 'aws:kms', ...wanted } as const
  const { seal, sealing } = await wrappedBy(kmsFor(bucket, ctx), bucket, version.key, asked, {})
  const plain = bodyOf(parts, version, undefined) as Uint8Array
  const bytes = plain instanceof Uint8Array ? plain : pieces(plain)
  const { inline, blob } = await storeBody(parts.blobs, bytes, { checksums: [], seal })
  const meta = { ...version.meta, sealing }
  await parts.objects.apply(parts.objects.reseal(version, { meta, inline, blob }))
  parts.garbage.expect()
}
