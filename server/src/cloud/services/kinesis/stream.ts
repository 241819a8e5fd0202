import { isKept, type ShardFacts, type StreamFacts } from './model.ts'
import { Shard } from './shard.ts'

/** A stream at work: its facts, and its open shards in the order of their hash keys. */
export class Stream {
  facts: StreamFacts
  readonly shards = new Map<number, Shard>()
  open: Shard[] = []
  isGone = false
  #turn = 0

  constructor(facts: StreamFacts) {
    this.facts = facts
    this.refresh()
  }

  /** Facts hold from here on; shards that are told no more are forgotten. */
  change(facts: StreamFacts): void {
    this.facts = facts
    this.refresh()
  }

  private refresh(): void {
    const told = new Set(this.facts.shards.map(({ index }) => index))
    for (const index of this.shards.keys()) if (!told.has(index)) this.shards.delete(index)
    for (const facts of this.facts.shards) {
      const shard = this.shards.get(facts.index)
      if (shard) Object.assign(shard.facts, facts)
      else this.shards.set(facts.index, new Shard({ ...facts }))
    }
    this.open = [...this.shards.values()]
      .filter(({ facts }) => facts.closedAtMs === undefined)
      .sort((a, b) => (a.facts.from < b.facts.from ? -1 : 1))
  }

  /** The open shard that takes a hash key. */
  shardFor(hashKey: string): Shard {
    let low = 0
    let high = this.open.length - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.open[middle]!.facts.to < hashKey) low = middle + 1
      else high = middle
    }
    return this.open[low]!
  }

  /** Each open shard in its turn, for streams that place records by themselves. */
  nextShard(): Shard {
    return this.open[this.#turn++ % this.open.length]!
  }

  /** Shards told of, oldest first. */
  list(now: number): ShardFacts[] {
    return this.facts.shards.filter((shard) => isKept(this.facts, shard, now))
  }

  childrenOf(index: number): ShardFacts[] {
    return this.facts.shards.filter(
      ({ parent, adjacentParent }) => parent === index || adjacentParent === index,
    )
  }
}
