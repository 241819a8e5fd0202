import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Headers } from './http.ts'
import type { KnownCredential } from './ports.ts'
import * as refuse from './sigv4-refusals.ts'
import { AwsError } from './error.ts'

// Signature Version 2 as S3 still takes it ("Signing and authenticating REST requests (AWS signature
// version 2)"): boto3 makes its presigned links so unless told otherwise.

/** What a request says about who signed it by version 2. */
export interface OldClaim {
  accessKeyId: string
  signature: string
  sessionToken: string | undefined
  /** Set on presigned URLs: seconds since the epoch, as written. */
  expires?: string
}

export function oldHeaderClaim(header: string, headers: Headers): OldClaim | undefined {
  const match = /^AWS ([^:]+):(.+)$/.exec(header)
  if (!match) return undefined
  const [, accessKeyId, signature] = match as unknown as [string, string, string]
  return { accessKeyId, signature, sessionToken: headers['x-amz-security-token'] }
}

export function oldQueryClaim(query: URLSearchParams): OldClaim {
  return {
    accessKeyId: query.get('AWSAccessKeyId') ?? '',
    signature: query.get('Signature') ?? '',
    sessionToken: query.get('x-amz-security-token') ?? undefined,
    expires: query.get('Expires') ?? '',
  }
}

export interface OldRequest {
  method: string
  /** As sent, without the query. */
  path: string
  query: URLSearchParams
  headers: Headers
  /** Given by the host, where it was. */
  bucket: string | undefined
}

/** Throws AwsError in S3's words unless the signature is the credential's and its time is now. */
export function verifyOld(
  request: OldRequest,
  claim: OldClaim,
  credential: KnownCredential,
  now: number,
): void {
  if (claim.expires !== undefined) checkExpiry(claim, now)
  else checkDate(request.headers, now)
  if (credential.expiresAt !== undefined && now >= credential.expiresAt) {
    throw refuse.expiredToken('s3')
  }
  if (credential.sessionToken !== claim.sessionToken) throw refuse.wrongToken('s3')
  const text = stringToSign(request, claim, '')
  if (isSignedBy(credential, text, claim.signature)) return
  // A bucket in the path is `/<bucket>/` to botocore, whether or not the slash is sent.
  const isBucket = /^\/[^/]+$/.test(request.path) && request.bucket === undefined
  if (isBucket && isSignedBy(credential, stringToSign(request, claim, '/'), claim.signature)) return
  throw refuse.wrongSignature('s3', {
    accessKeyId: claim.accessKeyId,
    stringToSign: text,
    signature: claim.signature,
  })
}

/** Whether `signature` is the base64 HMAC-SHA1 of the text by this credential. */
export function isSignedBy(
  { secretAccessKey }: KnownCredential,
  text: string,
  signature: string,
): boolean {
  const expected = createHmac('sha1', secretAccessKey).update(text).digest('base64')
  const [a, b] = [Buffer.from(expected), Buffer.from(signature)]
  return a.length === b.length && timingSafeEqual(a, b)
}

const denied = (message: string, members: Record<string, unknown> = {}) =>
  new AwsError('AccessDenied', message, { status: 403, members })

/** Throws AccessDenied for a presigned URL that lacks one of its three parameters. */
export function checkParameters({ accessKeyId, expires, signature }: OldClaim): void {
  if (accessKeyId !== '' && expires !== '' && signature !== '') return
  throw denied(
    'Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters',
  )
}

function checkExpiry({ expires = '' }: OldClaim, now: number): void {
  if (!/^\d{1,12}$/.test(expires)) {
    throw denied(`Invalid date (should be seconds since epoch): ${expires}`)
  }
  if (now <= Number(expires) * 1000) return
  throw denied('Request has expired', {
    Expires: new Date(Number(expires) * 1000).toISOString().replace('.000', ''),
    ServerTime: `${new Date(now).toISOString().slice(0, 19)}Z`,
  })
}

function checkDate(headers: Headers, now: number): void {
  const signedAt = Date.parse(headers['x-amz-date'] ?? headers['date'] ?? '')
  if (Number.isNaN(signedAt)) {
    throw denied('AWS authentication requires a valid Date or x-amz-date header')
  }
  if (Math.abs(now - signedAt) > refuse.skewLimitMs) throw refuse.skewed('s3', signedAt, now)
}

// Query parameters that name a part of the resource, and so are signed with it: each that makes it the
// path of another operation, else a link to one thing would be a link to others.
const subresources = new Set(
  (
    'abac accelerate acl analytics annotation annotationName attributes cors delete encryption ' +
    'intelligent-tiering inventory legal-hold lifecycle location logging metadataAnnotationTable ' +
    'metadataConfiguration metadataInventoryTable metadataJournalTable metadataTable metrics ' +
    'notification object-lock ownershipControls partNumber policy policyStatus publicAccessBlock ' +
    'renameObject replication requestPayment restore retention select select-type session ' +
    'storageClass tagging torrent uploadId uploads versionId versioning versions website ' +
    'response-cache-control response-content-disposition response-content-encoding ' +
    'response-content-language response-content-type response-expires'
  ).split(' '),
)

function stringToSign(request: OldRequest, claim: OldClaim, pathEnd: '' | '/'): string {
  const { method, path, query, headers, bucket } = request
  const isLink = claim.expires !== undefined
  // A presigned link carries in its query what would have been signed headers.
  const said = (name: string) => headers[name] ?? (isLink ? query.get(name) : null) ?? ''
  const date = isLink ? claim.expires! : headers['x-amz-date'] ? '' : said('date')
  const resource = (bucket === undefined ? '' : `/${bucket}`) + path + pathEnd + signedQuery(query)
  const first = [method, said('content-md5'), said('content-type'), date]
  return `${first.join('\n')}\n${amzHeaders(headers, isLink ? query : undefined)}${resource}`
}

function amzHeaders(headers: Headers, query: URLSearchParams | undefined): string {
  const all = new Map<string, string>()
  // As `link-headers.ts` reads them: in any case, the last of a name, the request's own headers before.
  for (const [written, value] of query ?? []) {
    const name = written.toLowerCase()
    if (name.startsWith('x-amz-')) all.set(name, value)
  }
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith('x-amz-') && value !== undefined) all.set(name, value)
  }
  return [...all]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}:${value.trim().replaceAll(/\s*\n\s*/g, ' ')}\n`)
    .join('')
}

function signedQuery(query: URLSearchParams): string {
  const named = [...query].filter(([name]) => subresources.has(name))
  if (named.length === 0) return ''
  named.sort(([a], [b]) => (a < b ? -1 : 1))
  return `?${named.map(([name, value]) => (value === '' ? name : `${name}=${value}`)).join('&')}`
}
