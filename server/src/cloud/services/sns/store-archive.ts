import { type Database, parseColumn, stringify } from '../../../kernel/index.ts'
import type { Published } from './message.ts'
import type { SnsTables } from './migrations.ts'

/** What FIFO topics with an archive were told to publish, in the order of their sequence numbers. */
export class Archive {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  async keep(message: Published): Promise<void> {
    const { topicArn: topic_arn, sequence, atMs: at } = message
    const row = { topic_arn, sequence: sequence!, at, message: stringify(message) }
    await this.#database.write((tx) =>
      tx.tables<SnsTables>().insertInto('sns_archive').values(row).execute(),
    )
  }

  /** The next ones after a sequence number, of a span of time with both ends. */
  async page(
    topicArn: string,
    span: { fromMs: number; toMs: number },
    after: string,
    limit: number,
  ): Promise<Published[]> {
    const rows = await this.#database
      .tables<SnsTables>()
      .selectFrom('sns_archive')
      .select('message')
      .where('topic_arn', '=', topicArn)
      .where('sequence', '>', after)
      .where('at', '>=', span.fromMs)
      .where('at', '<=', span.toMs)
      .orderBy('sequence')
      .limit(limit)
      .execute()
    return rows.map(({ message }) => parseColumn<Published>(message))
  }

  /** What is older; everything of the topic without a moment. */
  async forget(topicArn: string, beforeMs = Number.MAX_SAFE_INTEGER): Promise<void> {
    await this.#database.write((tx) =>
      tx
        .tables<SnsTables>()
        .deleteFrom('sns_archive')
        .where('topic_arn', '=', topicArn)
        .where('at', '<', beforeMs)
        .execute(),
    )
  }

  async empty(): Promise<void> {
    await this.#database.write((tx) => tx.tables<SnsTables>().deleteFrom('sns_archive').execute())
  }
}
