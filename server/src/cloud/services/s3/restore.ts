import type { Operations, RequestContext, S3 } from '../../gateway/index.ts'
import { jobsOf } from './announce.ts'
import { commit } from './commit.ts'
import { afterDays } from './lifecycle-expiry.ts'
import type { Bucket, ObjectMeta, ObjectVersion, Restore } from './model.ts'
import { bucketOf, lockKey, objectOf, type S3Parts } from './parts.ts'
import { invalidArgument, malformedXml, notCarriedOut, refusal } from './refusals.ts'
import { asItself } from './service-actor.ts'

const ARCHIVES = new Set(['GLACIER', 'DEEP_ARCHIVE'])
const RESTORE = 'cloud-s3.restore'
const RESTORE_END = 'cloud-s3.restore-end'
const HOUR_MS = 3_600_000
const SHORTENED_MS = 1000

/** How long S3 takes, by storage class and tier ("Understanding archive retrieval options"). */
const realisticMs: Record<string, Record<string, number>> = {
  GLACIER: { Expedited: 3 * 60_000, Standard: 4 * HOUR_MS, Bulk: 8 * HOUR_MS },
  DEEP_ARCHIVE: { Standard: 12 * HOUR_MS, Bulk: 48 * HOUR_MS },
}

export const isArchived = ({ storageClass }: ObjectMeta): boolean =>
  storageClass !== undefined && ARCHIVES.has(storageClass)

/** What lies in an archive can be read only while a copy of it is out. */
export function checkReadable({ meta }: Pick<ObjectVersion, 'meta'>, nowMs: number): void {
  if (!isArchived(meta) || (meta.restore?.expiresAt ?? 0) > nowMs) return
  throw refusal(
    'InvalidObjectState',
    403,
    "The operation is not valid for the object's storage class",
    { StorageClass: meta.storageClass },
  )
}

export function checkCopyable({ meta }: Pick<ObjectVersion, 'meta'>, nowMs: number): void {
  if (!isArchived(meta) || (meta.restore?.expiresAt ?? 0) > nowMs) return
  const message = "Operation is not valid for the source object's storage class"
  throw refusal('InvalidObjectState', 403, message, { StorageClass: meta.storageClass })
}

/** `x-amz-restore`. */
export function shownRestore({ isOngoing, expiresAt = 0 }: Restore, nowMs: number) {
  if (isOngoing) return { Restore: 'ongoing-request="true"' }
  if (expiresAt <= nowMs) return {}
  return {
    Restore: `ongoing-request="false", expiry-date="${new Date(expiresAt).toUTCString()}"`,
  }
}

interface Restoring {
  bucket: string
  key: string
  versionId: string
}

export function restoreOperations(parts: S3Parts) {
  const { kernel } = parts
  kernel.jobs.handle(RESTORE, { run: (job) => bring(parts, job.payload as Restoring) })
  kernel.jobs.handle(RESTORE_END, { run: (job) => end(parts, job.payload as Restoring) })
  return {
    RestoreObject(input, ctx) {
      const bucket = bucketOf(parts, input.Bucket, input.ExpectedBucketOwner)
      const key = input.Key ?? ''
      return parts.locks.alone(lockKey(bucket.name, key), async () => {
        const version = await objectOf(parts, bucket, key, input.VersionId)
        const tier = checkRequest(version, input.RestoreRequest ?? {})
        const days = input.RestoreRequest!.Days!
        if (version.meta.restore?.isOngoing) throw alreadyInProgress()
        await begin(parts, bucket, version, { days, tier }, ctx)
        return {}
      })
    },
  } satisfies Operations<S3>
}

interface RestoreRequest {
  Days?: number | undefined
  Type?: string | undefined
  Tier?: string | undefined
  GlacierJobParameters?: { Tier: string | undefined } | undefined
}

