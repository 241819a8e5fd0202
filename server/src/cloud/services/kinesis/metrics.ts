import type { ServiceDeps } from '../../deps.ts'
import { shardId } from './model.ts'
import type { Shard } from './shard.ts'
import type { Stream } from './stream.ts'

const PERIOD_MS = 60_000
const MOST_DATA = 1000

type Unit = 'Count' | 'Bytes' | 'Milliseconds'

interface Sample {
  name: string
  unit: Unit
  /** Undefined: the stream's own. */
  shard: number | undefined
  sum: number
  count: number
  least: number
  most: number
}

/** What was written to a stream in a minute. */
export interface Written {
  bytes: number
  records: number
}

interface Minute extends Written {
  samples: Map<string, Sample>
}

/** Shard-level names that are asked for by other names at the stream's level. */
const enhanced = new Map([
  ['IncomingBytes', 'IncomingBytes'],
  ['IncomingRecords', 'IncomingRecords'],
  ['GetRecords.Bytes', 'OutgoingBytes'],
  ['GetRecords.Records', 'OutgoingRecords'],
  ['GetRecords.IteratorAgeMilliseconds', 'IteratorAgeMilliseconds'],
  ['WriteProvisionedThroughputExceeded', 'WriteProvisionedThroughputExceeded'],
  ['ReadProvisionedThroughputExceeded', 'ReadProvisionedThroughputExceeded'],
])

/**
 * Streams' metrics in CloudWatch (namespace AWS/Kinesis, dimension StreamName; ShardId too for those
 * that enhanced monitoring was enabled for): each minute in which something happened, its figures.
 */
export class StreamMetrics {
  readonly #deps: ServiceDeps
  readonly #minutes = new Map<Stream, Minute>()
  #cancel: (() => void) | undefined
  /** Told of each minute's writes, when it is over. */
  onMinute: (stream: Stream, written: Written) => Promise<void> = () => Promise.resolve()

  constructor(deps: ServiceDeps) {
    this.#deps = deps
  }

  put(stream: Stream, shard: Shard, bytes: number): void {
    const minute = this.#of(stream)
    minute.bytes += bytes
    minute.records++
    this.#add(stream, minute, 'IncomingBytes', 'Bytes', bytes, shard)
    this.#add(stream, minute, 'IncomingRecords', 'Count', 1, shard)
    this.#add(stream, minute, 'WriteProvisionedThroughputExceeded', 'Count', 0, shard)
  }

  throttledWrite(stream: Stream, shard: Shard): void {
    this.#add(stream, this.#of(stream), 'WriteProvisionedThroughputExceeded', 'Count', 1, shard)
  }

  /** A PutRecord's, or a PutRecords' as a whole. */
  answered(stream: Stream, values: [name: string, unit: Unit, value: number][]): void {
    const minute = this.#of(stream)
    for (const [name, unit, value] of values) this.#add(stream, minute, name, unit, value)
  }

  read(stream: Stream, shard: Shard, records: { Data: Uint8Array }[], behindMs: number): void {
    const minute = this.#of(stream)
    const bytes = records.reduce((sum, { Data }) => sum + Data.length, 0)
    this.#add(stream, minute, 'GetRecords.Success', 'Count', 1)
    this.#add(stream, minute, 'GetRecords.Bytes', 'Bytes', bytes, shard)
    this.#add(stream, minute, 'GetRecords.Records', 'Count', records.length, shard)
    this.#add(stream, minute, 'GetRecords.IteratorAgeMilliseconds', 'Milliseconds', behindMs, shard)
    this.#add(stream, minute, 'ReadProvisionedThroughputExceeded', 'Count', 0, shard)
  }

  throttledRead(stream: Stream, shard: Shard): void {
    this.#add(stream, this.#of(stream), 'ReadProvisionedThroughputExceeded', 'Count', 1, shard)
  }

  stop(): void {
    this.#cancel?.()
  }

  #of(stream: Stream): Minute {
    let minute = this.#minutes.get(stream)
    if (!minute) {
      minute = { bytes: 0, records: 0, samples: new Map() }
      this.#minutes.set(stream, minute)
      this.#arm()
    }
    return minute
  }

  #add(
    { facts }: Stream,
    minute: Minute,
    name: string,
    unit: Unit,
    value: number,
    shard?: Shard,
  ): void {
    sampled(minute, name, unit, value, undefined)
    if (facts.metrics.length === 0 || !shard) return
    const ofShard = enhanced.get(name)
    if (ofShard === undefined || !isMonitored(facts.metrics, ofShard)) return
    sampled(minute, ofShard, unit, value, shard.facts.index)
  }

  #arm(): void {
    if (this.#cancel) return
    const { clock, log } = this.#deps.kernel
    const next = Math.floor(clock.now() / PERIOD_MS + 1) * PERIOD_MS
    this.#cancel = clock.at(next, () => {
      this.#cancel = undefined
      // The records themselves are safe; a minute's figures are lost, and the log says so.
      this.#emit(next).catch((error: unknown) => log.error('kinesis.metrics', { error }))
    })
  }

  async #emit(atMs: number): Promise<void> {
    const gathered = [...this.#minutes]
    this.#minutes.clear()
    for (const [stream, minute] of gathered) {
      const { account, region } = stream.facts
      const principal = this.#deps.sessions.serviceOf('kinesis.amazonaws.com', account)
      const { cloudwatch } = this.#deps.as({ principal, account, region })
      const data = [...minute.samples.values()].map((sample) => datum(stream, sample, atMs))
      for (let at = 0; at < data.length; at += MOST_DATA) {
        const MetricData = data.slice(at, at + MOST_DATA)
        await cloudwatch.putMetricData({ Namespace: 'AWS/Kinesis', MetricData })
      }
      if (!stream.isGone) await this.onMinute(stream, minute)
    }
  }
}

const isMonitored = (metrics: string[], name: string) =>
  metrics.includes('ALL') || metrics.includes(name)

function sampled(
  { samples }: Minute,
  name: string,
  unit: Unit,
  value: number,
  shard: number | undefined,
): void {
  const id = shard === undefined ? name : `${name} ${shard}`
  const sample = samples.get(id)
  if (!sample) {
    samples.set(id, { name, unit, shard, sum: value, count: 1, least: value, most: value })
    return
  }
  sample.sum += value
  sample.count++
  sample.least = Math.min(sample.least, value)
  sample.most = Math.max(sample.most, value)
}

function datum({ facts }: Stream, sample: Sample, atMs: number) {
  return {
    MetricName: sample.name,
    Dimensions: [
      { Name: 'StreamName', Value: facts.name },
      ...(sample.shard === undefined ? [] : [{ Name: 'ShardId', Value: shardId(sample.shard) }]),
    ],
    // The minute that ended.
    Timestamp: new Date(atMs - PERIOD_MS),
    Unit: sample.unit,
    StatisticValues: {
      SampleCount: sample.count,
      Sum: sample.sum,
      Minimum: sample.least,
      Maximum: sample.most,
    },
  }
}
