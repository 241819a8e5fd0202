import { AwsError } from '../../gateway/index.ts'
import { type ObjectVersion, quoted } from './model.ts'
import { noSuchKey, notCarriedOut, preconditionFailed } from './refusals.ts'

interface ReadConditions {
  IfMatch?: string | undefined
  IfNoneMatch?: string | undefined
  IfModifiedSince?: Date | undefined
  IfUnmodifiedSince?: Date | undefined
}

/** RFC 9110's order; S3 answers 412 and 304 alike. Dates have the precision of seconds. */
export function checkRead(version: ObjectVersion, conditions: ReadConditions): void {
  const { IfMatch, IfNoneMatch, IfModifiedSince, IfUnmodifiedSince } = conditions
  const modified = Math.floor(version.modifiedAt / 1000) * 1000
  if (IfMatch !== undefined) {
    if (!names(IfMatch, version.etag)) throw preconditionFailed('If-Match')
  } else if (IfUnmodifiedSince && modified > IfUnmodifiedSince.getTime()) {
    throw preconditionFailed('If-Unmodified-Since')
  }
  if (IfNoneMatch !== undefined) {
    if (names(IfNoneMatch, version.etag)) throw notModified(version)
  } else if (IfModifiedSince && modified <= IfModifiedSince.getTime()) throw notModified(version)
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

/** Conditions of a write; `current` is what the key holds now (a marker counts as nothing). */
export function checkWrite(
  key: string,
  current: ObjectVersion | undefined,
  { IfMatch, IfNoneMatch }: Pick<ReadConditions, 'IfMatch' | 'IfNoneMatch'>,
): void {
  const there = current && !current.isMarker ? current : undefined
  if (IfNoneMatch !== undefined) {
    if (IfNoneMatch !== '*') throw notCarriedOut('If-None-Match with an ETag on a write')
    if (there) throw preconditionFailed('If-None-Match')
  }
  if (IfMatch === undefined) return
  if (!there) throw noSuchKey(key)
  if (!names(IfMatch, there.etag)) throw preconditionFailed('If-Match')
}

interface CopyConditions {
  CopySourceIfMatch?: string | undefined
  CopySourceIfNoneMatch?: string | undefined
  CopySourceIfModifiedSince?: Date | undefined
  CopySourceIfUnmodifiedSince?: Date | undefined
}

/** A copy's conditions on its source: every failure is 412, never 304. */
export function checkCopySource(version: ObjectVersion, conditions: CopyConditions): void {
  try {
    checkRead(version, {
      IfMatch: conditions.CopySourceIfMatch,
      IfNoneMatch: conditions.CopySourceIfNoneMatch,
      IfModifiedSince: conditions.CopySourceIfModifiedSince,
      IfUnmodifiedSince: conditions.CopySourceIfUnmodifiedSince,
    })
  } catch (error) {
    if (!(error instanceof AwsError) || error.status !== 304) throw error
    const name = conditions.CopySourceIfNoneMatch ? 'None-Match' : 'Modified-Since'
    throw preconditionFailed(`x-amz-copy-source-If-${name}`)
  }
}
