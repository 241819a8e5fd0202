import { join } from 'node:path'
import type { MailAttachment } from '../../kernel/index.ts'
import { abortException, type Call, type Step, SYMBOL, toJson } from '../engine/index.ts'
import { runPage } from '../model.ts'
import { bytesOf, filesIn } from './machine.ts'

const LARGEST_BODY = 1_000_000

const addressesIn = (text: string | undefined): string[] =>
  (text ?? '')
    .split(/[\s,;]+/)
    .map((address) => address.replace(/^(to|cc|bcc):/i, ''))
    .filter((address) => address !== '')

interface Message {
  to: string[]
  cc: string[]
  bcc: string[]
  replyTo: string[]
  subject: string
  body: string
  mimeType: string
  attachments: MailAttachment[]
}

/** Into the mailbox, which sends it on where a mail server is set. */
async function send(call: Call, message: Message): Promise<void> {
  const { session, args } = call
  const { kernel, record, masks } = session
  const { to, cc, bcc, replyTo, subject, mimeType, attachments } = message
  const body = masks.apply(message.body.slice(0, LARGEST_BODY))
  await kernel.database.write((tx) =>
    kernel.mailbox.send(tx, {
      from: args.optionalText('from') ?? 'madang@localhost',
      to,
      cc,
      bcc,
      ...(replyTo[0] ? { replyTo: replyTo[0] } : {}),
      subject: masks.apply(subject),
      ...(mimeType.startsWith('text/html') ? { html: body } : { text: body }),
      attachments,
      source: 'pipelines',
      project: record.project,
    }),
  )
}

function messageOf({ args }: Call, mimeType: string): Message {
  return {
    to: addressesIn(args.optionalText('to')),
    cc: addressesIn(args.optionalText('cc')),
    bcc: addressesIn(args.optionalText('bcc')),
    replyTo: addressesIn(args.optionalText('replyTo')),
    subject: args.optionalText('subject') ?? '',
    body: args.optionalText('body') ?? '',
    mimeType,
    attachments: [],
  }
}

export const mail: Step = {
  kind: 'leaf',
  isOnce: true,
  async run(call) {
    const message = messageOf(call, call.args.optionalText('mimeType') ?? 'text/plain')
    if (message.subject.trim() === '' || message.body.trim() === '') {
      const text = "Email not sent. All mandatory properties must be supplied ('subject', 'body')."
      throw abortException(text)
    }
    if ([...message.to, ...message.cc, ...message.bcc].length === 0) {
      const text = "Email not sent. No recipients of any kind specified ('to', 'cc', 'bcc')."
      throw abortException(text)
    }
    await send(call, message)
    return null
  },
}

/** The publisher `Mailer`: only what has not succeeded is told. */
export const mailResult: Step = {
  kind: 'leaf',
  isOnce: true,
  async run(call) {
    const { record, shownResult = 'SUCCESS', parts } = call.session
    const to = addressesIn(call.args.optionalText('recipients'))
    if (shownResult === 'SUCCESS' || to.length === 0) return null
    const what =
      shownResult === 'UNSTABLE' ? 'Jenkins build is unstable:' : 'Build failed in Jenkins:'
    call.say(`Sending e-mails to: ${to.join(' ')}`)
    const message = messageOf(call, 'text/plain')
    const subject = `${what} ${record.repo} » ${record.branch} #${record.number}`
    const body = `See <${parts.originUrl()}${runPage(record)}/>`
    await send(call, { ...message, to, subject, body })
    return null
  },
}

/** Of Email Extension's tokens, those that runs have an answer to. */
export const emailext: Step = {
  kind: 'leaf',
  isOnce: true,
  async run(call) {
    const type = call.args.optionalText('mimeType') ?? 'text/plain'
    const message = messageOf(call, type)
    const { record, shownResult } = call.session
    const values: Record<string, string> = {
      BUILD_STATUS: statusText(shownResult ?? 'SUCCESS'),
      PROJECT_NAME: `${record.repo} » ${record.branch}`,
    }
    const fill = (text: string) =>
      text.replaceAll(/\$\{?([A-Z][A-Z_]*)\}?/g, (whole, name: string) => {
        return values[name] ?? call.scope.environment.get(name) ?? whole
      })
    const given = (text: string, plain: string) =>
      /^\$\{?DEFAULT_\w+\}?$/.test(text) || text === '' ? plain : fill(text)
    const title = '$PROJECT_NAME - Build # $BUILD_NUMBER - $BUILD_STATUS!'
    message.subject = given(message.subject, fill(title))
    message.body = given(
      message.body,
      `${fill(title)}\n\n${fill('Check console output at $BUILD_URL to view the results.')}`,
    )
    message.to = [...new Set([...message.to, ...(await providedRecipients(call))])]
    const all = [...message.to, ...message.cc, ...message.bcc]
    if (all.length === 0) {
      call.say('An attempt to send an e-mail to empty list of recipients, ignored.')
      return null
    }
    message.attachments = await attachmentsOf(call)
    call.say(`Sending email to: ${all.join(' ')}`)
    await send(call, message)
    return null
  },
}

/** Those who wrote the changes are known by their commits; the others by nothing that is here. */
const OF_CHANGES =
  /^(developers|culprits|contributor|DevelopersRecipientProvider|CulpritsRecipientProvider|ContributorMetricsRecipientProvider)$/

async function providedRecipients({ args, session }: Call): Promise<string[]> {
  const providers = toJson(args.value('recipientProviders'))
  const kinds = (Array.isArray(providers) ? providers : []).map((provider) =>
    String((provider as Record<string, unknown> | null)?.[SYMBOL] ?? '').replace(/^.*[.$]/, ''),
  )
  if (!kinds.some((kind) => OF_CHANGES.test(kind))) return []
  const commits = await session.parts.commitsOf(session)
  return [...new Set(commits.map(({ authorEmail }) => authorEmail))]
}

function statusText(result: string): string {
  const words: Record<string, string> = {
    SUCCESS: 'Successful',
    FAILURE: 'Failure',
    UNSTABLE: 'Unstable',
    ABORTED: 'Aborted',
    NOT_BUILT: 'Not Built',
  }
  return words[result] ?? result
}

async function attachmentsOf(call: Call): Promise<MailAttachment[]> {
  const { args, scope } = call
  const pattern = args.optionalText('attachmentsPattern')
  if (pattern === undefined || !scope.folder) return []
  const found: MailAttachment[] = []
  for (const { path: name } of await filesIn(call, { includes: pattern })) {
    const content = (await bytesOf(call, join(scope.folder, name))).toString('base64')
    found.push({ name, contentType: 'application/octet-stream', content })
  }
  return found
}
