import { createHash } from 'node:crypto'
import { Agent, get as httpsGet } from 'node:https'
import type { TLSSocket } from 'node:tls'
import { badToken } from './web-token.ts'

type Key = Record<string, unknown>

const TIMEOUT_MS = 5000
const MOST_BYTES = 1 << 20
const KEPT_MS = 5 * 60_000

// A resumed TLS session shows no certificate, so none is kept.
const agent = new Agent({ keepAlive: false, maxCachedSessions: 0 })

const unreachable = () =>
  badToken(
    "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements",
  )

/**
 * An issuer's keys by OpenID discovery. Its certificate has to be one that this machine trusts, or
 * one whose SHA-1 is among the provider's thumbprints. Kept for five minutes.
 */
export function createIssuerKeys(now: () => number) {
  const known = new Map<string, { keys: Key[]; until: number }>()
  return async (issuer: string, thumbprints: string[]): Promise<Key[]> => {
    const cached = known.get(issuer)
    if (cached && cached.until > now()) return cached.keys
    const found = await fetchJson(`${issuer}/.well-known/openid-configuration`, thumbprints)
    const { jwks_uri: uri } = found
    if (typeof uri !== 'string' || !uri.startsWith('https:')) throw unreachable()
    const { keys } = await fetchJson(uri, thumbprints)
    if (!Array.isArray(keys)) throw unreachable()
    if (known.size > 100) known.clear()
    known.set(issuer, { keys: keys as Key[], until: now() + KEPT_MS })
    return keys as Key[]
  }
}

function fetchJson(url: string, thumbprints: string[]): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    // Whether the certificate will do is asked below, by the provider's thumbprints too.
    const options = { agent, rejectUnauthorized: false, timeout: TIMEOUT_MS }
    const request = httpsGet(url, options, (response) => {
      if (response.statusCode !== 200 || !isTrusted(response.socket as TLSSocket, thumbprints)) {
        request.destroy()
        reject(unreachable())
        return
      }
      const pieces: Buffer[] = []
      let sizeBytes = 0
      response.on('data', (piece: Buffer) => {
        sizeBytes += piece.length
        if (sizeBytes > MOST_BYTES) request.destroy()
        pieces.push(piece)
      })
      response.on('end', () => {
        const value = parse(Buffer.concat(pieces).toString())
        if (value) resolve(value)
        else reject(unreachable())
      })
      response.on('close', () => reject(unreachable()))
    })
    request.on('timeout', () => request.destroy())
    request.on('error', () => reject(unreachable()))
  })
}

function isTrusted(socket: TLSSocket, thumbprints: string[]): boolean {
  if (socket.authorized) return true
  const seen = new Set<string>()
  for (let each = socket.getPeerCertificate(true); each?.raw; each = each.issuerCertificate) {
    const thumbprint = createHash('sha1').update(each.raw).digest('hex')
    if (thumbprints.includes(thumbprint)) return true
    if (seen.has(thumbprint)) return false
    seen.add(thumbprint)
  }
  return false
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    // No keys there; the token can't be believed then.
    return undefined
  }
}
