import { type Database, parseColumn, stringify } from '../../../kernel/index.ts'
import type { SnsTables } from './migrations.ts'

interface Place {
  account: string
  region: string
}

type Values<V> = Record<string, V>

/** What an account has set in a region, by name: rows, and all of them in memory. */
export class Settings {
  readonly #database: Database
  readonly #values = new Map<string, Values<unknown>>()

  constructor(database: Database) {
    this.#database = database
  }

  async load(): Promise<void> {
    const rows = await this.#database
      .tables<SnsTables>()
      .selectFrom('sns_setting')
      .selectAll()
      .execute()
    for (const { id, content } of rows) this.#values.set(id, parseColumn(content))
  }

  get<V = string>(place: Place, name: string): Values<V> {
    return (this.#values.get(keyOf(place, name)) ?? {}) as Values<V>
  }

  /** Seen at once, so that changes that come together build on each other; durable when it resolves. */
  async put(place: Place, name: string, values: Values<unknown>): Promise<void> {
    const id = keyOf(place, name)
    const before = this.#values.get(id) ?? {}
    this.#values.set(id, values)
    const content = stringify(values)
    try {
      await this.#database.write(async (tx) => {
        await tx
          .tables<SnsTables>()
          .insertInto('sns_setting')
          .values({ id, content })
          .onConflict((conflict) => conflict.column('id').doUpdateSet({ content }))
          .execute()
      })
    } catch (error) {
      if (this.#values.get(id) === values) this.#values.set(id, before)
      throw error
    }
  }

  async empty(): Promise<void> {
    this.#values.clear()
    await this.#database.write(async (tx) => {
      await tx.tables<SnsTables>().deleteFrom('sns_setting').execute()
    })
  }
}

const keyOf = ({ account, region }: Place, name: string) => `${account} ${region} ${name}`
