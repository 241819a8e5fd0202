import { CompiledQuery, type Kysely } from 'kysely'
import {
  type Database,
  type Kernel,
  parseColumn,
  type Statement,
  stringify,
  type Transaction,
} from '../../../kernel/index.ts'
import { type IamTables, iamMigrations } from './migrations.ts'
import type { AccountSettings, Kind, Kinds } from './model.ts'

/** One account's entities, as they are or as a change sees them. */
export interface AccountView {
  readonly account: string
  get<K extends Kind>(kind: K, name: string): Kinds[K] | undefined
  /** Sorted by name. */
  list<K extends Kind>(kind: K): Kinds[K][]
}

export interface AccountChange extends AccountView {
  put<K extends Kind>(kind: K, name: string, entity: Kinds[K]): void
  remove(kind: Kind, name: string): void
}

/**
 * IAM's entities. Every request asks for them, so they are held in memory as well and written
 * through: a change is answered when it is on disk, and only then seen. Entities are never changed
 * in place.
 *
 * Several servers on one PostgreSQL: a change is made over what the database has (a version counts
 * them), and the other servers take it over within a second.
 */
export interface IamStore {
  account(account: string): AccountView
  accounts(): string[]
  /** Runs `run` alone; what it put and removed is kept together, or nothing when it throws. */
  change<R>(account: string, run: (change: AccountChange) => R): Promise<R>
  /** Called after each change, for what is derived from the entities. */
  onChange(hear: () => void): void
  /** Takes over what another server changed; false when nothing did, or there is no other. */
  refresh(): Promise<boolean>
  clear(): Promise<void>
}

const SETTINGS = 'account'

/** What is set for the account as a whole. */
export const settingsOf = (view: AccountView): AccountSettings =>
  view.get('settings', SETTINGS) ?? { aliases: [] }

export function changeSettings(change: AccountChange, edit: Partial<AccountSettings>): void {
  change.put('settings', SETTINGS, { ...settingsOf(change), ...edit })
}

type Entities = Map<string, Kinds[Kind]>

const mapKey = (kind: Kind, name: string) => `${kind} ${name.toLowerCase()}`

const REFRESH_MS = 1000

export async function openIamStore(kernel: Kernel): Promise<IamStore> {
  const { database } = kernel
  await database.migrate('cloud-iam', iamMigrations)
  const state: Held = { accounts: await loadAll(database.tables()), version: 0, hearers: [] }
  state.version = await versionOf(database.tables())
  const isShared = database.dialect === 'postgres'
  let queue: Promise<unknown> = Promise.resolve()
  const inTurn = <R>(run: () => Promise<R>): Promise<R> => {
    const result = queue.then(run)
    queue = result.catch(() => undefined)
    return result
  }
  const refresh = () => inTurn(() => refreshNow(database, state))
  if (isShared) refreshOften(kernel, refresh)
  return {
    account: (account) => viewOver(account, state.accounts.get(account) ?? new Map()),
    accounts: () => [...state.accounts.keys()],
    change: (account, run) =>
      inTurn(() =>
        isShared
          ? changeShared(database, state, account, run)
          : changeAlone(database, state, account, run),
      ),
    onChange: (hear) => void state.hearers.push(hear),
    refresh: () => (isShared ? refresh() : Promise.resolve(false)),
    clear: () =>
      inTurn(async () => {
        const tables = database.tables<IamTables>()
        const forget = tables.deleteFrom('cloud_iam_entity').compile()
        await database.apply([forget, nextVersion(tables).compile()])
        state.accounts.clear()
        for (const hear of state.hearers) hear()
      }),
  }
}

interface Held {
  accounts: Map<string, Entities>
  /** Of the entities held, as the database counts. */
  version: number
  hearers: (() => void)[]
}

function refreshOften({ log, onStop }: Kernel, refresh: () => Promise<boolean>): void {
  const timer = setInterval(() => {
    refresh().catch((error: unknown) => log.error('iam.refresh', { error }))
  }, REFRESH_MS).unref()
  onStop(async () => clearInterval(timer))
}

