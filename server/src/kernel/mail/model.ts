/** A message as whoever sends it hands it over. */
export interface NewMail {
  /** `Name <a@b>` or `a@b`. */
  from: string
  to: string[]
  cc?: string[]
  bcc?: string[]
  replyTo?: string
  subject: string
  text?: string
  html?: string
  attachments?: MailAttachment[]
  headers?: Record<string, string>
  /** What sends it, in one word: `sns`, `pipelines`. */
  source: string
  /** Key of the project it is about; none: only administrators read it. */
  project?: string
}

export interface MailAttachment {
  name: string
  contentType: string
  /** Base64. */
  content: string
}

/** `kept`: only in the mailbox; the others are of a relay. */
export type MailState = 'kept' | 'waiting' | 'sent' | 'failed'

export interface Mail extends NewMail {
  id: string
  atMs: number
  state: MailState
  /** Why the relay refused it. */
  error?: string
}
