import { createHash } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import { type Kernel, type Outgoing, textOf } from '../../../kernel/index.ts'
import { badToken } from './web-token.ts'

type Key = Record<string, unknown>

const TIMEOUT_MS = 5000
const MOST_BYTES = 1 << 20
const KEPT_MS = 5 * 60_000

/** The service says no more than this; why is in `cause`. */
const unreachable = (cause?: unknown) =>
  Object.assign(
    badToken(
      "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements",
    ),
    { cause },
  )

/**
 * An issuer's keys by OpenID discovery. Its certificate has to be one that this machine trusts, or
 * one whose SHA-1 is among the provider's thumbprints. Kept for five minutes.
 */
export function createIssuerKeys({ clock, outgoing }: Pick<Kernel, 'clock' | 'outgoing'>) {
  const read = (url: string, thumbprints: string[]) => fetchJson(outgoing, url, thumbprints)
  const known = new Map<string, { keys: Key[]; until: number }>()
  return async (issuer: string, thumbprints: string[]): Promise<Key[]> => {
    const cached = known.get(issuer)
    if (cached && cached.until > clock.now()) return cached.keys
    const found = await read(`${issuer}/.well-known/openid-configuration`, thumbprints)
    const { jwks_uri: uri } = found
    if (typeof uri !== 'string' || !uri.startsWith('https:')) throw unreachable()
    const { keys } = await read(uri, thumbprints)
    if (!Array.isArray(keys)) throw unreachable()
    if (known.size > 100) known.clear()
    known.set(issuer, { keys: keys as Key[], until: clock.now() + KEPT_MS })
    return keys as Key[]
  }
}

async function fetchJson(
  outgoing: Outgoing,
  url: string,
  thumbprints: string[],
): Promise<Record<string, unknown>> {
  const text = await answered(outgoing, url, thumbprints).catch((error: unknown) => {
    throw unreachable(error)
  })
  const value = parse(text)
  if (!value) throw unreachable()
  return value
}

async function answered(outgoing: Outgoing, url: string, thumbprints: string[]): Promise<string> {
  const signal = AbortSignal.timeout(TIMEOUT_MS)
  // Whether the certificate will do is asked below, by the provider's thumbprints too.
  const reply = await outgoing.fetch(url, { signal, isAnyCertificate: true, follow: false })
  const isBelieved = isTrusted(reply.body.socket as TLSSocket, thumbprints)
  if (reply.status === 200 && isBelieved) return textOf(reply, MOST_BYTES)
  reply.body.destroy()
  throw new Error(isBelieved ? `it answered ${reply.status}` : 'its certificate is not trusted')
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
