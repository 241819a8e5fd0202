import { AwsError } from '../../gateway/index.ts'
import { type ObjectVersion, quoted } from './model.ts'
import { noSuchKey, preconditionFailed, refusal } from './refusals.ts'

interface ReadConditions {
  IfMatch?: string | undefined
  IfNoneMatch?: string | undefined
  IfModifiedSince?: Date | undefined
  IfUnmodifiedSince?: Date | undefined
}

/** RFC 9110's order; S3 answers 412 and 304 alike. Dates have the precision of seconds. */
export function checkRead(version: ObjectVersion, conditions: ReadConditions, nowMs: number): void {
  const failed = failedRead(version, conditions, nowMs)
  if (failed === 'If-Match' || failed === 'If-Unmodified-Since') throw preconditionFailed(failed)
  if (failed) throw notModified(version)
}

type ReadCondition = 'If-Match' | 'If-Unmodified-Since' | 'If-None-Match' | 'If-Modified-Since'

function failedRead(
  version: ObjectVersion,
  { IfMatch, IfNoneMatch, IfModifiedSince, IfUnmodifiedSince }: ReadConditions,
  nowMs: number,
): ReadCondition | undefined {
  const modified = Math.floor(version.modifiedAt / 1000) * 1000
  if (IfMatch !== undefined) {
    if (!names(IfMatch, version.etag)) return 'If-Match'
  } else if (IfUnmodifiedSince && modified > IfUnmodifiedSince.getTime()) {
    return 'If-Unmodified-Since'
  }
  if (IfNoneMatch !== undefined) {
    if (names(IfNoneMatch, version.etag)) return 'If-None-Match'
  } else if (IfModifiedSince && modified <= IfModifiedSince.getTime()) {
    // A date to come is no date (RFC 9110, section 13.1.3).
    if (IfModifiedSince.getTime() <= nowMs) return 'If-Modified-Since'
  }
  return undefined
}

function names(header: string, etag: string): boolean {
  if (header.trim() === '*') return true
  return header
    .split(',')
    .some((each) => each.trim().replace(/^W\//, '').replaceAll('"', '') === etag)
}

function notModified(version: ObjectVersion): AwsError {
  return new AwsError('NotModified', 'Not Modified', {
    status: 304,
    headers: {
      ETag: quoted(version.etag),
      'Last-Modified': new Date(version.modifiedAt).toUTCString(),
    },
  })
}

export interface WriteConditions {
  IfMatch?: string | undefined
  IfNoneMatch?: string | undefined
  /** Of an upload in parts: when it began (ms), and whether the key held an object then. */
  began?: { at: number; hadObject: boolean }
}

/** The conditions of a write, if it has any; S3 knows few of the forms that HTTP has. */
export function checkWriteHeaders({
  IfMatch,
  IfNoneMatch,
}: Omit<WriteConditions, 'began'>): WriteConditions | undefined {
  if (IfMatch === undefined && IfNoneMatch === undefined) return undefined
  if (IfMatch !== undefined && IfNoneMatch !== undefined) {
    throw headerRefused(
      'If-Match,If-None-Match',
      'Multiple conditional request headers present in the request',
    )
  }
  const header = IfMatch === undefined ? 'If-None-Match' : 'If-Match'
  if (isAny(IfMatch) || (IfNoneMatch !== undefined && IfNoneMatch !== '*')) {
    throw headerRefused(
      header,
      `We don't accept the provided value of ${header} header for this API`,
    )
  }
  return { IfMatch, IfNoneMatch }
}

/** Quoted it is refused on writes as well; a read takes it for an ETag (as observed). */
const isAny = (etag: string | undefined) => etag === '*' || etag === '"*"'

export const headerRefused = (Header: string, additionalMessage?: string) =>
  refusal(
    'NotImplemented',
    501,
    'A header you provided implies functionality that is not implemented',
    { Header, additionalMessage },
  )

/** Conditions of a write; `current` is what the key holds now (a marker counts as nothing). */
export function checkWrite(
  key: string,
  current: ObjectVersion | undefined,
  { IfMatch, IfNoneMatch, began }: WriteConditions,
): void {
  const there = current && !current.isMarker ? current : undefined
  if (IfNoneMatch !== undefined) {
    if (there) throw preconditionFailed('If-None-Match')
    if (began?.hadObject) throw conflict('If-None-Match', key)
  }
  if (IfMatch === undefined) return
  if (!there) throw noSuchKey(key)
  if (!names(IfMatch, there.etag)) throw preconditionFailed('If-Match')
  // Put while the parts were under way: the client can't have meant this one.
  if (began && there.modifiedAt > began.at) throw conflict('If-Match', key)
}

const conflict = (Condition: string, Key: string) =>
  refusal(
    'ConditionalRequestConflict',
    409,
    'The conditional request cannot succeed due to a conflicting operation against this resource.',
    { Condition, Key },
  )

interface CopyConditions {
  CopySourceIfMatch?: string | undefined
  CopySourceIfNoneMatch?: string | undefined
  CopySourceIfModifiedSince?: Date | undefined
  CopySourceIfUnmodifiedSince?: Date | undefined
}

/** A copy's conditions on its source: every failure is 412 and names the source's header. */
export function checkCopySource(
  version: ObjectVersion,
  conditions: CopyConditions,
  nowMs: number,
): void {
  const asRead = {
    IfMatch: conditions.CopySourceIfMatch,
    IfNoneMatch: conditions.CopySourceIfNoneMatch,
    IfModifiedSince: conditions.CopySourceIfModifiedSince,
    IfUnmodifiedSince: conditions.CopySourceIfUnmodifiedSince,
  }
  const failed = failedRead(version, asRead, nowMs)
  if (failed) throw preconditionFailed(`x-amz-copy-source-${failed}`)
}
