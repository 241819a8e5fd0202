interface Pending {
  error: Error
  origin: Interrupts
}

/**
 * Who can be interrupted by whom: a tree with the run at the root, and a node for each timeout and
 * each parallel branch. An interruption ends the step under way below its node; where none is under
 * way, or one that comes to its end all the same, the next one. Later steps (post) run as usual:
 * interrupting is not a state.
 */
export class Interrupts {
  readonly #parent: Interrupts | undefined
  readonly #children = new Set<Interrupts>()
  readonly #running = new Map<AbortController, Pending | undefined>()
  /** What has ended a step at this node or below it: what is left of it elsewhere ends no other. */
  readonly #met = new WeakSet<Error>()
  #pending: Pending | undefined

  constructor(parent?: Interrupts) {
    this.#parent = parent
    if (!parent) return
    parent.#children.add(this)
    this.#pending = parent.#pending
  }

  child(): Interrupts {
    return new Interrupts(this)
  }

  /** Its work is over; an interruption from further up that met nothing here goes on to the parent. */
  close(): void {
    const parent = this.#parent
    if (!parent) return
    parent.#children.delete(this)
    const pending = this.#pending
    if (!pending || pending.origin === this || parent.#met.has(pending.error)) return
    parent.#pending ??= pending
  }

  interrupt(error: Error, origin: Interrupts = this): void {
    if (this.#children.size > 0) {
      for (const child of this.#children) child.interrupt(error, origin)
    } else if (this.#running.size > 0) {
      for (const controller of this.#running.keys()) {
        this.#running.set(controller, { error, origin })
        controller.abort(error)
      }
    } else {
      this.#pending = { error, origin }
    }
  }

  /** Whether an interruption waits for the next step. */
  get isPending(): boolean {
    return this.#pending !== undefined || [...this.#children].some((child) => child.isPending)
  }

  /** Throws an interruption that was waiting. */
  heed(): void {
    const pending = this.#pending
    if (!pending) return
    this.#meet(pending.error)
    throw pending.error
  }

  #meet(error: Error): void {
    if (this.#pending?.error === error) this.#pending = undefined
    this.#met.add(error)
    if (this.#parent) this.#parent.#meet(error)
  }

  /** Runs a step that heeds the signal; rejects at once when an interruption was waiting. */
  async during<T>(run: (signal: AbortSignal) => Promise<T>): Promise<T> {
    this.heed()
    const controller = new AbortController()
    this.#running.set(controller, undefined)
    try {
      const value = await run(controller.signal)
      this.#pending ??= this.#running.get(controller)
      return value
    } catch (error) {
      const told = this.#running.get(controller)
      if (told) this.#meet(told.error)
      throw error
    } finally {
      this.#running.delete(controller)
    }
  }
}
