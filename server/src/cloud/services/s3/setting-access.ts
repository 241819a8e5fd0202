import type { Bucket, BucketSettings } from './model.ts'
import { bucketOf, type S3Parts } from './parts.ts'
import { refusal } from './refusals.ts'

export interface BucketInput {
  Bucket: string | undefined
  ExpectedBucketOwner?: string | undefined
}

/** Reads and changes of one bucket's settings; `missing` is S3's error for what isn't set. */
export function settingsOf(parts: S3Parts) {
  const read = (input: BucketInput): Bucket =>
    bucketOf(parts, input.Bucket, input.ExpectedBucketOwner)
  return {
    bucket: read,
    get<K extends keyof BucketSettings>(input: BucketInput, name: K, missing: [string, string]) {
      const bucket = read(input)
      const value = bucket.settings[name]
      if (value !== undefined) return value
      throw refusal(missing[0], 404, missing[1], { BucketName: bucket.name })
    },
    async put(input: BucketInput, change: Partial<BucketSettings>) {
      const bucket = read(input)
      await parts.buckets.update(bucket.name, (settings) => ({ ...settings, ...change }))
      return {}
    },
  }
}
