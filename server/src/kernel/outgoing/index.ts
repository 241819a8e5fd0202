import type { Config } from '../config.ts'
import { refuse } from '../errors.ts'
import { readAllowance } from './allowance.ts'
import { callTarget, type OutgoingCall, type OutgoingReply } from './request.ts'
import {
  findTarget,
  parseTarget,
  type Resolve,
  resolveBySystem,
  type Scheme,
  type Target,
} from './target.ts'

export { type OutgoingCall, type OutgoingReply, textOf } from './request.ts'
export type { Resolve, Scheme, Target } from './target.ts'

/**
 * The one door for addresses that people give (imports, mirrors …): nothing behind it reaches this
 * machine or the private network around it unless an administrator allows it (`outgoingAllow`).
 */
export interface Outgoing {
  /**
   * Looks a name up once and judges what it stands for; connect to `target.address`, do not ask
   * again. Throws `outgoingInvalid`, `outgoingUnknown`, `outgoingRefused`.
   */
  target(url: string, schemes?: readonly Scheme[]): Promise<Target>
  /**
   * A call over HTTP. Redirects are followed, each looked at in the same way; credentials go to the
   * first origin only.
   */
  fetch(url: string, call?: OutgoingCall): Promise<OutgoingReply>
}

const MOST_REDIRECTS = 5
const WEB: readonly Scheme[] = ['http', 'https']
const SECRET_HEADERS = /^(authorization|cookie|private-token|proxy-authorization)$/i

export function createOutgoing(
  config: Pick<Config, 'outgoingAllow'>,
  resolve: Resolve = resolveBySystem,
): Outgoing {
  const rule = { allowance: readAllowance(config.outgoingAllow), resolve }
  const target = async (url: string, schemes: readonly Scheme[] = WEB) =>
    findTarget(parseTarget(url, schemes), rule)
  return {
    target,
    async fetch(url, call = {}) {
      let next = url
      let sent = call
      for (let hops = 0; hops <= MOST_REDIRECTS; hops++) {
        const reply = await callTarget(await target(next), sent)
        const to = redirectOf(reply)
        if (to === undefined) return reply
        reply.body.destroy()
        sent = redirected(sent, { from: reply.url, to, status: reply.status })
        next = to.href
      }
      throw refuse('outgoingInvalid', { reason: 'it redirects without end' })
    },
  }
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
  const isSame = from.origin === to.origin
  const kept = Object.entries(call.headers ?? {}).filter(
    ([name]) => isSame || !SECRET_HEADERS.test(name),
  )
  const headers = Object.fromEntries(kept)
  // As browsers do; 307 and 308 repeat the call as it was.
  if (status === 307 || status === 308) return { ...call, headers }
  const { body: _left, ...rest } = call
  return { ...rest, headers, method: call.method === 'HEAD' ? 'HEAD' : 'GET' }
}
