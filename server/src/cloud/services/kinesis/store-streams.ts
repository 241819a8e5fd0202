import { type Database, parseColumn, stringify } from '../../../kernel/index.ts'
import type { KinesisTables } from './migrations.ts'
import type { Place, StreamFacts } from './model.ts'
import { Stream } from './stream.ts'

const placeOf = ({ account, region }: Place, name: string) => `${account}/${region}/${name}`

/** All streams, in memory beside their rows. A change holds at once and is on disk when it resolves. */
export class StreamStore {
  readonly #database: Database
  readonly #byName = new Map<string, Stream>()
  readonly #byId = new Map<number, Stream>()
  #lastId = 0
  #lastRowId = 0

  constructor(database: Database) {
    this.#database = database
  }

  async load(): Promise<void> {
    const rows = await this.#database
      .tables<KinesisTables>()
      .selectFrom('kinesis_stream')
      .selectAll()
      .orderBy('id')
      .execute()
    for (const { definition } of rows) this.#keep(new Stream(parseColumn<StreamFacts>(definition)))
  }

  find(place: Place, name: string): Stream | undefined {
    return this.#byName.get(placeOf(place, name))
  }

  byId(id: number): Stream | undefined {
    return this.#byId.get(id)
  }

  all(): Stream[] {
    return [...this.#byId.values()]
  }

  list({ account, region }: Place): Stream[] {
    return this.all()
      .filter(({ facts }) => facts.account === account && facts.region === region)
      .sort((a, b) => (a.facts.name < b.facts.name ? -1 : 1))
  }

  newId(): number {
    return ++this.#lastId
  }

  newRowId(): number {
    return ++this.#lastRowId
  }

  async create(facts: StreamFacts): Promise<Stream> {
    const stream = new Stream(facts)
    this.#keep(stream)
    await this.#write(facts)
    return stream
  }

  async update(stream: Stream, change: Partial<StreamFacts>): Promise<void> {
    stream.change({ ...stream.facts, ...change })
    await this.#write(stream.facts)
  }

  /** With its records. */
  async remove(stream: Stream): Promise<void> {
    stream.isGone = true
    this.#byName.delete(placeOf(stream.facts, stream.facts.name))
    this.#byId.delete(stream.facts.id)
    for (const shard of stream.shards.values()) shard.wake()
    await this.#database.write(async (tx) => {
      const tables = tx.tables<KinesisTables>()
      await tables.deleteFrom('kinesis_stream').where('id', '=', stream.facts.id).execute()
      for (const { rowId } of stream.facts.shards) {
        await tables.deleteFrom('kinesis_record').where('shard', '=', rowId).execute()
      }
    })
  }

  async empty(): Promise<void> {
    for (const stream of this.all()) {
      stream.isGone = true
      for (const shard of stream.shards.values()) shard.wake()
    }
    this.#byName.clear()
    this.#byId.clear()
    await this.#database.write(async (tx) => {
      await tx.tables<KinesisTables>().deleteFrom('kinesis_record').execute()
      await tx.tables<KinesisTables>().deleteFrom('kinesis_stream').execute()
    })
  }

  #keep(stream: Stream): void {
    const { facts } = stream
    this.#byName.set(placeOf(facts, facts.name), stream)
    this.#byId.set(facts.id, stream)
    this.#lastId = Math.max(this.#lastId, facts.id)
    for (const { rowId } of facts.shards) this.#lastRowId = Math.max(this.#lastRowId, rowId)
  }

  async #write(facts: StreamFacts): Promise<void> {
    const definition = stringify(facts)
    await this.#database.write((tx) =>
      tx
        .tables<KinesisTables>()
        .insertInto('kinesis_stream')
        .values({ id: facts.id, definition })
        .onConflict((conflict) => conflict.column('id').doUpdateSet({ definition }))
        .execute(),
    )
  }
}
