import { type Database, parseColumn, stringify, type Transaction } from '../../../kernel/index.ts'
import { compilePattern, type Pattern } from '../../patterns/index.ts'
import type { EventsTables } from './migrations.ts'
import { type Archive, type Bus, busArn, type BusEvent, type Definition } from './model.ts'
import { DEFAULT_BUS, type Place, type Replay, type Rule, ruleArn } from './model.ts'

const isOf =
  <K extends Definition['kind']>(kind: K, { account, region }: Place) =>
  (one: Definition): one is Extract<Definition, { kind: K }> =>
    one.kind === kind && one.account === account && one.region === region

/** Buses, rules, archives and replays: rows, and all of them in memory by their ARN. */
export class EventsStore {
  readonly #database: Database
  readonly #all = new Map<string, Definition>()
  /** Rules and archives by the bus that feeds them. */
  readonly #fed = new Map<string, Set<string>>()
  readonly #patterns = new Map<string, Pattern>()

  constructor(database: Database) {
    this.#database = database
  }

  async load(): Promise<void> {
    const tables = this.#database.tables<EventsTables>()
    for (const row of await tables.selectFrom('events_definition').selectAll().execute()) {
      this.#hold(parseColumn<Definition>(row.definition))
    }
  }

  /** Every account has a default bus in every region. */
  bus(place: Place, name: string): Bus | undefined {
    const arn = busArn(place, name)
    const known = this.#all.get(arn)
    if (known) return known as Bus
    if (name !== DEFAULT_BUS) return undefined
    const { account, region } = place
    return { kind: 'bus', arn, name, account, region, tags: {}, createdAt: 0, modifiedAt: 0 }
  }

  rule(place: Place, bus: string, name: string): Rule | undefined {
    return this.#all.get(ruleArn(place, bus, name)) as Rule | undefined
  }

  find<D extends Definition>(arn: string): D | undefined {
    return this.#all.get(arn) as D | undefined
  }

  list<K extends Definition['kind']>(kind: K, place: Place) {
    const found = [...this.#all.values()].filter(isOf(kind, place))
    return found.sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  /** What a bus's events are held against. */
  fedBy(arn: string): (Rule | Archive)[] {
    return [...(this.#fed.get(arn) ?? [])].map((one) => this.#all.get(one) as Rule | Archive)
  }

  pattern(text: string): Pattern {
    let pattern = this.#patterns.get(text)
    if (!pattern) {
      if (this.#patterns.size > 10_000) this.#patterns.clear()
      this.#patterns.set(text, (pattern = compilePattern(text)))
    }
    return pattern
  }

  /** Holds at once, and is on disk, with what `also` writes, when it resolves. */
  async put(given: Definition, also?: (tx: Transaction) => Promise<unknown>): Promise<void> {
    const before = this.#all.get(given.arn)
    this.#hold(given)
    const row = { arn: given.arn, kind: given.kind, definition: stringify(given) }
    try {
      await this.#database.write(async (tx) => {
        await tx
          .tables<EventsTables>()
          .insertInto('events_definition')
          .values(row)
          .onConflict((conflict) => conflict.column('arn').doUpdateSet(row))
          .execute()
        await also?.(tx)
      })
    } catch (error) {
      if (before) this.#hold(before)
      else this.#drop(given)
      throw error
    }
  }

  async remove(given: Definition, also?: (tx: Transaction) => Promise<unknown>): Promise<void> {
    this.#drop(given)
    await this.#database.write(async (tx) => {
      await tx
        .tables<EventsTables>()
        .deleteFrom('events_definition')
        .where('arn', '=', given.arn)
        .execute()
      await also?.(tx)
    })
  }

  async archive(tx: Transaction, archive: Archive, event: BusEvent): Promise<void> {
    const text = JSON.stringify(event)
    await tx
      .tables<EventsTables>()
      .insertInto('events_archived')
      .values({
        id: `${archive.arn} ${event.id}`,
        archive: archive.arn,
        at: Date.parse(event.time),
        bytes: Buffer.byteLength(text),
        event: text,
      })
      .onConflict((conflict) => conflict.column('id').doNothing())
      .execute()
  }

  async archived({ arn }: Archive): Promise<{ count: number; bytes: number }> {
    const row = await this.#database
      .tables<EventsTables>()
      .selectFrom('events_archived')
      .select((query) => [
        query.fn.countAll().as('count'),
        query.fn.sum<number>('bytes').as('bytes'),
      ])
      .where('archive', '=', arn)
      .executeTakeFirst()
    return { count: Number(row?.count ?? 0), bytes: Number(row?.bytes ?? 0) }
  }

  async archivedBetween(replay: Replay): Promise<BusEvent[]> {
    const rows = await this.#database
      .tables<EventsTables>()
      .selectFrom('events_archived')
      .select('event')
      .where('archive', '=', replay.archiveArn)
      .where('at', '>=', replay.fromMs)
      .where('at', '<=', replay.toMs)
      .orderBy('at')
      .execute()
    return rows.map(({ event }) => parseColumn<BusEvent>(event))
  }

  async forget(tx: Transaction, { arn }: Archive, beforeMs: number): Promise<void> {
    await tx
      .tables<EventsTables>()
      .deleteFrom('events_archived')
      .where('archive', '=', arn)
      .where('at', '<', beforeMs)
      .execute()
  }

  archives(): Archive[] {
    return [...this.#all.values()].filter((one) => one.kind === 'archive')
  }

  async empty(): Promise<void> {
    this.#all.clear()
    this.#fed.clear()
    await this.#database.write(async (tx) => {
      await tx.tables<EventsTables>().deleteFrom('events_archived').execute()
      await tx.tables<EventsTables>().deleteFrom('events_definition').execute()
    })
  }

  #hold(given: Definition): void {
    this.#all.set(given.arn, given)
    const feeder = feederOf(given)
    if (feeder === undefined) return
    const fed = this.#fed.get(feeder) ?? new Set()
    this.#fed.set(feeder, fed.add(given.arn))
  }

  #drop(given: Definition): void {
    this.#all.delete(given.arn)
    const feeder = feederOf(given)
    if (feeder !== undefined) this.#fed.get(feeder)?.delete(given.arn)
  }
}

function feederOf(given: Definition): string | undefined {
  if (given.kind === 'rule') return busArn(given, given.bus)
  return given.kind === 'archive' ? given.sourceArn : undefined
}
