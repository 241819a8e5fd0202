/** Runs what concerns one key one after the other; other keys don't wait. */
export interface KeyLocks {
  alone<R>(key: string, run: () => Promise<R>): Promise<R>
}

export function createKeyLocks(): KeyLocks {
  const tails = new Map<string, Promise<unknown>>()
  return {
    alone(key, run) {
      const before = tails.get(key)
      const mine = before ? before.then(run) : run()
      const settled = () => {
        if (tails.get(key) === tail) tails.delete(key)
      }
      // A failure is its caller's; the next in line starts either way.
      const tail = mine.then(settled, settled)
      tails.set(key, tail)
      return mine
    },
  }
}
