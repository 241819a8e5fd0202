import { AwsError, type Operations, type RequestContext, type S3 } from '../../gateway/index.ts'
import { jobsOf } from './announce.ts'
import { commit } from './commit.ts'
import { checkTags, tagSet } from './object-headers.ts'
import { bucketOf, lockKey, objectToTell, type S3Parts, shownVersion } from './parts.ts'
import { noSuchKey } from './refusals.ts'

interface TagInput {
  Bucket: string | undefined
  Key: string | undefined
  VersionId?: string | undefined
  ExpectedBucketOwner?: string | undefined
}

export function objectTagOperations(parts: S3Parts) {
  const setTags = async (
    input: TagInput,
    ctx: RequestContext,
    tags: Record<string, string> | undefined,
  ) => {
    const bucket = bucketOf(parts, input.Bucket, input.ExpectedBucketOwner)
    const key = input.Key ?? ''
    const method = tags ? 'PUT' : 'DELETE'
    return parts.locks.alone(lockKey(bucket.name, key), async () => {
      const version = await objectToTell(parts, bucket, key, input.VersionId, method)
      const { versionId, etag, meta } = version
      const event = tags ? 'ObjectTagging:Put' : 'ObjectTagging:Delete'
      const jobs = jobsOf(bucket, { event, key, versionId, etag }, ctx)
      await commit(parts, parts.objects.setMeta(version, { ...meta, tags }), jobs)
      return { VersionId: shownVersion(bucket, versionId) }
    })
  }
  return {
    async GetObjectTagging(input) {
      const bucket = bucketOf(parts, input.Bucket, input.ExpectedBucketOwner)
      const { Key = '', VersionId } = input
      const version = await objectToTell(parts, bucket, Key, VersionId, 'GET').catch(
        (error: unknown) => {
          throw withBucketInKey(error, bucket.name)
        },
      )
      return {
        TagSet: tagSet(version.meta.tags),
        VersionId: shownVersion(bucket, version.versionId),
      }
    },
    PutObjectTagging: (input, ctx) => setTags(input, ctx, checkTags(input.Tagging?.TagSet ?? [])),
    DeleteObjectTagging: (input, ctx) => setTags(input, ctx, undefined),
  } satisfies Operations<S3>
}

/** This one operation names the bucket in its NoSuchKey (as observed). */
function withBucketInKey(error: unknown, bucket: string): unknown {
  if (!(error instanceof AwsError) || error.code !== 'NoSuchKey') return error
  return noSuchKey(`${bucket}/${String(error.members['Key'])}`)
}
