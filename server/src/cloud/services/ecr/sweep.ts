import { systemActor, type Transaction } from '../../../kernel/index.ts'
import { expired } from './lifecycle.ts'
import { imageName } from './model.ts'
import type { EcrParts } from './parts.ts'

const SWEEP = 'cloud-ecr.lifecycle'
/** AWS carries a policy out within a day. */
const EVERY_MS = 3_600_000

export async function startSweep({ deps, store, images }: EcrParts): Promise<void> {
  const { jobs, database, clock } = deps.kernel
  const again = (tx: Transaction) =>
    jobs.enqueue(tx, { kind: SWEEP, key: 'all', payload: {}, runAtMs: clock.now() + EVERY_MS })
  jobs.handle(SWEEP, {
    maxAttempts: Number.MAX_SAFE_INTEGER,
    async run() {
      for (const repository of store.every()) {
        if (repository.lifecyclePolicy === undefined) continue
        const name = imageName(repository)
        const now = clock.now()
        const gone = expired(repository.lifecyclePolicy, await images.list(name), now)
        for (const { digest } of gone) await images.remove(systemActor, name, digest)
        const known = store.find(repository)
        if (known) await store.save({ ...known, lifecycleRunAtMs: now })
      }
      await database.write(async (tx) => void (await again(tx)))
    },
  })
  await database.write(async (tx) => void (await again(tx)))
}
