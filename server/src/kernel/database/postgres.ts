import { AsyncLocalStorage } from 'node:async_hooks'
import { Kysely, PostgresAdapter, PostgresQueryCompiler } from 'kysely'
import { Pool, type PoolClient, types } from 'pg'
import { invariant } from '../errors.ts'
import { migrate } from './migrate.ts'
import { connectionDialect } from './query-dialect.ts'
import { withSums } from './sums.ts'
import { WriteFailure } from './write-failure.ts'
import type { Database, QueryOutcome, Statement, Transaction } from './types.ts'

const INT8 = 20
const NUMERIC = 1700
// Moments and sizes stay under 2^53; a number is what SQLite gives, too.
types.setTypeParser(INT8, Number)
types.setTypeParser(NUMERIC, Number)

const RETRIES = 10
const CONFLICTS = ['40001', '40P01']

const postgresParts = {
  createAdapter: () => new PostgresAdapter(),
  createQueryCompiler: () => new PostgresQueryCompiler(),
}

// Every write takes this lock in a mode that they share. One that collided tries again in a mode that is
// alone: it waits for those under way and the next ones wait for it, on all servers, so it cannot
// collide again and nobody starves. LOCK TABLE comes before the snapshot is taken; a function that
// locks (pg_advisory_lock) would be a SELECT, and look at what was there before the wait.
const TOGETHER = 'lock table kernel_gate in row exclusive mode'
const ALONE = 'lock table kernel_gate in share row exclusive mode'

/** PostgreSQL as the store: transactions are serialisable and tried again when two of them collide. */
export async function openPostgres(url: string): Promise<Database> {
  const pool = new Pool({ connectionString: url, max: 16 })
  pool.on('error', () => undefined) // a lost idle connection is replaced at its next use
  await createGate(pool)
  const readTables = new Kysely<unknown>({
    dialect: connectionDialect(postgresParts, (sql, parameters) => query(pool, sql, parameters)),
  })
  const inside = new AsyncLocalStorage<true>()
  const outside = AsyncLocalStorage.snapshot()
  const database: Database = {
    dialect: 'postgres',
    tables: <T>() => readTables as Kysely<T>,
    select: async <R>({ sql, parameters }: Statement) =>
      (await query(pool, sql, parameters)).rows as R[],
    write(run) {
      invariant(!inside.getStore(), 'a write inside a write; pass the transaction on instead')
      return inside
        .run(true, () => withRetries(pool, run))
        .then(({ result, hooks }) => {
          // What a hook begins (delivery, jobs) is no part of this write, nor of what caused it.
          outside(() => hooks.forEach((hook) => hook()))
          return result
        })
    },
    async apply(statements) {
      const sums: string[] = []
      const filled = statements.map((statement) => withSums(statement, sums))
      await withRetries(pool, async (_tx, client) => {
        for (const { sql, parameters } of filled) await query(client, sql, parameters)
      })
      return sums
    },
    migrate: (capability, steps) => migrate(database, capability, steps),
    close: () => pool.end(),
  }
  return database
}

interface Committed<R> {
  result: R
  hooks: (() => void)[]
}

async function withRetries<R>(
  pool: Pool,
  run: (tx: Transaction, client: PoolClient) => Promise<R>,
): Promise<Committed<R>> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await once(pool, run, attempt === 1 ? TOGETHER : ALONE)
    } catch (error) {
      const code = error instanceof WriteFailure ? error.code : ''
      if (!CONFLICTS.includes(code) || attempt >= RETRIES) throw error
    }
  }
}

async function once<R>(
  pool: Pool,
  run: (tx: Transaction, client: PoolClient) => Promise<R>,
  lock: string,
): Promise<Committed<R>> {
  const client = await pool.connect()
  const hooks: (() => void)[] = []
  let open = true
  try {
    await query(client, `begin isolation level serializable; ${lock}`, [])
    const tables = new Kysely<unknown>({
      dialect: connectionDialect(postgresParts, (sql, parameters) => {
        invariant(open, 'the transaction is over; it was used after its function returned')
        return query(client, sql, parameters)
      }),
    })
    const tx: Transaction = {
      dialect: 'postgres',
      tables: <T>() => tables as Kysely<T>,
      afterCommit: (hook) => hooks.push(hook),
    }
    const result = await run(tx, client)
    open = false
    await query(client, 'commit', [])
    return { result, hooks }
  } catch (error) {
    open = false
    await client.query('rollback').catch(() => undefined) // the connection is gone; so is the transaction
    throw error
  } finally {
    client.release()
  }
}

async function createGate(pool: Pool): Promise<void> {
  try {
    await query(pool, 'create table if not exists kernel_gate (id integer)', [])
  } catch (error) {
    // Two servers that start at once may both try; the second one's is there already.
    const code = error instanceof WriteFailure ? error.code : ''
    if (code !== '23505' && code !== '42P07') throw error
  }
}

async function query(
  on: Pool | PoolClient,
  sql: string,
  parameters: readonly unknown[],
): Promise<QueryOutcome> {
  try {
    const result = await on.query(sql, parameters.map(asBuffer))
    return { rows: result.rows as Record<string, unknown>[], changes: result.rowCount ?? 0 }
  } catch (error) {
    const known = error as { message?: string; code?: string }
    throw new WriteFailure(known.message ?? String(error), known.code ?? '')
  }
}

function asBuffer(value: unknown): unknown {
  return value instanceof Uint8Array && !Buffer.isBuffer(value) ? Buffer.from(value) : value
}
