import type { Job, Transaction } from '../../../kernel/index.ts'
import { archiveBeginning } from './archive.ts'
import type { Deliveries } from './deliveries.ts'
import type { Published } from './message.ts'
import type { Subscription, Topic } from './model.ts'
import type { SnsParts } from './parts.ts'
import { spanOf } from './replay-policy.ts'

const KIND = 'cloud-sns.replay'
const PAGE = 100

interface Replay {
  subscriptionArn: string
  id: string
}

interface Replayed {
  topic: Topic
  subscription: Subscription
}

/** Messages of an archive again, to one subscription, as durable jobs: a restart begins one anew. */
export class Replays {
  readonly #parts: SnsParts
  readonly #deliveries: Deliveries

  constructor(parts: SnsParts, deliveries: Deliveries) {
    this.#parts = parts
    this.#deliveries = deliveries
    parts.deps.kernel.jobs.handle(KIND, { concurrency: 8, run: (job) => this.#run(job) })
  }

  /** In the transaction that keeps the subscription with its policy. */
  async start(tx: Transaction, { arn, attributes }: Subscription): Promise<void> {
    const id = attributes['ReplayId']
    if (id === undefined) return
    const payload: Replay = { subscriptionArn: arn, id }
    await this.#parts.deps.kernel.jobs.enqueue(tx, { kind: KIND, payload })
  }

  async #run({ payload, signal }: Job): Promise<void> {
    const replay = payload as Replay
    await this.#told(replay, 'In progress')
    let after = ''
    while (!signal.aborted) {
      const page = await this.#page(replay, after)
      if (page === undefined) return
      if (page.length === 0) {
        const more = await this.#end(replay, after)
        if (more === undefined) return
        page.push(...more)
      }
      for (const message of page) {
        const found = this.#find(replay)
        if (!found || signal.aborted) break
        await this.#deliveries.replay(found.topic, found.subscription, message)
        after = message.sequence!
      }
    }
    throw signal.reason
  }

  /** Undefined where the subscription is gone, or has another policy by now. */
  #find({ subscriptionArn, id }: Replay): Replayed | undefined {
    const { store } = this.#parts
    const subscription = store.subscriptionFind(subscriptionArn)
    const topic = subscription && store.topicFind(subscription.topicArn)
    if (!topic || subscription.attributes['ReplayId'] !== id) return undefined
    return { topic, subscription }
  }

  async #page(replay: Replay, after: string): Promise<Published[] | undefined> {
    const found = this.#find(replay)
    if (!found) return undefined
    const { clock } = this.#parts.deps.kernel
    const beginning = archiveBeginning(found.topic, clock.now())
    if (beginning === undefined) {
      await this.#told(replay, 'Failed')
      return undefined
    }
    const { fromMs, toMs = Number.MAX_SAFE_INTEGER } = spanOf(
      found.subscription.attributes['ReplayPolicy']!,
    )
    const span = { fromMs: Math.max(fromMs, beginning), toMs }
    return this.#parts.archive.page(found.topic.arn, span, after, PAGE)
  }

  /** Looked at once more in the topic's turn, so that no message falls between archive and delivery. */
  async #end(replay: Replay, after: string): Promise<Published[] | undefined> {
    const found = this.#find(replay)
    if (!found) return undefined
    return this.#parts.turns.hold(found.topic.arn, async () => {
      const more = await this.#page(replay, after)
      if (more === undefined || more.length > 0) return more
      await this.#told(replay, 'Completed')
      return undefined
    })
  }

  async #told(replay: Replay, status: string): Promise<void> {
    const found = this.#find(replay)
    if (!found) return
    const { subscription } = found
    const attributes = { ...subscription.attributes, ReplayStatus: status }
    await this.#parts.store.subscriptionPut({ ...subscription, attributes })
  }
}