async function refreshNow(database: Database, state: Held): Promise<boolean> {
  const version = await versionOf(database.tables())
  if (version === state.version) return false
  state.accounts = await loadAll(database.tables())
  state.version = version
  for (const hear of state.hearers) hear()
  return true
}

async function changeAlone<R>(
  database: Database,
  state: Held,
  account: string,
  run: (change: AccountChange) => R,
): Promise<R> {
  const draft: Entities = new Map(state.accounts.get(account))
  const statements: Statement[] = []
  const result = run(changeOver(database, account, draft, statements))
  if (statements.length > 0) {
    await database.apply(statements)
    state.accounts.set(account, draft)
    for (const hear of state.hearers) hear()
  }
  return result
}

/** The same, where another server may have changed something since: the database decides. */
async function changeShared<R>(
  database: Database,
  state: Held,
  account: string,
  run: (change: AccountChange) => R,
): Promise<R> {
  const done = await database.write(async (tx) => {
    const tables = tx.tables<IamTables>()
    const version = await versionOf(tables)
    const accounts = version === state.version ? state.accounts : await loadAll(tables)
    const draft: Entities = new Map(accounts.get(account))
    const statements: Statement[] = []
    const result = run(changeOver(database, account, draft, statements))
    if (statements.length > 0) await execute(tx, [...statements, nextVersion(tables).compile()])
    return { result, accounts, draft, version, hasChanged: statements.length > 0 }
  })
  const isStale = done.version !== state.version
  if (isStale || done.hasChanged) {
    state.accounts = new Map(done.accounts).set(account, done.draft)
    state.version = done.version + (done.hasChanged ? 1 : 0)
    for (const hear of state.hearers) hear()
  }
  return done.result
}

async function execute(tx: Transaction, statements: Statement[]): Promise<void> {
  for (const { sql, parameters } of statements) {
    await tx.tables<IamTables>().executeQuery(CompiledQuery.raw(sql, [...parameters]))
  }
}

const nextVersion = (tables: Kysely<IamTables>) =>
  tables.updateTable('cloud_iam_version').set((row) => ({ version: row('version', '+', 1) }))

async function versionOf(tables: Kysely<IamTables>): Promise<number> {
  const row = await tables
    .selectFrom('cloud_iam_version')
    .select('version')
    .executeTakeFirstOrThrow()
  return Number(row.version)
}

async function loadAll(tables: Kysely<IamTables>): Promise<Map<string, Entities>> {
  const accounts = new Map<string, Entities>()
  const rows = await tables.selectFrom('cloud_iam_entity').selectAll().execute()
  for (const row of rows) {
    const entities = accounts.get(row.account) ?? new Map()
    accounts.set(row.account, entities)
    entities.set(mapKey(row.kind as Kind, row.name), parseColumn<Kinds[Kind]>(row.body))
  }
  return accounts
}

function viewOver(account: string, entities: Entities): AccountView {
  return {
    account,
    get: <K extends Kind>(kind: K, name: string) =>
      entities.get(mapKey(kind, name)) as Kinds[K] | undefined,
    list: <K extends Kind>(kind: K) =>
      [...entities]
        .filter(([key]) => key.startsWith(`${kind} `))
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([, entity]) => entity as Kinds[K]),
  }
}

function changeOver(
  database: Database,
  account: string,
  draft: Entities,
  statements: Statement[],
): AccountChange {
  const tables = database.tables<IamTables>()
  return {
    ...viewOver(account, draft),
    put(kind, name, entity) {
      draft.set(mapKey(kind, name), entity)
      const row = { account, kind, name: name.toLowerCase(), body: stringify(entity) }
      const upsert = tables
        .insertInto('cloud_iam_entity')
        .values(row)
        .onConflict((conflict) =>
          conflict.columns(['account', 'kind', 'name']).doUpdateSet({ body: row.body }),
        )
      statements.push(upsert.compile())
    },
    remove(kind, name) {
      draft.delete(mapKey(kind, name))
      const remove = tables
        .deleteFrom('cloud_iam_entity')
        .where('account', '=', account)
        .where('kind', '=', kind)
        .where('name', '=', name.toLowerCase())
      statements.push(remove.compile())
    },
  }
}
