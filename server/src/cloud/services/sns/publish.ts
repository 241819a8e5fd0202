import { createHash, randomUUID } from 'node:crypto'
import type { BatchResultErrorEntry, PublishBatchRequestEntry } from '@aws-sdk/client-sns'
import { AwsError, type Operations, type RequestContext, type Sns } from '../../gateway/index.ts'
import { protectedTexts } from './data-protection.ts'
import type { Deliveries } from './deliveries.ts'
import { checkGroup, MOST_BYTES, type Published, textsOf } from './message.ts'
import { attributesSize, readAttributes } from './message-attributes.ts'
import { checkTopicArn, invalid, type Topic } from './model.ts'
import type { SnsParts } from './parts.ts'
import { isEndpoint } from './platforms.ts'
import { publishPush } from './push.ts'
import { publishText } from './sms.ts'
import type { Answer } from './store-deduplication.ts'

const MOST_ENTRIES = 10

type Given = Omit<PublishBatchRequestEntry, 'Id'>

export function publishOperations(parts: SnsParts, deliveries: Deliveries) {
  const publisher = new Publisher(parts, deliveries)
  return {
    Publish(input, ctx) {
      const arn = input.TopicArn ?? input.TargetArn
      const { PhoneNumber } = input
      if (arn === undefined && PhoneNumber !== undefined) {
        return publishText(parts, parts.settings, { ...input, PhoneNumber }, ctx)
      }
      if (arn === undefined) {
        throw invalid('TopicArn or TargetArn Reason: no value for required parameter')
      }
      if (isEndpoint(arn)) return publishPush(parts, arn, input, ctx)
      const topic = parts.store.topic(checkTopicArn(arn, ctx.region))
      return publisher.publish(topic, publisher.message(topic, input, ctx), ctx)
    },

    async PublishBatch(input, ctx) {
      const topic = parts.store.topic(checkTopicArn(input.TopicArn, ctx.region))
      const entries = input.PublishBatchRequestEntries ?? []
      checkBatch(entries)
      // Most of what one entry violates refuses the whole batch, before anything is published.
      const messages = entries.map((entry, index) =>
        publisher.message(topic, entry, ctx, `publishBatchRequestEntries.${index + 1}.member.`),
      )
      const outcomes = await Promise.all(
        entries.map((entry, index) =>
          outcomeOf(entry, () => publisher.publish(topic, messages[index]!, ctx)),
        ),
      )
      return {
        Successful: outcomes.flatMap((one) => (one.answer ? [one.answer] : [])),
        Failed: outcomes.flatMap((one) => (one.failure ? [one.failure] : [])),
      }
    },
  } satisfies Operations<Sns>
}

async function outcomeOf(
  entry: PublishBatchRequestEntry,
  run: () => Promise<Answer>,
): Promise<{ answer?: Answer & { Id: string | undefined }; failure?: BatchResultErrorEntry }> {
  try {
    return { answer: { Id: entry.Id, ...(await run()) } }
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    const Code = error.code.replace(/Exception$/, '')
    const failure = { Id: entry.Id, Code, Message: error.message, SenderFault: true }
    return { failure }
  }
}

function checkBatch(entries: PublishBatchRequestEntry[]): void {
  if (entries.length === 0) {
    throw new AwsError(
      'EmptyBatchRequestException',
      "The batch request doesn't contain any entries.",
    )
  }
  if (entries.length > MOST_ENTRIES) {
    throw new AwsError(
      'TooManyEntriesInBatchRequestException',
      'The batch request contains more entries than permissible.',
    )
  }
  if (entries.some(({ Id = '' }) => !/^[\w-]{1,80}$/.test(Id))) {
    throw new AwsError(
      'InvalidBatchEntryIdException',
      "The Id of a batch entry in a batch request doesn't abide by the specification.",
    )
  }
  if (new Set(entries.map(({ Id }) => Id)).size < entries.length) {
    throw new AwsError(
      'BatchEntryIdsNotDistinctException',
      'Two or more batch entries in the request have the same Id.',
    )
  }
  const bytes = entries.reduce(
    (sum, { Message: text = '', MessageAttributes: attributes }) =>
      sum + Buffer.byteLength(text) + attributesSize(attributes),
    0,
  )
  if (bytes > MOST_BYTES) {
    throw new AwsError(
      'BatchRequestTooLongException',
      'The length of all the messages put together is more than the limit.',
    )
  }
}

/** Told of its entry alone, unlike what else a batch's entries violate. */
function checkSubject({ subject }: Published): void {
  if (subject !== undefined && !/^[^\n\r]{1,100}$/.test(subject)) throw invalid('Subject')
}

class Publisher {
  readonly #deliveries: Deliveries
  readonly #parts: SnsParts
  #sequence: number

  constructor(parts: SnsParts, deliveries: Deliveries) {
    this.#parts = parts
    this.#deliveries = deliveries
    this.#sequence = parts.deps.kernel.clock.now() * 1000
  }

  async publish(topic: Topic, given: Published, ctx: RequestContext): Promise<Answer> {
    checkSubject(given)
    const { settings } = this.#parts
    const texts = protectedTexts(settings, topic, given.texts, ctx.principal.arn)
    const message = { ...given, texts }
    if (!topic.isFifo) {
      await this.#deliveries.deliver(topic, message, ctx)
      return { MessageId: message.id }
    }
    const { deduplication } = this.#parts
    return deduplication.once(topic, message, ctx.now, () => this.#inTurn(topic, message, ctx))
  }

  async #inTurn(topic: Topic, message: Published, ctx: RequestContext): Promise<Answer> {
    const { turns, archive } = this.#parts
    await turns.hold(topic.arn, async () => {
      if (topic.attributes['ArchivePolicy'] !== undefined) await archive.keep(message)
      await this.#deliveries.deliver(topic, message, ctx)
    })
    return { MessageId: message.id, SequenceNumber: message.sequence! }
  }

  /** Checks what is to be published. `path` is where a batch has it. */
  message(topic: Topic, given: Given, { now, http }: RequestContext, path = ''): Published {
    const { Message: text, MessageGroupId: groupId, Subject: subject } = given
    const texts = textsOf(text, given.MessageStructure)
    const bytes = Buffer.byteLength(text!) + attributesSize(given.MessageAttributes)
    if (bytes > MOST_BYTES) throw invalid('Message too long')
    const attributes = readAttributes(given.MessageAttributes, path)
    checkGroup(topic, groupId, given.MessageDeduplicationId)
    const dedupId = topic.isFifo
      ? (given.MessageDeduplicationId ?? createHash('sha256').update(text!).digest('hex'))
      : undefined
    const sequence = topic.isFifo ? `10${String(++this.#sequence).padStart(18, '0')}` : undefined
    const said = { texts, subject, attributes, groupId, dedupId, sequence }
    const traceHeader = http.headers['x-amzn-trace-id']
    return { id: randomUUID(), topicArn: topic.arn, ...said, traceHeader, atMs: now }
  }
}
