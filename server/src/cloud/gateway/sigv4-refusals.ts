import { AwsError } from './error.ts'
import type { Dialect } from './protocols/index.ts'
import { amzDateOf } from './sigv4-canonical.ts'

// The same refusal has another code, status and text in each family of services.

export type Family = 's3' | 'json' | 'rest' | 'query' | 'ec2'

/** By what is spoken, not by the service: SQS refuses a query client in the query's words. */
export function familyOf(dialect: Dialect): Family {
  if (dialect === 'rest-xml') return 's3'
  if (dialect === 'rest-json') return 'rest'
  if (dialect === 'query' || dialect === 'query-json') return 'query'
  return dialect === 'ec2' ? 'ec2' : 'json'
}

const tokenInvalid = 'The security token included in the request is invalid.'
const ec2Failure = 'AWS was not able to validate the provided access credentials'
const mismatch =
  'The request signature we calculated does not match the signature you provided. Check your ' +
  'AWS Secret Access Key and signing method. Consult the service documentation for details.'

/** JSON services answer 400, REST ones 403. */
function coral(family: Family, name: string, message: string): AwsError {
  return new AwsError(`${name}Exception`, message, { status: family === 'rest' ? 403 : 400 })
}

function forbidden(code: string, message: string): AwsError {
  return new AwsError(code, message, { status: 403 })
}

export function unknownKey(family: Family, accessKeyId: string): AwsError {
  if (family === 's3') {
    return new AwsError(
      'InvalidAccessKeyId',
      'The AWS Access Key Id you provided does not exist in our records.',
      { status: 403, members: { AWSAccessKeyId: accessKeyId } },
    )
  }
  if (family === 'ec2') return new AwsError('AuthFailure', ec2Failure, { status: 401 })
  if (family === 'query') return forbidden('InvalidClientTokenId', tokenInvalid)
  return coral(family, 'UnrecognizedClient', tokenInvalid)
}

/** S3 alone demands the header; only a link goes without. */
export const payloadHashMissing = (): AwsError =>
  new AwsError('InvalidRequest', 'Missing required header for this request: x-amz-content-sha256', {
    status: 400,
  })

/** Of a framed body, whose own length is in `X-Amz-Decoded-Content-Length`. */
export const lengthMissing = (): AwsError =>
  new AwsError('MissingContentLength', 'You must provide the Content-Length HTTP header.', {
    status: 411,
  })

export function wrongToken(family: Family): AwsError {
  if (family !== 's3') return unknownKey(family, '')
  return new AwsError('InvalidToken', 'The provided token is malformed or otherwise invalid.', {
    status: 400,
  })
}

export function expiredToken(family: Family): AwsError {
  const message = 'The security token included in the request is expired'
  if (family === 's3') {
    return new AwsError('ExpiredToken', 'The provided token has expired.', { status: 400 })
  }
  if (family === 'ec2') return new AwsError('RequestExpired', 'Request has expired.')
  return family === 'query'
    ? forbidden('ExpiredToken', message)
    : coral(family, 'ExpiredToken', message)
}

export interface SignatureEvidence {
  accessKeyId: string
  stringToSign: string
  /** Version 4 only. */
  canonicalRequest?: string | undefined
  signature: string
}

export function wrongSignature(family: Family, evidence: SignatureEvidence): AwsError {
  if (family === 's3') {
    return new AwsError(
      'SignatureDoesNotMatch',
      'The request signature we calculated does not match the signature you provided. ' +
        'Check your key and signing method.',
      {
        status: 403,
        members: {
          AWSAccessKeyId: evidence.accessKeyId,
          StringToSign: evidence.stringToSign,
          SignatureProvided: evidence.signature,
          StringToSignBytes: spacedHex(evidence.stringToSign),
          ...(evidence.canonicalRequest !== undefined && {
            CanonicalRequest: evidence.canonicalRequest,
            CanonicalRequestBytes: spacedHex(evidence.canonicalRequest),
          }),
        },
      },
    )
  }
  if (family === 'ec2') return new AwsError('AuthFailure', ec2Failure, { status: 401 })
  return family === 'query'
    ? forbidden('SignatureDoesNotMatch', mismatch)
    : coral(family, 'InvalidSignature', mismatch)
}

function spacedHex(text: string): string {
  return (Buffer.from(text).toString('hex').match(/../g) ?? []).join(' ')
}

export const skewLimitMs = 15 * 60_000

export function skewed(family: Family, signedAt: number, now: number): AwsError {
  if (family === 's3') {
    return new AwsError(
      'RequestTimeTooSkewed',
      'The difference between the request time and the current time is too large.',
      {
        status: 403,
        members: {
          RequestTime: amzDateOf(signedAt),
          ServerTime: isoSeconds(now),
          MaxAllowedSkewMilliseconds: skewLimitMs,
        },
      },
    )
  }
  if (family === 'ec2') return new AwsError('RequestExpired', 'Request has expired.')
  const edge = signedAt < now ? now - skewLimitMs : now + skewLimitMs
  const message =
    signedAt < now
      ? `Signature expired: ${amzDateOf(signedAt)} is now earlier than ${amzDateOf(edge)} ` +
        `(${amzDateOf(now)} - 15 min.)`
      : `Signature not yet current: ${amzDateOf(signedAt)} is still later than ` +
        `${amzDateOf(edge)} (${amzDateOf(now)} + 15 min.)`
  return family === 'query'
    ? forbidden('SignatureDoesNotMatch', message)
    : coral(family, 'InvalidSignature', message)
}

