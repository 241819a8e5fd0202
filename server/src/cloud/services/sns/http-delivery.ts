import { randomUUID } from 'node:crypto'
import { errorText, type Job, Refusal, type Transaction } from '../../../kernel/index.ts'
import { effectiveSubscription, waitBefore } from './delivery-policy.ts'
import type { DeliveryLog } from './delivery-log.ts'
import { envelope, type Published, textFor } from './message.ts'
import type { Subscription } from './model.ts'
import type { SnsParts } from './parts.ts'
import { buryNotification } from './to-queue.ts'

const KIND = 'cloud-sns.http'
const TIMEOUT_MS = 15_000

interface Delivery {
  subscriptionArn: string
  /** Absent: the confirmation is asked for. */
  message?: Published
  /** The subscription has ended: its endpoint is told, with a link that brings it back. */
  ended?: { subscription: Subscription; token: string }
  attempt: number
}

interface Outcome {
  isDone: boolean
  mayRetry: boolean
  reason: string
  /** Of the endpoint's answer; undefined where none came. */
  status?: number
}

/** Notifications and confirmations over HTTP/S, as durable jobs. */
export class HttpDelivery {
  readonly #parts: SnsParts

  readonly #log: DeliveryLog

  constructor(parts: SnsParts, log: DeliveryLog) {
    this.#parts = parts
    this.#log = log
    parts.deps.kernel.jobs.handle(KIND, { concurrency: 8, run: (job) => this.#run(job) })
  }

  async confirm(tx: Transaction, { arn, protocol, token }: Subscription, now: number) {
    if (token === undefined || !protocol.startsWith('http')) return
    await this.#enqueue(tx, { subscriptionArn: arn, attempt: 0 }, now)
  }

  async farewell(subscription: Subscription, token: string, now: number): Promise<void> {
    const delivery = {
      subscriptionArn: subscription.arn,
      ended: { subscription, token },
      attempt: 0,
    }
    await this.#parts.deps.kernel.database.write((tx) => this.#enqueue(tx, delivery, now))
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
    const known = this.#parts.store.subscriptionFind(delivery.subscriptionArn)
    const subscription = delivery.ended?.subscription ?? known
    if (!subscription) return
    const { message, attempt } = delivery
    const outcome = await this.#post(subscription, delivery, job.signal)
    if (outcome.isDone) {
      if (message) await this.#record(subscription, message, attempt, outcome)
      return
    }
    const { log, clock, database } = this.#parts.deps.kernel
    const { arn } = subscription
    log.warn('sns.http', { subscription: arn, attempt, reason: outcome.reason })
    const waitS = waitBefore(attempt, this.#policy(subscription).healthyRetryPolicy)
    if (outcome.mayRetry && waitS !== undefined) {
      const again = { ...delivery, attempt: attempt + 1 }
      await database.write((tx) => this.#enqueue(tx, again, clock.now() + waitS * 1000))
    } else if (message) {
      const originUrl = this.#parts.deps.settings.originUrl()
      await buryNotification(this.#parts, subscription, message, originUrl)
      await this.#record(subscription, message, attempt, outcome)
    }
  }

  async #record(
    subscription: Subscription,
    message: Published,
    attempt: number,
    { isDone: isDelivered, reason: providerResponse, status }: Outcome,
  ): Promise<void> {
    const topic = this.#parts.store.topicFind(subscription.topicArn)
    if (!topic) return
    const told = { attempts: attempt + 1, sinceMs: message.atMs }
    const outcome = { ...told, isDelivered, statusCode: status ?? 0, providerResponse }
    await this.#log.record(topic, subscription, message, outcome)
  }

  #policy({ topicArn, attributes }: Subscription) {
    const topic = this.#parts.store.topicFind(topicArn)
    return effectiveSubscription(attributes['DeliveryPolicy'], topic?.attributes['DeliveryPolicy'])
  }

  async #post(
    subscription: Subscription,
    { message, ended }: Delivery,
    stop: AbortSignal,
  ): Promise<Outcome> {
    const { headers, body } = message
      ? await this.#notification(subscription, message)
      : await this.#confirmation(subscription, ended?.token)
    try {
      const signal = AbortSignal.any([stop, AbortSignal.timeout(TIMEOUT_MS)])
      const request = { method: 'POST', headers, body, signal, follow: false }
      const { outgoing } = this.#parts.deps.kernel
      const reply = await outgoing.fetch(subscription.endpoint, request)
      reply.body.destroy()
      const { status } = reply
      // A client error is final, except being asked to slow down (developer guide, delivery retries).
      const mayRetry = status >= 500 || status === 429
      return { isDone: status < 400, mayRetry, reason: `status ${status}`, status }
    } catch (error) {
      if (stop.aborted) throw error
      // Where it may not be called now it may not later; a name may be known by then.
      const mayRetry = !(error instanceof Refusal) || error.code === 'outgoingUnknown'
      return { isDone: false, mayRetry, reason: errorText(error) }
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
      'content-type': this.#policy(subscription).requestPolicy.headerContentType,
      'x-amz-sns-subscription-arn': subscription.arn,
      ...(isRaw && { 'x-amz-sns-rawdelivery': 'true' }),
      ...(message.traceHeader !== undefined && { 'x-amzn-trace-id': message.traceHeader }),
    }
    const body = isRaw
      ? textFor(message, protocol)
      : JSON.stringify(await envelope(message, subscription, signing), undefined, 2)
    return { headers, body }
  }

  /** The first word to an endpoint, or with a farewell's token the last one. */
  async #confirmation(subscription: Subscription, farewell: string | undefined) {
    const { topicArn, arn } = subscription
    const token = farewell ?? subscription.token ?? ''
    const Type = farewell === undefined ? 'SubscriptionConfirmation' : 'UnsubscribeConfirmation'
    const id = randomUUID()
    const { settings, kernel } = this.#parts.deps
    const body = {
      Type,
      MessageId: id,
      Token: token,
      TopicArn: topicArn,
      Message:
        farewell === undefined
          ? `You have chosen to subscribe to the topic ${topicArn}.\nTo confirm the subscription, visit the SubscribeURL included in this message.`
          : `You have chosen to deactivate subscription ${arn}.\nTo cancel this operation and restore the subscription, visit the SubscribeURL included in this message.`,
      SubscribeURL: `${settings.originUrl()}/?Action=ConfirmSubscription&Version=2010-03-31&TopicArn=${topicArn}&Token=${token}`,
      Timestamp: new Date(kernel.clock.now()).toISOString(),
    }
    const topic = this.#parts.store.topicFind(topicArn)
    const version = topic?.attributes['SignatureVersion'] ?? '1'
    const originUrl = settings.originUrl()
    const signature = await this.#parts.signer.sign(body, { version, originUrl })
    const headers = {
      ...headersOf(Type, id, subscription),
      ...(farewell !== undefined && { 'x-amz-sns-subscription-arn': arn }),
    }
    return { headers, body: JSON.stringify({ ...body, ...signature }, undefined, 2) }
  }
}

const headersOf = (type: string, id: string, { topicArn }: Subscription) => ({
  'accept-encoding': 'gzip,deflate',
  'content-type': 'text/plain; charset=UTF-8',
  'user-agent': 'Amazon Simple Notification Service Agent',
  'x-amz-sns-message-type': type,
  'x-amz-sns-message-id': id,
  'x-amz-sns-topic-arn': topicArn,
})
