import { mailEndpoints, type MailMessage } from '@madang/api'
import { refuse } from '../errors.ts'
import { type Route, route } from '../http/types.ts'
import type { Mailbox } from './mail.ts'
import type { Mail } from './model.ts'

export function mailRoutes(mailbox: Mailbox): Route[] {
  const page = async (query: { limit: number; cursor?: string; to?: string }, project?: string) => {
    const { limit, cursor, to } = query
    const found = await mailbox.list({ project, to, before: cursor, limit: limit + 1 })
    const shown = found.slice(0, limit)
    return {
      items: shown.map(present),
      nextCursor: found.length > limit ? shown.at(-1)!.id : undefined,
    }
  }
  return [
    route(mailEndpoints.mailList, ({ query }) => page(query)),
    route(mailEndpoints.projectMailList, ({ params, query }) => page(query, params.project)),
    route(mailEndpoints.mailDelete, async ({ params }) => {
      if (!(await mailbox.get(params.mail))) throw refuse('notFound', { path: params.mail })
      await mailbox.remove(params.mail)
      return {}
    }),
  ]
}

function present(mail: Mail): MailMessage {
  const { id, from, to, cc = [], bcc = [], replyTo, subject, text, html, source } = mail
  return {
    id,
    from,
    to,
    cc,
    bcc,
    replyTo,
    subject,
    text,
    html,
    source,
    project: mail.project,
    at: new Date(mail.atMs).toISOString(),
    state: mail.state,
    error: mail.error,
    attachments: (mail.attachments ?? []).map(({ name, contentType, content }) => ({
      name,
      contentType,
      sizeBytes: Math.floor((content.length * 3) / 4),
    })),
  }
}
