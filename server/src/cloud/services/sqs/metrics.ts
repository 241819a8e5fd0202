import type { OperationHandler, RequestContext } from '../../gateway/index.ts'
import { addressOf, settled, type SqsParts } from './parts.ts'
import type { Queue } from './queue.ts'

const PERIOD_MS = 60_000
const MOST_DATA = 1000

interface Counters {
  sent: number
  sentBytes: number
  received: number
  emptyReceives: number
  deleted: number
}

type Handler = OperationHandler<never, unknown>
type Values = Record<string, unknown>

/** What an answer says was done, by operation. */
const counts: Record<string, (counters: Counters, input: Values, output: Values) => void> = {
  SendMessage(counters, { MessageBody }) {
    counters.sent++
    counters.sentBytes += String(MessageBody).length
  },
  SendMessageBatch(counters, { Entries }, { Successful }) {
    const bodies = new Map(
      (Entries as { Id: string; MessageBody: string }[]).map((one) => [one.Id, one.MessageBody]),
    )
    for (const { Id } of (Successful ?? []) as { Id: string }[]) {
      counters.sent++
      counters.sentBytes += bodies.get(Id)?.length ?? 0
    }
  },
  ReceiveMessage(counters, _input, { Messages }) {
    const { length } = (Messages ?? []) as unknown[]
    counters.received += length
    if (length === 0) counters.emptyReceives++
  },
  DeleteMessage(counters) {
    counters.deleted++
  },
  DeleteMessageBatch(counters, _input, { Successful }) {
    counters.deleted += ((Successful ?? []) as unknown[]).length
  },
}

/**
 * A queue's metrics in CloudWatch (namespace AWS/SQS, dimension QueueName), a datum of each a minute
 * while something happens in it or lies in it.
 */
export class QueueMetrics {
  readonly #parts: SqsParts
  readonly #counters = new Map<Queue, Counters>()
  #cancel: (() => void) | undefined

  constructor(parts: SqsParts) {
    this.#parts = parts
  }

  /** The same operations, counted when they went well. */
  counted<T extends Record<string, Handler | undefined>>(operations: T): T {
    const all: Record<string, Handler | undefined> = { ...operations }
    for (const [name, count] of Object.entries(counts)) {
      const run = all[name]
      if (!run) continue
      all[name] = (input, ctx) => {
        const answer = run(input, ctx)
        if (!(answer instanceof Promise)) return this.#add(count, input, answer as Values, ctx)
        return answer.then((output) => this.#add(count, input, output as Values, ctx))
      }
    }
    return all as T
  }

  stop(): void {
    this.#cancel?.()
  }

  #add(count: (typeof counts)[string], input: Values, output: Values, ctx: RequestContext): Values {
    const address = addressOf(input['QueueUrl'] as string, ctx)
    const queue = this.#parts.queues.find(address, address.name)
    if (queue) count(this.#of(queue), input, output)
    return output
  }

  #of(queue: Queue): Counters {
    let counters = this.#counters.get(queue)
    if (!counters) {
      counters = { sent: 0, sentBytes: 0, received: 0, emptyReceives: 0, deleted: 0 }
      this.#counters.set(queue, counters)
    }
    this.#arm()
    return counters
  }

  #arm(): void {
    if (this.#cancel) return
    const { clock, log } = this.#parts.deps.kernel
    const next = Math.floor(clock.now() / PERIOD_MS + 1) * PERIOD_MS
    this.#cancel = clock.at(next, () => {
      this.#cancel = undefined
      // The messages themselves are safe; a minute's figures are lost, and the log says so.
      this.#emit(next).catch((error: unknown) => log.error('sqs.metrics', { error }))
    })
  }

  async #emit(atMs: number): Promise<void> {
    const gathered = [...this.#counters]
    this.#counters.clear()
    const byPlace = Map.groupBy(gathered, ([queue]) => placeOf(queue))
    for (const entries of byPlace.values()) {
      const [[{ facts }]] = entries as [[Queue, Counters]]
      const { account, region } = facts
      const { sessions, as } = this.#parts.deps
      const principal = sessions.serviceOf('sqs.amazonaws.com', account)
      const data = entries.flatMap(([queue, counters]) => this.#data(queue, counters, atMs))
      for (let at = 0; at < data.length; at += MOST_DATA) {
        await as({ principal, account, region }).cloudwatch.putMetricData({
          Namespace: 'AWS/SQS',
          MetricData: data.slice(at, at + MOST_DATA),
        })
      }
    }
    // What lies in a queue is told of each minute, also when nobody touches it.
    for (const [queue] of gathered) {
      if (!queue.isDeleted && queue.messages.size > 0) this.#of(queue)
    }
  }

  #data(queue: Queue, counters: Counters, atMs: number) {
    const now = this.#parts.deps.kernel.clock.now()
    const { ready, inflight, delayed } = settled(this.#parts, queue, now).counts
    const { sent, sentBytes, received, emptyReceives, deleted } = counters
    const oldest = queue.messages.values().next().value
    const ageS = oldest ? Math.max(0, Math.floor((now - oldest.sentAt) / 1000)) : 0
    const values: [string, number, 'Count' | 'Bytes' | 'Seconds'][] = [
      ['NumberOfMessagesSent', sent, 'Count'],
      ['NumberOfMessagesReceived', received, 'Count'],
      ['NumberOfEmptyReceives', emptyReceives, 'Count'],
      ['NumberOfMessagesDeleted', deleted, 'Count'],
      ['ApproximateNumberOfMessagesVisible', ready, 'Count'],
      ['ApproximateNumberOfMessagesNotVisible', inflight, 'Count'],
      ['ApproximateNumberOfMessagesDelayed', delayed, 'Count'],
      ['ApproximateAgeOfOldestMessage', ageS, 'Seconds'],
    ]
    if (sent > 0) values.push(['SentMessageSize', sentBytes / sent, 'Bytes'])
    const Dimensions = [{ Name: 'QueueName', Value: queue.facts.name }]
    // The minute that ended.
    const Timestamp = new Date(atMs - PERIOD_MS)
    return values.map(([MetricName, Value, Unit]) => ({
      MetricName,
      Dimensions,
      Timestamp,
      Value,
      Unit,
    }))
  }
}

const placeOf = ({ facts }: Queue) => `${facts.account} ${facts.region}`
