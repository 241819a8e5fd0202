export { createMailbox, type Mailbox, type MailFilter } from './mail.ts'
export type { Mail, MailAttachment, MailState, NewMail } from './model.ts'
export { mailRoutes } from './routes.ts'
