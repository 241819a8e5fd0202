import { randomUUID } from 'node:crypto'
import { errorText, type Job, type Transaction } from '../../../kernel/index.ts'
import { envelope, type Published, textFor } from './message.ts'
import type { Subscription } from './model.ts'
import type { SnsParts } from './parts.ts'
import { buryNotification } from './to-queue.ts'

const KIND = 'cloud-sns.http'
/** SNS's default retry policy: three more tries, 20 seconds apart. */
const RETRIES = 3
const RETRY_MS = 20_000
const TIMEOUT_MS = 15_000

interface Delivery {
  subscriptionArn: string
  /** Absent: the confirmation is asked for. */
  message?: Published
  attempt: number
}

/** Notifications and confirmations over HTTP/S, as durable jobs. */
export class HttpDelivery {
  readonly #parts: SnsParts

  constructor(parts: SnsParts) {
    this.#parts = parts
    parts.deps.kernel.jobs.handle(KIND, { concurrency: 8, run: (job) => this.#run(job) })
  }

  async confirm(tx: Transaction, { arn, protocol, token }: Subscription, now: number) {
    if (token === undefined || !protocol.startsWith('http')) return
    await this.#enqueue(tx, { subscriptionArn: arn, attempt: 0 }, now)
  }

  async notify(subscriptions: Subscription[], message: Published): Promise<void> {
    await this.#parts.deps.kernel.database.write(async (tx) => {
      for (const { arn } of subscriptions) {
        await this.#enqueue(tx, { subscriptionArn: arn, message, attempt: 0 }, message.atMs)
      }
    })
  }

  async #enqueue(tx: Transaction, payload: Delivery, runAtMs: number): Promise<void> {
    await this.#parts.deps.kernel.jobs.enqueue(tx, { kind: KIND, payload, runAtMs })
  }

  async #run(job: Job): Promise<void> {
    const delivery = job.payload as Delivery
    const subscription = this.#parts.store.subscriptionFind(delivery.subscriptionArn)
    if (!subscription) return
    const { message, attempt } = delivery
    const outcome = await this.#post(subscription, message, job.signal)
    if (outcome.isDone) return
    const { log, clock, database } = this.#parts.deps.kernel
    const { arn } = subscription
    log.warn('sns.http', { subscription: arn, attempt, reason: outcome.reason })
    if (outcome.mayRetry && attempt < RETRIES) {
      const again = { ...delivery, attempt: attempt + 1 }
      await database.write((tx) => this.#enqueue(tx, again, clock.now() + RETRY_MS))
    } else if (message) {
      const originUrl = this.#parts.deps.settings.originUrl()
      await buryNotification(this.#parts, subscription, message, originUrl)
    }
  }

  async #post(subscription: Subscription, message: Published | undefined, stop: AbortSignal) {
    const { headers, body } = message
      ? await this.#notification(subscription, message)
      : await this.#confirmation(subscription)
    try {
      const signal = AbortSignal.any([stop, AbortSignal.timeout(TIMEOUT_MS)])
      const request = { method: 'POST', headers, body, signal, redirect: 'manual' } as const
      const { status } = await fetch(subscription.endpoint, request)
      // A client error is final, except being asked to slow down (developer guide, delivery retries).
      const mayRetry = status >= 500 || status === 429
      return { isDone: status < 400, mayRetry, reason: `status ${status}` }
    } catch (error) {
      if (stop.aborted) throw error
      return { isDone: false, mayRetry: true, reason: errorText(error) }
    }
  }

  async #notification(subscription: Subscription, message: Published) {
    const isRaw = subscription.attributes['RawMessageDelivery']?.toLowerCase() === 'true'
    const { protocol } = subscription
    const { signer, store, deps } = this.#parts
    const topic = store.topic(subscription.topicArn)
    const signing = { signer, topic, originUrl: deps.settings.originUrl() }
    const headers = {
      ...headersOf('Notification', message.id, subscription),
      'x-amz-sns-subscription-arn': subscription.arn,
      ...(isRaw && { 'x-amz-sns-rawdelivery': 'true' }),
    }
    const body = isRaw
      ? textFor(message, protocol)
      : JSON.stringify(await envelope(message, subscription, signing), undefined, 2)
    return { headers, body }
  }

  async #confirmation(subscription: Subscription) {
    const { topicArn, token = '' } = subscription
    const id = randomUUID()
    const { settings, kernel } = this.#parts.deps
    const query = new URLSearchParams({
      Action: 'ConfirmSubscription',
      Version: '2010-03-31',
      TopicArn: topicArn,
      Token: token,
    })
    const body = {
      Type: 'SubscriptionConfirmation',
      MessageId: id,
      Token: token,
      TopicArn: topicArn,
      Message: `You have chosen to subscribe to the topic ${topicArn}.\nTo confirm the subscription, visit the SubscribeURL included in this message.`,
      SubscribeURL: `${settings.originUrl()}/?${query.toString()}`,
      Timestamp: new Date(kernel.clock.now()).toISOString(),
    }
    const version = this.#parts.store.topic(topicArn).attributes['SignatureVersion'] ?? '1'
    const originUrl = settings.originUrl()
    const signature = await this.#parts.signer.sign(body, { version, originUrl })
    const headers = headersOf('SubscriptionConfirmation', id, subscription)
    return { headers, body: JSON.stringify({ ...body, ...signature }, undefined, 2) }
  }
}

const headersOf = (type: string, id: string, { topicArn }: Subscription) => ({
  'content-type': 'text/plain; charset=UTF-8',
  'user-agent': 'Amazon Simple Notification Service Agent',
  'x-amz-sns-message-type': type,
  'x-amz-sns-message-id': id,
  'x-amz-sns-topic-arn': topicArn,
})
