import type { Kernel, StoredEvent, Transaction } from '../kernel/index.ts'
import type { Deployed } from '../releases/index.ts'
import { probe } from './probe.ts'
import { minutesForget, probeAdd, targetById, targetsSet } from './store.ts'

const KIND = 'monitor.probe'
const EVERY_MS = 30_000
const KEPT_MS = 31 * 24 * 3_600_000

async function enqueue({ jobs }: Kernel, tx: Transaction, target: string, runAtMs: number) {
  await jobs.enqueue(tx, { kind: KIND, payload: { target }, key: target, runAtMs })
}

/** What a deployment brought is watched from now on; what it took away no longer is. */
export async function watchDeployment(kernel: Kernel, event: StoredEvent): Promise<void> {
  const deployed = event.data as Deployed
  if (deployed.status === 'failed') return
  const urls = deployed.status === 'removed' ? [] : [...new Set(deployed.endpoints)]
  await kernel.database.write(async (tx) => {
    const added = await targetsSet(tx, deployed, urls, () => kernel.ids.next('target'))
    for (const { id } of added) await enqueue(kernel, tx, id, kernel.clock.now())
  })
}

/** Probes a target and sees to the next time, as long as it is watched. */
export function handleProbes(kernel: Kernel): void {
  const { clock, database, live } = kernel
  kernel.jobs.handle(KIND, {
    concurrency: 8,
    async run(job) {
      const { target: id } = job.payload as { target: string }
      const target = await targetById(database, id)
      if (!target) return
      const found = await probe(kernel, target.url, job.signal)
      await database.write(async (tx) => {
        if (!(await targetById(tx, id))) return
        const isTurned = await probeAdd(tx, target, found)
        await minutesForget(tx, clock.now() - KEPT_MS)
        await enqueue(kernel, tx, id, clock.now() + EVERY_MS)
        const message = { type: 'monitor.probed', id, isTurned }
        tx.afterCommit(() => live.publish(`project:${target.project}`, message))
      })
    },
  })
}
