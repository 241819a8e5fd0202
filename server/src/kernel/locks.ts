/** Runs what belongs to one key one after the other; different keys side by side. */
export interface Locks {
  hold<R>(key: string, run: () => Promise<R>): Promise<R>
}

export function createLocks(): Locks {
  const tails = new Map<string, Promise<unknown>>()
  return {
    async hold(key, run) {
      const before = tails.get(key)
      const turn = before ? before.then(run, run) : run()
      const tail = turn.catch(() => undefined) // whoever called `hold` gets the failure
      tails.set(key, tail)
      try {
        return await turn
      } finally {
        if (tails.get(key) === tail) tails.delete(key)
      }
    },
  }
}
