import { createHmac } from 'node:crypto'
import { type OutgoingReply, parseColumn, Refusal } from '../../kernel/index.ts'
import { type CodeContext, codeTables } from '../context.ts'
import { refuse } from '../refuse.ts'
import type { DeliveryRow, HookRow } from '../tables.ts'
import { uuidOf } from '../uuid.ts'
import { secretPurpose } from './hooks.ts'
import {
  deliveryById,
  hookById,
  insertDelivery,
  trimDeliveries,
  updateDelivery,
} from './store-hooks.ts'

const DELIVER = 'code.hookDeliver'
/** Bitbucket's: two more tries after the first. */
const MOST_TRIES = 3
const TIMEOUT_MS = 10_000
const ANSWER_BYTES = 4096
const KEPT_PER_HOOK = 200

export interface Told {
  /** Of the fact, so that telling it twice sends it once. */
  id: string
  event: string
  body: object
}

export const listensTo = (hook: HookRow, event: string): boolean =>
  hook.is_active === 1 && parseColumn<string[]>(hook.events).includes(event)

/** Writes a delivery down and its job with it, and gives its id; a fact told before is left as it is. */
export async function enqueueDelivery(
  context: CodeContext,
  hook: HookRow,
  { id, event, body }: Told,
): Promise<string> {
  const { database, clock } = context.kernel
  const delivery = `dlv_${id}.${hook.id}`
  await database.write(async (tx) => {
    const db = codeTables(tx)
    if (await deliveryById(db, delivery)) return
    await insertDelivery(db, {
      ...fresh(delivery, hook, clock.now()),
      event,
      body: JSON.stringify(body),
    })
    await trimDeliveries(db, hook.id, KEPT_PER_HOOK)
    await context.kernel.jobs.enqueue(tx, jobOf(delivery))
  })
  return delivery
}

const jobOf = (delivery: string) => ({ kind: DELIVER, payload: { delivery }, key: delivery })

function fresh(id: string, hook: HookRow, now: number) {
  return {
    id,
    hook_id: hook.id,
    url: hook.url,
    attempts: 0,
    state: 'waiting',
    status: null,
    answer: '',
    created_at: now,
    sent_at: null,
  }
}

/** The same body once more, as a delivery of its own. Throws `deliveryNotFound`. */
export async function redeliver(
  context: CodeContext,
  hook: HookRow,
  id: string,
): Promise<DeliveryRow> {
  const { database, clock, ids } = context.kernel
  return database.write(async (tx) => {
    const db = codeTables(tx)
    const old = await deliveryById(db, id)
    if (old?.hook_id !== hook.id) throw refuse('deliveryNotFound')
    const { event, body } = old
    const row = { ...fresh(ids.next('dlv'), hook, clock.now()), event, body }
    await insertDelivery(db, row)
    await context.kernel.jobs.enqueue(tx, jobOf(row.id))
    return row
  })
}

export function handleDeliveries(context: CodeContext): void {
  context.kernel.jobs.handle(DELIVER, {
    concurrency: 4,
    maxAttempts: MOST_TRIES,
    async run({ payload, attempt, signal }) {
      const db = codeTables(context.kernel.database)
      const row = await deliveryById(db, (payload as { delivery: string }).delivery)
      const hook = row && (await hookById(db, row.hook_id))
      if (!row || !hook || row.state === 'delivered') return
      const outcome = await send(context, { row, hook, attempt, signal })
      const isLast = attempt >= MOST_TRIES
      const state = outcome.isTaken ? 'delivered' : isLast || outcome.isFinal ? 'failed' : 'waiting'
      const { status, answer } = outcome
      const sent_at = context.kernel.clock.now()
      await context.kernel.database.write((tx) =>
        updateDelivery(codeTables(tx), row.id, {
          state,
          status,
          answer,
          attempts: attempt,
          sent_at,
        }),
      )
      if (state === 'waiting') throw new Error(`${row.url} answered ${status ?? answer}`)
    },
  })
}

interface Sending {
  row: DeliveryRow
  hook: HookRow
  attempt: number
  signal: AbortSignal
}

interface Outcome {
  isTaken: boolean
  /** Trying again would say the same. */
  isFinal: boolean
  status: number | null
  answer: string
}

async function send(context: CodeContext, sending: Sending): Promise<Outcome> {
  const { row, signal } = sending
  try {
    const reply = await context.kernel.outgoing.fetch(row.url, {
      method: 'POST',
      headers: headersOf(context, sending),
      body: row.body,
      follow: false,
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    })
    const answer = await firstBytes(reply)
    const { status } = reply
    return { isTaken: status >= 200 && status < 300, isFinal: status < 500, status, answer }
  } catch (error) {
    if (signal.aborted) throw error
    // An address that may not be called is no other one in a minute; a name may be known then.
    const isFinal = error instanceof Refusal && error.code !== 'outgoingUnknown'
    return { isTaken: false, isFinal, status: null, answer: (error as Error).message }
  }
}

function headersOf(context: CodeContext, { row, hook, attempt }: Sending): Record<string, string> {
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'user-agent': 'Bitbucket-Webhooks/2.0',
    'x-event-key': row.event,
    'x-hook-uuid': uuidOf(hook.id),
    'x-request-uuid': uuidOf(row.id),
    'x-attempt-number': String(attempt),
    'x-event-time': new Date(row.created_at).toUTCString(),
  }
  if (hook.secret === null) return headers
  const secret = context.kernel.secrets.open(hook.secret, secretPurpose(hook.id))
  const mac = createHmac('sha256', secret).update(row.body).digest('hex')
  return { ...headers, 'x-hub-signature': `sha256=${mac}`, 'x-hub-signature-256': `sha256=${mac}` }
}

async function firstBytes({ body }: OutgoingReply): Promise<string> {
  const pieces: Buffer[] = []
  let size = 0
  for await (const piece of body as AsyncIterable<Buffer>) {
    pieces.push(piece)
    size += piece.length
    if (size >= ANSWER_BYTES) break // leaving the loop lets go of the connection
  }
  const text = Buffer.concat(pieces).subarray(0, ANSWER_BYTES).toString('utf8')
  return text.replaceAll('\0', '')
}
