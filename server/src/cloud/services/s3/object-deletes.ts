import { AwsError, type Operations, type RequestContext, type S3 } from '../../gateway/index.ts'
import { jobsOf } from './announce.ts'
import type { Actor } from './change.ts'
import { commit } from './commit.ts'
import { deniedOf } from './denied-deletions.ts'
import { checkMfa } from './mfa-delete.ts'
import { type Bucket, NULL_VERSION, type ObjectVersion } from './model.ts'
import { checkBypass, checkRemovable } from './object-lock.ts'
import { bucketOf, checkKey, lockKey, type S3Parts } from './parts.ts'
import { headerRefused } from './preconditions.ts'
import { malformedXml, noSuchKey, noSuchVersion, preconditionFailed } from './refusals.ts'
import { checkIssued, newVersionId } from './version-ids.ts'

const KEYS_PER_REQUEST = 1000
/** MD5 of nothing, which is what a marker holds. */
const EMPTY_ETAG = 'd41d8cd98f00b204e9800998ecf8427e'

interface Deleting {
  key: string
  versionId: string | undefined
  etag?: string | undefined
  bypasses: boolean
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
      const bypasses = checkBypass(bucket, input.BypassGovernanceRetention)
      const { VersionId, IfMatch: etag } = input
      checkConditions(input.IfMatchLastModifiedTime, input.IfMatchSize)
      const key = checkKey(input.Key)
      if (bucket.settings.mfaDelete && VersionId !== undefined) await checkMfa(input.MFA, ctx)
      const deleting = { key, versionId: VersionId, etag, bypasses }
      const { versionId, isMarker } = await deleteOne(parts, bucket, deleting, ctx)
      return { VersionId: versionId, ...(isMarker && { DeleteMarker: true }) }
    },
    async DeleteObjects(input, ctx) {
      const bucket = bucketOf(parts, input.Bucket, input.ExpectedBucketOwner)
      const bypasses = checkBypass(bucket, input.BypassGovernanceRetention)
      const { Objects = [], Quiet } = input.Delete ?? {}
      if (Objects.length === 0 || Objects.length > KEYS_PER_REQUEST) throw malformedXml()
      if (Objects.some(({ Key }) => !Key)) throw malformedXml()
      const isForGood = Objects.some(({ VersionId }) => VersionId !== undefined)
      if (bucket.settings.mfaDelete && isForGood) await checkMfa(input.MFA, ctx)
      const outcomes = await Promise.all(
        Objects.map(async (object, index) => {
          const { Key: key = '', VersionId: versionId, ETag: etag } = object
          const deletion = async () => {
            const refused = deniedOf(input, index)
            if (refused) throw refused
            checkConditions(object.LastModifiedTime, object.Size)
            return deleteOne(parts, bucket, { key, versionId, etag, bypasses }, ctx)
          }
          return outcomeOf(key, versionId, deletion())
        }),
      )
      const Errors = outcomes.flatMap(({ error }) => error ?? [])
      const Deleted = Quiet ? [] : outcomes.flatMap(({ deleted }) => deleted ?? [])
      return { ...(Deleted.length > 0 && { Deleted }), ...(Errors.length > 0 && { Errors }) }
    },
  } satisfies Operations<S3>
}

/** Conditions that only directory buckets know. */
function checkConditions(modified: Date | undefined, sizeBytes: number | undefined): void {
  const asked = modified === undefined ? sizeBytes !== undefined && 'size' : 'last-modified-time'
  if (!asked) return
  const header = `x-amz-if-match-${asked}`
  throw headerRefused(header, `We don't accept the provided value of ${header} header for this API`)
}

