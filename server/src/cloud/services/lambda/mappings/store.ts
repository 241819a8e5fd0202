import { type Database, parseColumn, type Transaction } from '../../../../kernel/index.ts'
import type { LambdaTables } from '../migrations.ts'
import type { Scope } from '../model.ts'
import type { MappingConfig, MappingRow } from './model.ts'

type Source = Pick<Database, 'tables'>

const table = (source: Source) => source.tables<LambdaTables>().selectFrom('lambda_mapping')

export const mappingConfig = (row: MappingRow) => parseColumn<MappingConfig>(row.config)

export const mappingById = (source: Source, uuid: string) =>
  table(source).selectAll().where('uuid', '=', uuid).executeTakeFirst()

/** By UUID, as pages need an order that stays. */
export function mappingList(
  source: Source,
  { account, region }: Scope,
  filter: { functionId?: string; sourceArn?: string; after?: string; limit: number },
) {
  let query = table(source).selectAll().where('account', '=', account).where('region', '=', region)
  if (filter.functionId !== undefined) query = query.where('function_id', '=', filter.functionId)
  if (filter.sourceArn !== undefined) query = query.where('source_arn', '=', filter.sourceArn)
  if (filter.after !== undefined) query = query.where('uuid', '>', filter.after)
  return query.orderBy('uuid').limit(filter.limit).execute()
}

export const mappingsRunning = (source: Source) =>
  table(source).selectAll().where('is_enabled', '=', 1).execute()

export async function mappingPut(tx: Transaction, row: MappingRow): Promise<void> {
  const { uuid: _key, ...change } = row
  await tx
    .tables<LambdaTables>()
    .insertInto('lambda_mapping')
    .values(row)
    .onConflict((conflict) => conflict.column('uuid').doUpdateSet(change))
    .execute()
}

export async function resultSet(database: Database, uuid: string, last_result: string) {
  await database.write(async (tx) => {
    await tx
      .tables<LambdaTables>()
      .updateTable('lambda_mapping')
      .set({ last_result })
      .where('uuid', '=', uuid)
      .execute()
  })
}

export async function mappingDelete(tx: Transaction, uuid: string): Promise<void> {
  const tables = tx.tables<LambdaTables>()
  await tables.deleteFrom('lambda_mapping').where('uuid', '=', uuid).execute()
  await tables.deleteFrom('lambda_mapping_shard').where('uuid', '=', uuid).execute()
}

/** Sequence numbers up to which each shard was dealt with. */
export async function checkpoints(source: Source, uuid: string): Promise<Map<string, string>> {
  const rows = await source
    .tables<LambdaTables>()
    .selectFrom('lambda_mapping_shard')
    .selectAll()
    .where('uuid', '=', uuid)
    .execute()
  return new Map(rows.map(({ shard, sequence }) => [shard, sequence]))
}

export async function checkpointSet(
  database: Database,
  at: { uuid: string; shard: string },
  sequence: string,
): Promise<void> {
  await database.write(async (tx) => {
    await tx
      .tables<LambdaTables>()
      .insertInto('lambda_mapping_shard')
      .values({ ...at, sequence })
      .onConflict((conflict) => conflict.columns(['uuid', 'shard']).doUpdateSet({ sequence }))
      .execute()
  })
}
