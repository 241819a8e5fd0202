import { type Database, parseColumn, stringify } from '../../../kernel/index.ts'
import type { KinesisTables } from './migrations.ts'
import type { Place } from './model.ts'

/** The commitment to a least throughput that is paid for; it ends no sooner than a day after its start. */
export interface Commitment {
  startedAtMs: number
  endsAtMs?: number
}

const keyOf = ({ account, region }: Place) => `${account}/${region}`

/** What accounts have committed themselves to in each region: rows, and all of them in memory. */
export class AccountStore {
  readonly #database: Database
  readonly #commitments = new Map<string, Commitment>()

  constructor(database: Database) {
    this.#database = database
  }

  async load(): Promise<void> {
    const rows = await this.#database
      .tables<KinesisTables>()
      .selectFrom('kinesis_account')
      .selectAll()
      .execute()
    for (const { id, commitment } of rows) this.#commitments.set(id, parseColumn(commitment))
  }

  commitment(place: Place): Commitment | undefined {
    return this.#commitments.get(keyOf(place))
  }

  async commit(place: Place, value: Commitment): Promise<void> {
    const id = keyOf(place)
    const commitment = stringify(value)
    await this.#database.write((tx) =>
      tx
        .tables<KinesisTables>()
        .insertInto('kinesis_account')
        .values({ id, commitment })
        .onConflict((conflict) => conflict.column('id').doUpdateSet({ commitment }))
        .execute(),
    )
    this.#commitments.set(id, value)
  }

  async empty(): Promise<void> {
    this.#commitments.clear()
    await this.#database.write((tx) =>
      tx.tables<KinesisTables>().deleteFrom('kinesis_account').execute(),
    )
  }
}
