import { settled, type SqsParts } from './parts.ts'

const KIND = 'cloud-sqs.sweep'
const EVERY_MS = 60 * 60_000

/** Receives hide what is past its retention at once; this takes it off the disk in idle queues, too. */
export async function startSweep(parts: SqsParts): Promise<void> {
  const { jobs, clock, database } = parts.deps.kernel
  const next = () =>
    database.write((tx) =>
      jobs.enqueue(tx, { kind: KIND, key: 'all', payload: {}, runAtMs: clock.now() + EVERY_MS }),
    )
  jobs.handle(KIND, {
    async run() {
      const now = clock.now()
      for (const queue of parts.queues.all()) settled(parts, queue, now)
      await parts.queues.forgetDeduplications(now)
      await next()
    },
  })
  await next()
}
