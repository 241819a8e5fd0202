import { HOUR_MS, isKept } from './model.ts'
import type { KinesisParts } from './parts.ts'

const KIND = 'cloud-kinesis.sweep'
const EVERY_MS = 10 * 60_000

/** Readers see nothing past its retention at once; this takes it off the disk. */
export async function startSweep(parts: KinesisParts): Promise<void> {
  const { jobs, clock, database } = parts.deps.kernel
  const next = () =>
    database.write((tx) =>
      jobs.enqueue(tx, { kind: KIND, key: 'all', payload: {}, runAtMs: clock.now() + EVERY_MS }),
    )
  jobs.handle(KIND, {
    async run() {
      await sweep(parts, clock.now())
      await next()
    },
  })
  await next()
}

async function sweep({ streams, records }: KinesisParts, now: number): Promise<void> {
  for (const stream of streams.all()) {
    const horizon = now - stream.facts.retentionHours * HOUR_MS
    for (const shard of stream.shards.values()) {
      const before = await records.firstAt(shard, horizon)
      if (before > 0) await records.trim(shard, before)
    }
    const kept = stream.facts.shards.filter((shard) => isKept(stream.facts, shard, now))
    if (kept.length < stream.facts.shards.length) await streams.update(stream, { shards: kept })
  }
}
