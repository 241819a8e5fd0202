import { mkdtempSync, rmSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Database, openDatabase } from '../server/src/kernel/index.ts'
import { type Figure, ratios, ratioText, withUnit } from './figure.ts'

const ROUNDS = 9
const WRITES = 640
const TOGETHER = 64
const TEXT_LENGTH = 200

interface BenchTables {
  bench_row: { id: number; text: string }
}

/** A durable transaction of one row: through the writer thread, and as bare node:sqlite does it. */
export async function store(): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'madang-bench-'))
  const database = await openDatabase({ file: join(folder, 'ours.db') })
  await database.migrate('bench', [{ id: '001', up: createTable }])
  const bare = openBare(join(folder, 'bare.db'))
  const samples = { serial: [] as number[], together: [] as number[], bare: [] as number[] }
  for (let round = 0; round <= ROUNDS; round++) {
    const from = round * WRITES
    const serial = await timed(() => inTurn(database, from * 3))
    const together = await timed(() => manyTogether(database, from * 3 + WRITES))
    const alone = await timed(async () => bareInTurn(bare, from))
    // The first round compiles.
    if (round === 0) continue
    samples.serial.push(serial)
    samples.together.push(together)
    samples.bare.push(alone)
  }
  await database.close()
  bare.close()
  rmSync(folder, { recursive: true, force: true })
  const peer = `node:sqlite on the main thread ${withUnit(samples.bare, 'ms')}`
  return [
    figureOf('database.write, one after another', samples.serial, samples.bare, peer),
    figureOf(
      `database.write, ${TOGETHER} at once, per write`,
      samples.together,
      samples.bare,
      peer,
    ),
  ]
}

function figureOf(what: string, mine: number[], bare: number[], peer: string): Figure {
  const ratio = ratioText(ratios(mine, bare))
  return { what, ours: withUnit(mine, 'ms'), peer, ratio, bound: '', isMet: undefined }
}

/** ms per write. */
async function timed(run: () => Promise<void>): Promise<number> {
  const started = performance.now()
  await run()
  return (performance.now() - started) / WRITES
}

async function inTurn(database: Database, from: number): Promise<void> {
  for (let index = 0; index < WRITES; index++) await writeOne(database, from + index)
}

async function manyTogether(database: Database, from: number): Promise<void> {
  let next = 0
  const worker = async () => {
    while (next < WRITES) await writeOne(database, from + next++)
  }
  await Promise.all(Array.from({ length: TOGETHER }, worker))
}

function writeOne(database: Database, id: number): Promise<void> {
  return database.write(async (tx) => {
    await tx
      .tables<BenchTables>()
      .insertInto('bench_row')
      .values({ id, text: textOf(id) })
      .execute()
  })
}

async function createTable(db: ReturnType<Database['tables']>): Promise<void> {
  await db.schema
    .createTable('bench_row')
    .addColumn('id', 'integer', (column) => column.primaryKey())
    .addColumn('text', 'text', (column) => column.notNull())
    .execute()
}

/** The same pragmas as the writer thread's. */
function openBare(file: string): DatabaseSync {
  const bare = new DatabaseSync(file)
  bare.exec(
    'pragma journal_mode = wal; pragma synchronous = full; pragma wal_autocheckpoint = 4000',
  )
  bare.exec('create table bench_row (id integer primary key, text text not null)')
  return bare
}

function bareInTurn(bare: DatabaseSync, from: number): void {
  const insert = bare.prepare('insert into bench_row (id, text) values (?, ?)')
  for (let index = 0; index < WRITES; index++) {
    bare.exec('begin immediate')
    insert.run(from + index, textOf(from + index))
    bare.exec('commit')
  }
}

/** Different each time: SQLite doesn't write what doesn't change. */
function textOf(id: number): string {
  return `${id} `.repeat(TEXT_LENGTH).slice(0, TEXT_LENGTH)
}
