import type { Database, Transaction } from '../../../kernel/index.ts'
import type { LambdaTables } from './migrations.ts'

type SettingRow = LambdaTables['lambda_setting']
type Place = Pick<SettingRow, 'function_id' | 'qualifier' | 'name'>

export async function settingFind(
  reader: Pick<Database | Transaction, 'tables'>,
  place: Place,
): Promise<SettingRow | undefined> {
  return reader
    .tables<LambdaTables>()
    .selectFrom('lambda_setting')
    .selectAll()
    .where('function_id', '=', place.function_id)
    .where('qualifier', '=', place.qualifier)
    .where('name', '=', place.name)
    .executeTakeFirst()
}

/** Of every function that has it. */
export async function settingsNamed(
  reader: Pick<Database | Transaction, 'tables'>,
  name: string,
): Promise<SettingRow[]> {
  const settings = reader.tables<LambdaTables>().selectFrom('lambda_setting')
  return settings.selectAll().where('name', '=', name).execute()
}

export async function settingPut(database: Database, row: SettingRow): Promise<void> {
  const { value, modified_at } = row
  await database.write(async (tx) => {
    await tx
      .tables<LambdaTables>()
      .insertInto('lambda_setting')
      .values(row)
      .onConflict((it) =>
        it.columns(['function_id', 'qualifier', 'name']).doUpdateSet({ value, modified_at }),
      )
      .execute()
  })
}

export async function settingDelete(database: Database, place: Place): Promise<void> {
  await database.write(async (tx) => {
    await tx
      .tables<LambdaTables>()
      .deleteFrom('lambda_setting')
      .where('function_id', '=', place.function_id)
      .where('qualifier', '=', place.qualifier)
      .where('name', '=', place.name)
      .execute()
  })
}
