import { endpoint } from './endpoint.ts'
import { pageOf, paging } from './paging.ts'
import { type Infer, z } from './schema.ts'

/** A message in the built-in mailbox: everything the server sends to people. */
export const mailMessage = z.object({
  id: z.string(),
  at: z.string(),
  from: z.string(),
  to: z.array(z.string()),
  cc: z.array(z.string()),
  bcc: z.array(z.string()),
  replyTo: z.string().optional(),
  subject: z.string(),
  text: z.string().optional(),
  html: z.string().optional(),
  attachments: z.array(
    z.object({ name: z.string(), contentType: z.string(), sizeBytes: z.number() }),
  ),
  /** What sent it: `sns`, `pipelines`. */
  source: z.string(),
  project: z.string().optional(),
  /** `kept`: no relay is set, so it is only here. */
  state: z.enum(['kept', 'waiting', 'sent', 'failed']),
  error: z.string().optional(),
})
export type MailMessage = Infer<typeof mailMessage>

const query = z.object({ ...paging, to: z.string().max(200).optional() })

export const mailEndpoints = {
  mailList: endpoint({
    method: 'GET',
    path: '/api/mail',
    access: 'administrator',
    query,
    result: pageOf(mailMessage),
  }),
  projectMailList: endpoint({
    method: 'GET',
    path: '/api/projects/:project/mail',
    access: { project: 'viewer' },
    params: z.object({ project: z.string() }),
    query,
    result: pageOf(mailMessage),
  }),
  mailDelete: endpoint({
    method: 'DELETE',
    path: '/api/mail/:mail',
    access: 'administrator',
    params: z.object({ mail: z.string() }),
    result: z.object({}),
  }),
}
