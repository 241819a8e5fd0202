import type { PublishedAttribute } from './message-attributes.ts'
import type { MessageSigner } from './signing.ts'
import { invalid, parseObject, type Subscription, type Topic } from './model.ts'

export const MOST_BYTES = 262_144

/** A published message, checked, as it waits for its deliveries. */
export interface Published {
  id: string
  topicArn: string
  /** The text of each protocol; `default` for the others. */
  texts: Record<string, string>
  subject: string | undefined
  attributes: Record<string, PublishedAttribute>
  groupId: string | undefined
  dedupId: string | undefined
  sequence: string | undefined
  /** X-Ray's, as the publisher sent it: topics pass it on. */
  traceHeader?: string | undefined
  atMs: number
  /** It comes out of the topic's archive. */
  isReplayed?: boolean
}

/** By protocol when MessageStructure is json. Throws in SNS's words. */
export function textsOf(
  message: string | undefined,
  structure: string | undefined,
): Record<string, string> {
  if (!message) throw invalid('Empty message')
  if (structure !== 'json') return { default: message }
  const given = parseObject(message)
  if (!given) throw invalid('Message Structure - JSON message body failed to parse')
  if (typeof given['default'] !== 'string') {
    throw invalid('Message Structure - No default entry in JSON message body')
  }
  const texts = Object.entries(given).filter((entry) => typeof entry[1] === 'string')
  return Object.fromEntries(texts) as Record<string, string>
}

const presentAttributes = (attributes: Published['attributes']) =>
  Object.fromEntries(
    Object.entries(attributes).map(([name, { type, text, base64 }]) => [
      name,
      { Type: type, Value: base64 ?? text },
    ]),
  )

/** Who signs, and by which version: the topic's. */
export interface Signing {
  signer: MessageSigner
  topic: Topic
  originUrl: string
}

const unsubscribeUrl = (originUrl: string, { arn }: Subscription) =>
  `${originUrl}/?Action=Unsubscribe&Version=2010-03-31&SubscriptionArn=${arn}`

export const textFor = ({ texts }: Published, protocol: string) =>
  texts[protocol] ?? texts['default']!

/** The notification as SQS, HTTP/S and e-mail get it without raw delivery. FIFO topics don't sign theirs. */
export async function envelope(
  message: Published,
  subscription: Subscription,
  { signer, topic, originUrl }: Signing,
): Promise<Record<string, unknown>> {
  const hasAttributes = Object.keys(message.attributes).length > 0
  const body = {
    Type: 'Notification',
    MessageId: message.id,
    ...(message.sequence !== undefined && { SequenceNumber: message.sequence }),
    TopicArn: message.topicArn,
    ...(message.subject !== undefined && { Subject: message.subject }),
    Message: textFor(message, subscription.protocol),
    Timestamp: new Date(message.atMs).toISOString(),
  }
  const version = topic.attributes['SignatureVersion'] ?? '1'
  return {
    ...body,
    ...(!topic.isFifo && (await signer.sign(body, { version, originUrl }))),
    UnsubscribeURL: unsubscribeUrl(originUrl, subscription),
    ...(hasAttributes && { MessageAttributes: presentAttributes(message.attributes) }),
    ...(message.isReplayed && { Replayed: 'true' }),
  }
}

/** What a function gets (developer guide, "Fanout to Lambda functions"). */
export async function lambdaEvent(
  message: Published,
  subscription: Subscription,
  { signer, topic, originUrl }: Signing,
) {
  const version = topic.attributes['SignatureVersion'] ?? '1'
  const said = {
    Type: 'Notification',
    MessageId: message.id,
    TopicArn: message.topicArn,
    Subject: message.subject ?? null,
    Message: textFor(message, 'lambda'),
    Timestamp: new Date(message.atMs).toISOString(),
  }
  const { SigningCertURL, ...signature } = await signer.sign(said, { version, originUrl })
  const sns = {
    ...said,
    ...signature,
    SigningCertUrl: SigningCertURL,
    UnsubscribeUrl: unsubscribeUrl(originUrl, subscription),
    MessageAttributes: presentAttributes(message.attributes),
  }
  const source = { EventSource: 'aws:sns', EventVersion: '1.0' }
  return { Records: [{ ...source, EventSubscriptionArn: subscription.arn, Sns: sns }] }
}

/** Rules that FIFO topics add, and standard ones refuse. */
export function checkGroup(
  topic: Topic,
  groupId: string | undefined,
  dedupId: string | undefined,
): void {
  if (!topic.isFifo) {
    if (dedupId === undefined) return
    throw invalid(
      'MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid for this topic type',
    )
  }
  if (!groupId) throw invalid('The MessageGroupId parameter is required for FIFO topics')
  if (!dedupId && topic.attributes['ContentBasedDeduplication'] !== 'true') {
    throw invalid(
      'The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
    )
  }
}
