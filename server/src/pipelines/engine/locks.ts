/** A build that holds a resource, as the lines of those who wait name it. */
export interface Holder {
  owner: string
  build: string
  sinceMs: number
}

interface Waiting {
  holder: Holder
  resolve(): void
}

/** Named resources that one block at a time holds: `lock('database') { … }`. First come, first served. */
export class Locks {
  readonly #held = new Map<string, { holder: Holder; waiting: Waiting[] }>()

  /** Taken at once when nobody has it; also again by its own holder, after a restart. */
  take(resource: string, holder: Holder): boolean {
    const held = this.#held.get(resource)
    if (!held) this.#held.set(resource, { holder, waiting: [] })
    return !held || held.holder.owner === holder.owner
  }

  holderOf(resource: string): Holder | undefined {
    return this.#held.get(resource)?.holder
  }

  /** How many wait for it by now. */
  waitingFor(resource: string): number {
    return this.#held.get(resource)?.waiting.length ?? 0
  }

  /** With `isFirst` it is served before all who wait by then: the newest build comes first. */
  wait(resource: string, holder: Holder, isFirst: boolean, signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const waiting: Waiting = { holder, resolve }
    const queue = this.#held.get(resource)?.waiting
    if (isFirst) queue?.unshift(waiting)
    else queue?.push(waiting)
    signal.addEventListener('abort', () => {
      const all = this.#held.get(resource)?.waiting
      const at = all?.indexOf(waiting) ?? -1
      if (at < 0) return
      all!.splice(at, 1)
      reject(signal.reason as Error)
    })
    return promise
  }

  release(resource: string, owner: string): void {
    const held = this.#held.get(resource)
    if (held?.holder.owner !== owner) return
    const next = held.waiting.shift()
    if (!next) this.#held.delete(resource)
    else {
      held.holder = next.holder
      next.resolve()
    }
  }
}
