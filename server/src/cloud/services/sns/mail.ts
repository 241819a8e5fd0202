import type { Transaction } from '../../../kernel/index.ts'
import { envelope, type Published, textFor } from './message.ts'
import type { Subscription, Topic } from './model.ts'
import type { SnsParts } from './parts.ts'

const FROM = 'AWS Notifications <no-reply@sns.madang>'
const LINE = '--'

/** What asks an address whether it wants a topic's messages; the link confirms. */
export async function mailConfirmation(
  { deps }: SnsParts,
  tx: Transaction,
  { topicArn, endpoint, protocol, token }: Subscription,
): Promise<void> {
  if (token === undefined || !protocol.startsWith('email')) return
  const query = new URLSearchParams({
    Action: 'ConfirmSubscription',
    Version: '2010-03-31',
    TopicArn: topicArn,
    Token: token,
  })
  const url = `${deps.settings.originUrl()}/?${query.toString()}`
  await deps.kernel.mailbox.send(tx, {
    from: FROM,
    to: [endpoint],
    subject: 'AWS Notification - Subscription Confirmation',
    text: [
      'You have chosen to subscribe to the topic: ',
      topicArn,
      '',
      'To confirm this subscription, click or visit the link below (If this was in error no action is necessary): ',
      url,
    ].join('\n'),
    source: 'sns',
  })
}

/** A message to subscribed addresses: the text, or all of it as JSON (`email-json`). */
export async function mailNotification(
  { deps, signer }: SnsParts,
  topic: Topic,
  subscriptions: Subscription[],
  message: Published,
): Promise<void> {
  const { kernel, settings } = deps
  const name = topic.attributes['DisplayName']
  const from = name ? `${name.replaceAll(/["<>\r\n]/g, '')} <no-reply@sns.madang>` : FROM
  const signing = { signer, topic, originUrl: settings.originUrl() }
  const letters = await Promise.all(
    subscriptions.map(async (subscription) => ({
      subscription,
      whole: await envelope(message, subscription, signing),
    })),
  )
  await kernel.database.write(async (tx) => {
    for (const { subscription, whole } of letters) {
      await kernel.mailbox.send(tx, {
        from,
        to: [subscription.endpoint],
        subject: message.subject ?? 'AWS Notification Message',
        text:
          subscription.protocol === 'email-json'
            ? JSON.stringify(whole, undefined, 2)
            : withFooter(textFor(message, 'email'), String(whole['UnsubscribeURL'])),
        source: 'sns',
      })
    }
  })
}

function withFooter(text: string, unsubscribeUrl: string): string {
  return [
    text,
    '',
    LINE,
    'If you wish to stop receiving notifications from this topic, please click or visit the link below to unsubscribe:',
    unsubscribeUrl,
  ].join('\n')
}
