import { columnTypes, type Database, type MigrationStep } from './types.ts'

interface MigrationTable {
  kernel_migration: { capability: string; step: string; at: number }
}

/** Runs the steps that this database has not seen; refuses one made by a newer program. */
export async function migrate(
  database: Database,
  capability: string,
  steps: MigrationStep[],
): Promise<void> {
  const history = await historyOf(database)
  const done = history.get(capability) ?? new Set()
  history.set(capability, done)
  const known = new Set(steps.map((step) => step.id))
  const unknown = [...done].find((step) => !known.has(step))
  if (unknown) {
    throw new Error(
      `The data was last used by a newer Madang (it has ${capability} ${unknown}). Start that version, or a newer one.`,
    )
  }
  for (const step of steps) {
    if (done.has(step.id)) continue
    await runStep(database, capability, step)
    done.add(step.id)
  }
}

/** Steps that were run, by capability. */
type History = Map<string, Set<string>>

// Twenty capabilities ask one after the other at each start: one look serves them all.
const histories = new WeakMap<Database, Promise<History>>()

function historyOf(database: Database): Promise<History> {
  const known = histories.get(database)
  if (known) return known
  const reading = readHistory(database)
  histories.set(database, reading)
  return reading
}

async function readHistory(database: Database): Promise<History> {
  // Only a new store lacks the table, and asking whether it does means waiting for the writer to wake.
  const rows = await readSteps(database).catch(async () => {
    await ensureTable(database)
    return readSteps(database)
  })
  const history: History = new Map()
  for (const { capability, step } of rows) {
    history.set(capability, (history.get(capability) ?? new Set()).add(step))
  }
  return history
}

function readSteps(database: Database) {
  const tables = database.tables<MigrationTable>()
  return tables.selectFrom('kernel_migration').select(['capability', 'step']).execute()
}

async function ensureTable(database: Database): Promise<void> {
  await database.write(async (tx) => {
    await tx
      .tables<unknown>()
      .schema.createTable('kernel_migration')
      .ifNotExists()
      .addColumn('capability', 'text', (column) => column.notNull())
      .addColumn('step', 'text', (column) => column.notNull())
      .addColumn('at', columnTypes[database.dialect].bigint, (column) => column.notNull())
      .addPrimaryKeyConstraint('kernel_migration_key', ['capability', 'step'])
      .execute()
  })
}

async function runStep(database: Database, capability: string, step: MigrationStep): Promise<void> {
  await database.write(async (tx) => {
    await step.up(tx.tables<unknown>(), columnTypes[database.dialect])
    await tx
      .tables<MigrationTable>()
      .insertInto('kernel_migration')
      .values({ capability, step: step.id, at: Date.now() })
      .execute()
  })
}
