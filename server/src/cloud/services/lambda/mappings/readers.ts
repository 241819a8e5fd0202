import { AwsError } from '../../../gateway/index.ts'
import { type Job, type Transaction } from '../../../../kernel/index.ts'
import type { LambdaParts } from '../parts.ts'
import { kindOf, type MappingRow } from './model.ts'
import { readQueue } from './queue-source.ts'
import { mappingById, mappingConfig, resultSet } from './store.ts'
import { readStream } from './stream-source.ts'

const KIND = 'cloud-lambda.mapping'
const MOST_MAPPINGS = 1000
const AGAIN_MS = 1000
const SLOWEST_MS = 60_000

interface Reader {
  /** Ends what it reads now. */
  turn: AbortController
  /** Another start came since the row was read. */
  isAskedFor: boolean
}

/** A reader for each enabled mapping: a job that ends only with the mapping, or with the server. */
export class MappingReaders {
  readonly #parts: LambdaParts
  readonly #running = new Map<string, Reader>()

  constructor(parts: LambdaParts) {
    this.#parts = parts
    parts.kernel.jobs.handle(KIND, {
      concurrency: MOST_MAPPINGS,
      maxAttempts: Number.MAX_SAFE_INTEGER,
      run: (job) => this.#run(job),
    })
  }

  /** In the same transaction as the mapping's row. */
  async start(tx: Transaction, uuid: string): Promise<void> {
    await this.#parts.kernel.jobs.enqueue(tx, { kind: KIND, payload: { uuid } })
  }

  /** After the change: the reader ends, or goes on as the row now says. */
  changed(uuid: string): void {
    this.#running.get(uuid)?.turn.abort()
  }

  stopAll(): void {
    for (const { turn } of this.#running.values()) turn.abort()
  }

  async #run(job: Job): Promise<void> {
    const { uuid } = job.payload as { uuid: string }
    const known = this.#running.get(uuid)
    if (known) {
      // It may have read already that it is to end: a second one beside it would read all twice.
      known.isAskedFor = true
      return
    }
    const reader: Reader = { turn: new AbortController(), isAskedFor: false }
    this.#running.set(uuid, reader)
    try {
      await this.#turns(uuid, reader, job.signal)
    } finally {
      this.#running.delete(uuid)
    }
  }

  /** One turn after the other, each as the row then says; ends when that says so, or with the server. */
  async #turns(uuid: string, reader: Reader, stop: AbortSignal): Promise<void> {
    for (let tries = 0; !stop.aborted; tries++) {
      // Made before the row is read: a change that comes after ends the turn.
      reader.turn = new AbortController()
      reader.isAskedFor = false
      const row = await mappingById(this.#parts.kernel.database, uuid)
      if (row?.is_enabled) {
        const signal = AbortSignal.any([stop, reader.turn.signal])
        const failed = await this.#read(row, signal)
        if (!failed) tries = 0
        else await this.#wait(Math.min(AGAIN_MS * 2 ** tries, SLOWEST_MS), signal)
      } else if (!reader.isAskedFor) return
    }
    throw stop.reason
  }

  /** Until the signal; gives whether it ended by a failure. */
  async #read(row: MappingRow, signal: AbortSignal): Promise<boolean> {
    try {
      await this.#follow(row, signal)
      return false
    } catch (error) {
      if (signal.aborted) return false
      if (!(error instanceof AwsError)) throw error
      await this.#result(row.uuid, `PROBLEM: ${error.message}`)
      return true
    }
  }

  async #follow(row: MappingRow, signal: AbortSignal): Promise<void> {
    const { deps } = this.#parts
    const principal = await deps.sessions.rolePrincipal({
      roleArn: row.role_arn,
      sessionName: row.function_name.padEnd(2, '_'),
    })
    const { account, region } = row
    const aws = deps.as({ principal, account, region, signal })
    const given = { aws, signal, result: (text: string) => this.#result(row.uuid, text) }
    const config = mappingConfig(row)
    if (kindOf(row) === 'sqs') await readQueue(this.#parts, row, config, given)
    else await readStream(this.#parts, row, config, given)
  }

  readonly #last = new Map<string, string>()

  /** Written when it differs: every batch would be a write otherwise. */
  async #result(uuid: string, text: string): Promise<void> {
    if (this.#last.get(uuid) === text) return
    this.#last.set(uuid, text)
    await resultSet(this.#parts.kernel.database, uuid, text)
  }

  async #wait(ms: number, signal: AbortSignal): Promise<void> {
    try {
      await this.#parts.kernel.clock.sleep(ms, signal)
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }
}
