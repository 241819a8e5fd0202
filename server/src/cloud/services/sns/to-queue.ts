import { AwsError } from '../../gateway/index.ts'
import { envelope, type Published, type Signing, textFor } from './message.ts'
import { parseObject, type Subscription, type Topic } from './model.ts'
import type { SnsParts } from './parts.ts'

export const fifoOf = (message: Published, queueArn: string) =>
  queueArn.endsWith('.fifo')
    ? { MessageGroupId: message.groupId, MessageDeduplicationId: message.dedupId }
    : // A FIFO topic's groups (its messages are numbered) end where a standard queue begins.
      message.sequence === undefined &&
      message.groupId !== undefined && { MessageGroupId: message.groupId }

/** SNS itself, as policies of queues and functions know it. */
export function callerOf({ deps }: SnsParts, topic: Topic, endpointArn: string) {
  const [, , , region, account] = endpointArn.split(':')
  const service = deps.sessions.serviceOf('sns.amazonaws.com', account!)
  const context = { 'aws:SourceArn': topic.arn, 'aws:SourceAccount': topic.account }
  const principal = { ...service, context: { ...service.context, ...context } }
  return deps.as({ principal, region: region!, account: account! })
}

type QueueAttributes = Record<
  string,
  { DataType: string; StringValue?: string; BinaryValue?: Buffer }
>

interface Sending {
  MessageBody: string
  MessageAttributes?: QueueAttributes
  MessageSystemAttributes?: QueueAttributes
  MessageGroupId?: string | undefined
  MessageDeduplicationId?: string | undefined
}

export async function sendTo(parts: SnsParts, topic: Topic, queueArn: string, sending: Sending) {
  const [, , , , account, name] = queueArn.split(':')
  const QueueUrl = `${parts.deps.settings.originUrl()}/${account}/${name}`
  return callerOf(parts, topic, queueArn).sqs.sendMessage({ QueueUrl, ...sending })
}

/** What an attribute becomes at SQS: SNS's lists are text there. */
const queueAttributes = ({ attributes }: Published): QueueAttributes =>
  Object.fromEntries(
    Object.entries(attributes).map(([name, { type, text, base64 }]) => [
      name,
      base64 === undefined
        ? { DataType: type, StringValue: text ?? '' }
        : { DataType: type, BinaryValue: Buffer.from(base64, 'base64') },
    ]),
  )

/** The message as a queue gets it: raw, or as a notification. Its dead-letter queue gets the same. */
export async function bodyFor(message: Published, subscription: Subscription, signing: Signing) {
  const { attributes, protocol } = subscription
  const { traceHeader } = message
  const traced = traceHeader !== undefined && {
    MessageSystemAttributes: {
      AWSTraceHeader: { DataType: 'String', StringValue: traceHeader },
    },
  }
  if (attributes['RawMessageDelivery']?.toLowerCase() === 'true') {
    return {
      MessageBody: textFor(message, protocol),
      MessageAttributes: queueAttributes(message),
      ...traced,
    }
  }
  return {
    MessageBody: JSON.stringify(await envelope(message, subscription, signing)),
    ...traced,
  }
}

/** Into the subscription's dead-letter queue, where it has one. */
export async function buryNotification(
  parts: SnsParts,
  subscription: Subscription,
  message: Published,
  originUrl: string,
): Promise<void> {
  const policy = parseObject(subscription.attributes['RedrivePolicy'] ?? '')
  const target = policy?.['deadLetterTargetArn']
  const topic = parts.store.topicFind(subscription.topicArn)
  if (typeof target !== 'string' || !topic) return
  const signing = { signer: parts.signer, topic, originUrl }
  const body = await bodyFor(message, subscription, signing)
  try {
    await sendTo(parts, topic, target, { ...body, ...fifoOf(message, target) })
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    const { code, message: text } = error
    parts.deps.kernel.log.warn('sns.unburied', { subscription: subscription.arn, code, text })
  }
}
