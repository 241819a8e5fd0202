import { AsyncLocalStorage } from 'node:async_hooks'
import { Kysely, SqliteAdapter, SqliteQueryCompiler } from 'kysely'
import { invariant } from '../errors.ts'
import { migrate } from './migrate.ts'
import { connectionDialect } from './query-dialect.ts'
import { SqliteGroupWriter } from './sqlite-group.ts'
import { SqliteReader } from './sqlite-reader.ts'
import { WireWriter } from './sqlite-wire.ts'
import { WriteFailure } from './write-failure.ts'
import type { WriterAnswer, WriterRequest } from './sqlite-messages.ts'
import type { Database, QueryOutcome, Statement, Transaction } from './types.ts'
import { takeWriter } from './writer-thread.ts'

const sqliteParts = {
  createAdapter: () => new SqliteAdapter(),
  createQueryCompiler: () => new SqliteQueryCompiler(),
}

/**
 * The embedded database: a writer thread, and this thread's own connection for reading. What is thrown
 * away (not `durable`) is written in this thread, too: without a flush nothing is waited for.
 */
export async function openSqlite(file: string, given: { durable: boolean }): Promise<Database> {
  const place: { reader?: SqliteReader } = {}
  const start = given.durable ? threadWriter : writerHere
  const writer = start(file, () => place.reader?.refresh())
  const reader = (place.reader = new SqliteReader(file))
  const readTables = new Kysely<unknown>({
    dialect: connectionDialect(sqliteParts, async (sql, parameters) => reader.run(sql, parameters)),
  })
  const inside = new AsyncLocalStorage<true>()
  const outside = AsyncLocalStorage.snapshot()
  let queue: Promise<unknown> = Promise.resolve()
  let waiting = 0

  const database: Database = {
    dialect: 'sqlite',
    tables: <T>() => readTables as Kysely<T>,
    select: async <R>({ sql, parameters }: Statement) => reader.run(sql, parameters).rows as R[],
    write(run) {
      invariant(!inside.getStore(), 'a write inside a write; pass the transaction on instead')
      // The next transaction begins when this one has been released, not when it is on disk: it joins
      // the same group. Its caller is answered after the commit.
      waiting++
      const released = queue.then(() => {
        waiting--
        return inside.run(true, () => interactive(writer, run, () => waiting > 0))
      })
      queue = released.then(
        () => undefined,
        () => undefined,
      )
      return released.then(async (outcome) => {
        await outcome.durable
        // What a hook begins (delivery, jobs) is no part of this write, nor of what caused it.
        outside(() => outcome.hooks.forEach((hook) => hook()))
        return outcome.result
      })
    },
    apply: writer.apply,
    migrate: (capability, steps) => migrate(database, capability, steps),
    async close() {
      await queue
      await writer.close()
      reader.close()
    },
  }
  return database
}

async function interactive<R>(
  writer: Writer,
  run: (tx: Transaction) => Promise<R>,
  hasMore: () => boolean,
) {
  writer.tell({ kind: 'begin', id: 0 })
  const hooks: (() => void)[] = []
  let open = true
  const tables = new Kysely<unknown>({
    dialect: connectionDialect(sqliteParts, (sql, parameters) => {
      invariant(open, 'the transaction is over; it was used after its function returned')
      return writer.ask({ kind: 'query', id: 0, sql, parameters })
    }),
  })
  const tx: Transaction = {
    dialect: 'sqlite',
    tables: <T>() => tables as Kysely<T>,
    afterCommit: (hook) => hooks.push(hook),
  }
  try {
    const result = await run(tx)
    open = false
    const durable = writer.settle({ kind: 'release', id: 0, more: hasMore() })
    // Whoever awaits `write` handles this; until then it must not count as unhandled.
    durable.catch(() => undefined)
    return { result, durable, hooks }
  } catch (error) {
    open = false
    await writer.ask({ kind: 'undo', id: 0 })
    throw error
  }
}

interface Writer {
  /** Sends what has no answer. */
  tell(request: WriterRequest): void
  ask(request: WriterRequest): Promise<QueryOutcome>
  settle(request: WriterRequest): Promise<void>
  /** Sends it with what else this turn of the event loop applies. */
  apply(statements: Statement[]): Promise<string[]>
  close(): Promise<void>
}

interface Pending {
  resolve(outcome: QueryOutcome & { sums?: string | undefined }): void
  reject(error: Error): void
}

/** `onAnswer` is called before anyone hears of an answer. */
function threadWriter(file: string, onAnswer: () => void): Writer {
  const { worker, port } = takeWriter()
  port.postMessage(file)
  const pending = new Map<number, Pending>()
  const dead = (error: Error) => {
    for (const entry of pending.values()) entry.reject(error)
    pending.clear()
  }
  worker.on('error', dead)
  port.on('message', (answer: WriterAnswer) => {
    onAnswer()
    receive(pending, answer)
  })
  const wire = new WireWriter()
  return writerOver(pending, {
    send(requests) {
      const message = wire.message(requests)
      port.postMessage(message, message.bytes ? [message.bytes.buffer] : [])
    },
    async close() {
      port.close()
      await worker.terminate()
    },
  })
}

function writerHere(file: string, onAnswer: () => void): Writer {
  const pending = new Map<number, Pending>()
  const writer = new SqliteGroupWriter(file, { durable: false }, (answer) => {
    onAnswer()
    receive(pending, answer)
  })
  return writerOver(pending, {
    send(requests) {
      for (const request of requests) writer.take(request)
      writer.settle()
    },
    close: async () => undefined,
  })
}

/** Where requests go; answers come to `receive`. */
interface WriterLine {
  send(requests: WriterRequest[]): void
  close(): Promise<void>
}

function writerOver(pending: Map<number, Pending>, line: WriterLine): Writer {
  let lastId = 0
  // What one turn of the event loop asks for goes as one message: a message costs as much as a row.
  let outbox: WriterRequest[] = []
  const flush = () => {
    if (outbox.length === 0) return
    const requests = outbox
    outbox = []
    line.send(requests)
  }
  const post = (request: WriterRequest) => {
    flush()
    line.send([request])
  }
  const ask = (request: WriterRequest): Promise<QueryOutcome> =>
    new Promise((resolve, reject) => {
      const id = ++lastId
      pending.set(id, { resolve, reject })
      post({ ...request, id })
    })
  return {
    tell: post,
    ask,
    settle: async (request) => void (await ask(request)),
    apply: (statements) =>
      new Promise((resolve, reject) => {
        const id = ++lastId
        pending.set(id, { resolve: ({ sums }) => resolve(sums?.split(',') ?? []), reject })
        outbox.push({ kind: 'apply', id, statements })
        if (outbox.length === 1) setImmediate(flush)
      }),
    async close() {
      await ask({ kind: 'close', id: 0 })
      await line.close()
    },
  }
}

function receive(pending: Map<number, Pending>, answer: WriterAnswer): void {
  const ids = answer.kind === 'done' ? [answer.id] : answer.ids
  for (const [at, id] of ids.entries()) {
    const entry = pending.get(id)
    pending.delete(id)
    if (!entry) continue
    if (answer.kind === 'failed') entry.reject(new WriteFailure(answer.message, answer.code))
    else if (answer.kind === 'done') entry.resolve({ rows: answer.rows, changes: answer.changes })
    else entry.resolve({ rows: [], changes: 0, sums: answer.sums?.[at] })
  }
}
