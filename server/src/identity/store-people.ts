import type { Database, Transaction } from '../kernel/index.ts'
import type { PersonRow } from './model.ts'
import type { IdentityTables } from './tables.ts'

type Reader = Pick<Database, 'tables'>

export function personById(from: Reader, id: string): Promise<PersonRow | undefined> {
  return people(from).where('id', '=', id).executeTakeFirst()
}

export function personByName(from: Reader, name: string): Promise<PersonRow | undefined> {
  return people(from).where('name', '=', name.toLowerCase()).executeTakeFirst()
}

export function peopleByIds(from: Reader, ids: string[]): Promise<PersonRow[]> {
  if (ids.length === 0) return Promise.resolve([])
  return people(from).where('id', 'in', ids).execute()
}

/** By name; `after` is the last name of the page before. */
export function peopleList(
  from: Reader,
  filter: { text?: string | undefined; after?: string | undefined; limit: number },
): Promise<PersonRow[]> {
  let query = people(from).orderBy('name').limit(filter.limit)
  if (filter.after) query = query.where('name', '>', filter.after)
  if (filter.text) {
    const pattern = `%${filter.text.toLowerCase().replace(/[%_\\]/g, '')}%`
    query = query.where((where) =>
      where.or([
        where('name', 'like', pattern),
        where(where.fn<string>('lower', ['display_name']), 'like', pattern),
      ]),
    )
  }
  return query.execute()
}

export async function hasPeople(from: Reader): Promise<boolean> {
  return (await people(from).limit(1).executeTakeFirst()) !== undefined
}

export async function personInsert(tx: Transaction, row: PersonRow): Promise<void> {
  await tx.tables<IdentityTables>().insertInto('identity_person').values(row).execute()
}

export async function personSet(
  tx: Transaction,
  id: string,
  change: Partial<Omit<PersonRow, 'id' | 'name'>>,
): Promise<void> {
  if (Object.keys(change).length === 0) return
  await tx
    .tables<IdentityTables>()
    .updateTable('identity_person')
    .set(change)
    .where('id', '=', id)
    .execute()
}

/** Administrators who can sign in, besides this one. */
export async function hasOtherAdministrator(tx: Transaction, id: string): Promise<boolean> {
  const row = await people(tx)
    .where('is_administrator', '=', 1)
    .where('is_disabled', '=', 0)
    .where('password', 'is not', null)
    .where('id', '!=', id)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

function people(from: Reader) {
  return from.tables<IdentityTables>().selectFrom('identity_person').selectAll()
}
