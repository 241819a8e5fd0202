import { AwsError } from '../../gateway/index.ts'

export interface ByteRange {
  start: number
  /** Included. */
  end: number
}

/**
 * One `bytes=` range within `sizeBytes`. Undefined: none, several or malformed, which S3 answers with
 * the whole object. Throws InvalidRange (416) where nothing of it is there.
 */
export function parseRange(header: string | undefined, sizeBytes: number): ByteRange | undefined {
  const [, from, to] = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '') ?? []
  if (from === undefined || to === undefined || (from === '' && to === '')) return undefined
  if (from === '') {
    if (Number(to) === 0 || sizeBytes === 0) throw unsatisfiable(header!, sizeBytes)
    return { start: Math.max(sizeBytes - Number(to), 0), end: sizeBytes - 1 }
  }
  const start = Number(from)
  const end = to === '' ? sizeBytes - 1 : Math.min(Number(to), sizeBytes - 1)
  if (to !== '' && Number(to) < start) return undefined
  if (start >= sizeBytes) throw unsatisfiable(header!, sizeBytes)
  return { start, end }
}

function unsatisfiable(RangeRequested: string, sizeBytes: number): AwsError {
  return new AwsError('InvalidRange', 'The requested range is not satisfiable', {
    status: 416,
    members: { RangeRequested, ActualObjectSize: sizeBytes },
    headers: { 'Content-Range': `bytes */${sizeBytes}` },
  })
}