function checkRequest({ meta }: ObjectVersion, request: RestoreRequest): string {
  if (request.Type === 'SELECT') throw notCarriedOut('Select over an archived object')
  if (!isArchived(meta)) {
    throw refusal(
      'InvalidObjectState',
      403,
      "Restore is not allowed for the object's current storage class",
      { StorageClass: meta.storageClass ?? 'STANDARD' },
    )
  }
  const tier = request.GlacierJobParameters?.Tier ?? request.Tier ?? 'Standard'
  if (!['Expedited', 'Standard', 'Bulk'].includes(tier)) throw malformedXml()
  if (!Number.isInteger(request.Days) || request.Days! < 1) throw malformedXml()
  if (realisticMs[meta.storageClass!]![tier] === undefined) {
    throw invalidArgument('Tier', tier, 'Retrieval option is not supported by this storage class')
  }
  return tier
}

const alreadyInProgress = () =>
  refusal('RestoreAlreadyInProgress', 409, 'Object restore is already in progress')

/** A copy that is out already stays out longer; otherwise one is asked for. */
async function begin(
  parts: S3Parts,
  bucket: Bucket,
  version: ObjectVersion,
  { days, tier }: { days: number; tier: string },
  ctx: RequestContext,
): Promise<void> {
  const { key, versionId, meta } = version
  const payload: Restoring = { bucket: bucket.name, key, versionId }
  const jobKey = JSON.stringify(payload)
  const isOut = (meta.restore?.expiresAt ?? 0) > ctx.now
  if (isOut) {
    const expiresAt = afterDays(ctx.now, days)
    const restore = { isOngoing: false, days, expiresAt }
    const job = { kind: RESTORE_END, key: jobKey, payload, runAtMs: expiresAt }
    await commit(parts, parts.objects.setMeta(version, { ...meta, restore }), [job])
    return
  }
  const takes = parts.deps.settings.realistic
    ? realisticMs[meta.storageClass!]![tier]!
    : SHORTENED_MS
  const restore = { isOngoing: true, days }
  const job = { kind: RESTORE, key: jobKey, payload, runAtMs: ctx.now + takes }
  const told = jobsOf(bucket, { ...version, event: 'ObjectRestore:Post' }, ctx)
  await commit(parts, parts.objects.setMeta(version, { ...meta, restore }), [job, ...told])
  parts.accepted.add(ctx.requestId)
}

async function found(parts: S3Parts, { bucket: name, key, versionId }: Restoring) {
  const bucket = parts.buckets.get(name)
  const version = bucket && (await parts.objects.version(name, key, versionId))
  return version && { bucket, version }
}

function bring(parts: S3Parts, restoring: Restoring): Promise<void> {
  return parts.locks.alone(lockKey(restoring.bucket, restoring.key), async () => {
    const here = await found(parts, restoring)
    if (!here?.version.meta.restore?.isOngoing) return
    const { bucket, version } = here
    const { days } = version.meta.restore!
    const now = parts.kernel.clock.now()
    const expiresAt = afterDays(now, days)
    const meta = { ...version.meta, restore: { isOngoing: false, days, expiresAt } }
    const more = {
      glacierEventData: {
        restoreEventData: {
          lifecycleRestorationExpiryTime: new Date(expiresAt).toISOString(),
          lifecycleRestoreStorageClass: meta.storageClass,
        },
      },
    }
    const change = { ...version, meta, event: 'ObjectRestore:Completed', more }
    const ending = {
      kind: RESTORE_END,
      key: JSON.stringify(restoring),
      payload: restoring,
      runAtMs: expiresAt,
    }
    await commit(parts, parts.objects.setMeta(version, meta), [
      ending,
      ...jobsOf(bucket, change, asItself(parts, bucket.account)),
    ])
  })
}

function end(parts: S3Parts, restoring: Restoring): Promise<void> {
  return parts.locks.alone(lockKey(restoring.bucket, restoring.key), async () => {
    const here = await found(parts, restoring)
    const restore = here?.version.meta.restore
    if (!here || !restore || (restore.expiresAt ?? 0) > parts.kernel.clock.now()) return
    const { restore: _out, ...meta } = here.version.meta
    const change = { ...here.version, event: 'ObjectRestore:Delete' }
    const told = jobsOf(here.bucket, change, asItself(parts, here.bucket.account))
    await commit(parts, parts.objects.setMeta(here.version, meta), told)
  })
}
