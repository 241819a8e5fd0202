import { type Database, parseColumn, type Statement, stringify } from '../../../kernel/index.ts'
import type { DynamoTables } from './migrations.ts'
import type { Scope, TableDefinition } from './table-model.ts'

/** A backup: the table's definition at its moment, and where its items are kept. */
export interface Backup extends Scope {
  arn: string
  name: string
  type: 'USER' | 'SYSTEM'
  tableName: string
  createdAtMs: number
  expiresAtMs?: number | undefined
  itemsId: number
  items: number
  sizeBytes: number
  definition: TableDefinition
}

type Facts = Omit<Backup, 'arn' | 'account' | 'region' | 'tableName' | 'createdAtMs' | 'itemsId'>

/** Exports and imports, by their ARN; `F` is what their descriptions are made of. */
export interface Transfer<F> extends Scope {
  arn: string
  createdAtMs: number
  facts: F
}

export interface BackupStore {
  find(arn: string): Promise<Backup | undefined>
  list(scope: Scope): Promise<Backup[]>
  add(backup: Backup): Statement
  forget(arn: string): Promise<void>
  transfer<F>(kind: string, arn: string): Promise<Transfer<F> | undefined>
  transfers<F>(kind: string, scope: Scope): Promise<Transfer<F>[]>
  keep<F>(kind: string, transfer: Transfer<F>): Statement
}

export function openBackupStore(database: Database): BackupStore {
  const from = () => database.tables<DynamoTables>().selectFrom('dynamodb_backup').selectAll()
  return {
    async find(arn) {
      const row = await from().where('arn', '=', arn).executeTakeFirst()
      return row && backupOf(row)
    },
    async list({ account, region }) {
      const rows = await from()
        .where('account', '=', account)
        .where('region', '=', region)
        .orderBy('created_at')
        .orderBy('arn')
        .execute()
      return rows.map(backupOf)
    },
    add: (backup) => insertOf(database, backup),
    async forget(arn) {
      await database.write((tx) =>
        tx.tables<DynamoTables>().deleteFrom('dynamodb_backup').where('arn', '=', arn).execute(),
      )
    },
    ...transfersOf(database),
  }
}

type Row = DynamoTables['dynamodb_backup']

const backupOf = (row: Row): Backup => ({
  ...parseColumn<Facts>(row.facts),
  arn: row.arn,
  account: row.account,
  region: row.region,
  tableName: row.table_name,
  createdAtMs: row.created_at,
  itemsId: row.items_id,
})

function insertOf(database: Database, backup: Backup): Statement {
  const { arn, account, region, tableName, createdAtMs, itemsId, ...facts } = backup
  const { sql, parameters } = database
    .tables<DynamoTables>()
    .insertInto('dynamodb_backup')
    .values({
      arn,
      account,
      region,
      table_name: tableName,
      created_at: createdAtMs,
      items_id: itemsId,
      facts: stringify(facts satisfies Facts),
    })
    .compile()
  return { sql, parameters }
}

function transfersOf(database: Database): Pick<BackupStore, 'transfer' | 'transfers' | 'keep'> {
  const from = (kind: string) =>
    database
      .tables<DynamoTables>()
      .selectFrom('dynamodb_transfer')
      .selectAll()
      .where('kind', '=', kind)
  const transferOf = <F>(row: DynamoTables['dynamodb_transfer']): Transfer<F> => ({
    arn: row.arn,
    account: row.account,
    region: row.region,
    createdAtMs: row.created_at,
    facts: parseColumn<F>(row.facts),
  })
  return {
    async transfer<F>(kind: string, arn: string) {
      const row = await from(kind).where('arn', '=', arn).executeTakeFirst()
      return row && transferOf<F>(row)
    },
    async transfers<F>(kind: string, { account, region }: Scope) {
      const rows = await from(kind)
        .where('account', '=', account)
        .where('region', '=', region)
        .orderBy('created_at', 'desc')
        .orderBy('arn', 'desc')
        .execute()
      return rows.map((row) => transferOf<F>(row))
    },
    keep(kind, { arn, account, region, createdAtMs, facts: given }) {
      const facts = stringify(given as object)
      const { sql, parameters } = database
        .tables<DynamoTables>()
        .insertInto('dynamodb_transfer')
        .values({ arn, kind, account, region, created_at: createdAtMs, facts })
        .onConflict((conflict) => conflict.column('arn').doUpdateSet({ facts }))
        .compile()
      return { sql, parameters }
    },
  }
}
