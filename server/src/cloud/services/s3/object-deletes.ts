import { AwsError, type Operations, type RequestContext, type S3 } from '../../gateway/index.ts'
import { type Bucket, NULL_VERSION } from './model.ts'
import { newVersionId } from './objects.ts'
import { bucketOf, lockKey, type S3Parts } from './parts.ts'
import { malformedXml, preconditionFailed } from './refusals.ts'

const KEYS_PER_REQUEST = 1000

interface Deleting {
  key: string
  versionId: string | undefined
  etag?: string | undefined
}

interface Deletion {
  /** Of the version that went, or of the marker that came. */
  versionId?: string
  isMarker?: boolean
}

export function deleteOperations(parts: S3Parts) {
  return {
    async DeleteObject(input, ctx) {
      const bucket = bucketOf(parts, input.Bucket, input.ExpectedBucketOwner)
      const deleting = { key: input.Key ?? '', versionId: input.VersionId, etag: input.IfMatch }
      const { versionId, isMarker } = await deleteOne(parts, bucket, deleting, ctx)
      return { VersionId: versionId, ...(isMarker && { DeleteMarker: true }) }
    },
    async DeleteObjects(input, ctx) {
      const bucket = bucketOf(parts, input.Bucket, input.ExpectedBucketOwner)
      const { Objects = [], Quiet } = input.Delete ?? {}
      if (Objects.length === 0 || Objects.length > KEYS_PER_REQUEST) throw malformedXml()
      const outcomes = await Promise.all(
        Objects.map(async ({ Key = '', VersionId, ETag }) => {
          const deleting = { key: Key, versionId: VersionId, etag: ETag }
          return outcomeOf(Key, VersionId, deleteOne(parts, bucket, deleting, ctx))
        }),
      )
      const Errors = outcomes.flatMap(({ error }) => error ?? [])
      const Deleted = Quiet ? [] : outcomes.flatMap(({ deleted }) => deleted ?? [])
      return { ...(Deleted.length > 0 && { Deleted }), ...(Errors.length > 0 && { Errors }) }
    },
  } satisfies Operations<S3>
}

async function outcomeOf(Key: string, VersionId: string | undefined, done: Promise<Deletion>) {
  try {
    const { versionId, isMarker } = await done
    const marker = isMarker && { DeleteMarker: true, DeleteMarkerVersionId: versionId }
    return { deleted: { Key, ...(VersionId !== undefined && { VersionId }), ...marker } }
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    return { error: { Key, VersionId, Code: error.code, Message: error.message } }
  }
}

/** Deletes one version, or puts a marker in front; a key that isn't there is fine. */
async function deleteOne(
  parts: S3Parts,
  bucket: Bucket,
  deleting: Deleting,
  ctx: RequestContext,
): Promise<Deletion> {
  const { objects, locks, garbage } = parts
  const { key, versionId, etag } = deleting
  const { versioning } = bucket.settings
  const done = await locks.alone(lockKey(bucket.name, key), async (): Promise<Deletion> => {
    if (etag !== undefined) {
      const current = await objects.latest(bucket.name, key)
      if (current && etag !== '*' && etag.replaceAll('"', '') !== current.etag) {
        throw preconditionFailed('If-Match')
      }
    }
    if (versionId !== undefined) {
      const version = await objects.version(bucket.name, key, versionId)
      if (version) await objects.apply(objects.remove(bucket.name, key, versionId))
      return { versionId, ...(version?.isMarker && { isMarker: true }) }
    }
    if (versioning === undefined) {
      await objects.apply(objects.remove(bucket.name, key, NULL_VERSION))
      return {}
    }
    const id = versioning === 'Enabled' ? newVersionId() : NULL_VERSION
    await objects.apply(objects.put(marker(bucket.name, key, id, ctx.now), versioning))
    return { versionId: id, isMarker: true }
  })
  garbage.expect()
  return done
}

const marker = (bucket: string, key: string, versionId: string, modifiedAt: number) => ({
  bucket,
  key,
  versionId,
  isMarker: true,
  sizeBytes: 0,
  etag: '',
  modifiedAt,
  meta: {},
})
