import { createHash } from 'node:crypto'
import { decodeChunked, type ChunkSigning } from './aws-chunked.ts'
import { collect, type Headers, type RequestBody } from './http.ts'
import { LongBody } from './long-body.ts'
import type { KnownCredential } from './ports.ts'
import {
  canonicalRequest,
  sha256Hex,
  signingKey,
  stringToSign,
  unsignedPayload,
  type SigningKey,
} from './sigv4-canonical.ts'
import type { Claim } from './sigv4-claim.ts'
import * as refuse from './sigv4-refusals.ts'
import type { Family } from './sigv4-refusals.ts'
import { announcedTrailer } from './trailing-checksum.ts'

export { presign, sign, splitUrl, type Credentials, type SignRequest } from './sigv4-sign.ts'
export { readClaim, type Claim, type ClaimResult } from './sigv4-claim.ts'

export interface SignedRequest {
  method: string
  path: string
  rawQuery: string
  headers: Headers
  body: RequestBody
}

export interface Verification {
  request: SignedRequest
  claim: Claim
  family: Family
  /** Undefined in open mode for an unknown key: only the framing is undone. */
  credential: KnownCredential | undefined
  now: number
}

// A body other services sign must be whole before its hash is known: Lambda's zips are the largest.
const wholeBodyLimitBytes = 96 * 1024 * 1024

const hashOfNothing = sha256Hex('')

/**
 * Verifies the signature and gives the body to read: decoded where it was aws-chunked, checked
 * against its signed hash while it streams. `trailers` is filled when the body ends.
 * Throws AwsError in the wording of the service's family.
 */
export function verify(
  verification: Verification,
  trailers: Headers,
): RequestBody | Promise<RequestBody> {
  const { credential, family, claim, now } = verification
  if (credential) {
    checkTime(family, claim, now)
    checkToken(family, claim, credential, now)
    checkSignedHeaders(verification)
  }
  return family === 's3' ? verifyS3(verification, trailers) : verifyWhole(verification)
}

// What decides about a request must be signed: else a link to read could be used to grant.
function checkSignedHeaders({ request, claim, family, credential }: Verification): void {
  if (!credential) return
  const signed = claim.signedHeaders
  if (!signed.includes('host') && !signed.includes(':authority')) throw refuse.hostNotSigned(family)
  if (family !== 's3') return
  const loose: string[] = []
  for (const name in request.headers) {
    if (!name.startsWith('x-amz-') || name === 'x-amz-content-sha256') continue
    if (!signed.includes(name)) loose.push(name)
  }
  if (loose.length > 0) throw refuse.headersNotSigned(loose)
}

function checkTime(family: Family, claim: Claim, now: number): void {
  const { signedAt, expiresS } = claim
  if (signedAt === undefined || !claim.amzDate.startsWith(claim.date)) {
    throw refuse.wrongDay(family, claim)
  }
  if (expiresS === undefined) {
    if (Math.abs(now - signedAt) > refuse.skewLimitMs) throw refuse.skewed(family, signedAt, now)
    return
  }
  if (signedAt > now + refuse.skewLimitMs) throw refuse.skewed(family, signedAt, now)
  if (now > signedAt + expiresS * 1000) {
    throw refuse.linkExpired(family, signedAt, expiresS, now)
  }
}

function checkToken(family: Family, claim: Claim, known: KnownCredential, now: number): void {
  if (known.expiresAt !== undefined && now >= known.expiresAt) throw refuse.expiredToken(family)
  if (known.sessionToken !== claim.sessionToken) throw refuse.wrongToken(family)
}

/** Gives the canonical request that was signed; nothing where the key is unknown. */
function checkSignature(verification: Verification, payloadHash: string): string | undefined {
  const { request, claim, family, credential } = verification
  if (!credential) return undefined
  const canonical = canonicalRequest({
    method: request.method,
    path: request.path,
    rawQuery: request.rawQuery,
    headers: request.headers,
    signedHeaders: claim.signedHeaders,
    payloadHash,
    s3: family === 's3',
  })
  const text = stringToSign(claim.amzDate, claim.scope, canonical)
  const expected = keyOf(claim, credential).hex(text)
  if (equal(expected, claim.signature)) return canonical
  throw refuse.wrongSignature(family, {
    accessKeyId: claim.accessKeyId,
    stringToSign: text,
    canonicalRequest: canonical,
    signature: claim.signature,
  })
}

function keyOf(claim: Claim, credential: KnownCredential): SigningKey {
  return signingKey(credential.secretAccessKey, claim.scope)
}

/** Takes as long whatever the first difference is. */
function equal(expected: string, given: string): boolean {
  if (expected.length !== given.length) return false
  let difference = 0
  for (let at = 0; at < expected.length; at++) {
    difference |= expected.charCodeAt(at) ^ given.charCodeAt(at)
  }
  return difference === 0
}

