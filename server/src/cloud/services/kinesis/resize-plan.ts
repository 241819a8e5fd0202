import { before } from './hash-key.ts'

interface Range {
  from: string
  to: string
}

interface Piece extends Range {
  index: number
}

export interface NewShard extends Range {
  parent: number
  adjacentParent?: number
}

/**
 * The way from open shards to wanted ranges, both in the order of their hash keys: splits at borders
 * that are new, then merges of what lies between two of them. Shards on the way are closed again
 * ("This can cause short-lived shards to be created", UpdateShardCount), so that each shard has two
 * parents at most and readers miss none. `made` take the indexes from `next` on.
 */
export function planOf(
  open: Piece[],
  wanted: Range[],
  next: number,
): { made: NewShard[]; closed: Set<number> } {
  const made: NewShard[] = []
  const closed = new Set<number>()
  const make = (shard: NewShard): Piece => {
    closed.add(shard.parent)
    if (shard.adjacentParent !== undefined) closed.add(shard.adjacentParent)
    made.push(shard)
    return { index: next + made.length - 1, from: shard.from, to: shard.to }
  }
  const pieces = splitAt(
    open,
    wanted.slice(1).map(({ from }) => from),
    make,
  )
  let at = 0
  for (const { to } of wanted) {
    let low = pieces[at++]!
    while (low.to < to) {
      const high = pieces[at++]!
      low = make({ parent: low.index, adjacentParent: high.index, from: low.from, to: high.to })
    }
  }
  return { made, closed }
}

function splitAt(open: Piece[], borders: string[], make: (shard: NewShard) => Piece): Piece[] {
  const pieces: Piece[] = []
  let at = 0
  for (const shard of open) {
    let rest = shard
    for (; at < borders.length && borders[at]! <= shard.to; at++) {
      const border = borders[at]!
      if (border === rest.from) continue
      const [parent, { from, to }] = [rest.index, rest]
      pieces.push(make({ parent, from, to: before(border) }))
      rest = make({ parent, from: border, to })
    }
    pieces.push(rest)
  }
  return pieces
}
