import type { Kernel } from '../../kernel/index.ts'
import type { OciTables } from './tables.ts'

const NOTED_EVERY_MS = 24 * 3_600_000

export interface KeptLayer {
  digest: string
  diffId: string
  size: number
}

/** Which layer a step of a build came to, by a key of all that went into it; one project's only. */
export class LayerSteps {
  readonly #kernel: Kernel

  constructor(kernel: Kernel) {
    this.#kernel = kernel
  }

  /** The layer of the key, used now. */
  async take(project: string, key: string): Promise<KeptLayer | undefined> {
    const row = await this.#kernel.database
      .tables<OciTables>()
      .selectFrom('registry_oci_step')
      .selectAll()
      .where('project', '=', project)
      .where('key', '=', key)
      .executeTakeFirst()
    if (!row) return undefined
    const layer = { digest: row.digest, diffId: row.diff_id, size: row.size }
    if (this.#kernel.clock.now() - row.used_at > NOTED_EVERY_MS)
      await this.keep(project, key, layer)
    return layer
  }

  async keep(project: string, key: string, layer: KeptLayer): Promise<void> {
    const { database, clock } = this.#kernel
    const kept = {
      digest: layer.digest,
      diff_id: layer.diffId,
      size: layer.size,
      used_at: clock.now(),
    }
    await database.write(async (tx) => {
      await tx
        .tables<OciTables>()
        .insertInto('registry_oci_step')
        .values({ project, key, ...kept })
        .onConflict((conflict) => conflict.columns(['project', 'key']).doUpdateSet(kept))
        .execute()
    })
  }

  /** Drops what no build used since. */
  async forget(beforeMs: number): Promise<void> {
    await this.#kernel.database.write(async (tx) => {
      await tx
        .tables<OciTables>()
        .deleteFrom('registry_oci_step')
        .where('used_at', '<', beforeMs)
        .execute()
    })
  }
}
