import { wholeSecond } from '../../whole-second.ts'
import {
  AwsError,
  pieces,
  type Operations,
  type RequestContext,
  type S3,
} from '../../gateway/index.ts'
import { accessPointOf } from './access-point-names.ts'
import { aclOfWrite } from './acl.ts'
import { carriedAnnotations } from './annotation-copies.ts'
import { storeBody } from './body.ts'
import { asChecksumName, shownValues } from './checksums.ts'
import { type CopySource, parseCopySource } from './copy-source.ts'
import { encryptingFor, keyToRead, shownEncryption, sourceKeyOf } from './encryption.ts'
import { shownExpiration } from './lifecycle-expiry.ts'
import type { Bucket, ChecksumName, Checksums, ObjectMeta, ObjectVersion } from './model.ts'
import { quoted } from './model.ts'
import { readMeta } from './object-headers.ts'
import { readLock } from './object-lock.ts'
import { bodyOf } from './object-reads.ts'
import { writeObject } from './objects.ts'
import { bucketOf, checkKey, objectOf, type S3Parts, shownVersion } from './parts.ts'
import { checkCopySource, checkWriteHeaders } from './preconditions.ts'
import { invalidArgument, invalidRequest, notAnonymously } from './refusals.ts'
import { checkCopyable } from './restore.ts'
import { sealedEtag } from './seal.ts'
import { writtenVersion } from './version-ids.ts'

const LARGEST_COPY_BYTES = 5 * 1024 ** 3

export function copyOperations(parts: S3Parts) {
  return {
    async CopyObject(input, ctx) {
      if (ctx.principal.kind === 'anonymous') throw notAnonymously('copy objects')
      const bucket = bucketOf(parts, input.Bucket, input.ExpectedBucketOwner)
      const key = checkKey(input.Key)
      const place = parseCopySource(input.CopySource)
      const from = sourceBucketOf(parts, place, input.ExpectedSourceBucketOwner, ctx)
      checkDirectives(input)
      const conditions = checkWriteHeaders(input)
      const source = await copySourceOf(parts, from, place)
      checkCopySource(source, input, ctx.now)
      checkCopyable(source, ctx.now)
      const meta = Object.assign(metaOfCopy(input, source), aclOfWrite(parts, bucket, input, ctx))
      const isSelf = from.name === bucket.name && place.key === key && !place.versionId
      if (isSelf && !changesAnything(bucket, input)) throw copyOntoItself()
      if (source.sizeBytes > LARGEST_COPY_BYTES) {
        throw invalidRequest(
          `The specified copy source is larger than the maximum allowable size for a copy source: ${LARGEST_COPY_BYTES}`,
        )
      }
      const checksums = checksumsOfCopy(source, input.ChecksumAlgorithm)
      const lock = readLock(bucket, input, ctx.now)
      const sourceKey = await keyToRead(from, source, sourceKeyOf(input), ctx)
      const encryption = await encryptingFor(bucket, key, input, ctx)
      const { seal, sealing } = encryption ?? {}
      const to = { bucket: bucket.name, key }
      const copy = { directive: input.AnnotationDirective, from, source, to, encryption }
      const carried = await carriedAnnotations(parts, copy, ctx)
      const found = bodyOf(parts, source, undefined, sourceKey) as Uint8Array
      const bytes = found instanceof Uint8Array ? found : pieces(found)
      const body = await storeBody(parts.blobs, bytes, { checksums, seal })
      const kept: Checksums = { type: 'FULL_OBJECT', values: body.checksums }
      const etag = seal ? sealedEtag(body.md5, seal) : body.md5
      const written = {
        ...meta,
        checksums: kept,
        ...(sealing && { sealing }),
        ...(lock && { lock }),
      }
      const writing = {
        bucket,
        key,
        body: { ...body, etag },
        meta: written,
        conditions,
        before: carried?.before,
        also: carried?.after,
      }
      const { versionId } = await writeObject(
        parts,
        { ...writing, event: 'ObjectCreated:Copy' },
        ctx,
      )
      return {
        CopyObjectResult: {
          ETag: quoted(etag),
          LastModified: wholeSecond(ctx.now),
          // Their type isn't told (as observed), though the reference has it.
          ...shownValues(kept),
        },
        ...shownEncryption(sealing, input),
        // Unlike a put, a copy into a suspended bucket says `null` (as observed).
        VersionId: shownVersion(bucket, versionId),
        ...shownExpiration(bucket, { key, meta, sizeBytes: body.sizeBytes, modifiedAt: ctx.now }),
        CopySourceVersionId: writtenVersion(source.versionId),
      }
    },
  } satisfies Operations<S3>
}

