import type { Operations, RequestContext, S3 } from '../../gateway/index.ts'
import { randomBytes } from 'node:crypto'
import { checkAclAllowed } from './acl.ts'
import { isForeignKeyViolation } from './foreign-key.ts'
import { storeBody, type StoredBody } from './body.ts'
import { type Claims, readClaims, settleClaims, shownChecksums } from './checksums.ts'
import { type Bucket, type Checksums, NULL_VERSION, type ObjectMeta, quoted } from './model.ts'
import { readMeta } from './object-headers.ts'
import { bucketOf, checkKey, lockKey, type S3Parts, shownVersion } from './parts.ts'
import { checkWrite } from './preconditions.ts'
import { noSuchBucket, refusal } from './refusals.ts'

const LARGEST_PUT_BYTES = 5 * 1024 ** 3

export function putOperations(parts: S3Parts) {
  return {
    async PutObject(input, ctx) {
      const bucket = bucketOf(parts, input.Bucket, input.ExpectedBucketOwner)
      const key = checkKey(input.Key)
      checkLength(ctx, input.ContentLength)
      checkAclAllowed(bucket, input.ACL)
      const meta = readMeta(input)
      const claims = readClaims(input, ctx)
      const body = await storeBody(parts.kernel.blobs, input.Body, { checksums: claims.compute })
      const checksums = await settled(parts, claims, body)
      const conditions = { IfMatch: input.IfMatch, IfNoneMatch: input.IfNoneMatch }
      const written = { bucket, key, body, meta: { ...meta, checksums }, conditions }
      const versionId = await writeObject(parts, written, ctx)
      return {
        ETag: quoted(body.md5),
        ServerSideEncryption: 'AES256',
        VersionId: shownVersion(bucket, versionId),
        ...shownChecksums(checksums),
      }
    },
  } satisfies Operations<S3>
}

function checkLength(ctx: RequestContext, length: number | undefined): void {
  const { headers, host } = ctx.http
  const declared = Number(
    headers['x-amz-decoded-content-length'] ?? length ?? headers['content-length'],
  )
  if (declared > LARGEST_PUT_BYTES) {
    throw refusal(
      'EntityTooLarge',
      400,
      'Your proposed upload exceeds the maximum allowed object size.',
      { ProposedSize: declared, MaxSizeAllowed: LARGEST_PUT_BYTES },
    )
  }
  if (Number.isNaN(declared) && host !== 'in-process') {
    throw refusal('MissingContentLength', 411, 'You must provide the Content-Length HTTP header.')
  }
}

/** The checksums to keep; bytes that aren't what they were said to be are dropped. */
export async function settled(
  { kernel }: Pick<S3Parts, 'kernel'>,
  claims: Claims,
  body: StoredBody,
): Promise<Checksums> {
  try {
    return settleClaims(claims, body)
  } catch (error) {
    if (body.blob) await kernel.blobs.remove(body.blob)
    throw error
  }
}

export interface Writing {
  bucket: Bucket
  key: string
  body: Pick<StoredBody, 'sizeBytes' | 'inline' | 'blob'> & { md5: string; blobs?: string[] }
  meta: ObjectMeta
  conditions?: { IfMatch?: string | undefined; IfNoneMatch?: string | undefined }
}

/** Makes the bytes the key's latest version; gives the version id. */
export async function writeObject(
  parts: S3Parts,
  writing: Writing,
  ctx: RequestContext,
): Promise<string> {
  const { bucket, key, body, meta, conditions = {} } = writing
  const { objects, locks, garbage } = parts
  const isConditional = conditions.IfMatch !== undefined || conditions.IfNoneMatch !== undefined
  const { versioning } = bucket.settings
  const versionId = versioning === 'Enabled' ? newVersionId() : NULL_VERSION
  const blobs = body.blobs ?? (body.blob ? [body.blob] : undefined)
  const version = {
    bucket: bucket.name,
    key,
    versionId,
    isMarker: false,
    sizeBytes: body.sizeBytes,
    etag: body.md5,
    modifiedAt: ctx.now,
    meta,
    ...(blobs && { blobs }),
    ...(body.inline && { inline: body.inline }),
  }
  try {
    await locks.alone(lockKey(bucket.name, key), async () => {
      if (isConditional) checkWrite(key, await objects.latest(bucket.name, key), conditions)
      await objects.apply(objects.put(version, versioning))
    })
  } catch (error) {
    for (const blob of body.blob ? [body.blob] : []) await parts.kernel.blobs.remove(blob)
    if (isForeignKeyViolation(error)) throw noSuchBucket(bucket.name)
    throw error
  }
  garbage.expect()
  return versionId
}

export function newVersionId(): string {
  return randomBytes(24).toString('base64url')
}
