import { lookup as resolveName } from 'node:dns'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { BlockList, isIP, type LookupFunction } from 'node:net'

const TIMEOUT_MS = 30_000
const MOST_REDIRECTS = 5

/** Addresses that only this machine or its network can reach: no business of a project's setting. */
const inside = new BlockList()
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const) {
  inside.addSubnet(network, bits, 'ipv4')
}
for (const [network, bits] of [
  ['::', 127],
  ['64:ff9b::', 96],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const) {
  inside.addSubnet(network, bits, 'ipv6')
}

export class InsideAddress extends Error {
  constructor(host: string, address: string) {
    super(
      `${host} is ${address}, an address inside this network; only an administrator may name one`,
    )
  }
}

export function isInside(address: string): boolean {
  // An IPv4 address in IPv6's clothes is the same place; BlockList knows.
  return inside.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
}

/** The address that is checked is the one that is connected to: a name can't change between. */
const checkedLookup: LookupFunction = (host, options, done) => {
  resolveName(host, { ...options, all: true }, (error, found) => {
    if (error) return done(error, '', 4)
    const wrong = found.find(({ address }) => isInside(address))
    if (wrong) return done(new InsideAddress(host, wrong.address), '', 4)
    if (options.all) return done(null, found)
    done(null, found[0]!.address, found[0]!.family)
  })
}

export interface Outbound {
  method?: 'GET' | 'HEAD'
  headers?: Record<string, string>
  /** Whether an administrator said that this address may be inside the network. */
  mayBeInside: boolean
}

/** A request that leaves the network unless it may stay inside, also after redirects. */
export async function outbound(url: URL, given: Outbound): Promise<IncomingMessage> {
  let at = url
  for (let redirects = 0; ; redirects++) {
    // A token is for the host it was given for.
    const { authorization: _own, ...plain } = given.headers ?? {}
    const headers = at.host === url.host ? given.headers : plain
    const answer = await one(at, { ...given, headers })
    const { location } = answer.headers
    if (![301, 302, 303, 307, 308].includes(answer.statusCode!) || location === undefined) {
      return answer
    }
    answer.resume()
    if (redirects >= MOST_REDIRECTS) throw new Error(`${url.host} redirects too often`)
    at = new URL(location, at)
  }
}

function one(url: URL, { method = 'GET', headers, mayBeInside }: Outbound) {
  const { protocol, hostname } = url
  if (protocol !== 'https:' && protocol !== 'http:') throw new Error(`${protocol} is not fetched`)
  const literal = hostname.replace(/^\[|\]$/g, '')
  if (!mayBeInside && isIP(literal) && isInside(literal)) throw new InsideAddress(hostname, literal)
  const request = protocol === 'https:' ? httpsRequest : httpRequest
  const lookup = mayBeInside ? undefined : checkedLookup
  return new Promise<IncomingMessage>((resolve, reject) => {
    const asked = request(url, {
      method,
      headers: { 'user-agent': 'madang', ...headers },
      ...(lookup && { lookup }),
      timeout: TIMEOUT_MS,
    })
    asked.once('response', resolve)
    asked.once('timeout', () => asked.destroy(new Error(`${url.host} does not answer`)))
    asked.once('error', reject)
    asked.end()
  })
}
