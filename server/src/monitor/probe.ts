import { type Kernel, Refusal } from '../kernel/index.ts'
import type { Probe } from './store.ts'

const TIMEOUT_MS = 10_000
const headers = { 'user-agent': 'madang-monitor' }

/** Asks a URL once; everything below 500 counts as an answer of a service that works. */
export async function probe(
  { clock, outgoing }: Pick<Kernel, 'clock' | 'outgoing'>,
  url: string,
  stop: AbortSignal,
): Promise<Probe> {
  const atMs = clock.now()
  const begun = performance.now()
  const timeout = AbortSignal.timeout(TIMEOUT_MS)
  try {
    const signal = AbortSignal.any([stop, timeout])
    const { status, body } = await outgoing.fetch(url, { headers, signal, follow: false })
    body.destroy() // what it says is not waited for
    return { atMs, isUp: status < 500, status, latencyMs: performance.now() - begun }
  } catch (error) {
    stop.throwIfAborted()
    const reason = timeout.aborted ? `no answer in ${TIMEOUT_MS / 1000} s` : reasonOf(error)
    return { atMs, isUp: false, latencyMs: performance.now() - begun, error: reason }
  }
}

/** `ECONNREFUSED`, `ENOTFOUND`: what a person can look up; why it may not be called, as text. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error instanceof Refusal) return String(error.parameters['code'] ?? error.message)
  return 'code' in error ? String(error.code) : error.message
}