function verifyWhole(verification: Verification): RequestBody | Promise<RequestBody> {
  const { body } = verification.request
  const checked = (whole: Uint8Array) => {
    checkSignature(verification, sha256Hex(whole))
    return whole
  }
  // At hand already: nothing is waited for.
  if (body instanceof Uint8Array && body.length <= wholeBodyLimitBytes) return checked(body)
  return collect(body, wholeBodyLimitBytes).then(checked)
}

function verifyS3(
  verification: Verification,
  trailers: Headers,
): RequestBody | Promise<RequestBody> {
  const { request, claim } = verification
  const declared = request.headers['x-amz-content-sha256']
  if (declared !== undefined) return verifyDeclared(verification, declared, trailers)
  const isPresigned = claim.expiresS !== undefined
  if (isPresigned) return verifyDeclared(verification, unsignedPayload, trailers)
  throw refuse.payloadHashMissing()
}

function verifyDeclared(
  verification: Verification,
  payloadHash: string,
  trailers: Headers,
): RequestBody | Promise<RequestBody> {
  const { headers, body } = verification.request
  const canonical = checkSignature(verification, payloadHash)
  if (payloadHash.startsWith('STREAMING-')) {
    const signing = chunkSigning(verification, payloadHash, canonical)
    const stream = unframe(headers, body, signing, trailers)
    return body instanceof Uint8Array ? collect(stream) : stream
  }
  if (payloadHash === unsignedPayload) return body
  return checkHash(body, payloadHash)
}

function checkHash(body: RequestBody, claimed: string): RequestBody {
  if (body instanceof LongBody) {
    body.claim((computed) => {
      if (computed !== claimed) throw refuse.wrongPayloadHash(claimed, computed)
    })
    return body
  }
  if (!(body instanceof Uint8Array)) return hashing(body, claimed)
  const computed = body.length === 0 ? hashOfNothing : sha256Hex(body)
  if (computed !== claimed) throw refuse.wrongPayloadHash(claimed, computed)
  return body
}

async function* hashing(
  body: AsyncIterable<Uint8Array>,
  claimed: string,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256')
  for await (const piece of body) {
    hash.update(piece)
    yield piece
  }
  const computed = hash.digest('hex')
  if (computed !== claimed) throw refuse.wrongPayloadHash(claimed, computed)
}

/** The body of an unsigned S3 request: framed by SDKs all the same, for the checksum behind it. */
export async function unsignedBody(
  headers: Headers,
  body: RequestBody,
  trailers: Headers,
): Promise<RequestBody> {
  if (!headers['x-amz-content-sha256']?.startsWith('STREAMING-')) return body
  const stream = unframe(headers, body, undefined, trailers)
  return body instanceof Uint8Array ? collect(stream) : stream
}

function chunkSigning(
  { claim, credential, family }: Verification,
  mode: string,
  canonical: string | undefined,
): ChunkSigning | undefined {
  if (!credential || !mode.startsWith('STREAMING-AWS4-HMAC-SHA256-PAYLOAD')) return undefined
  return {
    key: keyOf(claim, credential),
    amzDate: claim.amzDate,
    scope: claim.scope,
    seedSignature: claim.signature,
    refusal: (text, signature) =>
      refuse.wrongSignature(family, {
        accessKeyId: claim.accessKeyId,
        stringToSign: text,
        canonicalRequest: canonical,
        signature,
      }),
  }
}

function unframe(
  headers: Headers,
  body: RequestBody,
  signing: ChunkSigning | undefined,
  trailers: Headers,
): AsyncGenerator<Uint8Array> {
  const length = headers['x-amz-decoded-content-length']
  if (length === undefined || !/^\d{1,15}$/.test(length)) throw refuse.lengthMissing()
  const hasTrailer = headers['x-amz-content-sha256']?.endsWith('-TRAILER') ?? false
  const stream = decodeChunked(body, {
    signing,
    hasTrailer,
    // Some clients announce one also where none can come, its value among the headers.
    announced: hasTrailer ? announcedTrailer(headers['x-amz-trailer']) : undefined,
    decodedLength: Number(length),
    trailers,
  })
  restoreHeaders(headers, length)
  return stream
}

/** What the handler sees is the payload: its length, and its encoding without our framing. */
function restoreHeaders(headers: Headers, decodedLength: string): void {
  headers['content-length'] = decodedLength
  const encodings = (headers['content-encoding'] ?? '')
    .split(',')
    .map((encoding) => encoding.trim())
    .filter((encoding) => encoding !== '' && encoding !== 'aws-chunked')
  headers['content-encoding'] = encodings.length > 0 ? encodings.join(', ') : undefined
}
