import type { Insertable, Selectable } from 'kysely'
import type { Tables, Transaction } from '../../kernel/index.ts'

interface SnippetTables {
  code_snippet: {
    id: string
    /** Addresses hold it, in base 36. */
    number: number
    /** `workspace`, or `person:…`. */
    owner: string
    creator_id: string
    creator_name: string
    title: string
    is_private: number
    created_at: number
    updated_at: number
  }
  code_snippet_comment: {
    id: string
    /** Clients know comments by a number. */
    number: number
    snippet_id: string
    author_id: string
    author_name: string
    text: string
    reply_to: number | null
    created_at: number
    edited_at: number | null
  }
  code_snippet_watcher: { snippet_id: string; person_id: string; person_name: string }
}

export type SnippetRow = Selectable<SnippetTables['code_snippet']>
export type SnippetCommentRow = Selectable<SnippetTables['code_snippet_comment']>
export type WatcherRow = Selectable<SnippetTables['code_snippet_watcher']>

type From = Pick<Transaction, 'tables'>
const tables = (from: From): Tables<SnippetTables> => from.tables<SnippetTables>()

/** Newest first. */
export function allSnippets(from: From): Promise<SnippetRow[]> {
  return tables(from).selectFrom('code_snippet').selectAll().orderBy('number', 'desc').execute()
}

export function snippetByNumber(from: From, number: number): Promise<SnippetRow | undefined> {
  const all = tables(from).selectFrom('code_snippet').selectAll()
  return all.where('number', '=', number).executeTakeFirst()
}

/** Numbers grow over all snippets, and begin where they have four signs. */
const FIRST = 36 ** 3

export async function insertSnippet(
  tx: Transaction,
  row: Omit<SnippetRow, 'number'>,
): Promise<SnippetRow> {
  const query = tables(tx)
    .selectFrom('code_snippet')
    .select((eb) => eb.fn.max('number').as('last'))
  const last = (await query.executeTakeFirst())?.last ?? FIRST - 1
  const whole = { ...row, number: Number(last) + 1 }
  await tables(tx).insertInto('code_snippet').values(whole).execute()
  return whole
}

export async function updateSnippet(tx: Transaction, row: SnippetRow): Promise<void> {
  const { id, title, is_private, updated_at } = row
  const update = tables(tx).updateTable('code_snippet').set({ title, is_private, updated_at })
  await update.where('id', '=', id).execute()
}

export async function deleteSnippet(tx: Transaction, id: string): Promise<void> {
  await tables(tx).deleteFrom('code_snippet_comment').where('snippet_id', '=', id).execute()
  await tables(tx).deleteFrom('code_snippet_watcher').where('snippet_id', '=', id).execute()
  await tables(tx).deleteFrom('code_snippet').where('id', '=', id).execute()
}

/** Oldest first. */
export function commentsOf(from: From, snippetId: string): Promise<SnippetCommentRow[]> {
  const all = tables(from).selectFrom('code_snippet_comment').selectAll()
  return all.where('snippet_id', '=', snippetId).orderBy('number').execute()
}

export async function insertComment(
  tx: Transaction,
  row: Omit<Insertable<SnippetTables['code_snippet_comment']>, 'number'>,
): Promise<SnippetCommentRow> {
  const all = tables(tx).selectFrom('code_snippet_comment')
  const last = await all.select((eb) => eb.fn.max('number').as('last')).executeTakeFirst()
  const whole = { ...row, number: Number(last?.last ?? 0) + 1 } as SnippetCommentRow
  await tables(tx).insertInto('code_snippet_comment').values(whole).execute()
  return whole
}

export async function editComment(
  tx: Transaction,
  { id, text, edited_at }: Pick<SnippetCommentRow, 'id' | 'text' | 'edited_at'>,
): Promise<void> {
  const update = tables(tx).updateTable('code_snippet_comment').set({ text, edited_at })
  await update.where('id', '=', id).execute()
}

export async function deleteComment(tx: Transaction, id: string): Promise<void> {
  await tables(tx).deleteFrom('code_snippet_comment').where('id', '=', id).execute()
}

export function watchersOf(from: From, snippetId: string): Promise<WatcherRow[]> {
  const all = tables(from).selectFrom('code_snippet_watcher').selectAll()
  return all.where('snippet_id', '=', snippetId).orderBy('person_name').execute()
}

/** Once more changes nothing. */
export async function addWatcher(tx: Transaction, row: WatcherRow): Promise<void> {
  const into = tables(tx).insertInto('code_snippet_watcher').values(row)
  const same = ['snippet_id', 'person_id'] as const
  await into.onConflict((conflict) => conflict.columns(same).doNothing()).execute()
}

export async function removeWatcher(tx: Transaction, row: WatcherRow): Promise<void> {
  const gone = tables(tx).deleteFrom('code_snippet_watcher')
  const ofOne = gone.where('snippet_id', '=', row.snippet_id)
  await ofOne.where('person_id', '=', row.person_id).execute()
}
