import type { Database, Transaction } from '../kernel/index.ts'
import { hashOf, type SessionRow, type TokenRow } from './model.ts'
import type { IdentityTables } from './tables.ts'

type Reader = Pick<Database, 'tables'>
export type CodeRow = IdentityTables['identity_code']

export async function sessionInsert(tx: Transaction, row: SessionRow): Promise<void> {
  await tx.tables<IdentityTables>().insertInto('identity_session').values(row).execute()
}

export function sessionBySecret(from: Reader, secret: string): Promise<SessionRow | undefined> {
  return sessions(from).where('hash', '=', hashOf(secret)).executeTakeFirst()
}

export function sessionsOf(from: Reader, person: string, nowMs: number): Promise<SessionRow[]> {
  return sessions(from)
    .where('person', '=', person)
    .where('expires_at', '>', nowMs)
    .orderBy('used_at', 'desc')
    .execute()
}

/** Ends sessions of a person: one, or all but one. */
export async function sessionDelete(
  tx: Transaction,
  person: string,
  which: { id: string } | { keepHash: string | undefined },
): Promise<boolean> {
  let query = tx
    .tables<IdentityTables>()
    .deleteFrom('identity_session')
    .where('person', '=', person)
  if ('id' in which) query = query.where('id', '=', which.id)
  else if (which.keepHash) query = query.where('hash', '!=', which.keepHash)
  return (await query.executeTakeFirst()).numDeletedRows > 0n
}

export async function tokenInsert(tx: Transaction, row: TokenRow): Promise<void> {
  await tx.tables<IdentityTables>().insertInto('identity_token').values(row).execute()
}

export function tokenBySecret(from: Reader, secret: string): Promise<TokenRow | undefined> {
  return tokens(from).where('hash', '=', hashOf(secret)).executeTakeFirst()
}

export function tokensOf(from: Reader, person: string, nowMs: number): Promise<TokenRow[]> {
  return tokens(from)
    .where('owner_kind', '=', 'person')
    .where('owner', '=', person)
    .where('expires_at', '>', nowMs)
    .orderBy('created_at', 'desc')
    .execute()
}

export async function tokenDelete(
  tx: Transaction,
  id: string,
  person?: string,
): Promise<TokenRow | undefined> {
  let query = tokens(tx).where('id', '=', id)
  if (person !== undefined)
    query = query.where('owner_kind', '=', 'person').where('owner', '=', person)
  const row = await query.executeTakeFirst()
  if (row) {
    await tx.tables<IdentityTables>().deleteFrom('identity_token').where('id', '=', id).execute()
  }
  return row
}

/** What has expired is of no use to anybody; called when something new is made. */
export async function expiredDelete(tx: Transaction, nowMs: number): Promise<void> {
  const db = tx.tables<IdentityTables>()
  await db.deleteFrom('identity_session').where('expires_at', '<=', nowMs).execute()
  await db.deleteFrom('identity_token').where('expires_at', '<=', nowMs).execute()
}

export async function codeInsert(tx: Transaction, row: CodeRow): Promise<void> {
  await tx.tables<IdentityTables>().insertInto('identity_code').values(row).execute()
}

export function codeByText(from: Reader, text: string): Promise<CodeRow | undefined> {
  return codes(from).where('hash', '=', hashOf(text)).executeTakeFirst()
}

export function setupCode(from: Reader): Promise<CodeRow | undefined> {
  return codes(from).where('kind', '=', 'setup').executeTakeFirst()
}

/** Uses a code up: of two who try at once, one gets it. */
export async function codeTake(tx: Transaction, text: string): Promise<CodeRow | undefined> {
  const row = await codeByText(tx, text)
  if (!row) return undefined
  const outcome = await tx
    .tables<IdentityTables>()
    .deleteFrom('identity_code')
    .where('hash', '=', row.hash)
    .executeTakeFirst()
  return outcome.numDeletedRows > 0n ? row : undefined
}

export async function codesDelete(
  tx: Transaction,
  which: { person: string } | { kind: 'setup' },
): Promise<void> {
  const query = tx.tables<IdentityTables>().deleteFrom('identity_code')
  if ('person' in which) await query.where('person', '=', which.person).execute()
  else await query.where('kind', '=', which.kind).execute()
}

function sessions(from: Reader) {
  return from.tables<IdentityTables>().selectFrom('identity_session').selectAll()
}

function tokens(from: Reader) {
  return from.tables<IdentityTables>().selectFrom('identity_token').selectAll()
}

function codes(from: Reader) {
  return from.tables<IdentityTables>().selectFrom('identity_code').selectAll()
}
