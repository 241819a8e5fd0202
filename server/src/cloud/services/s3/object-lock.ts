import { javaDate } from './java-date.ts'
import type { Bucket, ObjectLock, ObjectVersion } from './model.ts'
import { accessDenied, invalidArgument, invalidRequest } from './refusals.ts'

const DAY_MS = 86_400_000

export interface LockInput {
  ObjectLockMode?: string | undefined
  ObjectLockRetainUntilDate?: Date | undefined
  ObjectLockLegalHoldStatus?: string | undefined
}

export const missingLockConfiguration = () =>
  invalidRequest('Bucket is missing Object Lock Configuration')

/** The lock a write asks for by its headers. */
export function readLock(bucket: Bucket, input: LockInput, nowMs: number): ObjectLock | undefined {
  const { ObjectLockMode: mode, ObjectLockRetainUntilDate: until } = input
  const { ObjectLockLegalHoldStatus: legalHold } = input
  if (mode === undefined && until === undefined && legalHold === undefined) return undefined
  if ((mode === undefined) !== (until === undefined)) {
    const missing =
      mode === undefined ? 'x-amz-object-lock-mode' : 'x-amz-object-lock-retain-until-date'
    const message =
      'x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied'
    throw invalidArgument(missing, undefined, message)
  }
  if (mode !== undefined && mode !== 'GOVERNANCE' && mode !== 'COMPLIANCE') {
    throw invalidArgument('x-amz-object-lock-mode', mode, 'Unknown wormMode directive.')
  }
  if (until) checkFuture('x-amz-object-lock-retain-until-date', until, nowMs)
  if (legalHold !== undefined && legalHold !== 'ON' && legalHold !== 'OFF') {
    const message = "Legal Hold must be either of 'ON' or 'OFF'"
    throw invalidArgument('x-amz-object-lock-legal-hold', legalHold, message)
  }
  // With another spelling than the lock's own operations have.
  if (!bucket.settings.objectLock) throw invalidRequest('Bucket is missing ObjectLockConfiguration')
  return {
    ...(mode && { mode, until: until!.getTime() }),
    ...(legalHold && { legalHold }),
  }
}

export function checkFuture(argument: string, until: Date, nowMs: number): void {
  if (until.getTime() > nowMs) return
  throw invalidArgument(argument, javaDate(until), 'The retain until date must be in the future!')
}

/** What the bucket's default retention adds to a version that names none. */
export function withDefaultRetention(
  bucket: Bucket,
  lock: ObjectLock | undefined,
  nowMs: number,
): ObjectLock | undefined {
  const preset = bucket.settings.objectLock?.rule?.DefaultRetention
  if (!preset?.Mode || lock?.mode) return lock
  const until = new Date(nowMs + (preset.Days ?? 0) * DAY_MS)
  if (preset.Years) until.setUTCFullYear(until.getUTCFullYear() + preset.Years)
  return { ...lock, mode: preset.Mode, until: until.getTime() }
}

const isRetained = ({ mode, until = 0 }: ObjectLock, nowMs: number) =>
  mode !== undefined && until > nowMs

const protectedByLock = () => accessDenied('Access Denied because object protected by object lock.')

/** A version that is locked stays; governance gives way to who may bypass it and says so. */
export function checkRemovable(
  { meta: { lock } }: Pick<ObjectVersion, 'meta'>,
  bypasses: boolean,
  nowMs: number,
): void {
  if (!lock) return
  if (lock.legalHold === 'ON') throw protectedByLock()
  if (!isRetained(lock, nowMs)) return
  if (lock.mode === 'COMPLIANCE' || !bypasses) throw protectedByLock()
}

/** A retention may always grow; it shrinks, ends or changes its mode as a removal would be allowed. */
export function checkRetentionChange(
  { meta: { lock } }: Pick<ObjectVersion, 'meta'>,
  wanted: ObjectLock,
  bypasses: boolean,
  nowMs: number,
): void {
  if (!lock || !isRetained(lock, nowMs)) return
  const isLonger = (wanted.until ?? 0) >= lock.until!
  const isStricter = lock.mode === 'GOVERNANCE' && wanted.mode === 'COMPLIANCE'
  if (isLonger && (wanted.mode === lock.mode || (isStricter && bypasses))) return
  if (lock.mode === 'COMPLIANCE' || !bypasses) throw protectedByLock()
}

/** The header that bypasses governance has a meaning only where objects can be locked. */
export function checkBypass(bucket: Bucket, given: boolean | undefined): boolean {
  if (given !== undefined && !bucket.settings.objectLock) {
    const message =
      'x-amz-bypass-governance-retention is only applicable to Object Lock enabled buckets.'
    throw invalidArgument('x-amz-bypass-governance-retention', undefined, message)
  }
  return given === true
}

export function shownLock(lock: ObjectLock | undefined) {
  if (!lock) return {}
  return {
    ...(lock.mode && {
      ObjectLockMode: lock.mode,
      ObjectLockRetainUntilDate: new Date(lock.until!),
    }),
    ...(lock.legalHold && { ObjectLockLegalHoldStatus: lock.legalHold }),
  }
}
