import { AwsError } from '../../../gateway/index.ts'
import type { Aws } from '../../../gateway/index.ts'
import type { LambdaParts } from '../parts.ts'
import { type BatchOutcome, callFunction, isBusy } from './batch.ts'
import { isWanted } from './filter.ts'
import { type MappingConfig, regionOf, type SourceRecord, type MappingRow } from './model.ts'
import { discarded } from './on-failure.ts'
import { type Checkpoint, type Shard, shardSource, type ShardSource } from './shards.ts'
import { checkpoints, checkpointSet } from './store.ts'
import { ShardWindows } from './window.ts'

const SHARDS_MS = 10_000
const EMPTY_MS = 250
const RETRY_MS = 1000
const SINCE = 'since '
const MOST_READ = 10_000
const MOST_BATCH_BYTES = 6 * 1024 * 1024

export interface StreamReading {
  aws: Aws
  signal: AbortSignal
  result(text: string): Promise<void>
}

/** Reads every shard of a stream in its order, children after their parents, until the signal ends it. */
export async function readStream(
  parts: LambdaParts,
  row: MappingRow,
  config: MappingConfig,
  given: StreamReading,
): Promise<void> {
  const end = new AbortController()
  const signal = AbortSignal.any([given.signal, end.signal])
  const running = new Map<string, Promise<void>>()
  try {
    await followShards(parts, row, config, { ...given, signal, running })
  } finally {
    // One shard that can't be read ends the turn: the next one must not read beside what is left of it.
    end.abort()
    await Promise.all(running.values())
  }
}

async function followShards(
  parts: LambdaParts,
  row: MappingRow,
  config: MappingConfig,
  given: StreamReading & { running: Map<string, Promise<void>> },
): Promise<void> {
  const { signal, running } = given
  const source = shardSource(given.aws, row, config)
  const done = new Set<string>()
  let known: Set<string> | undefined
  const failure = Promise.withResolvers<never>()
  while (!signal.aborted) {
    const shards = await source.list()
    const first = known === undefined
    known ??= new Set(shards.map(({ id }) => id))
    for (const shard of shards) {
      if (done.has(shard.id) || running.has(shard.id) || !isReady(shard, shards, done)) continue
      const reader = new ShardReader(parts, row, config, { ...given, source, shard: shard.id })
      const isFirst = first || known.has(shard.id)
      const work = reader.run(isFirst && shard.parents.length === 0).then(
        () => {
          running.delete(shard.id)
          if (!signal.aborted) done.add(shard.id)
        },
        (error: unknown) => failure.reject(error),
      )
      running.set(shard.id, work)
    }
    await Promise.race([pause(parts, SHARDS_MS, signal), failure.promise, ended(running)])
  }
}

function isReady({ parents }: Shard, all: Shard[], done: Set<string>): boolean {
  // A parent that is no longer listed was trimmed away.
  return parents.every((id) => done.has(id) || !all.some((shard) => shard.id === id))
}

/** A shard that ends may let its children begin. */
const ended = (running: Map<string, Promise<void>>) =>
  running.size === 0 ? new Promise<void>(() => undefined) : Promise.race(running.values())

