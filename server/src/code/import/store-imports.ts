import type { ImportProblem, RepoImport, SpokenError } from '@madang/api'
import type { Selectable } from 'kysely'
import { type Database, stringify, type Tables, type Transaction } from '../../kernel/index.ts'

export interface ImportTables {
  code_import: {
    id: string
    project: string
    repo_id: string
    repo: string
    source: RepoImport['source']
    git_url: string
    api_url: string
    path: string
    username: string
    /** Sealed; gone once the import finished. */
    token: string | null
    with_pulls: number
    with_lfs: number
    state: RepoImport['state']
    phase: RepoImport['phase']
    progress: string | null
    branches: number
    tags: number
    comments: number
    /** Where the listing of pull requests goes on. */
    next_page: string | null
    /** JSON of `SpokenError`. */
    error: string | null
    waits_until: number | null
    created_by: string
    created_by_name: string
    created_at: number
    finished_at: number | null
  }
  /** Each thing to bring, so that nothing comes twice, and what could not come. */
  code_import_item: {
    import_id: string
    kind: ImportProblem['kind']
    source_id: string
    /** Their order, as the source has them. */
    position: number
    /** `waiting`, `done` or `failed`; `noted` came all the same, but not quite as it was. */
    state: string
    /** JSON by kind: `SourcePull`, or an LFS object's size. */
    data: string
    /** JSON of `SpokenError`. */
    error: string | null
  }
}

export type ImportRow = Selectable<ImportTables['code_import']>
export type ItemRow = Selectable<ImportTables['code_import_item']>
type From = Pick<Database | Transaction, 'tables'>

const MOST_SHOWN = 100
const MOST_PROBLEMS = 1000

const tables = (from: From): Tables<ImportTables> => from.tables<ImportTables>()

export async function insertImport(tx: Transaction, row: ImportRow): Promise<void> {
  await tables(tx).insertInto('code_import').values(row).execute()
}

export async function importById(from: From, id: string): Promise<ImportRow | undefined> {
  const rows = tables(from).selectFrom('code_import').selectAll()
  return rows.where('id', '=', id).executeTakeFirst()
}

/** Newest first. */
export async function importsOf(from: From, project: string): Promise<ImportRow[]> {
  const rows = tables(from).selectFrom('code_import').selectAll().where('project', '=', project)
  return rows.orderBy('id', 'desc').limit(MOST_SHOWN).execute()
}

export async function updateImport(
  tx: Transaction,
  id: string,
  set: Partial<ImportRow>,
): Promise<void> {
  if (Object.keys(set).length === 0) return
  await tables(tx).updateTable('code_import').set(set).where('id', '=', id).execute()
}

export async function addComments(tx: Transaction, id: string, count: number): Promise<void> {
  await tables(tx)
    .updateTable('code_import')
    .set(({ eb }) => ({ comments: eb('comments', '+', count) }))
    .where('id', '=', id)
    .execute()
}

/** What is told of an import, and may be done with it, is its repository's project's. */
export async function importsMoved(tx: Transaction, repoId: string, project: string) {
  const moved = tables(tx).updateTable('code_import').set({ project })
  await moved.where('repo_id', '=', repoId).execute()
}

/** What belonged to a repository that is gone: nobody needs its secrets any more. */
export async function endImportsOf(
  tx: Transaction,
  repoId: string,
  nowMs: number,
): Promise<string[]> {
  const rows = await tables(tx)
    .updateTable('code_import')
    .set({ token: null })
    .where('repo_id', '=', repoId)
    .returning('id')
    .execute()
  await tables(tx)
    .updateTable('code_import')
    .set({ state: 'cancelled', finished_at: nowMs })
    .where('repo_id', '=', repoId)
    .where('state', 'in', ['running', 'waiting'])
    .execute()
  return rows.map((row) => row.id)
}

/** Things to bring; what is known already stays as it is. */
export async function addItems(
  tx: Transaction,
  items: Pick<ItemRow, 'import_id' | 'kind' | 'source_id' | 'position' | 'data'>[],
): Promise<void> {
  if (items.length === 0) return
  await tables(tx)
    .insertInto('code_import_item')
    .values(items.map((item) => ({ ...item, state: 'waiting', error: null })))
    .onConflict((conflict) => conflict.columns(['import_id', 'kind', 'source_id']).doNothing())
    .execute()
}

export async function nextItems(
  from: From,
  of: { import: string; kind: ItemRow['kind']; limit: number },
): Promise<ItemRow[]> {
  return tables(from)
    .selectFrom('code_import_item')
    .selectAll()
    .where('import_id', '=', of.import)
    .where('kind', '=', of.kind)
    .where('state', '=', 'waiting')
    .orderBy('position')
    .limit(of.limit)
    .execute()
}

export async function settleItem(
  tx: Transaction,
  item: Pick<ItemRow, 'import_id' | 'kind' | 'source_id'>,
  error?: SpokenError,
): Promise<void> {
  await tables(tx)
    .updateTable('code_import_item')
    .set({ state: error ? 'failed' : 'done', error: error ? stringify(error) : null })
    .where('import_id', '=', item.import_id)
    .where('kind', '=', item.kind)
    .where('source_id', '=', item.source_id)
    .execute()
}

/** Something that was left out, or came otherwise than it was. */
export async function noteProblem(
  tx: Transaction,
  at: { import: string; kind: ItemRow['kind']; what: string; position: number },
  error: SpokenError,
): Promise<void> {
  const key = { import_id: at.import, kind: at.kind, source_id: at.what }
  await tables(tx)
    .insertInto('code_import_item')
    .values({ ...key, position: at.position, state: 'noted', data: '{}', error: stringify(error) })
    .onConflict((conflict) =>
      conflict
        .columns(['import_id', 'kind', 'source_id'])
        .doUpdateSet({ state: 'noted', error: stringify(error) }),
    )
    .execute()
}

/** Before another try: what failed waits again, what was noted of branches is judged anew. */
export async function retryItems(tx: Transaction, id: string): Promise<void> {
  const items = () => tables(tx).updateTable('code_import_item').where('import_id', '=', id)
  await items().set({ state: 'waiting', error: null }).where('state', '=', 'failed').execute()
  await tables(tx)
    .deleteFrom('code_import_item')
    .where('import_id', '=', id)
    .where('kind', 'in', ['branch', 'tag'])
    .execute()
}

export async function problemsOf(from: From, id: string): Promise<ItemRow[]> {
  return tables(from)
    .selectFrom('code_import_item')
    .selectAll()
    .where('import_id', '=', id)
    .where('error', 'is not', null)
    .orderBy('kind')
    .orderBy('position')
    .limit(MOST_PROBLEMS)
    .execute()
}

export interface ItemCount {
  import_id: string
  kind: string
  state: string
  count: number
}

export async function countItems(from: From, ids: string[]): Promise<ItemCount[]> {
  if (ids.length === 0) return []
  const rows = await tables(from)
    .selectFrom('code_import_item')
    .select(['import_id', 'kind', 'state', ({ fn }) => fn.countAll().as('count')])
    .where('import_id', 'in', ids)
    .groupBy(['import_id', 'kind', 'state'])
    .execute()
  return rows.map((row) => ({ ...row, count: Number(row.count) }))
}
