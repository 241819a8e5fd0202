// The writer thread: the only connection that writes, so a flush to disk never stops the main thread.
// Interactive transactions run one at a time, each in a savepoint of the open group; whatever else has
// arrived by the time one ends joins the group; then one COMMIT makes all of them durable.
import { type MessagePort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { SqliteConnection } from './sqlite-connection.ts'
import type { WriterAnswer, WriterRequest } from './sqlite-messages.ts'

const GROUP_LIMIT = 512
const GROUP_MS = 10

const { port } = workerData as { port: MessagePort }
let connection: SqliteConnection

let groupOpen = false
let groupSince = 0
let inSavepoint = false
let beginFailure: unknown
/** The next transaction is on its way; it follows at once, and GROUP_MS bounds the wait in any case. */
let moreToCome = false
let members: number[] = []
const held: WriterRequest[] = []

port.once('message', (file: string) => {
  connection = new SqliteConnection(file)
  connection.db.exec(
    'pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on;' +
      'pragma cache_size = -32000; pragma wal_autocheckpoint = 4000; pragma temp_store = memory',
  )
  port.on('message', takeAll)
})

function takeAll(first: WriterRequest[]): void {
  first.forEach(take)
  for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port)) {
    const more = next.message as WriterRequest[]
    more.forEach(take)
  }
  if (!inSavepoint && !moreToCome) commitGroup()
}

/** While a transaction is in its savepoint, others wait: their rows must not fall with it. */
function take(request: WriterRequest): void {
  if (inSavepoint && (request.kind === 'apply' || request.kind === 'begin')) held.push(request)
  else perform(request)
  while (isFree() && held.length > 0) perform(held.shift()!)
}

function perform(request: WriterRequest): void {
  try {
    handlers[request.kind](request as never)
  } catch (error) {
    if (request.kind === 'begin') beginFailure = error
    else fail([request.id], error)
    abandonIfRolledBack(error)
  }
}

const handlers = {
  begin() {
    moreToCome = false
    beginFailure = undefined
    openGroup()
    connection.db.exec('savepoint one')
    inSavepoint = true
  },
  query(request: { id: number; sql: string; parameters: readonly unknown[] }) {
    checkOpen()
    const outcome = connection.run(request.sql, request.parameters)
    answer({ kind: 'done', id: request.id, ...outcome })
  },
  release(request: { id: number; more: boolean }) {
    moreToCome = request.more
    checkOpen()
    connection.db.exec('release one')
    inSavepoint = false
    join(request.id)
  },
  undo(request: { id: number }) {
    if (inSavepoint) connection.db.exec('rollback to one; release one')
    inSavepoint = false
    answer({ kind: 'done', id: request.id, rows: [], changes: 0 })
  },
  apply(request: { id: number; statements: { sql: string; parameters: readonly unknown[] }[] }) {
    openGroup()
    connection.db.exec('savepoint many')
    try {
      for (const statement of request.statements) {
        connection.run(statement.sql, statement.parameters)
      }
    } catch (error) {
      if (connection.db.isTransaction) connection.db.exec('rollback to many; release many')
      throw error
    }
    connection.db.exec('release many')
    join(request.id)
  },
  close(request: { id: number }) {
    commitGroup()
    connection.close()
    answer({ kind: 'done', id: request.id, rows: [], changes: 0 })
    port.close()
  },
}

function isFree(): boolean {
  return !inSavepoint
}

function checkOpen(): void {
  if (inSavepoint) return
  throw beginFailure ?? new Error('the transaction was rolled back by the database')
}

function openGroup(): void {
  if (groupOpen) return
  connection.db.exec('begin immediate')
  groupOpen = true
  groupSince = Date.now()
}

function join(id: number): void {
  members.push(id)
  if (members.length >= GROUP_LIMIT || Date.now() - groupSince > GROUP_MS) commitGroup()
}

function commitGroup(): void {
  if (!groupOpen) return
  const ids = members
  try {
    connection.db.exec('commit')
    groupOpen = false
    members = []
    if (ids.length > 0) answer({ kind: 'durable', ids })
  } catch (error) {
    if (connection.db.isTransaction) connection.db.exec('rollback')
    groupOpen = false
    members = []
    fail(ids, error)
  }
}

/** A full disk or an I/O error may make SQLite roll the whole group back by itself. */
function abandonIfRolledBack(error: unknown): void {
  if (!groupOpen || connection.db.isTransaction) return
  groupOpen = false
  inSavepoint = false
  const ids = members
  members = []
  fail(ids, error)
}

function fail(ids: number[], error: unknown): void {
  if (ids.length === 0) return
  const known = error as { message?: string; errstr?: string; errcode?: number }
  answer({
    kind: 'failed',
    ids,
    message: known.message ?? String(error),
    code: String(known.errcode ?? ''),
  })
}

function answer(message: WriterAnswer): void {
  port.postMessage(message)
}
