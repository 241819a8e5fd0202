import type { Operations, S3 } from '../../gateway/index.ts'
import { tagSet } from './object-headers.ts'
import type { Bucket } from './model.ts'
import type { S3Parts } from './parts.ts'
import { malformedXml, refusal } from './refusals.ts'
import { settingsOf } from './setting-access.ts'

export const MOST_BUCKET_TAGS = 50

export function bucketTagOperations(parts: S3Parts) {
  const settings = settingsOf(parts)
  return {
    GetBucketTagging: (input) => ({
      TagSet: tagSet(settings.get(input, 'tags', ['NoSuchTagSet', 'The TagSet does not exist'])),
    }),
    PutBucketTagging(input) {
      checkTaggable(settings.bucket(input))
      const tags = readBucketTags(input.Tagging?.TagSet ?? [])
      return settings.put(input, { tags: Object.keys(tags).length > 0 ? tags : undefined })
    },
    DeleteBucketTagging(input) {
      checkTaggable(settings.bucket(input))
      return settings.put(input, { tags: undefined })
    },
  } satisfies Operations<S3>
}

/** Tags that give access are changed by `s3:TagResource` alone ("Enabling ABAC"). */
function checkTaggable({ settings }: Bucket): void {
  if (!settings.abac) return
  throw refusal(
    'MethodNotAllowed',
    405,
    'ABAC is enabled for this bucket: use TagResource and UntagResource to manage its tags.',
  )
}

interface Tag {
  Key?: string | undefined
  Value?: string | undefined
}

// "Cost allocation S3 bucket tags": letters, spaces, numbers and `+ - = . _ : / @`.
const wanted = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u

/** A bucket's tags, or InvalidTag in S3's words for buckets. */
export function readBucketTags(tags: Tag[]): Record<string, string> {
  if (tags.length > MOST_BUCKET_TAGS) {
    throw refusal('BadRequest', 400, `Bucket tag count cannot be greater than ${MOST_BUCKET_TAGS}`)
  }
  const found: Record<string, string> = {}
  for (const { Key, Value } of tags) {
    if (Key === undefined || Value === undefined) throw malformedXml()
    if (Object.hasOwn(found, Key))
      throw invalidTag('Cannot provide multiple Tags with the same key', Key)
    if (Key.startsWith('aws:')) {
      throw invalidTag('System tags cannot be added/updated by requester', Key)
    }
    if (Key === '' || Key.length > 128 || !wanted.test(Key)) {
      throw invalidTag('The TagKey you have provided is invalid', Key)
    }
    if (Value.length > 256 || !wanted.test(Value)) {
      throw invalidTag('The TagValue you have provided is invalid', Key, Value)
    }
    found[Key] = Value
  }
  return found
}

const invalidTag = (message: string, TagKey: string, TagValue?: string) =>
  refusal('InvalidTag', 400, message, { TagKey, ...(TagValue !== undefined && { TagValue }) })
