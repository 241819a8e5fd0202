import type { IncomingHttp } from '../../gateway/index.ts'

export interface S3Place {
  bucket: string
  /** Decoded; empty for the bucket itself. */
  key: string
}

/** Which bucket and key a request means: `<bucket>.s3.<host>`, `<bucket>.<host>` or the path. */
export function placeOf(
  { url, headers }: Pick<IncomingHttp, 'url' | 'headers'>,
  hostNames: string[],
): S3Place | undefined {
  const host = (headers['host'] ?? '').replace(/:\d+$/, '').toLowerCase()
  const path = url.split('?', 1)[0]!.slice(1)
  const base = hostNames.find((name) => host.endsWith(`.${name}`))
  const label = base && host.slice(0, -base.length - 1)
  const ofHost = label?.replace(/(^|\.)s3([.-][a-z]{2}(-[a-z]+)+-\d)?$/, '')
  const bucket = ofHost || path.split('/', 1)[0]!
  const rest = ofHost ? path : path.slice(bucket.length + 1)
  if (bucket === '') return undefined
  try {
    return { bucket, key: decodeURIComponent(rest) }
  } catch {
    return undefined
  }
}
