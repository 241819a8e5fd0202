import { jobsOf } from './announce.ts'
import { commit } from './commit.ts'
import { type Bucket, type ObjectMeta, type ObjectVersion } from './model.ts'
import { lockKey, type S3Parts } from './parts.ts'
import { takesReplicas } from './replication-permission.ts'
import { type Replicating } from './replication-rules.ts'
import { asItself } from './service-actor.ts'
import { copyBytes } from './replication-bytes.ts'
import type { ReplicationRule } from './sdk-shapes.ts'

/** Makes the destination hold the version, under the same id. Run again it changes nothing. */
export async function replicate(parts: S3Parts, replicating: Replicating): Promise<void> {
  const { bucket: name, key, versionId, ruleId, destination } = replicating
  const from = parts.buckets.get(name)
  const version = from && (await parts.objects.version(name, key, versionId))
  const rule = from?.settings.replication?.Rules?.find(({ ID }) => ID === ruleId)
  const to = parts.buckets.get(destination.replace(/^.*:::/, ''))
  // Deleted since, or nobody asks for it any more.
  if (!from || !version || !rule) return
  const role = from.settings.replication!.Role!
  const mayGo =
    to?.settings.versioning === 'Enabled' &&
    takesReplicas({ from, to, role }, key, version.isMarker) &&
    (await parts.deps.sessions.canBeAssumedBy(role, 's3.amazonaws.com'))
  if (!mayGo) return settle(parts, from, version, 'FAILED')
  if (!(await parts.objects.version(to.name, key, versionId))) {
    await copyTo(parts, { from, to, rule, role }, version)
  }
  if (!version.isMarker) await settle(parts, from, version, 'COMPLETED')
}

interface Way {
  from: Bucket
  to: Bucket
  rule: ReplicationRule
  role: string
}

async function copyTo(parts: S3Parts, way: Way, version: ObjectVersion): Promise<void> {
  const { to, rule } = way
  const { key, versionId, isMarker, modifiedAt, sizeBytes, etag } = version
  const bytes = isMarker ? { meta: {} } : await copyBytes(parts, way, version)
  const { restore: _restore, acl: _acl, ...carried } = bytes.meta as ObjectMeta
  const storageClass = rule.Destination?.StorageClass ?? carried.storageClass
  const meta: ObjectMeta = {
    ...carried,
    ...(storageClass && { storageClass }),
    replication: 'REPLICA',
  }
  const { blobs, inline } = bytes as Partial<Pick<ObjectVersion, 'blobs' | 'inline'>>
  const copy = {
    bucket: to.name,
    key,
    versionId,
    isMarker,
    modifiedAt,
    sizeBytes,
    etag,
    meta,
    ...(blobs && { blobs }),
    ...(inline && { inline }),
  }
  await parts.locks.alone(lockKey(to.name, key), async () => {
    const event = isMarker ? 'ObjectRemoved:DeleteMarkerCreated' : 'ObjectCreated:Put'
    const told = { ...to, settings: { ...to.settings, replication: undefined } }
    const jobs = jobsOf(told, { ...copy, event }, asItself(parts, to.account))
    await commit(parts, parts.objects.put(copy, to.settings.versioning), jobs)
  })
}

/** Writes down how it went, unless a write since then says something newer. */
async function settle(
  parts: S3Parts,
  from: Bucket,
  version: ObjectVersion,
  outcome: 'COMPLETED' | 'FAILED',
): Promise<void> {
  const { key, versionId } = version
  await parts.locks.alone(lockKey(from.name, key), async () => {
    const now = await parts.objects.version(from.name, key, versionId)
    if (!now || now.isMarker) return
    const event = 'Replication:OperationFailedReplication'
    const jobs =
      outcome === 'FAILED' ? jobsOf(from, { ...now, meta: {}, event }, asItself(parts)) : []
    const meta: ObjectMeta = { ...now.meta, replication: outcome }
    await commit(parts, parts.objects.setMeta(now, meta), jobs)
  })
}
