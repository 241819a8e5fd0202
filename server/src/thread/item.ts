import type { ThreadItem } from '@madang/api'
import type { NodeRow } from './fold.ts'

/** A node as pages show it; without a title, its id stands for it. */
export function asItem(row: NodeRow): ThreadItem {
  return {
    kind: row.kind,
    id: row.id,
    project: row.project ?? undefined,
    title: row.title || row.id,
    url: row.url ?? undefined,
    state: row.state ?? undefined,
    isRemoved: row.removed === 1,
    at: new Date(row.at).toISOString(),
  }
}
