import type { CallFact, IncomingHttp, OutgoingHttp } from '../../gateway/index.ts'
import type { Bucket } from './model.ts'
import { ownerOf } from './owner.ts'

// "Amazon S3 server access log format": fields with blanks between, `-` for what isn't there.

const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')
const twoDigits = (value: number) => String(value).padStart(2, '0')

function moment(atMs: number): string {
  const at = new Date(atMs)
  const day = `${twoDigits(at.getUTCDate())}/${months[at.getUTCMonth()]}/${at.getUTCFullYear()}`
  return `[${day}:${at.toISOString().slice(11, 19)} +0000]`
}

const named: Record<string, string> = {
  CopyObject: 'COPY.OBJECT',
  ListObjects: 'GET.BUCKET',
  ListObjectsV2: 'GET.BUCKET',
  ListObjectVersions: 'GET.BUCKETVERSIONS',
  DeleteObjects: 'POST.MULTI_OBJECT_DELETE',
  CreateMultipartUpload: 'POST.UPLOADS',
  ListMultipartUploads: 'GET.UPLOADS',
  UploadPart: 'PUT.PART',
  UploadPartCopy: 'COPY.PART',
  CompleteMultipartUpload: 'POST.UPLOAD',
  AbortMultipartUpload: 'DELETE.UPLOAD',
  ListParts: 'GET.UPLOAD',
  SelectObjectContent: 'SELECT.OBJECT',
  GetObjectAcl: 'GET.ACL',
  PutObjectAcl: 'PUT.ACL',
  GetBucketLogging: 'GET.LOGGING_STATUS',
  PutBucketLogging: 'PUT.LOGGING_STATUS',
  GetBucketLifecycleConfiguration: 'GET.LIFECYCLE',
  PutBucketLifecycleConfiguration: 'PUT.LIFECYCLE',
  CreateBucket: 'PUT.BUCKET',
}

/** `GetObjectTagging` is `REST.GET.OBJECT_TAGGING`, `GetBucketPolicy` is `REST.GET.POLICY`. */
function operationText(operation: string, method: string): string {
  const known = named[operation]
  if (known) return `REST.${known}`
  const bare = operation.replace(/^(Get|Put|Head|Delete|List|Create|Restore)/, '')
  const of = bare.replace(/^Bucket(?=.)/, '').replace(/Configurations?$/, '')
  const words = of.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase()
  return `REST.${method}.${words || 'BUCKET'}`
}

const orDash = (value: string | number | undefined): string =>
  value === undefined || value === '' || value === 0 ? '-' : String(value)

const quotedText = (value: string | undefined): string =>
  value ? `"${value.replaceAll('"', '%22')}"` : '"-"'

/** One request's line, without its end. */
export function accessLogLine(
  bucket: Bucket,
  fact: CallFact,
  request: IncomingHttp,
  reply: OutgoingHttp,
): string {
  const { headers, method, url } = request
  const answered = (name: string) =>
    reply.headers.find(([each]) => each.toLowerCase() === name)?.[1]
  const key = fact.input?.['Key']
  const sent = sentBytes(reply, method, answered('content-length'))
  const total = /\/(\d+)$/.exec(answered('content-range') ?? '')?.[1]
  const received = method === 'PUT' ? headers['content-length'] : undefined
  const isRead = method === 'GET' || method === 'HEAD'
  const size =
    typeof key === 'string'
      ? (total ?? (isRead ? answered('content-length') : received))
      : undefined
  const took = Math.max(1, Math.round(fact.durationMs))
  return [
    ownerOf(bucket.account).ID,
    bucket.name,
    moment(fact.at),
    fact.sourceIp,
    requesterOf(fact),
    fact.requestId,
    operationText(fact.operation, method),
    typeof key === 'string' ? encodeURI(key) : '-',
    quotedText(`${method} ${url} HTTP/1.1`),
    reply.status,
    orDash(fact.errorCode),
    orDash(sent),
    orDash(size),
    took,
    took,
    quotedText(headers['referer']),
    quotedText(fact.userAgent),
    orDash(answered('x-amz-version-id')),
    orDash(answered('x-amz-id-2')),
    ...signedBy(request),
    orDash(headers['host']),
    '-',
    '-',
    '-',
  ].join(' ')
}

function sentBytes({ body }: OutgoingHttp, method: string, length: string | undefined): number {
  if (method === 'HEAD') return 0
  if (length !== undefined) return Number(length)
  if (body instanceof Uint8Array) return body.length
  return typeof body === 'string' ? Buffer.byteLength(body) : 0
}

function requesterOf({ principal }: CallFact): string {
  if (!principal || principal.kind === 'anonymous') return '-'
  return principal.kind === 'root' ? ownerOf(principal.account).ID : principal.arn
}

/** Signature version, cipher and where the signature was. */
function signedBy({ headers, url }: IncomingHttp): [string, string, string] {
  const { authorization } = headers
  if (authorization)
    return [authorization.startsWith('AWS4') ? 'SigV4' : 'SigV2', '-', 'AuthHeader']
  if (url.includes('X-Amz-Signature=')) return ['SigV4', '-', 'QueryString']
  return url.includes('AWSAccessKeyId=') ? ['SigV2', '-', 'QueryString'] : ['-', '-', '-']
}
