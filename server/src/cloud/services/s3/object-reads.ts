import { invariant } from '../../../kernel/index.ts'
import {
  AwsError,
  type Operations,
  type RequestContext,
  type ResponseBody,
  type S3,
} from '../../gateway/index.ts'
import { readJoined } from './body.ts'
import { shownChecksums } from './checksums.ts'
import { type EncryptionInput, keyToRead, shownEncryption } from './encryption.ts'
import { shownExpiration } from './lifecycle-expiry.ts'
import type { Bucket, ChecksumName, ObjectVersion } from './model.ts'
import { quoted } from './model.ts'
import { shownLock } from './object-lock.ts'
import { expiresText } from './object-headers.ts'
import { bucketOf, checkKey, objectOf, type S3Parts, shownVersion } from './parts.ts'
import { checkRead } from './preconditions.ts'
import { type ByteRange, parseRange } from './range.ts'
import { invalidArgument, invalidRequest, refusal } from './refusals.ts'
import { checkReadable, shownRestore } from './restore.ts'
import { unsealed } from './seal.ts'

interface ReadInput extends EncryptionInput {
  Bucket: string | undefined
  Key: string | undefined
  VersionId?: string | undefined
  Range?: string | undefined
  PartNumber?: number | undefined
  ChecksumMode?: string | undefined
  ExpectedBucketOwner?: string | undefined
  IfMatch?: string | undefined
  IfNoneMatch?: string | undefined
  IfModifiedSince?: Date | undefined
  IfUnmodifiedSince?: Date | undefined
  ResponseCacheControl?: string | undefined
  ResponseContentDisposition?: string | undefined
  ResponseContentEncoding?: string | undefined
  ResponseContentLanguage?: string | undefined
  ResponseContentType?: string | undefined
  ResponseExpires?: Date | string | undefined
}

export function readOperations(parts: S3Parts) {
  return {
    GetObject(input, ctx) {
      const found = read(parts, input, ctx, 'GET')
      return found instanceof Promise
        ? found.then((it) => withBody(parts, it))
        : withBody(parts, found)
    },
    HeadObject(input, ctx) {
      const found = read(parts, input, ctx, 'HEAD')
      return found instanceof Promise ? found.then(({ head }) => head) : found.head
    },
  } satisfies Operations<S3>
}

interface Found {
  version: ObjectVersion
  range: ByteRange | undefined
  key: Buffer | undefined
  head: ReturnType<typeof headOf>
}

function withBody(parts: S3Parts, { version, range, head, key }: Found) {
  const { inline, blobs = [], sizeBytes } = version
  const answer = (Body: ResponseBody) => Object.assign(head, { Body })
  const id = inline || key || blobs.length !== 1 ? undefined : blobs[0]!
  const bytes = id === undefined ? undefined : parts.hotBlobs.get(id)
  if (bytes) return answer(inRange(bytes, range))
  const whole = id === undefined || range ? undefined : parts.hotBlobs.read(id, sizeBytes)
  return whole ? whole.then(answer) : answer(bodyOf(parts, version, range, key))
}

const inRange = (bytes: Uint8Array, range: ByteRange | undefined): Uint8Array =>
  range ? bytes.subarray(range.start, range.end + 1) : bytes

/** At once what is at hand and unsealed: most small objects that are read often. */
function read(
  parts: S3Parts,
  input: ReadInput,
  ctx: RequestContext,
  method: 'GET' | 'HEAD',
): Found | Promise<Found> {
  if (ctx.http.query.size > 0) checkSubresource(ctx.http.query)
  const bucket = bucketOf(parts, input.Bucket, input.ExpectedBucketOwner)
  const { VersionId } = input
  const Key = checkKey(input.Key)
  checkPartNumber(input.PartNumber)
  const hot = VersionId === undefined ? parts.objects.hot(bucket.name, Key) : undefined
  const isPlain = hot && !hot.isMarker && !hot.meta.sealing
  if (isPlain && input.SSECustomerAlgorithm === undefined) {
    return answerOf(bucket, hot, input, ctx, method)
  }
  return lookUp(parts, bucket, input, ctx, method)
}

