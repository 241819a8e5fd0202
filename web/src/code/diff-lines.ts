import type { DiffFile } from '@madang/api'

export type Line = DiffFile['hunks'][number]['lines'][number]

/** One row of two columns; a missing side is an empty half. */
export interface Pair {
  old: Line | undefined
  new: Line | undefined
}

/** Lines of a hunk side by side: what was removed beside what came in its place, in the order of the diff. */
export function pairsOf(lines: Line[]): Pair[] {
  const pairs: Pair[] = []
  let removed: Line[] = []
  let added: Line[] = []
  const flush = () => {
    for (let at = 0; at < Math.max(removed.length, added.length); at++) {
      pairs.push({ old: removed[at], new: added[at] })
    }
    removed = []
    added = []
  }
  for (const line of lines) {
    if (line.kind === 'removed') {
      if (added.length > 0) flush()
      removed.push(line)
    } else if (line.kind === 'added') added.push(line)
    else {
      flush()
      pairs.push({ old: line, new: line })
    }
  }
  flush()
  return pairs
}