async function outcomeOf(Key: string, VersionId: string | undefined, done: Promise<Deletion>) {
  try {
    const { versionId, isMarker } = await done
    const marker = isMarker && { DeleteMarker: true, DeleteMarkerVersionId: versionId }
    return { deleted: { Key, ...(VersionId !== undefined && { VersionId }), ...marker } }
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    // Among many keys an id that never was is one whose version isn't there (as observed).
    const told = error.code === 'InvalidArgument' ? noSuchVersion(Key, VersionId!) : error
    return { error: { Key, VersionId, Code: told.code, Message: told.message } }
  }
}

/** Deletes one version, or puts a marker in front; a key that isn't there is fine. */
async function deleteOne(
  parts: S3Parts,
  bucket: Bucket,
  deleting: Deleting,
  ctx: RequestContext,
): Promise<Deletion> {
  const { key, versionId, etag } = deleting
  const done = await parts.locks.alone(lockKey(bucket.name, key), async (): Promise<Deletion> => {
    if (etag !== undefined) {
      checkMatch(key, await parts.objects.latest(bucket.name, key), etag)
    }
    if (versionId !== undefined) return removeNamed(parts, bucket, deleting, ctx)
    if (bucket.settings.versioning === undefined) {
      await removePlain(parts, bucket, key, ctx)
      return {}
    }
    return { versionId: await putMarker(parts, bucket, key, ctx), isMarker: true }
  })
  parts.garbage.expect()
  return done
}

/** `If-Match` on a deletion; it is about the current version only, and a marker is none. */
function checkMatch(key: string, current: ObjectVersion | undefined, etag: string): void {
  if (!current || current.isMarker) throw noSuchKey(key)
  if (etag !== '*' && etag.replaceAll('"', '') !== current.etag)
    throw preconditionFailed('If-Match')
}

async function removeNamed(
  parts: S3Parts,
  bucket: Bucket,
  { key, versionId, bypasses }: Deleting,
  ctx: RequestContext,
): Promise<Deletion> {
  const version = await parts.objects.version(bucket.name, key, versionId!)
  if (!version) checkIssued(versionId!)
  else {
    checkRemovable(version, bypasses, ctx.now)
    await removeVersion(parts, bucket, version, 'ObjectRemoved:Delete', ctx)
  }
  return { versionId: versionId!, ...(version?.isMarker && { isMarker: true }) }
}

/** Takes one version away for good. */
export async function removeVersion(
  parts: S3Parts,
  bucket: Bucket,
  version: Pick<ObjectVersion, 'key' | 'versionId'>,
  event: string,
  actor: Actor,
): Promise<void> {
  const { key, versionId } = version
  const jobs = jobsOf(bucket, { event, key, versionId }, actor)
  await commit(parts, parts.objects.remove(bucket.name, key, versionId), jobs)
}

async function removePlain(
  parts: S3Parts,
  bucket: Bucket,
  key: string,
  actor: Actor,
): Promise<void> {
  const { objects } = parts
  const isHeard = bucket.settings.notification !== undefined
  if (isHeard && (await objects.latest(bucket.name, key))) {
    const gone = { key, versionId: NULL_VERSION }
    return removeVersion(parts, bucket, gone, 'ObjectRemoved:Delete', actor)
  }
  await objects.apply(objects.remove(bucket.name, key, NULL_VERSION))
}

/** Puts a delete marker in front; gives its id. */
export async function putMarker(
  parts: S3Parts,
  bucket: Bucket,
  key: string,
  actor: Actor,
  event = 'ObjectRemoved:DeleteMarkerCreated',
): Promise<string> {
  const { versioning } = bucket.settings
  const versionId = versioning === 'Enabled' ? newVersionId(actor.now) : NULL_VERSION
  const change = { event, key, versionId, etag: EMPTY_ETAG }
  const statements = parts.objects.put(
    {
      bucket: bucket.name,
      key,
      versionId,
      isMarker: true,
      sizeBytes: 0,
      etag: '',
      modifiedAt: actor.now,
      meta: {},
    },
    versioning,
  )
  await commit(parts, statements, jobsOf(bucket, change, actor))
  return versionId
}
