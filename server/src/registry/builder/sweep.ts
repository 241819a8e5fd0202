import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Kernel, Transaction } from '../../kernel/index.ts'
import type { LayerSteps } from '../oci/index.ts'

const SWEEP = 'registry.buildsSweep'
const HOUR_MS = 3_600_000
const EVERY_MS = 24 * HOUR_MS
/** So long what no build asks for stays: cached layers, and folders of `RUN --mount=type=cache`. */
const UNUSED_MS = 30 * 24 * HOUR_MS
export const BUILD_PREFIX = 'build-'
export const CACHES = 'caches'

/** Clears what a killed server left of its builds, and from then on, daily, what no build uses. */
export async function sweepBuilds(kernel: Kernel, layers: LayerSteps): Promise<void> {
  const { jobs, database, clock } = kernel
  const folder = kernel.folder('builds')
  // Nobody builds yet, and one server only has this folder.
  for (const name of await readdir(folder)) {
    if (name.startsWith(BUILD_PREFIX)) await rm(join(folder, name), { recursive: true })
  }
  const again = (tx: Transaction) =>
    jobs.enqueue(tx, { kind: SWEEP, payload: {}, key: 'all', runAtMs: clock.now() + EVERY_MS })
  jobs.handle(SWEEP, {
    maxAttempts: Number.MAX_SAFE_INTEGER,
    async run() {
      await layers.forget(clock.now() - UNUSED_MS)
      await sweepCaches(join(folder, CACHES), clock.now() - UNUSED_MS)
      await database.write(async (tx) => void (await again(tx)))
    },
  })
  await database.write(async (tx) => void (await again(tx)))
}

/** `caches/<project>/<hash of the mount's id>`; each build that mounts one sets its time. */
async function sweepCaches(folder: string, beforeMs: number): Promise<void> {
  for (const project of await foldersIn(folder)) {
    const places = await foldersIn(join(folder, project))
    for (const name of places) {
      const path = join(folder, project, name)
      const { mtimeMs } = await stat(path)
      if (mtimeMs < beforeMs) await rm(path, { recursive: true })
    }
  }
}

async function foldersIn(path: string): Promise<string[]> {
  try {
    return await readdir(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}
