import type { Operations, S3 } from '../../gateway/index.ts'
import { lockKey, bucketOf, objectOf, type S3Parts, shownVersion } from './parts.ts'
import { checkTags, tagSet } from './object-headers.ts'

interface TagInput {
  Bucket: string | undefined
  Key: string | undefined
  VersionId?: string | undefined
  ExpectedBucketOwner?: string | undefined
}

export function objectTagOperations(parts: S3Parts) {
  const setTags = async (input: TagInput, tags: Record<string, string> | undefined) => {
    const bucket = bucketOf(parts, input.Bucket, input.ExpectedBucketOwner)
    const key = input.Key ?? ''
    return parts.locks.alone(lockKey(bucket.name, key), async () => {
      const version = await objectOf(parts, bucket, key, input.VersionId)
      const { objects } = parts
      await objects.apply(objects.setMeta(version, { ...version.meta, tags }))
      return { VersionId: shownVersion(bucket, version.versionId) }
    })
  }
  return {
    async GetObjectTagging(input) {
      const bucket = bucketOf(parts, input.Bucket, input.ExpectedBucketOwner)
      const version = await objectOf(parts, bucket, input.Key ?? '', input.VersionId)
      return {
        TagSet: tagSet(version.meta.tags),
        VersionId: shownVersion(bucket, version.versionId),
      }
    },
    PutObjectTagging: (input) => setTags(input, checkTags(input.Tagging?.TagSet ?? [])),
    DeleteObjectTagging: (input) => setTags(input, undefined),
  } satisfies Operations<S3>
}
