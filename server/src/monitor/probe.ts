import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { type LookupFunction, isIP } from 'node:net'
import { lookup as systemLookup } from 'node:dns'
import type { Probe } from './store.ts'

const TIMEOUT_MS = 10_000

/** Asks a URL once; everything below 500 counts as an answer of a service that works. */
export async function probe(url: string, now: () => number, signal: AbortSignal): Promise<Probe> {
  const atMs = now()
  const begun = performance.now()
  const timeout = AbortSignal.timeout(TIMEOUT_MS)
  try {
    const status = await statusOf(url, AbortSignal.any([signal, timeout]))
    return { atMs, isUp: status < 500, status, latencyMs: performance.now() - begun }
  } catch (error) {
    signal.throwIfAborted()
    const reason = timeout.aborted ? `no answer in ${TIMEOUT_MS / 1000} s` : reasonOf(error)
    return { atMs, isUp: false, latencyMs: performance.now() - begun, error: reason }
  }
}

/** Resolves with the status line; the body is not waited for. */
function statusOf(url: string, signal: AbortSignal): Promise<number> {
  const request = url.startsWith('https:') ? httpsRequest : httpRequest
  const headers = { 'user-agent': 'madang-monitor' }
  return new Promise((resolve, reject) => {
    const asked = request(url, { headers, signal, lookup, agent: false }, (reply) => {
      resolve(reply.statusCode ?? 0)
      reply.destroy()
    })
    asked.on('error', reject)
    asked.end()
  })
}

// Function URLs end in `.localhost`: browsers take them to this machine (RFC 6761), most systems'
// resolvers don't.
const lookup: LookupFunction = (host, options, callback) => {
  if (isIP(host) !== 0 || !host.endsWith('.localhost')) return systemLookup(host, options, callback)
  const found = { address: '127.0.0.1', family: 4 }
  if (options.all) callback(null, [found])
  else callback(null, found.address, found.family)
}

/** `ECONNREFUSED`, `ENOTFOUND`: what a person can look up. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return 'code' in error ? String(error.code) : error.message
}
