import type { Stored } from './item-key.ts'

const BUDGET_BYTES = 16 * 1024 * 1024
/** About what an entry weighs beside its text. */
const ENTRY_BYTES = 400

/**
 * Items that were read of late, by the id of their place, for a server that alone writes its store:
 * reading here costs a tenth of asking SQLite.
 *
 * From the moment a change of an item is sent until it is on disk (or has failed) the item is read from
 * the store; so whoever was told of a change sees it, and nobody sees an older state after a newer.
 */
export interface HotItems {
  get(id: string): Stored | undefined
  /** A moment to give to `keep`: what is read from now on may be kept if nothing changes meanwhile. */
  moment(): number
  keep(id: string, stored: Stored, since: number): void
  /** A change of these is on its way until `landed` settles. */
  changing(ids: string[], landed: Promise<unknown>): void
  clear(): void
}

interface Entry {
  stored: Stored
  sizeBytes: number
  /** Read again since it last stood at the front: it gets another turn. */
  isUsed: boolean
}

export function createHotItems(budgetBytes = BUDGET_BYTES): HotItems {
  const entries = new Map<string, Entry>()
  /** How many changes of each are on their way. */
  const changing = new Map<string, number>()
  let heldBytes = 0
  let moment = 0
  const drop = (id: string) => {
    const entry = entries.get(id)
    if (!entry) return
    entries.delete(id)
    heldBytes -= entry.sizeBytes
  }
  const makeRoom = () => {
    for (const [id, entry] of entries) {
      if (heldBytes <= budgetBytes) return
      if (!entry.isUsed) drop(id)
      else {
        entry.isUsed = false
        entries.delete(id)
        entries.set(id, entry)
      }
    }
  }
  const end = (ids: string[]) => {
    moment++
    for (const id of ids) {
      const left = changing.get(id)! - 1
      if (left === 0) changing.delete(id)
      else changing.set(id, left)
    }
  }
  return {
    get(id) {
      const entry = entries.get(id)
      if (!entry) return undefined
      entry.isUsed = true
      return entry.stored
    },
    moment: () => moment,
    keep(id, stored, since) {
      if (since !== moment || changing.has(id)) return
      const sizeBytes = stored.text.length + id.length + ENTRY_BYTES
      drop(id)
      entries.set(id, { stored, sizeBytes, isUsed: false })
      heldBytes += sizeBytes
      if (heldBytes > budgetBytes) makeRoom()
    },
    changing(ids, landed) {
      moment++
      for (const id of ids) {
        drop(id)
        changing.set(id, (changing.get(id) ?? 0) + 1)
      }
      const settled = () => end(ids)
      // Before whoever waits for it hears of it.
      landed.then(settled, settled)
    },
    clear() {
      moment++
      entries.clear()
      heldBytes = 0
    },
  }
}

/** Where several servers share a store, another may have changed it: nothing is kept. */
export const noHotItems: HotItems = {
  get: () => undefined,
  moment: () => 0,
  keep: () => undefined,
  changing: () => undefined,
  clear: () => undefined,
}
