import type { Headers } from './http.ts'
import {
  algorithm,
  amzDateOf,
  canonicalRequest,
  escapeUri,
  sha256Hex,
  signingKey,
  stringToSign,
  unsignedPayload,
} from './sigv4-canonical.ts'

export interface Credentials {
  accessKeyId: string
  secretAccessKey: string
  sessionToken?: string
}

export interface SignRequest {
  method: string
  /** Path and query as they will be sent. */
  url: string
  /** Lower-case names; must hold `host`. */
  headers: Headers
  body?: Uint8Array | string
  credentials: Credentials
  region: string
  service: string
  now: number
}

/** The headers to send: those given, and Authorization, X-Amz-Date and the rest of it. */
export function sign(request: SignRequest): Record<string, string> {
  const { credentials, region, service } = request
  const amzDate = amzDateOf(request.now)
  const payloadHash = request.headers['x-amz-content-sha256'] ?? sha256Hex(request.body ?? '')
  const headers: Headers = { ...request.headers, 'x-amz-date': amzDate }
  if (service === 's3') headers['x-amz-content-sha256'] = payloadHash
  if (credentials.sessionToken) headers['x-amz-security-token'] = credentials.sessionToken
  const signedHeaders = Object.keys(headers)
    .filter((name) => headers[name] !== undefined)
    .sort()
  const scope = `${amzDate.slice(0, 8)}/${region}/${service}/aws4_request`
  const signature = signatureOf(request, headers, signedHeaders, payloadHash, amzDate, scope)
  headers['authorization'] =
    `${algorithm} Credential=${credentials.accessKeyId}/${scope}, ` +
    `SignedHeaders=${signedHeaders.join(';')}, Signature=${signature}`
  return headers as Record<string, string>
}

/** The URL with its signature in the query, good for `expiresS` seconds. */
export function presign(request: SignRequest & { expiresS: number }): string {
  const { credentials, region, service } = request
  const amzDate = amzDateOf(request.now)
  const scope = `${amzDate.slice(0, 8)}/${region}/${service}/aws4_request`
  const signedHeaders = Object.keys(request.headers).sort()
  const parameters: [string, string | undefined][] = [
    ['X-Amz-Algorithm', algorithm],
    ['X-Amz-Credential', `${credentials.accessKeyId}/${scope}`],
    ['X-Amz-Date', amzDate],
    ['X-Amz-Expires', String(request.expiresS)],
    ['X-Amz-Security-Token', credentials.sessionToken],
    ['X-Amz-SignedHeaders', signedHeaders.join(';')],
  ]
  const query = parameters
    .flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${escapeUri(value)}`]))
    .join('&')
  const url = `${request.url}${request.url.includes('?') ? '&' : '?'}${query}`
  const hash = service === 's3' ? unsignedPayload : sha256Hex(request.body ?? '')
  const { headers } = request
  const signature = signatureOf({ ...request, url }, headers, signedHeaders, hash, amzDate, scope)
  return `${url}&X-Amz-Signature=${signature}`
}

function signatureOf(
  request: SignRequest,
  headers: Headers,
  signedHeaders: string[],
  payloadHash: string,
  amzDate: string,
  scope: string,
): string {
  const [path, rawQuery = ''] = splitUrl(request.url)
  const { method, service, credentials } = request
  const s3 = service === 's3'
  const canonical = canonicalRequest({
    method,
    path,
    rawQuery,
    headers,
    signedHeaders,
    payloadHash,
    s3,
  })
  const key = signingKey(credentials.secretAccessKey, scope)
  return key.hex(stringToSign(amzDate, scope, canonical))
}

export function splitUrl(url: string): [string, string] {
  const at = url.indexOf('?')
  return at < 0 ? [url, ''] : [url.slice(0, at), url.slice(at + 1)]
}
