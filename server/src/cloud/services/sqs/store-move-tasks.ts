import type { Database, Transaction } from '../../../kernel/index.ts'
import type { SqsTables } from './migrations.ts'

export type MoveTask = SqsTables['sqs_move_task']

export class MoveTaskStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  async create(task: MoveTask, also: (tx: Transaction) => Promise<unknown>): Promise<void> {
    await this.#database.write(async (tx) => {
      await tx.tables<SqsTables>().insertInto('sqs_move_task').values(task).execute()
      await also(tx)
    })
  }

  find(handle: string): Promise<MoveTask | undefined> {
    return this.#tables
      .selectFrom('sqs_move_task')
      .selectAll()
      .where('handle', '=', handle)
      .executeTakeFirst()
  }

  /** Newest first. */
  list(sourceArn: string, most: number): Promise<MoveTask[]> {
    return this.#tables
      .selectFrom('sqs_move_task')
      .selectAll()
      .where('source_arn', '=', sourceArn)
      .orderBy('started_at', 'desc')
      .limit(most)
      .execute()
  }

  async change(handle: string, change: Partial<MoveTask>): Promise<void> {
    await this.#database.write((tx) =>
      tx
        .tables<SqsTables>()
        .updateTable('sqs_move_task')
        .set(change)
        .where('handle', '=', handle)
        .execute(),
    )
  }

  get #tables() {
    return this.#database.tables<SqsTables>()
  }
}