// What is no GetObject, and of an object isn't anything else either: `?attributes` lacks its header.
const misplaced: Record<string, string> = {
  attributes:
    'The x-amz-object-attributes header specifying the attributes to be retrieved is either missing or empty',
  uploads: 'Key is not expected for the GET method ?uploads subresource',
  versions: 'There is no such thing as the ?versions sub-resource for a key',
}

export const noAttributes = () => invalidRequest(misplaced['attributes']!)

function checkSubresource(query: URLSearchParams): void {
  for (const name in misplaced) if (query.has(name)) throw invalidRequest(misplaced[name]!)
}

async function lookUp(
  parts: S3Parts,
  bucket: Bucket,
  input: ReadInput,
  ctx: RequestContext,
  method: 'GET' | 'HEAD',
): Promise<Found> {
  const version = await foundOrHidden(parts, bucket, input, ctx, method)
  const { sealing } = version.meta
  const isSealed = sealing !== undefined || input.SSECustomerAlgorithm !== undefined
  // A HEAD of an object under KMS asks KMS, too: who may not decrypt may not look.
  const key = isSealed ? await keyToRead(bucket, version, input, ctx) : undefined
  return answerOf(bucket, version, input, ctx, method, key)
}

function answerOf(
  bucket: Bucket,
  version: ObjectVersion,
  input: ReadInput,
  ctx: RequestContext,
  method: 'GET' | 'HEAD',
  key?: Buffer,
): Found {
  checkRead(version, input, ctx.now)
  if (method === 'GET') checkReadable(version, ctx.now)
  const range = rangeOf(version, input)
  return { version, range, key, head: headOf(bucket, version, range, input, ctx) }
}

/** That a key isn't there is told to who may list the bucket; to others it is forbidden ("GetObject"). */
async function foundOrHidden(
  parts: S3Parts,
  bucket: Bucket,
  { Key = '', VersionId }: ReadInput,
  ctx: RequestContext,
  method: 'GET' | 'HEAD',
): Promise<ObjectVersion> {
  try {
    return await objectOf(parts, bucket, Key, VersionId, method)
  } catch (error) {
    const { kind, account } = ctx.principal
    const isOwner = kind === 'root' && account === bucket.account
    const isMissing = error instanceof AwsError && error.code === 'NoSuchKey'
    // Asked as the caller, whose refusal this then is.
    if (isMissing && !isOwner && kind !== 'service') {
      await ctx.aws.s3.headBucket({ Bucket: bucket.name })
    }
    throw error
  }
}

function checkPartNumber(number: number | undefined): void {
  if (number === undefined || (number >= 1 && number <= 10_000)) return
  const message = 'Part number must be an integer between 1 and 10000, inclusive'
  throw invalidArgument('partNumber', String(number), message)
}

function rangeOf(version: ObjectVersion, input: ReadInput): ByteRange | undefined {
  const { Range, PartNumber } = input
  if (PartNumber === undefined) return parseRange(Range, version.sizeBytes)
  if (Range !== undefined) {
    throw invalidRequest('Cannot specify both Range header and partNumber query parameter')
  }
  const sizes = version.meta.parts?.map((part) => part.sizeBytes) ?? [version.sizeBytes]
  const size = sizes[PartNumber - 1]
  if (size === undefined) {
    throw refusal('InvalidPartNumber', 416, 'The requested partnumber is not satisfiable', {
      ActualPartCount: sizes.length,
      PartNumberRequested: PartNumber,
    })
  }
  const start = sizes.slice(0, PartNumber - 1).reduce((sum, each) => sum + each, 0)
  return size === 0 ? undefined : { start, end: start + size - 1 }
}

