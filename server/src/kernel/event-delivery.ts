import { setImmediate as othersTurn } from 'node:timers/promises'
import { errorText } from './errors.ts'
import type { EventRow, EventTables } from './event-tables.ts'
import {
  asEvent,
  causeScope,
  type EventParts,
  type Listener,
  type StoredEvent,
} from './event-model.ts'

const PAGE = 100
/** What a listener takes together waits in one transaction, and other writes wait for it. */
const TOGETHER_MS = 20
const FEWEST_TOGETHER = 4
const FIRST_RETRY_MS = 1000
const LONGEST_RETRY_MS = 10 * 60_000
/** After these (about a day) an event is left parked for a person to look at. */
const MOST_ATTEMPTS = 150

/** One listener's loop: first what it parked and is due, then what is new. */
class Course {
  readonly listener: Listener
  readonly #parts: EventParts
  #running: Promise<void> | undefined
  #again = false
  #stopped = false
  #pageSize: number
  #cancelTimer: () => void = () => undefined

  constructor(parts: EventParts, listener: Listener) {
    this.#parts = parts
    this.listener = listener
    this.#pageSize = listener.handleTogether ? FEWEST_TOGETHER : PAGE
  }

  wake(): void {
    if (this.#stopped) return
    if (this.#running) {
      this.#again = true
      return
    }
    this.#running = this.#run().finally(() => {
      this.#running = undefined
      if (this.#again) {
        this.#again = false
        this.wake()
      }
    })
  }

  async settled(): Promise<void> {
    this.wake()
    while (this.#running) await this.#running
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#cancelTimer()
    await this.#running
  }

  async #run(): Promise<void> {
    try {
      await this.#retryDue()
      while (!this.#stopped && (await this.#takePage())) await othersTurn()
      await this.#armRetry()
    } catch (error) {
      // The store itself failed (a full disk): the place is kept, so trying again later loses nothing.
      this.#parts.log.error('events.delivery', { listener: this.listener.name, error })
      this.#arm(this.#parts.clock.now() + FIRST_RETRY_MS)
    }
  }

  /** Gives whether there may be more. */
  async #takePage(): Promise<boolean> {
    const size = this.#pageSize
    const rows = await this.#rowsAfter(await this.#place(), size)
    const parked = await this.#parkedSubjects()
    const heard = rows.filter((row) => this.#hears(row.type)).map(asEvent)
    const events = heard.filter((event) => !this.#wentThrough(event))
    const isDone =
      (await this.#tryTogether(events, parked)) || (await this.#tryEach(events, parked))
    if (!isDone) return false
    if (rows.length > 0) await this.#move(rows.at(-1)!.seq)
    return rows.length === size
  }

  #rowsAfter(seq: number, limit: number): Promise<EventRow[]> {
    return this.#parts.database
      .tables<EventTables>()
      .selectFrom('kernel_event')
      .selectAll()
      .where('seq', '>', seq)
      .orderBy('seq')
      .limit(limit)
      .execute()
  }

  #hears(type: string): boolean {
    const { types } = this.listener
    return types.includes('*') || types.includes(type)
  }

  /** A chain that already went through this listener for this subject would go round in circles. */
  #wentThrough(event: StoredEvent): boolean {
    return event.path.includes(`${this.listener.name} ${event.subject}`)
  }

  /** Gives whether all are handled; when not, none is, and each is to be tried by itself. */
  async #tryTogether(events: StoredEvent[], parked: Set<string>): Promise<boolean> {
    const { listener } = this
    const waits = events.some((event) => parked.has(event.subject))
    if (!listener.handleTogether || events.length < 2 || waits) return false
    const startedMs = performance.now()
    try {
      await listener.handleTogether(events)
      return true
    } catch (error) {
      const fields = { listener: listener.name, first: events[0]!.id, count: events.length, error }
      this.#parts.log.warn('events.together', fields)
      return false
    } finally {
      this.#pace(events.length, performance.now() - startedMs)
    }
  }

  #pace(count: number, tookMs: number): void {
    // A few facts that went quickly say nothing about many.
    if (count < this.#pageSize && tookMs < TOGETHER_MS) return
    const fitting = Math.floor((count * TOGETHER_MS) / tookMs)
    this.#pageSize = Math.max(FEWEST_TOGETHER, Math.min(fitting, 2 * this.#pageSize, PAGE))
  }

  /** One by one; parks what fails and what waits behind it. Gives whether it came to the end. */
  async #tryEach(events: StoredEvent[], parked: Set<string>): Promise<boolean> {
    for (const event of events) {
      if (this.#stopped) return false
      const error = parked.has(event.subject)
        ? 'waits behind an earlier one'
        : await this.#try(event)
      if (error === undefined) continue
      parked.add(event.subject)
      await this.#park(event, error)
    }
    return true
  }

  /** Runs the listener; gives the error's text when it threw. */
  async #try(event: StoredEvent): Promise<string | undefined> {
    const path = [...event.path, `${this.listener.name} ${event.subject}`]
    try {
      await causeScope.run({ cause: event.id, path }, () => this.listener.handle(event))
      return undefined
    } catch (error) {
      const fields = { listener: this.listener.name, event: event.id, type: event.type, error }
      this.#parts.log.error('events.listener', fields)
      return errorText(error)
    }
  }

  async #place(): Promise<number> {
    const row = await this.#parts.database
      .tables<EventTables>()
      .selectFrom('kernel_event_cursor')
      .select('seq')
      .where('listener', '=', this.listener.name)
      .executeTakeFirst()
    return row?.seq ?? 0
  }

  async #move(seq: number): Promise<void> {
    await this.#parts.database.write(async (tx) => {
      await tx
        .tables<EventTables>()
        .insertInto('kernel_event_cursor')
        .values({ listener: this.listener.name, seq })
        .onConflict((conflict) => conflict.column('listener').doUpdateSet({ seq }))
        .execute()
    })
  }

  async #parkedSubjects(): Promise<Set<string>> {
    const rows = await this.#parked().select('subject').distinct().execute()
    return new Set(rows.map((row) => row.subject))
  }

  #parked() {
    return this.#parts.database
      .tables<EventTables>()
      .selectFrom('kernel_event_parked')
      .where('listener', '=', this.listener.name)
  }

  async #park(event: StoredEvent, error: string, attempts = 1): Promise<void> {
    const wait = Math.min(FIRST_RETRY_MS * 2 ** (attempts - 1), LONGEST_RETRY_MS)
    const due = this.#parts.clock.now() + wait
    const row = { seq: event.seq, subject: event.subject, attempts, due, error }
    await this.#parts.database.write(async (tx) => {
      await tx
        .tables<EventTables>()
        .insertInto('kernel_event_parked')
        .values({ listener: this.listener.name, ...row })
        .onConflict((conflict) =>
          conflict.columns(['listener', 'seq']).doUpdateSet({ attempts, due, error }),
        )
        .execute()
    })
  }

  async #retryDue(): Promise<void> {
    const rows = await this.#parked().selectAll().orderBy('seq').execute()
    const blocked = new Set<string>()
    for (const row of rows) {
      const isDue = row.due <= this.#parts.clock.now() && row.attempts < MOST_ATTEMPTS
      if (this.#stopped || blocked.has(row.subject)) continue
      if (!isDue || !(await this.#retry(row.seq, row.attempts))) blocked.add(row.subject)
    }
  }

  async #retry(seq: number, attempts: number): Promise<boolean> {
    const stored = await this.#parts.database
      .tables<EventTables>()
      .selectFrom('kernel_event')
      .selectAll()
      .where('seq', '=', seq)
      .executeTakeFirstOrThrow()
    const event = asEvent(stored)
    const error = await this.#try(event)
    if (error !== undefined) {
      await this.#park(event, error, attempts + 1)
      return false
    }
    await this.#parts.database.write(async (tx) => {
      await tx
        .tables<EventTables>()
        .deleteFrom('kernel_event_parked')
        .where('listener', '=', this.listener.name)
        .where('seq', '=', seq)
        .execute()
    })
    return true
  }

  async #armRetry(): Promise<void> {
    const next = await this.#parked()
      .select((query) => query.fn.min('due').as('due'))
      .where('attempts', '<', MOST_ATTEMPTS)
      .executeTakeFirst()
    if (next?.due != null) this.#arm(Math.max(next.due, this.#parts.clock.now() + 10))
  }

  #arm(timeMs: number): void {
    this.#cancelTimer()
    if (!this.#stopped) this.#cancelTimer = this.#parts.clock.at(timeMs, () => this.wake())
  }
}

export function createDelivery(parts: EventParts) {
  const courses: Course[] = []
  let started = false
  const wake = () => {
    if (started) for (const course of courses) course.wake()
  }
  return {
    wake,
    listen(listener: Listener) {
      if (courses.some((course) => course.listener.name === listener.name)) {
        throw new Error(`two listeners are called ${listener.name}`)
      }
      courses.push(new Course(parts, listener))
    },
    start() {
      started = true
      wake()
    },
    async settled() {
      // A handler may append what another one listens for: until a whole round brings nothing new.
      for (let last = -1; ;) {
        await Promise.all(courses.map((course) => course.settled()))
        const newest = await newestSeq(parts)
        if (newest === last) return
        last = newest
      }
    },
    stop: async () => void (await Promise.all(courses.map((course) => course.stop()))),
  }
}

async function newestSeq(parts: EventParts): Promise<number> {
  const row = await parts.database
    .tables<EventTables>()
    .selectFrom('kernel_event')
    .select((query) => query.fn.max('seq').as('seq'))
    .executeTakeFirst()
  return row?.seq ?? 0
}
