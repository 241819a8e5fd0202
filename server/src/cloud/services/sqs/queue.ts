import type { Clock } from '../../../kernel/index.ts'
import { Heap } from './heap.ts'
import type { Message } from './message.ts'
import { GroupOrder, type Order, StandardOrder } from './order.ts'
import { type QueueRules, rulesOf } from './rules.ts'

export interface QueueFacts {
  id: string
  account: string
  region: string
  name: string
  /** Seconds. */
  createdAt: number
  modifiedAt: number
  attributes: Record<string, string>
  tags: Record<string, string>
  purgedAt: number
}

export interface Deduplication {
  messageId: string
  seq: number
  until: number
  /** Resolves when the first one is on disk. */
  stored: Promise<void>
}

/** A queue's messages by what can be done with them; everything here is rebuilt from rows at start. */
export class Queue {
  readonly facts: QueueFacts
  readonly arn: string
  rules: QueueRules
  /** By `seq`, in order of arrival here. */
  readonly messages = new Map<number, Message>()
  readonly deduplications = new Map<string, Deduplication>()
  readonly counts = { ready: 0, delayed: 0, inflight: 0, gone: 0 }
  /** Rows up to here are gone: sends still on their way to disk must not come back. */
  purgedSeq = 0
  isDeleted = false
  readonly #order: Order
  readonly #waiting = new Heap<Message>()
  readonly #receivers: (() => void)[] = []
  readonly #clock: Clock
  #timer: { atMs: number; cancel: () => void } | undefined
  /** False once an older message came in late (from another queue): then the first isn't the oldest. */
  #isByAge = true
  #lastSentAt = 0

  constructor(facts: QueueFacts, clock: Clock) {
    this.facts = facts
    this.#clock = clock
    this.arn = `arn:aws:sqs:${facts.region}:${facts.account}:${facts.name}`
    this.rules = rulesOf(facts.attributes)
    this.#order = this.rules.isFifo ? new GroupOrder() : new StandardOrder()
  }

  add(message: Message, now: number): void {
    if (message.visibleAt <= now) message.state = 'ready'
    else message.state = message.takenAt > 0 ? 'inflight' : 'delayed'
    if (message.sentAt < this.#lastSentAt) this.#isByAge = false
    this.#lastSentAt = Math.max(this.#lastSentAt, message.sentAt)
    this.messages.set(message.seq, message)
    this.counts[message.state]++
    if (message.state !== 'ready') this.#waiting.push(message.visibleAt, message)
    this.#order.add(message)
    this.#wake()
  }

  /** What fell due by now becomes ready; returns what is past its retention and left. */
  settle(now: number): Message[] {
    const waiting = this.#waiting
    for (let next = waiting.peek(); next && next.at <= now; next = waiting.peek()) {
      const message = waiting.pop()!
      if (this.#isWaiting(message, next.at)) this.#ready(message)
    }
    if (waiting.size > 1024 && waiting.size > 4 * (this.counts.delayed + this.counts.inflight)) {
      waiting.keep((message, at) => this.#isWaiting(message, at))
    }
    return this.#expire(now)
  }

  /** Hands out ready messages; `accept` says false for one that it let leave. */
  take(most: number, accept: (message: Message) => boolean): Message[] {
    const taken = this.#order.take(most, accept)
    if (this.counts.ready > 0) this.#wake()
    return taken
  }

  /** In flight until `visibleAt`. */
  hide(message: Message, visibleAt: number): void {
    message.visibleAt = visibleAt
    if (message.state !== 'inflight') this.#become(message, 'inflight')
    this.#waiting.push(visibleAt, message)
    if (this.#receivers.length > 0) this.#arm()
  }

  remove(message: Message): void {
    if (message.state === 'gone') return
    const before = message.state
    this.messages.delete(message.seq)
    this.#become(message, 'gone')
    this.#order.left(message, before)
    if (this.counts.ready > 0) this.#wake()
  }

  clear(): void {
    for (const message of this.messages.values()) message.state = 'gone'
    this.messages.clear()
    this.deduplications.clear()
    this.#order.clear()
    this.#waiting.keep(() => false)
    Object.assign(this.counts, { ready: 0, delayed: 0, inflight: 0 })
  }

  /** Resolves when something may be there, at `untilMs`, or when the signal aborts. */
  arrival(untilMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        cancel()
        signal.removeEventListener('abort', done)
        const place = this.#receivers.indexOf(done)
        if (place >= 0) this.#receivers.splice(place, 1)
        if (this.#receivers.length === 0) this.#disarm()
        resolve()
      }
      const cancel = this.#clock.at(untilMs, done)
      signal.addEventListener('abort', done)
      this.#receivers.push(done)
      this.#arm()
    })
  }

  /** Ends every long poll. */
  release(): void {
    // Each takes itself off the list.
    while (this.#receivers.length > 0) this.#receivers[0]!()
    this.#disarm()
  }

  /** The first that waits is the first to be served. */
  #wake(): void {
    if (this.#receivers.length === 0) return
    if (this.counts.ready > 0) this.#receivers[0]!()
    else this.#arm()
  }

  #arm(): void {
    const next = this.#waiting.peek()
    if (!next || (this.#timer && this.#timer.atMs <= next.at)) return
    this.#disarm()
    const cancel = this.#clock.at(next.at, () => {
      this.#timer = undefined
      this.settle(this.#clock.now())
      this.#wake()
    })
    this.#timer = { atMs: next.at, cancel }
  }

  #disarm(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #ready(message: Message): void {
    const before = message.state
    message.takenAt = 0
    this.#become(message, 'ready')
    this.#order.ready(message, before)
  }

  #become(message: Message, state: Message['state']): void {
    this.counts[message.state]--
    this.counts[state]++
    message.state = state
  }

  #isWaiting({ state, visibleAt }: Message, at: number): boolean {
    return visibleAt === at && (state === 'delayed' || state === 'inflight')
  }

  #expire(now: number): Message[] {
    const before = now - this.rules.retentionMs
    const expired: Message[] = []
    for (const message of this.messages.values()) {
      if (message.sentAt <= before) expired.push(message)
      else if (this.#isByAge) break
    }
    for (const message of expired) this.remove(message)
    return expired
  }
}
