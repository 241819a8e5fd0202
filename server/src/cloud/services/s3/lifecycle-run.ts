import { jobsOf } from './announce.ts'
import type { Actor } from './change.ts'
import { commit } from './commit.ts'
import { abortOf } from './lifecycle-abort.ts'
import { afterDays, covers, expiryOf } from './lifecycle-expiry.ts'
import { dueTransition } from './lifecycle-transition.ts'
import type { Bucket, ObjectVersion } from './model.ts'
import { putMarker, removeVersion } from './object-deletes.ts'
import { lockKey, type S3Parts } from './parts.ts'
import type { LifecycleRule } from './sdk-shapes.ts'
import { asItself } from './service-actor.ts'
import { asVersion } from './store-objects.ts'

const BATCH = 1000

/** A version with what came after it. */
interface Placed {
  version: ObjectVersion
  /** When it was overwritten; nothing for the current one. */
  noncurrentSince: number | undefined
  /** Noncurrent versions newer than this one. */
  newerNoncurrent: number
  isOnly: boolean
}

/** Does to every object of a bucket what its rules say is due by now. */
export async function carryOut(parts: S3Parts, bucket: Bucket, nowMs: number): Promise<void> {
  const { rules } = bucket.settings.lifecycle!
  const actor = asItself(parts, bucket.account)
  for await (const versions of eachKey(parts, bucket.name)) {
    const due = place(versions).flatMap((placed) => dueOf(bucket, rules, placed, nowMs) ?? [])
    if (due.length === 0) continue
    await parts.locks.alone(lockKey(bucket.name, versions[0]!.key), async () => {
      for (const each of due) await carry(parts, bucket, each, actor)
    })
  }
  await abortUploads(parts, bucket, nowMs)
}

/** All versions of one key after another, newest first. */
async function* eachKey(parts: S3Parts, bucket: string): AsyncGenerator<ObjectVersion[]> {
  let from: { key: string; isAfter: boolean; seq?: number } = { key: '', isAfter: false }
  let held: ObjectVersion[] = []
  for (;;) {
    const rows = await parts.listing.versions(bucket, from, BATCH)
    for (const row of rows) {
      if (held.length > 0 && held[0]!.key !== row.key) {
        yield held
        held = []
      }
      held.push(asVersion(row))
    }
    const last = rows.at(-1)
    if (!last || rows.length < BATCH) break
    from = { key: last.key, isAfter: true, seq: last.seq }
  }
  if (held.length > 0) yield held
}

function place(versions: ObjectVersion[]): Placed[] {
  return versions.map((version, index) => ({
    version,
    noncurrentSince: index === 0 ? undefined : versions[index - 1]!.modifiedAt,
    newerNoncurrent: Math.max(index - 1, 0),
    isOnly: versions.length === 1,
  }))
}

interface Due {
  version: ObjectVersion
  what: { kind: 'hide' | 'remove' } | { kind: 'move'; storageClass: string }
}

function dueOf(
  bucket: Bucket,
  rules: LifecycleRule[],
  placed: Placed,
  nowMs: number,
): Due | undefined {
  const { version } = placed
  if (version.isLatest && version.isMarker) {
    const ends = placed.isOnly && rules.some((rule) => endsMarker(rule, version, nowMs))
    return ends ? { version, what: { kind: 'remove' } } : undefined
  }
  if (version.isLatest) {
    const expiry = expiryOf(rules, version)
    const kind = bucket.settings.versioning === undefined ? 'remove' : 'hide'
    if (expiry && expiry.atMs <= nowMs) return { version, what: { kind } }
  } else if (rules.some((rule) => endsNoncurrent(rule, placed, nowMs))) {
    return { version, what: { kind: 'remove' } }
  }
  if (version.isMarker) return undefined
  const { lifecycle } = bucket.settings
  const storageClass = dueTransition(lifecycle!, version, placed.noncurrentSince, nowMs)
  return storageClass ? { version, what: { kind: 'move', storageClass } } : undefined
}

async function carry(
  parts: S3Parts,
  bucket: Bucket,
  { version, what }: Due,
  actor: Actor,
): Promise<void> {
  const now = await parts.objects.version(bucket.name, version.key, version.versionId)
  // Written since the listing was made: it is looked at tomorrow.
  if (!now || now.isLatest !== version.isLatest || now.modifiedAt !== version.modifiedAt) return
  if (what.kind === 'move') return move(parts, bucket, now, what.storageClass, actor)
  if (what.kind === 'hide') {
    await putMarker(parts, bucket, now.key, actor, 'LifecycleExpiration:DeleteMarkerCreated')
  } else if (!isLocked(now, actor.now)) {
    await removeVersion(parts, bucket, now, 'LifecycleExpiration:Delete', actor)
  }
  parts.garbage.expect()
}

/** A marker with nothing behind it goes when asked for, and with a rule that would end an object as old. */
function endsMarker(rule: LifecycleRule, marker: ObjectVersion, nowMs: number): boolean {
  if (!covers(rule, marker)) return false
  const { ExpiredObjectDeleteMarker, Days } = rule.Expiration ?? {}
  if (ExpiredObjectDeleteMarker) return true
  return Days !== undefined && afterDays(marker.modifiedAt, Days) <= nowMs
}

function endsNoncurrent(rule: LifecycleRule, placed: Placed, nowMs: number): boolean {
  const { NoncurrentDays, NewerNoncurrentVersions = 0 } = rule.NoncurrentVersionExpiration ?? {}
  if (NoncurrentDays === undefined || !covers(rule, placed.version)) return false
  if (placed.newerNoncurrent < NewerNoncurrentVersions) return false
  return afterDays(placed.noncurrentSince!, NoncurrentDays) <= nowMs
}

const isLocked = ({ meta: { lock } }: ObjectVersion, nowMs: number): boolean =>
  lock?.legalHold === 'ON' || (lock?.until ?? 0) > nowMs

async function move(
  parts: S3Parts,
  bucket: Bucket,
  version: ObjectVersion,
  storageClass: string,
  actor: Actor,
): Promise<void> {
  const { restore: _restore, ...kept } = version.meta
  const meta = { ...kept, storageClass }
  const more = {
    lifecycleEventData: { transitionEventData: { destinationStorageClass: storageClass } },
  }
  const jobs = jobsOf(bucket, { ...version, meta, event: 'LifecycleTransition', more }, actor)
  await commit(parts, parts.objects.setMeta(version, meta), jobs)
}

async function abortUploads(parts: S3Parts, bucket: Bucket, nowMs: number): Promise<void> {
  let after: { key: string; id: string | undefined } = { key: '', id: undefined }
  for (;;) {
    const uploads = await parts.uploads.list(bucket.name, after, '', BATCH)
    for (const upload of uploads) {
      const abort = abortOf(bucket, upload)
      if (!abort || abort.atMs > nowMs) continue
      const all = await parts.uploads.parts(upload.id)
      await parts.kernel.database.apply(parts.uploads.forget(upload.id, new Set(), all, nowMs))
      parts.garbage.expect()
    }
    const last = uploads.at(-1)
    if (!last || uploads.length < BATCH) return
    after = { key: last.key, id: last.id }
  }
}
