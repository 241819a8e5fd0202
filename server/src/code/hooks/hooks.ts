import { type Actor, refuse as refuseRequest, stringify } from '../../kernel/index.ts'
import { type CodeContext, codeTables } from '../context.ts'
import { refuse } from '../refuse.ts'
import type { HookRow } from '../tables.ts'
import { isHookEvent } from './hook-events.ts'
import { deleteHook, hookById, insertHook, updateHook } from './store-hooks.ts'

export interface NewHook {
  url: string
  description: string
  isActive: boolean
  events: string[]
  /** `null` takes it away, left out keeps it. */
  secret?: string | null
  origin: string
}

export const secretPurpose = (hookId: string) => `code.hook ${hookId}`

/** Throws `hookNotFound`, also for a hook of another owner. */
export async function findHook(context: CodeContext, owner: string, id: string): Promise<HookRow> {
  const row = await hookById(codeTables(context.kernel.database), id)
  if (row?.owner !== owner) throw refuse('hookNotFound')
  return row
}

export async function createHook(
  context: CodeContext,
  { actor, owner, given }: { actor: Actor; owner: string; given: NewHook },
): Promise<HookRow> {
  const { database, ids, clock } = context.kernel
  await checkHook(context, given)
  const id = ids.next('hook')
  const row: HookRow = {
    id,
    owner,
    secret: null,
    created_at: clock.now(),
    created_by: actor.id,
    ...columnsOf(context, id, given),
  }
  await database.write(async (tx) => {
    await insertHook(codeTables(tx), row)
    await audit(context, tx, { actor, action: 'hook.created', row })
  })
  return row
}

export async function editHook(
  context: CodeContext,
  { actor, row, given }: { actor: Actor; row: HookRow; given: NewHook },
): Promise<HookRow> {
  await checkHook(context, given, row)
  const set = columnsOf(context, row.id, given)
  await context.kernel.database.write(async (tx) => {
    await updateHook(codeTables(tx), row.id, set)
    await audit(context, tx, { actor, action: 'hook.changed', row })
  })
  return { ...row, ...set }
}

export async function removeHook(
  context: CodeContext,
  { actor, row }: { actor: Actor; row: HookRow },
): Promise<void> {
  await context.kernel.database.write(async (tx) => {
    await deleteHook(codeTables(tx), row.id)
    await audit(context, tx, { actor, action: 'hook.deleted', row })
  })
}

async function checkHook(
  { kernel }: CodeContext,
  { events, url }: NewHook,
  before?: HookRow,
): Promise<void> {
  const unknown = events.find((event) => !isHookEvent(event))
  if (unknown !== undefined) {
    throw refuseRequest('badRequest', { reason: `${unknown} is no event of a webhook here` })
  }
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? '')) {
    throw refuseRequest('badRequest', { reason: `${url} is no address of the web` })
  }
  // One that is there can be switched off wherever it goes.
  if (url !== before?.url) await kernel.outgoing.check(url)
}

function columnsOf(context: CodeContext, id: string, given: NewHook) {
  const { url, description, events, isActive, secret, origin } = given
  const set = { url, description, origin, is_active: Number(isActive), events: stringify(events) }
  if (secret === undefined) return set
  const sealed = secret ? context.kernel.secrets.seal(secret, secretPurpose(id)) : null
  return { ...set, secret: sealed }
}

function audit(
  context: CodeContext,
  tx: Parameters<CodeContext['identity']['audit']>[0],
  { actor, action, row }: { actor: Actor; action: string; row: HookRow },
): Promise<void> {
  const detail = { url: row.url, owner: row.owner }
  return context.identity.audit(tx, { actor, action, subject: row.id, detail })
}
