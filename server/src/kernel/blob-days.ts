import type { Blobs } from './blobs.ts'
import type { Clock } from './clock.ts'
import type { Log } from './log.ts'

const FIRST_MS = 10 * 60_000
const DAY_MS = 86_400_000

/**
 * Sweeps this process's own folder, a little after the start and then daily by the kernel's clock. No
 * durable job: servers on one database share those, but each has its own files.
 */
export function sweepDaily({ blobs, clock, log }: { blobs: Blobs; clock: Clock; log: Log }) {
  let running: Promise<void> = Promise.resolve()
  let callOff = () => {}
  const sweep = async () => {
    const swept = await blobs.sweep()
    if (swept.orphaned + swept.restored + swept.removed > 0) log.info('blobs.swept', { ...swept })
  }
  const plan = (delayMs: number) => {
    callOff = clock.at(clock.now() + delayMs, () => {
      running = sweep().catch((error: unknown) => log.error('blobs.sweep', { error }))
      plan(DAY_MS)
    })
  }
  return {
    start: () => plan(FIRST_MS),
    async stop() {
      callOff()
      await running
    },
  }
}
