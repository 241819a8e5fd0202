interface Entry<T> {
  at: number
  /** Of one moment, the first that came is the first to go. */
  turn: number
  item: T
}

const isBefore = <T>(a: Entry<T>, b: Entry<T>) => a.at < b.at || (a.at === b.at && a.turn < b.turn)

/** Least moment first. Entries are never changed: whoever changes an item adds another entry. */
export class Heap<T> {
  #entries: Entry<T>[] = []
  #turn = 0

  get size(): number {
    return this.#entries.length
  }

  peek(): Entry<T> | undefined {
    return this.#entries[0]
  }

  push(at: number, item: T): void {
    const entries = this.#entries
    let place = entries.push({ at, turn: this.#turn++, item }) - 1
    while (place > 0) {
      const parent = (place - 1) >> 1
      if (!isBefore(entries[place]!, entries[parent]!)) break
      this.#swap(place, parent)
      place = parent
    }
  }

  pop(): T | undefined {
    const entries = this.#entries
    const first = entries[0]
    const last = entries.pop()
    if (first && last && entries.length > 0) {
      entries[0] = last
      this.#sink(0)
    }
    return first?.item
  }

  /** Drops entries that no longer hold. */
  keep(isLive: (item: T, at: number) => boolean): void {
    this.#entries = this.#entries.filter(({ item, at }) => isLive(item, at))
    for (let place = this.#entries.length >> 1; place >= 0; place--) this.#sink(place)
  }

  #sink(from: number): void {
    const entries = this.#entries
    for (let place = from; ;) {
      const left = 2 * place + 1
      const right = left + 1
      let least = place
      if (left < entries.length && isBefore(entries[left]!, entries[least]!)) least = left
      if (right < entries.length && isBefore(entries[right]!, entries[least]!)) least = right
      if (least === place) return
      this.#swap(place, least)
      place = least
    }
  }

  #swap(a: number, b: number): void {
    const entries = this.#entries
    const kept = entries[a]!
    entries[a] = entries[b]!
    entries[b] = kept
  }
}