async function pause({ kernel }: LambdaParts, ms: number, signal: AbortSignal): Promise<void> {
  try {
    await kernel.clock.sleep(ms, signal)
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

class ShardReader {
  readonly #parts: LambdaParts
  readonly #row: MappingRow
  readonly #config: MappingConfig
  readonly #given: StreamReading & { source: ShardSource; shard: string }
  readonly #windows: ShardWindows | undefined
  /** Batches side by side: how far all of them have come is noted by who began them. */
  #areMany = false

  constructor(
    parts: LambdaParts,
    row: MappingRow,
    config: MappingConfig,
    given: StreamReading & { source: ShardSource; shard: string },
  ) {
    this.#parts = parts
    this.#row = row
    this.#config = config
    this.#given = given
    const { tumblingS } = config
    const { database } = parts.kernel
    if (tumblingS) this.#windows = new ShardWindows(database, row, given.shard, tumblingS)
  }

  /** Ends with the shard, or the signal. */
  async run(isFirst: boolean): Promise<void> {
    const { source, shard, signal } = this.#given
    const after = await this.#checkpoint()
    let iterator: string | undefined = await source.iterator(shard, after, isFirst)
    const sinceSecondMs = after && 'sinceMs' in after ? Math.floor(after.sinceMs / 1000) * 1000 : 0
    if (!after && isFirst && this.#config.startingPosition === 'LATEST') await this.#markStart()
    await this.#windows?.load()
    let waiting: SourceRecord[] = []
    let sinceMs = 0
    while (!signal.aborted) {
      const read: { records: SourceRecord[]; next: string | undefined } = iterator
        ? await source.read(iterator, shard, MOST_READ)
        : { records: [], next: undefined }
      iterator = read.next
      const now = this.#parts.kernel.clock.now()
      if (waiting.length === 0) sinceMs = now
      waiting.push(...read.records.filter(({ arrivedAtMs }) => arrivedAtMs >= sinceSecondMs))
      const isDue = now - sinceMs >= this.#config.windowS * 1000 || !iterator
      const least = isDue ? 1 : this.#config.batchSize
      while (waiting.length >= least) {
        waiting = waiting.slice(await this.#next(waiting))
        if (signal.aborted) return
      }
      if (waiting.length === 0 && this.#windows?.isOver(now)) await this.#endWindow()
      if (!iterator && waiting.length === 0) return
      if (read.records.length === 0) await pause(this.#parts, EMPTY_MS, signal)
    }
  }

  /** Deals with the first of what waits; gives how many records that were. */
  async #next(waiting: SourceRecord[]): Promise<number> {
    const { batchSize, parallelization } = this.#config
    if (this.#windows) {
      const inWindow = this.#windows.share(waiting)
      const batch = cut(waiting.slice(0, inWindow), batchSize)
      if (batch.length > 0) await this.#deal(batch)
      if (this.#given.signal.aborted) return batch.length
      // The next record is of a later window.
      const isLast = batch.length === inWindow && inWindow < waiting.length
      if (isLast || this.#windows.isFull()) await this.#endWindow()
      return batch.length
    }
    if (parallelization === 1) {
      const batch = cut(waiting, batchSize)
      await this.#deal(batch)
      return batch.length
    }
    const done = Math.min(waiting.length, batchSize * parallelization)
    this.#areMany = true
    try {
      await Promise.all(
        lanes(waiting.slice(0, done), this.#config).map((lane) => this.#follow(lane)),
      )
    } finally {
      this.#areMany = false
    }
    if (!this.#given.signal.aborted) await this.#reach(waiting[done - 1]!)
    return done
  }

  async #follow(lane: SourceRecord[]): Promise<void> {
    for (let left = lane; left.length > 0 && !this.#given.signal.aborted;) {
      const batch = cut(left, this.#config.batchSize)
      await this.#deal(batch)
      left = left.slice(batch.length)
    }
  }

  /** Calls the function with what it made of the window, and no records. */
  async #endWindow(): Promise<void> {
    for (let attempt = 1; !this.#given.signal.aborted; attempt++) {
      const outcome = await this.#call([], true)
      const isDone = outcome && !outcome.functionError
      if (isDone || this.#isSpent(attempt)) return this.#windows!.close()
      await pause(this.#parts, Math.min(RETRY_MS * 2 ** (attempt - 1), 60_000), this.#given.signal)
    }
  }

  /** Until the batch is dealt with: done, or given up and told of. */
  async #deal(batch: SourceRecord[]): Promise<void> {
    let left = batch.filter(({ facts }) => isWanted(this.#config.filters, facts))
    for (let attempt = 1; left.length > 0; attempt++) {
      const young = this.#young(left)
      if (young.length < left.length) {
        await this.#giveUp(left.slice(0, left.length - young.length), 'RecordAgeExceeded', 1)
        left = young
        continue
      }
      const outcome = await this.#call(left)
      const rest = restOf(left, outcome, this.#config)
      // What the function has dealt with is noted also when the reading ends meanwhile.
      if (rest.length === 0) break
      if (rest.length < left.length) {
        await this.#reach(left[left.length - rest.length - 1]!)
        left = rest
        attempt = 0
        if (this.#given.signal.aborted) return
        continue
      }
      if (this.#given.signal.aborted) return
      if (this.#isSpent(attempt)) {
        await this.#giveUp(left, 'RetryAttemptsExhausted', attempt, outcome)
        break
      }
      if (this.#config.bisect && left.length > 1) {
        const half = Math.ceil(left.length / 2)
        await this.#deal(left.slice(0, half))
        // The second half's checkpoint would stand for the first, too.
        if (this.#given.signal.aborted) return
        await this.#deal(left.slice(half))
        return
      }
      await pause(this.#parts, Math.min(RETRY_MS * 2 ** (attempt - 1), 60_000), this.#given.signal)
      if (this.#given.signal.aborted) return
    }
    await this.#reach(batch.at(-1)!)
  }

  async #call(records: SourceRecord[], isFinal = false): Promise<BatchOutcome | undefined> {
    try {
      const window = this.#windows?.facts(isFinal)
      const outcome = await callFunction(this.#parts, this.#row, records, window)
      if (!outcome.functionError && !isFinal) await this.#windows?.remember(outcome.state)
      await this.#given.result(outcome.functionError ? 'PROBLEM: Function call failed' : 'OK')
      return outcome
    } catch (error) {
      if (!(error instanceof AwsError)) throw error
      if (!isBusy(error)) await this.#given.result(`PROBLEM: ${error.message}`)
      return undefined
    }
  }

  #isSpent(attempt: number): boolean {
    return this.#config.maxRetries >= 0 && attempt > this.#config.maxRetries
  }

  #young(records: SourceRecord[]): SourceRecord[] {
    const { maxAgeS } = this.#config
    if (maxAgeS < 0) return records
    const oldest = this.#parts.kernel.clock.now() - maxAgeS * 1000
    return records.filter(({ arrivedAtMs }) => arrivedAtMs >= oldest)
  }

  async #giveUp(
    records: SourceRecord[],
    condition: string,
    attempts: number,
    outcome?: BatchOutcome,
  ): Promise<void> {
    await discarded(this.#parts, this.#row, this.#config, {
      shard: this.#given.shard,
      records,
      condition,
      attempts,
      outcome,
      region: regionOf(this.#row.source_arn),
    })
    await this.#reach(records.at(-1)!)
  }

  async #checkpoint(): Promise<Checkpoint | undefined> {
    const all = await checkpoints(this.#parts.kernel.database, this.#row.uuid)
    const text = all.get(this.#given.shard)
    if (text === undefined) return undefined
    return text.startsWith(SINCE)
      ? { sinceMs: Number(text.slice(SINCE.length)) }
      : { sequence: text }
  }

  /** `LATEST` means the latest when the mapping began, also to a server that starts again. */
  async #markStart(): Promise<void> {
    const { database, clock } = this.#parts.kernel
    const at = { uuid: this.#row.uuid, shard: this.#given.shard }
    await checkpointSet(database, at, `${SINCE}${clock.now()}`)
  }

  async #reach({ position }: SourceRecord): Promise<void> {
    if (this.#areMany) return
    const at = { uuid: this.#row.uuid, shard: this.#given.shard }
    await checkpointSet(this.#parts.kernel.database, at, position)
  }
}

/** What is still to do: from the first record that the function said it failed at. */
function restOf(
  records: SourceRecord[],
  outcome: BatchOutcome | undefined,
  { reportsItems }: MappingConfig,
): SourceRecord[] {
  if (!outcome || outcome.functionError) return records
  if (!reportsItems || !outcome.failedItems?.length) return []
  const places = outcome.failedItems.map((id) => records.findIndex(({ itemId }) => itemId === id))
  return places.includes(-1) ? records : records.slice(Math.min(...places))
}

/** Records that may go side by side: what has the same key is in one lane, in its order. */
function lanes(
  records: SourceRecord[],
  { parallelization }: Pick<MappingConfig, 'parallelization'>,
): SourceRecord[][] {
  const all = Array.from({ length: parallelization }, (): SourceRecord[] => [])
  for (const record of records) {
    const hash = [...(record.lane ?? '')].reduce((sum, it) => (sum * 31 + it.charCodeAt(0)) | 0, 7)
    all[Math.abs(hash) % parallelization]!.push(record)
  }
  return all.filter(({ length }) => length > 0)
}

function cut(records: SourceRecord[], most: number): SourceRecord[] {
  const batch: SourceRecord[] = []
  let bytes = 0
  for (const record of records) {
    bytes += record.sizeBytes
    if (batch.length === most || (bytes > MOST_BATCH_BYTES && batch.length > 0)) break
    batch.push(record)
  }
  return batch
}
