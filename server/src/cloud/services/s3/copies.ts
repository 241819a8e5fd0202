import { pieces, type Operations, type S3 } from '../../gateway/index.ts'
import { checkAclAllowed } from './acl.ts'
import { storeBody } from './body.ts'
import { asChecksumName, shownChecksums } from './checksums.ts'
import { parseCopySource } from './copy-source.ts'
import type { ChecksumName, Checksums, ObjectMeta, ObjectVersion } from './model.ts'
import { quoted } from './model.ts'
import { readMeta } from './object-headers.ts'
import { bodyOf } from './object-reads.ts'
import { writeObject } from './objects.ts'
import { bucketOf, checkKey, objectOf, type S3Parts, shownVersion } from './parts.ts'
import { checkCopySource } from './preconditions.ts'
import { invalidRequest } from './refusals.ts'

const LARGEST_COPY_BYTES = 5 * 1024 ** 3

export function copyOperations(parts: S3Parts) {
  return {
    async CopyObject(input, ctx) {
      const bucket = bucketOf(parts, input.Bucket, input.ExpectedBucketOwner)
      const key = checkKey(input.Key)
      checkAclAllowed(bucket, input.ACL)
      const place = parseCopySource(input.CopySource)
      const from = bucketOf(parts, place.bucket, input.ExpectedSourceBucketOwner)
      const source = await objectOf(parts, from, place.key, place.versionId)
      checkCopySource(source, input)
      const meta = metaOfCopy(input, source)
      const isSelf = from.name === bucket.name && place.key === key && !place.versionId
      if (isSelf && !changesAnything(input)) throw copyOntoItself()
      if (source.sizeBytes > LARGEST_COPY_BYTES) {
        throw invalidRequest(
          `The specified copy source is larger than the maximum allowable size for a copy source: ${LARGEST_COPY_BYTES}`,
        )
      }
      const checksums = checksumsOfCopy(source, input.ChecksumAlgorithm)
      const bytes = pieces(bodyOf(parts, source, undefined) as Uint8Array)
      const body = await storeBody(parts.kernel.blobs, source.inline ?? bytes, { checksums })
      const kept: Checksums = { type: 'FULL_OBJECT', values: body.checksums }
      const conditions = { IfMatch: input.IfMatch, IfNoneMatch: input.IfNoneMatch }
      const writing = { bucket, key, body, meta: { ...meta, checksums: kept }, conditions }
      const versionId = await writeObject(parts, writing, ctx)
      return {
        CopyObjectResult: {
          ETag: quoted(body.md5),
          LastModified: new Date(ctx.now),
          ...shownChecksums(kept),
        },
        ServerSideEncryption: 'AES256',
        VersionId: shownVersion(bucket, versionId),
        CopySourceVersionId: shownVersion(from, source.versionId),
      }
    },
  } satisfies Operations<S3>
}

type CopyInput = Parameters<typeof readMeta>[0] & {
  MetadataDirective?: string | undefined
  TaggingDirective?: string | undefined
}

function metaOfCopy(input: CopyInput, source: ObjectVersion): ObjectMeta {
  const given = readMeta(input)
  const {
    parts: _parts,
    checksums: _checksums,
    acl: _acl,
    redirect: _redirect,
    ...old
  } = source.meta
  const kept = input.MetadataDirective === 'REPLACE' ? {} : { ...old, storageClass: undefined }
  const tags = input.TaggingDirective === 'REPLACE' ? given.tags : source.meta.tags
  const replaced: ObjectMeta =
    input.MetadataDirective === 'REPLACE'
      ? given
      : { storageClass: given.storageClass, acl: given.acl, redirect: given.redirect }
  return { ...kept, ...replaced, tags }
}

function changesAnything(input: CopyInput): boolean {
  return (
    input.MetadataDirective === 'REPLACE' ||
    input.TaggingDirective === 'REPLACE' ||
    input.StorageClass !== undefined ||
    input.WebsiteRedirectLocation !== undefined ||
    input.ServerSideEncryption !== undefined
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
