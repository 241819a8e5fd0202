import type { Selectable } from 'kysely'
import { type Database, parseColumn, type Transaction } from '../../../kernel/index.ts'
import type { LambdaTables } from './migrations.ts'
import { functionArn, LATEST, notFound, type Scope, type VersionConfig } from './model.ts'

export type FunctionRow = Selectable<LambdaTables['lambda_function']>
export type VersionRow = Selectable<LambdaTables['lambda_version']>
export type AliasRow = Selectable<LambdaTables['lambda_alias']>

/** Changes with the code and the configuration, and not with the policy as the revision does. */
export const runKey = (row: VersionRow) =>
  `${row.function_id}:${row.version}:${row.code_blob}:${row.modified_at}`

type Reader = Pick<Database | Transaction, 'tables'>

export const configOf = (row: VersionRow) => parseColumn<VersionConfig>(row.config)
export const weightsOf = (row: AliasRow) => parseColumn<Record<string, number>>(row.weights)

export async function functionFind(
  reader: Reader,
  { account, region }: Scope,
  name: string,
): Promise<FunctionRow | undefined> {
  return reader
    .tables<LambdaTables>()
    .selectFrom('lambda_function')
    .selectAll()
    .where('account', '=', account)
    .where('region', '=', region)
    .where('name', '=', name)
    .executeTakeFirst()
}

/** Throws ResourceNotFoundException. */
export async function functionOf(
  reader: Reader,
  scope: Scope,
  name: string,
  qualifier?: string,
): Promise<FunctionRow> {
  const found = await functionFind(reader, scope, name)
  if (!found) throw notFound(`Function not found: ${functionArn(scope, name, qualifier)}`)
  return found
}

export async function functionById(reader: Reader, id: string): Promise<FunctionRow | undefined> {
  return reader
    .tables<LambdaTables>()
    .selectFrom('lambda_function')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirst()
}

export async function functionList(reader: Reader, scope: Scope): Promise<FunctionRow[]> {
  const rows = await reader
    .tables<LambdaTables>()
    .selectFrom('lambda_function')
    .selectAll()
    .where('account', '=', scope.account)
    .where('region', '=', scope.region)
    .execute()
  return rows.sort((a, b) => (a.name < b.name ? -1 : 1))
}

export async function versionFind(
  reader: Reader,
  functionId: string,
  version: string,
): Promise<VersionRow | undefined> {
  return reader
    .tables<LambdaTables>()
    .selectFrom('lambda_version')
    .selectAll()
    .where('function_id', '=', functionId)
    .where('version', '=', version)
    .executeTakeFirst()
}

export async function latest(reader: Reader, functionId: string): Promise<VersionRow> {
  const row = await versionFind(reader, functionId, LATEST)
  if (!row) throw new Error(`function ${functionId} has no $LATEST`)
  return row
}

/** `$LATEST` first, then by number. */
export async function versionList(reader: Reader, functionId: string): Promise<VersionRow[]> {
  const rows = await reader
    .tables<LambdaTables>()
    .selectFrom('lambda_version')
    .selectAll()
    .where('function_id', '=', functionId)
    .execute()
  const order = (row: VersionRow) => (row.version === LATEST ? 0 : Number(row.version))
  return rows.sort((a, b) => order(a) - order(b))
}

export async function versionUpdate(
  tx: Transaction,
  row: Pick<VersionRow, 'function_id' | 'version'>,
  change: Partial<VersionRow>,
): Promise<void> {
  await tx
    .tables<LambdaTables>()
    .updateTable('lambda_version')
    .set(change)
    .where('function_id', '=', row.function_id)
    .where('version', '=', row.version)
    .execute()
}

export async function aliasFind(
  reader: Reader,
  functionId: string,
  name: string,
): Promise<AliasRow | undefined> {
  return reader
    .tables<LambdaTables>()
    .selectFrom('lambda_alias')
    .selectAll()
    .where('function_id', '=', functionId)
    .where('name', '=', name)
    .executeTakeFirst()
}

/** Names of the aliases that lead to a version, by a share of their calls, too. */
export async function aliasesOfVersion(
  reader: Reader,
  functionId: string,
  version: string,
): Promise<string[]> {
  const rows = await reader
    .tables<LambdaTables>()
    .selectFrom('lambda_alias')
    .selectAll()
    .where('function_id', '=', functionId)
    .execute()
  const leading = rows.filter((row) => row.version === version || version in weightsOf(row))
  return leading.map(({ name }) => name).sort()
}

const owned = [
  'lambda_version',
  'lambda_alias',
  'lambda_statement',
  'lambda_url',
  'lambda_async_config',
  'lambda_setting',
] as const

export async function functionDelete(tx: Transaction, id: string): Promise<void> {
  const tables = tx.tables<LambdaTables>()
  for (const table of owned) await tables.deleteFrom(table).where('function_id', '=', id).execute()
  await tables.deleteFrom('lambda_function').where('id', '=', id).execute()
}

/** Code blobs of these that a version, a layer, or a version's layer refers to. */
export async function keptBlobs(reader: Reader, ids: string[]): Promise<string[]> {
  const tables = reader.tables<LambdaTables>()
  const versions = await tables
    .selectFrom('lambda_version')
    .select('code_blob')
    .where('code_blob', 'in', ids)
    .execute()
  const layers = await tables
    .selectFrom('lambda_layer_version')
    .select('code_blob')
    .where('code_blob', 'in', ids)
    .where('is_deleted', '=', 0)
    .execute()
  const kept = new Set([...versions, ...layers].map((row) => row.code_blob))
  for (const id of ids) if (!kept.has(id) && (await isLayerInUse(reader, id))) kept.add(id)
  return [...kept]
}

/** Whether a function's version has the layer of this blob. */
async function isLayerInUse(reader: Reader, blob: string): Promise<boolean> {
  const user = await reader
    .tables<LambdaTables>()
    .selectFrom('lambda_version')
    .select('function_id')
    .where('config', 'like', `%${blob}%`)
    .executeTakeFirst()
  return user !== undefined
}

/** Code blobs of these that nothing refers to any more. */
export async function unusedBlobs(reader: Reader, blobs: string[]): Promise<string[]> {
  const all = [...new Set(blobs)]
  if (all.length === 0) return []
  const kept = new Set(await keptBlobs(reader, all))
  return all.filter((blob) => !kept.has(blob))
}

const emptied = [
  ...owned,
  'lambda_function',
  'lambda_mapping',
  'lambda_mapping_shard',
  'lambda_layer_version',
  'lambda_code_signing',
] as const

export async function emptyLambda(database: Database): Promise<string[]> {
  return database.write(async (tx) => {
    const tables = tx.tables<LambdaTables>()
    const versions = await tables.selectFrom('lambda_version').select('code_blob').execute()
    const layers = await tables.selectFrom('lambda_layer_version').select('code_blob').execute()
    for (const table of emptied) await tables.deleteFrom(table).execute()
    return [...new Set([...versions, ...layers].map((row) => row.code_blob))]
  })
}
