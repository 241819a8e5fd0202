import { createHash } from 'node:crypto'
import type { Kysely } from 'kysely'
import { type Kernel, stringify, type Transaction } from '../../kernel/index.ts'
import type { Hello } from './protocol.ts'

/** Moments are ms since the epoch. */
export interface AgentTables {
  pipelines_agent_token: AgentTokenRow
  pipelines_agent: AgentRow
  pipelines_node_pause: NodePauseRow
}

/** A node that somebody took out of service. */
export interface NodePauseRow {
  node: string
  paused_by: string
  reason: string
  paused_at: number
}

export interface AgentTokenRow {
  id: string
  hash: string
  name: string
  created_at: number
  used_at: number | null
}

export interface AgentRow {
  name: string
  token_id: string
  /** JSON of the Hello it last joined with. */
  hello: string
  joined_at: number
  left_at: number | null
}

type Db = Kysely<AgentTables>

export const TOKEN_PREFIX = 'madang_agent_'

// A token has 256 random bits: nobody guesses it, so a plain hash is enough to keep it by.
const hashOf = (token: string) => createHash('sha256').update(token).digest('hex')

export async function tokenMake(
  { ids, clock }: Kernel,
  tx: Transaction,
  name: string,
): Promise<{ token: string; row: AgentTokenRow }> {
  const token = TOKEN_PREFIX + ids.secret()
  const row = {
    id: ids.next('agt'),
    hash: hashOf(token),
    name,
    created_at: clock.now(),
    used_at: null,
  }
  await tx.tables<AgentTables>().insertInto('pipelines_agent_token').values(row).execute()
  return { token, row }
}

export function tokenOf(db: Db, text: string): Promise<AgentTokenRow | undefined> {
  return db
    .selectFrom('pipelines_agent_token')
    .selectAll()
    .where('hash', '=', hashOf(text))
    .executeTakeFirst()
}

export function tokensIn(db: Db): Promise<AgentTokenRow[]> {
  return db.selectFrom('pipelines_agent_token').selectAll().orderBy('id').execute()
}

export async function tokenDelete(db: Db, id: string): Promise<AgentTokenRow | undefined> {
  const row = await db
    .selectFrom('pipelines_agent_token')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirst()
  await db.deleteFrom('pipelines_agent_token').where('id', '=', id).execute()
  return row
}

export function agentsIn(db: Db): Promise<AgentRow[]> {
  return db.selectFrom('pipelines_agent').selectAll().orderBy('name').execute()
}

export async function agentKeep(db: Db, hello: Hello, tokenId: string, at: number): Promise<void> {
  const { name } = hello
  const row = { token_id: tokenId, hello: stringify(hello), joined_at: at, left_at: null }
  await db
    .insertInto('pipelines_agent')
    .values({ name, ...row })
    .onConflict((conflict) => conflict.column('name').doUpdateSet(row))
    .execute()
  await db
    .updateTable('pipelines_agent_token')
    .set({ used_at: at })
    .where('id', '=', tokenId)
    .execute()
}

export async function agentLeft(db: Db, name: string, at: number): Promise<void> {
  await db.updateTable('pipelines_agent').set({ left_at: at }).where('name', '=', name).execute()
}

export async function agentDelete(db: Db, name: string): Promise<void> {
  await db.deleteFrom('pipelines_agent').where('name', '=', name).execute()
  await pauseDelete(db, name)
}

export function pausesIn(db: Db): Promise<NodePauseRow[]> {
  return db.selectFrom('pipelines_node_pause').selectAll().execute()
}

export async function pauseKeep(db: Db, row: NodePauseRow): Promise<void> {
  await pauseDelete(db, row.node)
  await db.insertInto('pipelines_node_pause').values(row).execute()
}

export async function pauseDelete(db: Db, node: string): Promise<void> {
  await db.deleteFrom('pipelines_node_pause').where('node', '=', node).execute()
}
