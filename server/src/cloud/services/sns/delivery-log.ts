import { hash, randomUUID } from 'node:crypto'
import { type Aws, AwsError } from '../../gateway/index.ts'
import { type Published, textFor } from './message.ts'
import type { Protocol, Subscription, Topic } from './model.ts'
import type { SnsParts } from './parts.ts'

/** What became of a delivery, as its log line tells it. */
export interface DeliveryOutcome {
  isDelivered: boolean
  statusCode: number
  /** What the endpoint answered, as text. */
  providerResponse: string
  attempts: number
  sinceMs: number
}

/** How the attributes of a topic name a protocol: `SQSSuccessFeedbackRoleArn`. */
const attributeNames: Partial<Record<Protocol, string>> = {
  sqs: 'SQS',
  lambda: 'Lambda',
  http: 'HTTP',
  https: 'HTTP',
  application: 'Application',
}

/**
 * Delivery status logging ("Amazon SNS message delivery status", developer guide): a line in
 * `sns/<region>/<account>/<topic>`, for failures in `…/Failure`, written as the role that the topic
 * names for it. A line that can't be written never holds up a delivery.
 */
export class DeliveryLog {
  readonly #parts: SnsParts
  /** One stream a group for as long as this server runs. */
  readonly #streams = new Map<string, string>()

  constructor(parts: SnsParts) {
    this.#parts = parts
  }

  async record(
    topic: Topic,
    subscription: Subscription,
    message: Published,
    outcome: DeliveryOutcome,
  ): Promise<void> {
    const roleArn = roleFor(topic, subscription.protocol, outcome.isDelivered)
    if (roleArn === undefined) return
    const group = `sns/${topic.region}/${topic.account}/${topic.arn.split(':')[5]}`
    const logGroupName = outcome.isDelivered ? group : `${group}/Failure`
    const now = this.#parts.deps.kernel.clock.now()
    try {
      const logs = await this.#logsOf(topic, roleArn)
      const line = JSON.stringify(lineOf(subscription, message, outcome, now))
      await this.#write(logs, logGroupName, line, now)
    } catch (error) {
      if (!(error instanceof AwsError)) throw error
      const { code, message: text } = error
      this.#parts.deps.kernel.log.warn('sns.unlogged', { topic: topic.arn, code, text })
    }
  }

  async #logsOf({ account, region }: Topic, roleArn: string): Promise<Aws['logs']> {
    const { deps } = this.#parts
    if (!(await deps.sessions.canBeAssumedBy(roleArn, 'sns.amazonaws.com'))) {
      throw new AwsError('AccessDenied', `${roleArn} can not be assumed by sns.amazonaws.com`)
    }
    const principal = await deps.sessions.rolePrincipal({ roleArn, sessionName: 'sns-feedback' })
    return deps.as({ principal, account, region }).logs
  }

  async #write(logs: Aws['logs'], logGroupName: string, message: string, timestamp: number) {
    const known = this.#streams.get(logGroupName)
    const logStreamName = known ?? randomUUID()
    const logEvents = [{ timestamp, message }]
    try {
      await logs.putLogEvents({ logGroupName, logStreamName, logEvents })
    } catch (error) {
      if (!isCode(error, 'ResourceNotFoundException')) throw error
      await unlessThere(logs.createLogGroup({ logGroupName }))
      await unlessThere(logs.createLogStream({ logGroupName, logStreamName }))
      await logs.putLogEvents({ logGroupName, logStreamName, logEvents })
    }
    this.#streams.set(logGroupName, logStreamName)
  }
}

const isCode = (error: unknown, code: string) => error instanceof AwsError && error.code === code

async function unlessThere(made: Promise<unknown>): Promise<void> {
  try {
    await made
  } catch (error) {
    if (!isCode(error, 'ResourceAlreadyExistsException')) throw error
  }
}

/** Failures are all told, of successes as many in a hundred as the topic says. */
function roleFor(topic: Topic, protocol: Protocol, isDelivered: boolean): string | undefined {
  const name = attributeNames[protocol]
  if (name === undefined) return undefined
  if (!isDelivered) return topic.attributes[`${name}FailureFeedbackRoleArn`]
  const rate = Number(topic.attributes[`${name}SuccessFeedbackSampleRate`] ?? 100)
  return Math.random() * 100 < rate ? topic.attributes[`${name}SuccessFeedbackRoleArn`] : undefined
}

function lineOf(
  { protocol, endpoint }: Subscription,
  message: Published,
  outcome: DeliveryOutcome,
  now: number,
) {
  const at = new Date(outcome.sinceMs).toISOString()
  return {
    notification: {
      messageMD5Sum: hash('md5', textFor(message, protocol), 'hex'),
      messageId: message.id,
      topicArn: message.topicArn,
      timestamp: at.replace('T', ' ').replace('Z', ''),
    },
    delivery: {
      deliveryId: randomUUID(),
      destination: endpoint,
      providerResponse: outcome.providerResponse,
      dwellTimeMs: Math.max(0, now - outcome.sinceMs),
      attempts: outcome.attempts,
      statusCode: outcome.statusCode,
    },
    status: outcome.isDelivered ? 'SUCCESS' : 'FAILURE',
  }
}
