import { unescape } from 'node:querystring'
import type { Config } from '../config.ts'
import { Refusal, refuse } from '../errors.ts'
import { readAllowance } from './allowance.ts'
import { OwnPorts } from './own-ports.ts'
import { callTarget, type OutgoingCall, type OutgoingReply } from './request.ts'
import {
  findTarget,
  parseTarget,
  type Permits,
  type Resolve,
  resolveBySystem,
  type Scheme,
  type Target,
} from './target.ts'

export { bytesOf, type OutgoingCall, type OutgoingReply, textOf } from './request.ts'
export type { Resolve, Scheme, Target } from './target.ts'

/**
 * The one door for addresses that people give (imports, webhooks, steps, probes …): nothing behind it
 * reaches this machine or the network around it unless `outgoingAllow` or its default lets it
 * (docs/decisions/010). Programs that runs start are not behind it.
 */
export interface Outgoing {
  /**
   * Looks a name up once and judges what it stands for; connect to `target.address`, do not ask
   * again. Throws `outgoingInvalid`, `outgoingUnknown`, `outgoingRefused`.
   */
  target(url: string, schemes?: readonly Scheme[]): Promise<Target>
  /**
   * For an address of the web that is kept to be called later: refuses now what would be refused
   * then. A name that nobody knows today is let through.
   */
  check(url: string): Promise<void>
  /**
   * A call over HTTP. Redirects are followed, each looked at in the same way; credentials, also those
   * in the address, go to the first origin only.
   */
  fetch(url: string, call?: OutgoingCall): Promise<OutgoingReply>
  /** This server listens for others on a port of this machine, so it may be called there. */
  own(port: number): void
}

const MOST_REDIRECTS = 5
const WEB: readonly Scheme[] = ['http', 'https']
const SECRET_HEADERS = /^(authorization|cookie|private-token|proxy-authorization)$/i
const BODY_HEADERS = /^content-(type|length|encoding|language|location)$/i

export function createOutgoing(
  config: Pick<Config, 'outgoingAllow'>,
  resolve: Resolve = resolveBySystem,
): Outgoing {
  const allowance = readAllowance(config.outgoingAllow)
  const ports = new OwnPorts()
  const permits: Permits = ({ host, address, port }) =>
    allowance.permits(host, address) || ports.has(address, port)
  const target = async (url: string, schemes = WEB, signal?: AbortSignal) =>
    findTarget(parseTarget(url, schemes), { permits, resolve }, signal)
  return {
    target: (url, schemes) => target(url, schemes),
    own: (port) => ports.add(port),
    async check(url) {
      await target(url).catch((error: unknown) => {
        if (!(error instanceof Refusal) || error.code !== 'outgoingUnknown') throw error
      })
    },
    async fetch(url, call = {}) {
      let next = url
      let sent = withLogin(url, call)
      for (let hops = 0; hops <= MOST_REDIRECTS; hops++) {
        const reply = await callTarget(await target(next, WEB, call.signal), sent)
        const to = call.follow === false ? undefined : redirectOf(reply)
        if (to === undefined) return reply
        reply.body.destroy()
        sent = redirected(sent, { from: reply.url, to, status: reply.status })
        next = to.href
      }
      throw refuse('outgoingInvalid', { reason: 'it redirects without end' })
    },
  }
}

/** `https://user:password@host` signs in, as with curl; what the call says itself comes first. */
function withLogin(url: string, call: OutgoingCall): OutgoingCall {
  const { username = '', password = '' } = URL.parse(url) ?? {}
  const isGiven = Object.keys(call.headers ?? {}).some((name) => /^authorization$/i.test(name))
  if (username === '' || isGiven) return call
  const pair = Buffer.from(`${unescape(username)}:${unescape(password)}`).toString('base64')
  return { ...call, headers: { ...call.headers, authorization: `Basic ${pair}` } }
}

function redirectOf({ status, headers, url }: OutgoingReply): URL | undefined {
  if (![301, 302, 303, 307, 308].includes(status) || headers.location === undefined) {
    return undefined
  }
  const to = URL.parse(headers.location, url.href)
  if (!to) throw refuse('outgoingInvalid', { reason: 'it redirects to what is no URL' })
  return to
}

/** What goes to the next place: a secret stays with the origin it was meant for. */
function redirected(
  call: OutgoingCall,
  { from, to, status }: { from: URL; to: URL; status: number },
): OutgoingCall {
  const { method = 'GET', body, ...rest } = call
  const isSame = from.origin === to.origin
  // As the fetch standard has it; anything else repeats the call as it was.
  const isAsked = status === 303 ? method !== 'HEAD' : status < 303 && method === 'POST'
  const kept = Object.entries(call.headers ?? {}).filter(
    ([name]) => (isSame || !SECRET_HEADERS.test(name)) && !(isAsked && BODY_HEADERS.test(name)),
  )
  const headers = Object.fromEntries(kept)
  if (isAsked) return { ...rest, headers, method: 'GET' }
  return { ...rest, headers, method, ...(body !== undefined && { body }) }
}
