import { Line } from './line.ts'
import type { Message } from './message.ts'

/** In which order messages of a queue are handed out. */
export interface Order {
  /** A message has joined the queue. */
  add(message: Message): void
  /** It can be received (again); it was in the state `before`. */
  ready(message: Message, before: Message['state']): void
  /** It has left the queue; it was in the state `before`. */
  left(message: Message, before: Message['state']): void
  /** Hands out at most `most`; `accept` puts a message in flight, or lets it leave (false). */
  take(most: number, accept: (message: Message) => boolean): Message[]
  clear(): void
}

/** A group that holds this many in flight gives way to the others that wait (fair queues). */
const NOISY_FROM = 10

/** By arrival; a group that already occupies the receivers waits behind the others. */
export class StandardOrder implements Order {
  readonly #line = new Line<Message>()
  readonly #inFlight = new Map<string, number>()

  add(message: Message): void {
    if (message.state === 'ready') this.#line.push(message)
    if (message.state === 'inflight') this.#count(message, 1)
  }

  ready(message: Message, before: Message['state']): void {
    this.#line.push(message)
    if (before === 'inflight') this.#count(message, -1)
  }

  left(message: Message, before: Message['state']): void {
    if (before === 'inflight') this.#count(message, -1)
  }

  take(most: number, accept: (message: Message) => boolean): Message[] {
    const taken: Message[] = []
    const quietTurns = this.#isNoisy() ? Math.min(this.#line.size, 10 * most) : 0
    for (let turn = 0; taken.length < most; turn++) {
      const message = this.#line.shift()
      if (!message) break
      if (message.state !== 'ready') continue
      if (turn < quietTurns && this.#occupies(message)) this.#line.push(message)
      else if (accept(message)) {
        this.#count(message, 1)
        taken.push(message)
      }
    }
    return taken
  }

  clear(): void {
    this.#line.clear()
    this.#inFlight.clear()
  }

  #isNoisy(): boolean {
    return this.#inFlight.size > 0
  }

  #occupies({ group }: Message): boolean {
    return group !== undefined && (this.#inFlight.get(group) ?? 0) >= NOISY_FROM
  }

  #count({ group }: Message, by: 1 | -1): void {
    if (group === undefined) return
    const count = (this.#inFlight.get(group) ?? 0) + by
    if (count > 0) this.#inFlight.set(group, count)
    else this.#inFlight.delete(group)
  }
}

interface Group {
  name: string
  messages: Message[]
  /** Everything before it is gone. */
  head: number
  /** It stands in the line of groups. */
  isQueued: boolean
}

/**
 * FIFO: in each group by arrival. A group waits while its first message is in flight; once that is
 * visible again it is handed out, even while later ones are out (seen on the real service).
 */
export class GroupOrder implements Order {
  readonly #groups = new Map<string, Group>()
  readonly #line = new Line<Group>()

  add(message: Message): void {
    const name = message.group ?? ''
    let group = this.#groups.get(name)
    if (!group) {
      group = { name, messages: [], head: 0, isQueued: false }
      this.#groups.set(name, group)
    }
    group.messages.push(message)
    this.#enqueue(group)
  }

  ready(message: Message): void {
    this.left(message)
  }

  left(message: Message): void {
    const group = this.#groups.get(message.group ?? '')
    if (group) this.#enqueue(group)
  }

  take(most: number, accept: (message: Message) => boolean): Message[] {
    const taken: Message[] = []
    while (taken.length < most) {
      const group = this.#line.shift()
      if (!group) break
      group.isQueued = false
      this.#takeOf(group, most, accept, taken)
      this.#enqueue(group)
    }
    return taken
  }

  #takeOf(
    group: Group,
    most: number,
    accept: (message: Message) => boolean,
    taken: Message[],
  ): void {
    // The group's list may be cut anew while messages leave; this one stays as it is.
    const { messages, head } = group
    for (let place = head; place < messages.length; place++) {
      const message = messages[place]!
      if (message.state === 'gone') continue
      if (message.state !== 'ready' || taken.length >= most) return
      if (accept(message)) taken.push(message)
    }
  }

  #enqueue(group: Group): void {
    while (group.messages[group.head]?.state === 'gone') group.head++
    if (group.head >= 256 && group.head * 2 > group.messages.length) {
      group.messages = group.messages.slice(group.head)
      group.head = 0
    }
    const first = group.messages[group.head]
    // An emptied group may still stand in the line when another of its name has begun.
    if (!first && this.#groups.get(group.name) === group) this.#groups.delete(group.name)
    if (!first || first.state !== 'ready' || group.isQueued) return
    group.isQueued = true
    this.#line.push(group)
  }

  clear(): void {
    this.#groups.clear()
    this.#line.clear()
  }
}
