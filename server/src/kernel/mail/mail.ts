import type { Clock } from '../clock.ts'
import type { Config } from '../config.ts'
import type { Database, Transaction } from '../database/index.ts'
import type { Ids } from '../ids.ts'
import type { Jobs } from '../jobs.ts'
import { parseColumn, stringify } from '../json.ts'
import type { Live } from '../live.ts'
import type { Mail, MailState, NewMail } from './model.ts'
import { mailMigrations, type MailTables } from './tables.ts'

const RELAY = 'kernel.mailRelay'

/**
 * Outgoing mail. Every message is kept in the built-in mailbox, where people read it; with a relay
 * (`--smtp-url`) it is also sent on, at least once, and the mailbox says how that went.
 */
export interface Mailbox {
  /** In the same transaction as its reason; gives the message's id. */
  send(tx: Transaction, mail: NewMail): Promise<string>
  /** Newest first. */
  list(filter: MailFilter): Promise<Mail[]>
  get(id: string): Promise<Mail | undefined>
  remove(id: string): Promise<void>
}

export interface MailFilter {
  project?: string
  /** Part of a recipient's address. */
  to?: string
  limit: number
  /** Older than this id. */
  before?: string
}

interface MailParts {
  config: Config
  database: Database
  clock: Clock
  ids: Ids
  jobs: Jobs
  live: Live
}

export async function createMailbox(parts: MailParts): Promise<Mailbox> {
  const { config, database, clock, ids, jobs, live } = parts
  await database.migrate('kernel-mail', mailMigrations)
  const table = () => database.tables<MailTables>().selectFrom('kernel_mail').selectAll()
  const relay = config.smtpUrl
  jobs.handle(RELAY, {
    concurrency: 2,
    run: async ({ payload, attempt }) => {
      const { id } = payload as { id: string }
      const row = await table().where('id', '=', id).executeTakeFirst()
      if (!row || row.state === 'sent' || relay === undefined) return
      await passOn(database, relay, asMail(row), attempt)
    },
  })
  return {
    async send(tx, mail) {
      const id = ids.next('mail')
      // A phone or a device has no mail server: what is meant for it stays here.
      const isRelayed = relay !== undefined && recipientsOf(mail).some((to) => to.includes('@'))
      await tx
        .tables<MailTables>()
        .insertInto('kernel_mail')
        .values({
          id,
          at: clock.now(),
          project: mail.project ?? null,
          source: mail.source,
          recipients: recipientsOf(mail).join(' ').toLowerCase(),
          subject: mail.subject,
          mail: stringify(mail),
          state: isRelayed ? 'waiting' : 'kept',
          error: null,
        })
        .execute()
      if (isRelayed) await jobs.enqueue(tx, { kind: RELAY, payload: { id } })
      const topic = mail.project === undefined ? 'mail' : `project:${mail.project}`
      tx.afterCommit(() => live.publish(topic, { type: 'mail.received', id }))
      return id
    },
    async list({ project, to, limit, before }) {
      let query = table()
      if (project !== undefined) query = query.where('project', '=', project)
      if (before !== undefined) query = query.where('id', '<', before)
      if (to) {
        const like = `%${to.toLowerCase().replace(/[%_\\]/g, '')}%`
        query = query.where('recipients', 'like', like)
      }
      return (await query.orderBy('id', 'desc').limit(limit).execute()).map(asMail)
    },
    async get(id) {
      const row = await table().where('id', '=', id).executeTakeFirst()
      return row && asMail(row)
    },
    async remove(id) {
      await database.write(async (tx) => {
        await tx.tables<MailTables>().deleteFrom('kernel_mail').where('id', '=', id).execute()
      })
    },
  }
}

function recipientsOf({ to, cc = [], bcc = [] }: NewMail): string[] {
  return [...to, ...cc, ...bcc]
}

function asMail(row: MailTables['kernel_mail']): Mail {
  const { id, at, state, error } = row
  const mail = parseColumn<NewMail>(row.mail)
  return { ...mail, id, atMs: at, state: state as MailState, ...(error !== null && { error }) }
}

async function passOn(database: Database, relay: string, mail: Mail, attempt: number) {
  const settle = (state: MailState, error: string | null) =>
    database.write(async (tx) => {
      await tx
        .tables<MailTables>()
        .updateTable('kernel_mail')
        .set({ state, error })
        .where('id', '=', mail.id)
        .execute()
    })
  try {
    // Loaded by those who named a relay: nobody else pays for it at start.
    const { createTransport } = await import('nodemailer')
    await createTransport(relay).sendMail(outgoing(mail))
  } catch (error) {
    const { message, responseCode = 0 } = error as Error & { responseCode?: number }
    // 5xx: the relay will never take it; anything else may pass.
    const isFinal = responseCode >= 500 || attempt >= 10
    await settle(isFinal ? 'failed' : 'waiting', message)
    if (!isFinal) throw error
    return
  }
  await settle('sent', null)
}

function outgoing(mail: Mail) {
  const { id, from, to, cc, bcc, replyTo, subject, text, html, headers, attachments = [] } = mail
  return {
    from,
    to,
    cc,
    bcc,
    replyTo,
    subject,
    text,
    html,
    headers,
    // The same through every try, so a second copy is known as one.
    messageId: `<${id}@madang>`,
    date: new Date(mail.atMs),
    attachments: attachments.map(({ name, contentType, content }) => ({
      filename: name,
      contentType,
      content,
      encoding: 'base64',
    })),
  }
}
