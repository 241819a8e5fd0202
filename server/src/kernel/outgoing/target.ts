import { lookup as resolveName } from 'node:dns/promises'
import { isIP } from 'node:net'
import { refuse } from '../errors.ts'

export interface Address {
  address: string
  family: 4 | 6
}

/** Where a call may go: the name as it was given, and the addresses that were looked at. */
export interface Target {
  /** Without user, password or fragment. */
  url: URL
  /** The host, lower case, an IPv6 address without brackets. */
  host: string
  /** The first of `addresses`. */
  address: string
  family: 4 | 6
  /** All that the name has; each was judged. */
  addresses: Address[]
  port: number
}

/** Whether a name's address may be called at a port. */
export type Permits = (place: { host: string; address: string; port: number }) => boolean

export type Scheme = 'http' | 'https' | 'ssh' | 'git'

export type Resolve = (host: string) => Promise<{ address: string; family: number }[]>

const PORTS: Record<Scheme, number> = { http: 80, https: 443, ssh: 22, git: 9418 }

/** Names below `.localhost` are this machine (RFC 6761): browsers know, most resolvers don't. */
export const resolveBySystem: Resolve = async (host) =>
  host.endsWith('.localhost')
    ? [{ address: '127.0.0.1', family: 4 }]
    : resolveName(host, { all: true, verbatim: true })

/**
 * Reads an address that somebody gave. Decimal, octal and hexadecimal forms of an IP address come
 * out as what they stand for. Throws `outgoingInvalid`.
 */
export function parseTarget(text: string, schemes: readonly Scheme[]): { url: URL; host: string } {
  const invalid = (reason: string) => refuse('outgoingInvalid', { reason })
  // A leading dash would be an option to a program; the URL parser drops line breaks unasked.
  if (/^-|[\u0000-\u0020\u007f\\]/.test(text)) {
    throw invalid('it holds a character no address has')
  }
  const url = URL.parse(text)
  if (!url) throw invalid('it is no URL')
  const scheme = url.protocol.slice(0, -1)
  if (!schemes.includes(scheme as Scheme)) {
    throw invalid(`only ${schemes.join(', ')} can be used, not ${scheme}`)
  }
  // Of ssh and git the parser leaves the host as it stands; it is read by the rules of the web.
  const host = URL.parse(`http://${url.hostname}`)?.hostname.replace(/^\[|\]$|\.$/g, '') ?? ''
  if (host === '' || !/^[\w.:-]+$/.test(host) || host.startsWith('-')) throw invalid('no host')
  return { url, host: host.toLowerCase() }
}

/** Resolves the host and holds every address it has against the rule. Throws `outgoingRefused`. */
export async function findTarget(
  given: { url: URL; host: string },
  rules: { permits: Permits; resolve: Resolve },
  signal?: AbortSignal,
): Promise<Target> {
  const { permits, resolve } = rules
  const { url, host } = given
  const scheme = url.protocol.slice(0, -1) as Scheme
  const port = url.port === '' ? PORTS[scheme] : Number(url.port)
  const family = isIP(host)
  const found = family ? [{ address: host, family }] : await leaving(ask(resolve, host), signal)
  // One bad address among good ones is enough: who connects later may get that one.
  const bad = found.find(({ address }) => !permits({ host, address, port }))
  if (bad) throw refuse('outgoingRefused', { host, address: bad.address })
  const addresses = found.map(({ address, family }): Address => ({
    address,
    family: family === 6 ? 6 : 4,
  }))
  const clean = new URL(url)
  clean.username = ''
  clean.password = ''
  clean.hash = ''
  return { url: clean, host, ...addresses[0]!, addresses, port }
}

/** The system's resolver can't be called off, and may take longer than whoever asks. */
function leaving<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work
  return new Promise((resolve, reject) => {
    const leave = () => reject(signal.reason)
    signal.addEventListener('abort', leave)
    if (signal.aborted) leave()
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave))
  })
}

async function ask(resolve: Resolve, host: string) {
  const found = await resolve(host).catch((error: NodeJS.ErrnoException) => {
    throw refuse('outgoingUnknown', { host, code: error.code ?? error.message })
  })
  if (found.length === 0) throw refuse('outgoingUnknown', { host, code: 'ENODATA' })
  return found
}
