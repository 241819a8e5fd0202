import { AwsError } from '../../gateway/index.ts'
import type { ServiceDeps } from '../../deps.ts'
import type { Kernel } from '../../../kernel/index.ts'
import { asyncConfig, destinationsOf } from './store-async.ts'
import { deadLetter, type Ended, tellDestination } from './destinations.ts'
import type { Invoker } from './invoker.ts'
import type { MetricsBuffer } from './metrics-buffer.ts'
import { functionArn, LATEST, type Scope } from './model.ts'
import { type Resolved, resolve } from './resolve.ts'
import type { Outcome } from './runtime/outcome.ts'
import { configOf } from './store.ts'

const KIND = 'cloud-lambda.async'

/** Waits before the first and the second retry (developer guide, "Asynchronous invocation"). */
const RETRY_WAITS_MS = [60_000, 120_000]
const DEFAULT_AGE_MS = 6 * 3_600_000
const LONGEST_THROTTLE_WAIT_MS = 5 * 60_000

interface Queued extends Scope {
  functionName: string
  qualifier: string | undefined
  requestId: string
  payload: string
  clientContext?: string | undefined
  traceHeader?: string | undefined
  queuedAtMs: number
  /** Tries that ended in the function's error. */
  failures: number
  throttles: number
  /** How the last of them ended, for who is told that the event became too old; in base64. */
  last?: string | undefined
}

const LARGEST_LAST_BYTES = 64 * 1024

const toldOf = ({ payload }: Outcome) =>
  payload.length > LARGEST_LAST_BYTES ? undefined : Buffer.from(payload).toString('base64')

const lastOf = ({ last }: Queued): Ended['outcome'] =>
  last === undefined
    ? undefined
    : { payload: Buffer.from(last, 'base64'), functionError: 'Unhandled' }

/** Events to functions: durable, retried twice after the function's errors, dropped with a word after. */
export class AsyncQueue {
  readonly #deps: ServiceDeps
  readonly #kernel: Kernel
  readonly #invoker: Invoker
  readonly #metrics: MetricsBuffer
  #isClosed = false

  constructor(deps: ServiceDeps, invoker: Invoker, metrics: MetricsBuffer) {
    const { kernel } = deps
    this.#deps = deps
    this.#kernel = kernel
    this.#invoker = invoker
    this.#metrics = metrics
    kernel.jobs.handle(KIND, {
      concurrency: 10,
      run: (job) => this.#run(job.payload as Queued),
    })
  }

  async add(
    event: Omit<Queued, 'queuedAtMs' | 'failures' | 'throttles' | 'payload' | 'last'>,
    payload: Uint8Array,
  ): Promise<void> {
    const text = Buffer.from(payload).toString('base64')
    const queuedAtMs = this.#kernel.clock.now()
    await this.#enqueue({ ...event, payload: text, queuedAtMs, failures: 0, throttles: 0 }, 0)
  }

  /** From here on a failure is the server's end, not the function's. */
  close(): void {
    this.#isClosed = true
  }

  async #enqueue(event: Queued, waitMs: number): Promise<void> {
    const runAtMs = this.#kernel.clock.now() + waitMs
    await this.#kernel.database.write(async (tx) => {
      await this.#kernel.jobs.enqueue(tx, { kind: KIND, payload: event, runAtMs })
    })
  }

  async #run(event: Queued): Promise<void> {
    const resolved = await this.#resolve(event)
    if (!resolved) return this.#drop(event, 'the function is gone')
    const { fn, version } = resolved
    const config = await asyncConfig({ kernel: this.#kernel }, fn.id, event.qualifier ?? LATEST)
    const ageMs = this.#kernel.clock.now() - event.queuedAtMs
    if (ageMs > (config?.max_age_s ? config.max_age_s * 1000 : DEFAULT_AGE_MS)) {
      await this.#giveUp(event, resolved, 'EventAgeExceeded', lastOf(event))
      return this.#drop(event, 'it became too old')
    }
    if (fn.reserved_concurrency === 0) {
      await this.#giveUp(event, resolved, 'ZeroReservedConcurrency', undefined)
      return this.#drop(event, 'its function may not run')
    }
    try {
      const outcome = await this.#invoker.invoke({
        scope: { account: event.account, region: event.region },
        fn,
        version,
        qualifier: event.qualifier,
        requestId: event.requestId,
        payload: Buffer.from(event.payload, 'base64'),
        clientContext: event.clientContext,
        traceHeader: event.traceHeader,
      })
      if (!outcome.functionError) {
        const { onSuccess } = destinationsOf(config)
        if (!onSuccess) return
        const ended = this.#ended(event, resolved, { condition: 'Success', outcome })
        return await tellDestination(this.#deps, onSuccess, ended)
      }
      const tried = { ...event, failures: event.failures + 1 }
      // Ended with the server, not by its own fault: it runs again after the next start.
      if (this.#isClosed) throw new Error('the server stops')
      const { failures } = event
      if (failures >= (config?.max_retries ?? 2)) {
        await this.#giveUp(tried, resolved, 'RetriesExhausted', outcome)
        return this.#drop(event, 'its retries failed')
      }
      await this.#enqueue({ ...tried, last: toldOf(outcome) }, RETRY_WAITS_MS[failures]!)
    } catch (error) {
      if (!(error instanceof AwsError) || error.code !== 'TooManyRequestsException') throw error
      const throttles = event.throttles + 1
      const waitMs = Math.min(1000 * 2 ** (throttles - 1), LONGEST_THROTTLE_WAIT_MS)
      await this.#enqueue({ ...event, throttles }, waitMs)
    }
  }

  /** The on-failure destination hears of it, and the dead-letter queue gets the event. */
  async #giveUp(
    event: Queued,
    resolved: Resolved,
    condition: Ended['condition'],
    outcome: Ended['outcome'],
  ): Promise<void> {
    const { fn, version } = resolved
    const config = await asyncConfig({ kernel: this.#kernel }, fn.id, event.qualifier ?? LATEST)
    const ended = this.#ended(event, resolved, { condition, outcome })
    const { onFailure } = destinationsOf(config)
    if (onFailure) await tellDestination(this.#deps, onFailure, ended)
    const { deadLetterArn } = configOf(version)
    if (deadLetterArn) await deadLetter(this.#deps, deadLetterArn, ended)
  }

  #ended(
    event: Queued,
    { fn, version }: Resolved,
    how: Pick<Ended, 'condition' | 'outcome'>,
  ): Ended {
    const { account, region, requestId } = event
    return {
      account,
      region,
      requestId,
      roleArn: configOf(version).role,
      functionArn: functionArn(event, fn.name, event.qualifier ?? LATEST),
      payload: Buffer.from(event.payload, 'base64').toString(),
      executedVersion: version.version,
      invokeCount: event.failures + (how.condition === 'Success' ? 1 : 0),
      ...how,
    }
  }

  async #resolve(event: Queued) {
    try {
      const { functionName: FunctionName, qualifier: Qualifier } = event
      return await resolve({ kernel: this.#kernel }, event, { FunctionName, Qualifier })
    } catch (error) {
      if (error instanceof AwsError && error.code === 'ResourceNotFoundException') return undefined
      throw error
    }
  }

  #drop(event: Queued, why: string): void {
    const { functionName, requestId } = event
    this.#kernel.log.warn('lambda.eventDropped', { functionName, requestId, why })
    const now = this.#kernel.clock.now()
    this.#metrics.add(event, functionName, now, [{ name: 'AsyncEventsDropped', value: 1 }])
  }
}
