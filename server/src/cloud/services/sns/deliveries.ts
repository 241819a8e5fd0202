import { randomUUID } from 'node:crypto'
import { AwsError, type RequestContext } from '../../gateway/index.ts'
import { isWanted } from './filter.ts'
import type { DeliveryLog } from './delivery-log.ts'
import type { HttpDelivery } from './http-delivery.ts'
import { lambdaEvent, type Published, textFor } from './message.ts'
import { mailNotification } from './mail.ts'
import { keepPush } from './push.ts'
import { keepText } from './sms.ts'
import type { Subscription, Topic } from './model.ts'
import type { SnsParts } from './parts.ts'
import { isCatchingUp } from './replay-policy.ts'
import { bodyFor, buryNotification, callerOf, fifoOf, sendTo } from './to-queue.ts'

/** Brings a message to every subscription that wants it; done when each one has it durably. */
export class Deliveries {
  readonly #parts: SnsParts
  readonly #http: HttpDelivery
  readonly #log: DeliveryLog

  constructor(parts: SnsParts, http: HttpDelivery, log: DeliveryLog) {
    this.#parts = parts
    this.#http = http
    this.#log = log
  }

  async deliver(topic: Topic, message: Published, { originUrl }: RequestContext): Promise<void> {
    const wanted = [...topic.subscriptions.values()].filter(
      (subscription) =>
        subscription.token === undefined &&
        !isCatchingUp(subscription) &&
        isWanted(subscription, message),
    )
    const overHttp = wanted.filter(({ protocol }) => protocol.startsWith('http'))
    const others = wanted.filter(({ protocol }) => protocol === 'sqs' || protocol === 'lambda')
    await Promise.all(others.map((one) => this.#bring(topic, one, message, originUrl)))
    if (overHttp.length > 0) await this.#http.notify(overHttp, message)
    const byMail = wanted.filter(({ protocol }) => protocol.startsWith('email'))
    if (byMail.length > 0) await mailNotification(this.#parts, topic, byMail, message)
    for (const { protocol, endpoint } of wanted) {
      if (protocol === 'sms') await keepText(this.#parts, endpoint, textFor(message, 'sms'))
      if (protocol === 'application') await keepPush(this.#parts, endpoint, message.texts)
    }
  }

  /** A message out of the archive, to one of the queues that FIFO topics have for subscribers. */
  async replay(topic: Topic, subscription: Subscription, message: Published): Promise<void> {
    if (!isWanted(subscription, message)) return
    const originUrl = this.#parts.deps.settings.originUrl()
    await this.#bring(topic, subscription, { ...message, isReplayed: true }, originUrl)
  }

  async #bring(topic: Topic, subscription: Subscription, message: Published, originUrl: string) {
    const isCall = subscription.protocol === 'lambda'
    const told = { attempts: 1, sinceMs: message.isReplayed ? this.#now() : message.atMs }
    try {
      const answer = isCall
        ? await this.#invoke(topic, subscription, message, originUrl)
        : await this.#send(topic, subscription, message, originUrl)
      const providerResponse = JSON.stringify(answer)
      const statusCode = isCall ? 202 : 200
      const outcome = { ...told, isDelivered: true, statusCode, providerResponse }
      await this.#log.record(topic, subscription, message, outcome)
    } catch (error) {
      if (!(error instanceof AwsError)) throw error
      const { code, message: text } = error
      const { arn } = subscription
      this.#parts.deps.kernel.log.warn('sns.undelivered', { subscription: arn, code, text })
      await buryNotification(this.#parts, subscription, message, originUrl)
      const id = isCall ? 'lambdaRequestId' : 'sqsRequestId'
      const providerResponse = JSON.stringify({
        ErrorCode: code,
        ErrorMessage: text,
        [id]: 'Unrecoverable',
      })
      const statusCode = error.status ?? 400
      const outcome = { ...told, isDelivered: false, statusCode, providerResponse }
      await this.#log.record(topic, subscription, message, outcome)
    }
  }

  #now(): number {
    return this.#parts.deps.kernel.clock.now()
  }

  async #invoke(topic: Topic, subscription: Subscription, message: Published, originUrl: string) {
    const { endpoint } = subscription
    const signing = { signer: this.#parts.signer, topic, originUrl }
    const Payload = Buffer.from(JSON.stringify(await lambdaEvent(message, subscription, signing)))
    const { lambda } = callerOf(this.#parts, topic, endpoint)
    await lambda.invoke({ FunctionName: endpoint, InvocationType: 'Event', Payload })
    return { lambdaRequestId: randomUUID() }
  }

  async #send(topic: Topic, subscription: Subscription, message: Published, originUrl: string) {
    const signing = { signer: this.#parts.signer, topic, originUrl }
    const body = await bodyFor(message, subscription, signing)
    const { MessageId } = await sendTo(this.#parts, topic, subscription.endpoint, {
      ...body,
      ...fifoOf(message, subscription.endpoint),
    })
    return { sqsRequestId: randomUUID(), sqsMessageId: MessageId }
  }
}
