import { createHash } from 'node:crypto'
import { createChecksum } from '../checksums/index.ts'
import { AwsError } from '../error.ts'
import type { Headers } from '../http.ts'
import { compareChecksum } from '../trailing-checksum.ts'
import type { WireRequest } from './protocol.ts'

const refusal = (code: string, message: string, members: Record<string, unknown> = {}) =>
  new AwsError(code, message, { status: 400, members })

// Recorded from the real service: the tags of a bucket need one, those of an object don't. The others
// rest on reported refusals of it and on what other implementations demand.
const demanding = new Set([
  'DeleteObjects',
  'PutBucketCors',
  'PutBucketLifecycleConfiguration',
  'PutBucketTagging',
  'PutObjectLegalHold',
  'PutObjectLockConfiguration',
  'PutObjectRetention',
])

/** Refuses a document without a digest where S3 wants one; a link has it among its parameters. */
export function demandDigest(operation: string, { headers, query }: WireRequest): void {
  if (!demanding.has(operation)) return
  const isDigest = (name: string) => /^(content-md5$|x-amz-trailer$|x-amz-checksum-)/i.test(name)
  if ([...Object.keys(headers), ...query.keys()].some(isDigest)) return
  throw refusal(
    'InvalidRequest',
    'Missing required header for this request: Content-MD5 OR x-amz-checksum-*',
  )
}

/** Holds a document to what its headers claim of it: Content-MD5 and `x-amz-checksum-…`. */
export async function checkDigests(bytes: Uint8Array, headers: Headers): Promise<void> {
  const md5 = headers['content-md5']
  if (md5 !== undefined) checkMd5(bytes, md5)
  for (const name in headers) {
    if (!name.startsWith('x-amz-checksum-')) continue
    const checksum = await createChecksum(name.slice('x-amz-checksum-'.length))
    if (!checksum) continue
    checksum.update(bytes)
    compareChecksum({ name, kind: 'header' }, headers[name]!, checksum.digest())
  }
}

function checkMd5(bytes: Uint8Array, md5: string): void {
  if (Buffer.from(md5, 'base64').length !== 16) {
    const message = 'The Content-MD5 you specified was invalid.'
    throw refusal('InvalidDigest', message, { 'Content-MD5': md5 })
  }
  const CalculatedDigest = createHash('md5').update(bytes).digest('base64')
  if (CalculatedDigest === md5) return
  throw refusal('BadDigest', 'The Content-MD5 you specified did not match what we received.', {
    ExpectedDigest: md5,
    CalculatedDigest,
  })
}
