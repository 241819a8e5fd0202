interface Waiting {
  owner: string
  resolve(): void
}

/** Named resources that one block at a time holds: `lock('database') { … }`. First come, first served. */
export class Locks {
  readonly #held = new Map<string, { owner: string; waiting: Waiting[] }>()

  /** Taken at once when nobody has it; also again by its own holder, after a restart. */
  take(resource: string, owner: string): boolean {
    const held = this.#held.get(resource)
    if (!held) this.#held.set(resource, { owner, waiting: [] })
    return !held || held.owner === owner
  }

  isHeld(resource: string): boolean {
    return this.#held.has(resource)
  }

  /** How many wait for it by now. */
  waitingFor(resource: string): number {
    return this.#held.get(resource)?.waiting.length ?? 0
  }

  wait(resource: string, owner: string, signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const waiting: Waiting = { owner, resolve }
    this.#held.get(resource)?.waiting.push(waiting)
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
    if (held?.owner !== owner) return
    const next = held.waiting.shift()
    if (!next) this.#held.delete(resource)
    else {
      held.owner = next.owner
      next.resolve()
    }
  }
}
