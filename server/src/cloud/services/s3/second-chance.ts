interface Entry<Value> {
  value: Value
  sizeBytes: number
  /** Asked for since it last stood at the front: it gets another turn. */
  isUsed: boolean
}

/** What was used of late, as much as fits; what was put in and never asked for goes first. */
export class SecondChance<Value> {
  readonly #entries = new Map<string, Entry<Value>>()
  readonly #budgetBytes: number
  #heldBytes = 0

  constructor(budgetBytes: number) {
    this.#budgetBytes = budgetBytes
  }

  get(name: string): Value | undefined {
    const entry = this.#entries.get(name)
    if (!entry) return undefined
    entry.isUsed = true
    return entry.value
  }

  put(name: string, value: Value, sizeBytes: number): void {
    this.drop(name)
    this.#entries.set(name, { value, sizeBytes, isUsed: false })
    this.#heldBytes += sizeBytes
    if (this.#heldBytes > this.#budgetBytes) this.#makeRoom()
  }

  drop(name: string): void {
    const entry = this.#entries.get(name)
    if (!entry) return
    this.#entries.delete(name)
    this.#heldBytes -= entry.sizeBytes
  }

  clear(): void {
    this.#entries.clear()
    this.#heldBytes = 0
  }

  #makeRoom(): void {
    for (const [name, entry] of this.#entries) {
      if (this.#heldBytes <= this.#budgetBytes) return
      this.drop(name)
      if (!entry.isUsed) continue
      entry.isUsed = false
      this.#entries.set(name, entry)
      this.#heldBytes += entry.sizeBytes
    }
  }
}
