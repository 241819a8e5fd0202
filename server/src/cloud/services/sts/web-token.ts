import { createPublicKey, type JsonWebKey, verify } from 'node:crypto'
import { AwsError } from '../../gateway/index.ts'

export interface WebToken {
  header: { alg: string; kid?: string }
  claims: Record<string, unknown>
  signed: Buffer
  signature: Buffer
}

export const badToken = (message: string) =>
  new AwsError('InvalidIdentityToken', message, { status: 400 })

/** Reads a JWT without believing it. */
export function readWebToken(text: string): WebToken {
  const [head = '', body = '', signature = '', ...more] = text.split('.')
  const header = jsonOf(head)
  const claims = jsonOf(body)
  if (!header || !claims || more.length > 0 || typeof header['alg'] !== 'string') {
    throw badToken(
      'The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)',
    )
  }
  const kid = header['kid']
  return {
    header: { alg: header['alg'], ...(typeof kid === 'string' && { kid }) },
    claims,
    signed: Buffer.from(`${head}.${body}`),
    signature: Buffer.from(signature, 'base64url'),
  }
}

function jsonOf(part: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString())
    return typeof value === 'object' && value !== null
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    // Not a token's part; the caller refuses the whole.
    return undefined
  }
}

const digests: Record<string, string> = {
  RS256: 'sha256',
  RS384: 'sha384',
  RS512: 'sha512',
  ES256: 'sha256',
  ES384: 'sha384',
  ES512: 'sha512',
}

/** Whether one of the issuer's keys signed the token. */
export function isSignedBy(token: WebToken, keys: Record<string, unknown>[]): boolean {
  const { alg, kid } = token.header
  const digest = digests[alg]
  if (!digest) return false
  const type = alg.startsWith('RS') ? 'RSA' : 'EC'
  return keys
    .filter((key) => key['kty'] === type && (kid === undefined || key['kid'] === kid))
    .some((jwk) => {
      const key = createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' })
      const given = { key, dsaEncoding: 'ieee-p1363' as const }
      return verify(digest, token.signed, given, token.signature)
    })
}

export interface Subject {
  issuer: string
  subject: string
  audience: string
}

/** The claims STS asks for; `azp` goes before `aud` where there are both. */
export function checkClaims(
  { claims }: WebToken,
  clientIds: string[],
  nowMs: number,
): Pick<Subject, 'subject' | 'audience'> {
  const { sub, exp, iat, aud, azp } = claims
  if (typeof sub !== 'string') throw badToken('Missing a required claim: sub')
  if (typeof iat !== 'number') throw badToken('Missing a required claim: iat')
  if (typeof exp !== 'number') throw badToken('Missing a required claim: exp')
  const nowS = Math.floor(nowMs / 1000)
  if (exp <= nowS) {
    throw new AwsError(
      'ExpiredTokenException',
      `Token expired: current date/time ${nowS} must be before the expiration date/time${exp}`,
      { status: 400 },
    )
  }
  const audiences = (typeof azp === 'string' ? [azp] : Array.isArray(aud) ? aud : [aud]).map(String)
  const audience = audiences.find((each) => clientIds.includes(each))
  if (audience === undefined) throw badToken('Incorrect token audience')
  return { subject: sub, audience }
}
