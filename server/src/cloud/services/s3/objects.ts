import type { Operations, RequestBody, RequestContext, S3 } from '../../gateway/index.ts'
import type { Statement } from '../../../kernel/index.ts'
import { aclOfWrite } from './acl.ts'
import { isForeignKeyViolation } from './foreign-key.ts'
import { isFollowed, jobsOf } from './announce.ts'
import { INLINE_BYTES, storeBody, type StoredBody } from './body.ts'
import { type Claims, readClaims, settleClaims, shownChecksums } from './checksums.ts'
import { commit } from './commit.ts'
import { encryptingFor, shownEncryption } from './encryption.ts'
import { shownExpiration } from './lifecycle-expiry.ts'
import { type Bucket, type Checksums, NULL_VERSION, type ObjectMeta, quoted } from './model.ts'
import { readMeta } from './object-headers.ts'
import { readLock, withDefaultRetention } from './object-lock.ts'
import { bucketOf, checkKey, lockKey, type S3Parts } from './parts.ts'
import { checkWrite, checkWriteHeaders, type WriteConditions } from './preconditions.ts'
import { invalidArgument, invalidRequest, noSuchBucket, refusal } from './refusals.ts'
import { posted } from './posted.ts'
import { markedForReplication } from './replication-rules.ts'
import { sealedEtag } from './seal.ts'
import { newVersionId, writtenVersion } from './version-ids.ts'

const LARGEST_PUT_BYTES = 5 * 1024 ** 3

export function putOperations(parts: S3Parts) {
  return {
    async PutObject(input, ctx) {
      const bucket = bucketOf(parts, input.Bucket, input.ExpectedBucketOwner)
      const key = checkKey(input.Key)
      if (ctx.http.query.has('partNumber')) throw partOfNothing(ctx)
      checkLength(ctx, input.ContentLength)
      const meta = Object.assign(readMeta(input), aclOfWrite(parts, bucket, input, ctx))
      const conditions = checkWriteHeaders(input)
      const lock = readLock(bucket, input, ctx.now)
      const claims = readClaims(input, ctx)
      if (lock && claims.isDefault && !claims.md5) throw lockNeedsDigest()
      const encrypting = encryptingFor(bucket, key, input, ctx)
      const isPosted = input.Body !== undefined && posted.has(input.Body)
      const event = isPosted ? 'ObjectCreated:Post' : 'ObjectCreated:Put'
      const writing = { bucket, key, meta, conditions, event }
      const inline = (encrypting ?? lock) ? undefined : leavingSums(bucket, claims, input.Body)
      if (inline) return await putInline(parts, writing, inline, ctx)
      const { seal, sealing } = (encrypting && (await encrypting)) ?? {}
      const options = { checksums: claims.compute, seal }
      const stored = storeBody(parts.blobs, input.Body, options)
      const body = stored instanceof Promise ? await stored : stored
      const checksums = body.blob ? await settled(parts, claims, body) : settleClaims(claims, body)
      const etag = seal ? sealedEtag(body.md5, seal) : body.md5
      const carried = { ...meta, checksums, ...(sealing && { sealing }), ...(lock && { lock }) }
      const written = { ...writing, body: { ...body, etag }, meta: carried }
      const { versionId } = await writeObject(parts, written, ctx)
      return {
        ETag: quoted(etag),
        ...shownEncryption(sealing, input),
        VersionId: writtenVersion(versionId),
        ...shownExpiration(bucket, { key, meta, sizeBytes: body.sizeBytes, modifiedAt: ctx.now }),
        ...shownChecksums(checksums),
      }
    },
  } satisfies Operations<S3>
}

/**
 * The bytes, where all that is asked of them is an ETag and a CRC-64, and nobody is told of either before
 * they are written: both are left to the writing then.
 */
