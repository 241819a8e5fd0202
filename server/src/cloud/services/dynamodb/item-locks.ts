/** What concerns one item happens one after the other; other items don't wait. */
export interface ItemLocks {
  /** Holds all of them; always taken in one order, so that two callers can't wait in a ring. */
  alone<R>(ids: string[], run: () => Promise<R>): Promise<R>
  /** Nobody holds it or waits for it: what is done at once needs not hold it either. */
  isFree(id: string): boolean
}

export function createItemLocks(): ItemLocks {
  const tails = new Map<string, Promise<unknown>>()
  const one = <R>(id: string, run: () => Promise<R>): Promise<R> => {
    const before = tails.get(id)
    const mine = before ? before.then(run) : run()
    const settled = () => {
      if (tails.get(id) === tail) tails.delete(id)
    }
    // A failure is its caller's; the next in line starts either way.
    const tail = mine.then(settled, settled)
    tails.set(id, tail)
    return mine
  }
  const inOrder = <R>(ids: string[], run: () => Promise<R>): Promise<R> => {
    const [first, ...others] = ids
    if (first === undefined) return run()
    return one(first, () => inOrder(others, run))
  }
  return {
    isFree: (id) => !tails.has(id),
    alone: (ids, run) =>
      ids.length === 1 ? one(ids[0]!, run) : inOrder([...new Set(ids)].sort(), run),
  }
}
