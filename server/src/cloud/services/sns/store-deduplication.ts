import type { Database } from '../../../kernel/index.ts'
import type { Published } from './message.ts'
import type { SnsTables } from './migrations.ts'
import type { Topic } from './model.ts'

const DEDUPLICATE_MS = 5 * 60_000

export interface Answer {
  MessageId: string
  SequenceNumber?: string
}

interface Known {
  untilMs: number
  answer: Promise<Answer>
}

/** What FIFO topics took in the last five minutes: rows, and all of them in memory, oldest first. */
export class Deduplication {
  readonly #database: Database
  readonly #known = new Map<string, Known>()

  constructor(database: Database) {
    this.#database = database
  }

  async load(): Promise<void> {
    const tables = this.#database.tables<SnsTables>()
    const rows = await tables.selectFrom('sns_deduplication').selectAll().orderBy('until').execute()
    for (const row of rows) {
      const answer = { MessageId: row.message_id, SequenceNumber: row.sequence }
      const known = { untilMs: row.until, answer: Promise.resolve(answer) }
      this.#known.set(keyOf(row.topic_arn, row.deduplication_id), known)
    }
  }

  /**
   * The answer the id got before, or `publish`'s, which is kept before it is given. What failed was not
   * published: the publisher's next try with the same id is a new one.
   */
  once(
    topic: Topic,
    message: Published,
    now: number,
    publish: () => Promise<Answer>,
  ): Promise<Answer> {
    this.#forget(now)
    const id = idOf(topic, message)
    const key = keyOf(topic.arn, id)
    const earlier = this.#known.get(key)
    if (earlier) return earlier.answer
    const untilMs = now + DEDUPLICATE_MS
    const answer = publish().then(async (given) => {
      await this.#keep(topic.arn, id, given, untilMs, now)
      return given
    })
    this.#known.set(key, { untilMs, answer })
    answer.catch(() => this.#known.delete(key))
    return answer
  }

  async empty(): Promise<void> {
    this.#known.clear()
    await this.#database.write(async (tx) => {
      await tx.tables<SnsTables>().deleteFrom('sns_deduplication').execute()
    })
  }

  #forget(now: number): void {
    for (const [key, { untilMs }] of this.#known) {
      if (untilMs > now) return
      this.#known.delete(key)
    }
  }

  async #keep(topicArn: string, id: string, answer: Answer, untilMs: number, now: number) {
    const row = {
      message_id: answer.MessageId,
      sequence: answer.SequenceNumber ?? '',
      until: untilMs,
    }
    await this.#database.write(async (tx) => {
      const tables = tx.tables<SnsTables>()
      await tables.deleteFrom('sns_deduplication').where('until', '<=', now).execute()
      await tables
        .insertInto('sns_deduplication')
        .values({ topic_arn: topicArn, deduplication_id: id, ...row })
        .onConflict((conflict) =>
          conflict.columns(['topic_arn', 'deduplication_id']).doUpdateSet(row),
        )
        .execute()
    })
  }
}

const keyOf = (topicArn: string, id: string) => `${topicArn} ${id}`

/** High-throughput topics tell ids apart by their group ("FifoThroughputScope"). */
const idOf = (topic: Topic, { groupId, dedupId }: Published): string =>
  topic.attributes['FifoThroughputScope'] === 'MessageGroup' ? `${groupId}/${dedupId}` : dedupId!