function leavingSums(
  bucket: Bucket,
  claims: Claims,
  body: RequestBody | undefined,
): Uint8Array | undefined {
  if (!(body instanceof Uint8Array) || body.length > INLINE_BYTES) return undefined
  const isAsked = !claims.isDefault || claims.md5 !== undefined
  return isAsked || isFollowed(bucket) ? undefined : body
}

async function putInline(
  parts: S3Parts,
  writing: Omit<Writing, 'body'>,
  inline: Uint8Array,
  ctx: RequestContext,
) {
  const { bucket, key, meta } = writing
  const sizeBytes = inline.length
  const written = await writeObject(parts, { ...writing, body: { sizeBytes, inline } }, ctx)
  const [etag = '', crc = ''] = written.sums
  return {
    ETag: quoted(etag),
    ...shownEncryption(undefined, {}),
    VersionId: writtenVersion(written.versionId),
    ...shownExpiration(bucket, { key, meta, sizeBytes, modifiedAt: ctx.now }),
    ChecksumCRC64NVME: crc,
    ChecksumType: 'FULL_OBJECT' as const,
  }
}

const partOfNothing = ({ http }: RequestContext) =>
  invalidArgument(
    'partNumber',
    http.query.get('partNumber') ?? '',
    'This operation does not accept partNumber without uploadId',
  )

const lockNeedsDigest = () =>
  invalidRequest(
    'Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters',
  )

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
  /** Without an ETag that and a CRC-64 are made where it is written. */
  body: Pick<StoredBody, 'sizeBytes' | 'inline' | 'blob'> & { etag?: string; blobs?: string[] }
  meta: ObjectMeta
  conditions?: WriteConditions | undefined
  /** What those who listen are told. */
  event: string
  /** What else is written in the same breath, before the object's row and after it. */
  before?: Statement[] | undefined
  also?: Statement[] | undefined
}

/** Makes the bytes the key's latest version; gives its id, and the sums that were left to the writing. */
export async function writeObject(
  parts: S3Parts,
  writing: Writing,
  ctx: RequestContext,
): Promise<{ versionId: string; sums: string[] }> {
  const { bucket, key, body, conditions, event, before, also } = writing
  const { objects, locks, garbage } = parts
  const meta = completed(bucket, key, writing.meta, ctx.now)
  const { versioning } = bucket.settings
  const versionId = versioning === 'Enabled' ? newVersionId(ctx.now) : NULL_VERSION
  const blobs = body.blobs ?? (body.blob ? [body.blob] : undefined)
  const version = {
    bucket: bucket.name,
    key,
    versionId,
    isMarker: false,
    sizeBytes: body.sizeBytes,
    etag: body.etag,
    modifiedAt: ctx.now,
    meta,
    ...(blobs && { blobs }),
    ...(body.inline && { inline: body.inline }),
  }
  try {
    const write = () => {
      const jobs = isFollowed(bucket) ? jobsOf(bucket, { ...version, event }, ctx) : []
      const put = objects.put(version, versioning)
      return commit(parts, also ? [...(before ?? []), ...put, ...also] : put, jobs)
    }
    const sums = await locks.alone(
      lockKey(bucket.name, key),
      conditions
        ? () =>
            objects.latest(bucket.name, key).then((current) => {
              checkWrite(key, current, conditions)
              return write()
            })
        : write,
    )
    garbage.expect()
    return { versionId, sums }
  } catch (error) {
    for (const blob of body.blob ? [body.blob] : []) await parts.kernel.blobs.remove(blob)
    if (isForeignKeyViolation(error)) throw noSuchBucket(bucket.name)
    throw error
  }
}

/** With what the bucket's own settings add to an object. */
function completed(bucket: Bucket, key: string, meta: ObjectMeta, nowMs: number): ObjectMeta {
  const { objectLock, replication } = bucket.settings
  if (!objectLock && !replication) return meta
  const lock = withDefaultRetention(bucket, meta.lock, nowMs)
  return markedForReplication(bucket, key, lock ? { ...meta, lock } : meta)
}