/** A source's bucket, or the one behind its access point. */
export function sourceBucketOf(
  parts: S3Parts,
  { bucket: name }: CopySource,
  expectedOwner: string | undefined,
  { region }: RequestContext,
): Bucket {
  const point = parts.buckets.get(name) ? undefined : accessPointOf(parts, name, region)
  return bucketOf(parts, point?.bucket ?? name, expectedOwner)
}

type CopyInput = Parameters<typeof readMeta>[0] & {
  ServerSideEncryption?: string | undefined
  SSECustomerAlgorithm?: string | undefined
  MetadataDirective?: string | undefined
  TaggingDirective?: string | undefined
}

function metaOfCopy(input: CopyInput, source: ObjectVersion): ObjectMeta {
  const given = readMeta(input)
  const {
    upload: _upload,
    parts: _parts,
    checksums: _checksums,
    acl: _acl,
    owner: _owner,
    redirect: _redirect,
    sealing: _sealing,
    lock: _lock,
    restore: _restore,
    replication: _replication,
    ...old
  } = source.meta
  const kept = input.MetadataDirective === 'REPLACE' ? {} : { ...old, storageClass: undefined }
  const tags = input.TaggingDirective === 'REPLACE' ? given.tags : source.meta.tags
  const replaced: ObjectMeta =
    input.MetadataDirective === 'REPLACE'
      ? given
      : { storageClass: given.storageClass, redirect: given.redirect }
  return { ...kept, ...replaced, tags }
}

function checkDirectives({ MetadataDirective, TaggingDirective }: CopyInput): void {
  for (const [of, given] of [
    ['metadata', MetadataDirective],
    ['tagging', TaggingDirective],
  ] as const) {
    if (given === undefined || given === 'COPY' || given === 'REPLACE') continue
    throw invalidArgument(`x-amz-${of}-directive`, given, `Unknown ${of} directive.`)
  }
}

/** A bucket with an encryption of its own may be copied within: the copy is encrypted anew. */
function changesAnything({ settings }: Bucket, input: CopyInput): boolean {
  return (
    settings.encryption !== undefined ||
    input.MetadataDirective === 'REPLACE' ||
    input.TaggingDirective === 'REPLACE' ||
    input.StorageClass !== undefined ||
    input.WebsiteRedirectLocation !== undefined ||
    input.ServerSideEncryption !== undefined ||
    input.SSECustomerAlgorithm !== undefined
  )
}

const copyOntoItself = () =>
  invalidRequest(
    "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
  )

/** A copy keeps the source's algorithm; a composite checksum becomes one of the whole. */
function checksumsOfCopy(source: ObjectVersion, asked: string | undefined): ChecksumName[] {
  const wanted = asChecksumName(asked)
  if (wanted) return [wanted]
  const had = Object.keys(source.meta.checksums?.values ?? {}) as ChecksumName[]
  return had.length > 0 ? had : ['CRC64NVME']
}

/** The version a copy is to be made of; a marker named by its id has S3's own refusal. */
export async function copySourceOf(
  parts: Pick<S3Parts, 'objects'>,
  from: Bucket,
  { key, versionId }: CopySource,
): Promise<ObjectVersion> {
  try {
    return await objectOf(parts, from, key, versionId)
  } catch (error) {
    if (!(error instanceof AwsError) || error.code !== 'MethodNotAllowed') throw error
    throw invalidRequest(
      'The source of a copy request may not specifically refer to a delete marker by version id.',
    )
  }
}
