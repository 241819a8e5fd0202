/**
 * The branches of a run side by side: one at a time goes on with its script, the others wait their
 * turn in the order they came, as Jenkins goes on with one head after another.
 */
export class Turns {
  readonly #waiting: (() => void)[] = []
  #isTaken = false

  take(): Promise<void> | undefined {
    if (this.#isTaken) return new Promise((resolve) => this.#waiting.push(resolve))
    this.#isTaken = true
    return undefined
  }

  give(): void {
    const next = this.#waiting.shift()
    if (next) next()
    else this.#isTaken = false
  }
}

/** One branch: its script goes on while it has the turn, its steps are done without. */
export class Head {
  readonly #turns: Turns
  #isOn = false

  constructor(turns: Turns) {
    this.#turns = turns
  }

  fork(): Head {
    return new Head(this.#turns)
  }

  async goOn(): Promise<void> {
    const turn = this.#turns.take()
    if (turn) await turn
    this.#isOn = true
  }

  /** Lets others go on; says whether it had the turn itself. */
  rest(): boolean {
    const wasOn = this.#isOn
    this.#isOn = false
    if (wasOn) this.#turns.give()
    return wasOn
  }

  /** Everybody who is ready goes on once before this one does. */
  async giveWay(): Promise<void> {
    if (this.rest()) await this.goOn()
  }

  /** Does what takes time, while others go on. */
  async aside<T>(work: () => Promise<T> | T): Promise<T> {
    const wasOn = this.rest()
    try {
      return await work()
    } finally {
      if (wasOn) await this.goOn()
    }
  }
}
