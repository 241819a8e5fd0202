import { type Database, parseColumn, type Statement, stringify } from '../../../kernel/index.ts'
import { type IamTables, iamMigrations } from './migrations.ts'
import type { Kind, Kinds } from './model.ts'

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
 */
export interface IamStore {
  account(account: string): AccountView
  accounts(): string[]
  /** Runs `run` alone; what it put and removed is kept together, or nothing when it throws. */
  change<R>(account: string, run: (change: AccountChange) => R): Promise<R>
  /** Called after each change, for what is derived from the entities. */
  onChange(hear: () => void): void
  clear(): Promise<void>
}

type Entities = Map<string, Kinds[Kind]>

const mapKey = (kind: Kind, name: string) => `${kind} ${name.toLowerCase()}`

export async function openIamStore(database: Database): Promise<IamStore> {
  await database.migrate('cloud-iam', iamMigrations)
  const accounts = await loadAll(database)
  const hearers: (() => void)[] = []
  let queue: Promise<unknown> = Promise.resolve()
  const entitiesOf = (account: string) => {
    const known = accounts.get(account) ?? new Map()
    accounts.set(account, known)
    return known
  }
  const changeNow = async <R>(account: string, run: (change: AccountChange) => R): Promise<R> => {
    const base = entitiesOf(account)
    const draft: Entities = new Map(base)
    const statements: Statement[] = []
    const result = run(changeOver(database, account, draft, statements))
    if (statements.length > 0) {
      await database.apply(statements)
      accounts.set(account, draft)
      for (const hear of hearers) hear()
    }
    return result
  }
  return {
    account: (account) => viewOver(account, accounts.get(account) ?? new Map()),
    accounts: () => [...accounts.keys()],
    change(account, run) {
      const result = queue.then(() => changeNow(account, run))
      queue = result.catch(() => undefined)
      return result
    },
    onChange: (hear) => void hearers.push(hear),
    async clear() {
      const empty = database.tables<IamTables>().deleteFrom('cloud_iam_entity').compile()
      await database.apply([empty])
      accounts.clear()
      for (const hear of hearers) hear()
    },
  }
}

async function loadAll(database: Database): Promise<Map<string, Entities>> {
  const accounts = new Map<string, Entities>()
  const rows = await database
    .tables<IamTables>()
    .selectFrom('cloud_iam_entity')
    .selectAll()
    .execute()
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