function headOf(
  bucket: Bucket,
  version: ObjectVersion,
  range: ByteRange | undefined,
  input: ReadInput,
  ctx: RequestContext,
) {
  const { meta, sizeBytes } = version
  // A range that turns out to be all of it is answered with the checksum, too (as observed).
  const isAll = range && range.start === 0 && range.end === sizeBytes - 1
  const isWhole = !range || isAll || input.PartNumber !== undefined
  const showChecksums = input.ChecksumMode === 'ENABLED' && isWhole
  const { lifecycle } = bucket.settings
  const head = {
    AcceptRanges: 'bytes',
    LastModified: new Date(version.modifiedAt),
    ContentLength: range ? range.end - range.start + 1 : sizeBytes,
    ...(range && { ContentRange: `bytes ${range.start}-${range.end}/${sizeBytes}` }),
    ETag: quoted(version.etag),
    ...shownEncryption(meta.sealing, input),
    VersionId: shownVersion(bucket, version.versionId),
    ContentType: meta.contentType ?? 'binary/octet-stream',
    ContentEncoding: meta.contentEncoding,
    ContentDisposition: meta.contentDisposition,
    ContentLanguage: meta.contentLanguage,
    CacheControl: meta.cacheControl,
    ExpiresString: meta.expires,
    Metadata: meta.user,
    WebsiteRedirectLocation: meta.redirect,
    ...(meta.storageClass && { StorageClass: storageClassOf(version) }),
    ...(meta.tags && { TagCount: Object.keys(meta.tags).length }),
    ...(meta.parts && input.PartNumber !== undefined && { PartsCount: meta.parts.length }),
    ...(showChecksums && shownChecksums(checksumsOf(version, input.PartNumber))),
    // A version asked for by its id is told no end, be it the latest (as observed).
    ...(lifecycle &&
      version.isLatest &&
      input.VersionId === undefined &&
      shownExpiration(bucket, version)),
    ...(meta.lock && shownLock(meta.lock)),
    ...(meta.restore && shownRestore(meta.restore, ctx.now)),
    ...(meta.replication && { ReplicationStatus: meta.replication }),
  }
  return hasOverrides(input) ? Object.assign(head, overrides(input, ctx)) : head
}

/** Of the whole, or of one part where that is what is read. */
function checksumsOf({ meta }: ObjectVersion, partNumber: number | undefined) {
  const part = partNumber === undefined ? undefined : meta.parts?.[partNumber - 1]
  if (!part) return meta.checksums
  const names = Object.keys(meta.checksums?.values ?? {}) as ChecksumName[]
  const values = Object.fromEntries(names.map((name) => [name, part.checksums?.[name]]))
  return meta.checksums && { ...meta.checksums, values }
}

export const storageClassOf = (version: ObjectVersion) =>
  (version.meta.storageClass ?? 'STANDARD') as 'STANDARD'

function hasOverrides(input: ReadInput): boolean {
  for (const name in input) if (name.startsWith('Response')) return true
  return false
}

/** `response-content-type` and its like: for signed requests only. */
function overrides(input: ReadInput, ctx: RequestContext) {
  const given = {
    CacheControl: input.ResponseCacheControl,
    ContentDisposition: input.ResponseContentDisposition,
    ContentEncoding: input.ResponseContentEncoding,
    ContentLanguage: input.ResponseContentLanguage,
    ContentType: input.ResponseContentType,
    ExpiresString: expiresText(input.ResponseExpires),
  }
  if (ctx.principal.kind === 'anonymous') {
    throw invalidRequest(
      'Request specific response headers cannot be used for anonymous GET requests.',
    )
  }
  const names = Object.keys(given) as (keyof typeof given)[]
  for (const name of names) if (given[name] === undefined) delete given[name]
  return given
}

/** The bytes of a version, or of a range of them; a sealed one needs its key (`keyToRead`). */
export function bodyOf(
  { kernel }: Pick<S3Parts, 'kernel'>,
  version: ObjectVersion,
  range: ByteRange | undefined,
  key?: Buffer,
): ResponseBody {
  const { inline, blobs = [], sizeBytes, meta } = version
  invariant(!meta.sealing || key, 'a sealed object is read with its key')
  if (key) return unsealed(kernel.blobs, version, range, key)
  if (inline || sizeBytes === 0) {
    return inRange(inline ?? new Uint8Array(0), range)
  }
  if (blobs.length === 1) return kernel.blobs.read(blobs[0]!, range)
  const parts = blobs.map((id, index) => ({ id, sizeBytes: meta.parts![index]!.sizeBytes }))
  return readJoined(kernel.blobs, parts, range?.start ?? 0, range?.end ?? sizeBytes - 1)
}