export function linkExpired(family: Family, signedAt: number, expiresS: number, now: number) {
  if (family !== 's3') return skewed(family, signedAt, now)
  return new AwsError('AccessDenied', 'Request has expired', {
    status: 403,
    members: {
      'X-Amz-Expires': expiresS,
      Expires: isoSeconds(signedAt + expiresS * 1000),
      ServerTime: isoSeconds(now),
    },
  })
}

export function missingAuthentication(family: Family): AwsError {
  if (family === 's3') return forbidden('AccessDenied', 'Access Denied')
  if (family === 'ec2' || family === 'query') {
    return forbidden('MissingAuthenticationToken', 'Request is missing Authentication Token')
  }
  return coral(family, 'MissingAuthenticationToken', 'Missing Authentication Token')
}

/** What an Authorization header can't do without. */
export type Needed = 'Credential' | 'Signature' | 'SignedHeaders' | 'Date'

export function lacking(family: Family, part: Needed, header: string): AwsError {
  const isDate = part === 'Date'
  if (family === 's3') {
    return isDate
      ? forbidden('AccessDenied', 'AWS authentication requires a valid Date or x-amz-date header')
      : incomplete(family, headerFault(part, header), header)
  }
  const what = isDate
    ? "existence of either a 'X-Amz-Date' or a 'Date' header"
    : `'${part}' parameter`
  return incomplete(family, what, header)
}

function headerFault(part: Needed, header: string): string {
  const components = header.slice(header.indexOf(' ')).replaceAll(/\s/g, '').split(',')
  if (components.length !== 3) {
    return 'the authorization header requires three components: Credential, SignedHeaders, and Signature.'
  }
  const wrong = components.find((each) => each.split('=').length !== 2)
  return wrong === undefined
    ? `missing ${part}.`
    : `the authorization component "${wrong}" is malformed.`
}

/** `what`: what the header has wrong. */
export function incomplete(family: Family, what: string, header: string): AwsError {
  if (family === 's3') {
    return new AwsError(
      'AuthorizationHeaderMalformed',
      `The authorization header is malformed; ${what}`,
      { status: 400 },
    )
  }
  const message = `Authorization header requires ${what}. Authorization=${header}`
  return family === 'ec2' || family === 'query'
    ? new AwsError('IncompleteSignature', message, { status: 400 })
    : coral(family, 'IncompleteSignature', message)
}

/** The day of the scope isn't the day of the request. */
export function wrongDay(
  family: Family,
  { date, amzDate, expiresS }: { date: string; amzDate: string; expiresS?: number },
): AwsError {
  if (family !== 's3') return incomplete(family, 'Invalid credential date', amzDate)
  const what = `Invalid credential date "${date}". This date is not the same as X-Amz-Date: "${amzDate.slice(0, 8)}".`
  return expiresS === undefined ? incomplete(family, what, '') : badQueryParameter(what)
}

const wrongAuthorization = (message: string, header: string) =>
  new AwsError('InvalidArgument', message, {
    status: 400,
    members: { ArgumentName: 'Authorization', ArgumentValue: header },
  })

export function twoMechanisms(header: string): AwsError {
  return wrongAuthorization(
    'Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query ' +
      'string parameter or the Authorization header should be specified',
    header,
  )
}

/** Basic, Bearer and whatever else S3 knows nothing of. */
export const unknownMechanism = (header: string) =>
  wrongAuthorization(
    header.includes(' ')
      ? 'Unsupported Authorization Type'
      : "Authorization header is invalid -- one and only one ' ' (space) required.",
    header,
  )

export function hostNotSigned(family: Family): AwsError {
  const message = "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."
  if (family === 's3') return forbidden('AccessDenied', message)
  if (family === 'ec2') return new AwsError('AuthFailure', ec2Failure, { status: 401 })
  return family === 'query'
    ? forbidden('SignatureDoesNotMatch', message)
    : coral(family, 'InvalidSignature', message)
}

export function headersNotSigned(names: string[]): AwsError {
  return new AwsError(
    'AccessDenied',
    'There were headers present in the request which were not signed',
    { status: 403, members: { HeadersNotSigned: names.join(', ') } },
  )
}

export function badQueryParameter(what: string): AwsError {
  return new AwsError('AuthorizationQueryParametersError', what, { status: 400 })
}

export function oldSignature(): AwsError {
  return new AwsError(
    'InvalidRequest',
    'The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.',
    { status: 400 },
  )
}

const payloadHashes =
  'UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, ' +
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD, ' +
  'STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER'

export function wrongPayloadHash(claimed: string, computed: string): AwsError {
  if (!/^[0-9a-f]{64}$/.test(claimed)) {
    const message = `x-amz-content-sha256 must be ${payloadHashes} or a valid sha256 value.`
    const members = { ArgumentName: 'x-amz-content-sha256', ArgumentValue: claimed }
    return new AwsError('InvalidArgument', message, { status: 400, members })
  }
  return new AwsError(
    'XAmzContentSHA256Mismatch',
    "The provided 'x-amz-content-sha256' header does not match what was computed.",
    {
      status: 400,
      members: { ClientComputedContentSHA256: claimed, S3ComputedContentSHA256: computed },
    },
  )
}

function isoSeconds(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 19)}Z`
}
