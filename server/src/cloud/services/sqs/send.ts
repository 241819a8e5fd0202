import { createHash, randomUUID } from 'node:crypto'
import type { SendMessageBatchRequestEntry } from '@aws-sdk/client-sqs'
import { AwsError, type Operations, type RequestContext, type Sqs } from '../../gateway/index.ts'
import { checkBatch, eachEntry, withoutEmpty } from './batch.ts'
import {
  attributesMd5,
  checkId,
  type Content,
  md5,
  type Message,
  sequenceNumber,
} from './message.ts'
import { attributesSize, checkText, readAttributes } from './message-attributes.ts'
import { queueAt, type SqsParts } from './parts.ts'
import type { Queue } from './queue.ts'
import { invalid, invalidValue, missing, notForThisType } from './refusals.ts'
import { DEDUPLICATE_MS } from './store-queues.ts'

const BATCH_BYTES = 1_048_576
const ENTRY = 'SendMessageBatchRequestEntry'
const TRACE_HEADER = 'AWSTraceHeader'

type Given = Omit<SendMessageBatchRequestEntry, 'Id'>

/** A message that was checked and has its place in the order of arrival. */
interface Draft {
  message: Message
  content: Content
  dedupKey: string | undefined
}

export const sendOperations = (parts: SqsParts) =>
  ({
    SendMessage: (input, ctx) => send(parts, queueAt(parts, input.QueueUrl, ctx), input, ctx),

    async SendMessageBatch(input, ctx) {
      const queue = queueAt(parts, input.QueueUrl, ctx)
      const entries = input.Entries
      checkBatch(entries, ENTRY, ctx)
      const bytes = entries!.reduce((sum, entry) => sum + sizeOf(entry), 0)
      if (bytes > BATCH_BYTES) {
        throw new AwsError(
          'BatchRequestTooLong',
          `Batch requests cannot be longer than ${BATCH_BYTES} bytes. You have sent ${bytes} bytes.`,
        )
      }
      // These refuse the whole batch, not their entry.
      for (const [index, entry] of entries!.entries()) checkFifoEntry(queue, entry, index)
      const answer = await eachEntry(entries!, (entry) => {
        checkEntry(queue, entry, entries!.indexOf(entry))
        return send(parts, queue, entry, ctx)
      })
      return withoutEmpty(answer)
    },
  }) satisfies Operations<Sqs>

// Everything up to the first await happens in the order of the requests: so does FIFO's order.
async function send(parts: SqsParts, queue: Queue, given: Given, ctx: RequestContext) {
  const { content, size } = contentOf(given, ctx)
  checkFifo(queue, given, () => missing('MessageGroupId'))
  checkForQueue(queue, given, size)
  const dedupKey = dedupKeyOf(queue, given, content)
  if (dedupKey !== undefined) {
    const earlier = earlierOf(queue, dedupKey, ctx.now)
    if (earlier) {
      await earlier.stored
      return answer(content, earlier.messageId, queue, earlier.seq)
    }
  }
  const message = messageOf(parts, queue, given, content, ctx.now)
  await store(parts, queue, { message, content, dedupKey }, ctx.now)
  return answer(content, message.id, queue, message.seq)
}

async function store(parts: SqsParts, queue: Queue, draft: Draft, now: number): Promise<void> {
  const { message, dedupKey: key } = draft
  const until = now + DEDUPLICATE_MS
  const known = key === undefined ? undefined : { key, untilMs: until }
  const stored = parts.messages.insert(queue.facts.id, message, known)
  if (key !== undefined) {
    queue.deduplications.set(key, { messageId: message.id, seq: message.seq, until, stored })
  }
  try {
    await stored
  } catch (error) {
    if (key !== undefined) queue.deduplications.delete(key)
    throw error
  }
  // Deleted or purged while it was on its way: its row must not come back with the next start.
  if (queue.isDeleted || message.seq <= queue.purgedSeq) await parts.messages.remove(message)
  else queue.add(message, parts.deps.kernel.clock.now())
}

/** A batch counts bodies and attributes before any entry is looked at. */
function sizeOf({ MessageBody: body = '', MessageAttributes: attributes = {} }: Given): number {
  return Object.entries(attributes).reduce((sum, [name, value]) => {
    const { DataType: type = '', StringValue: text = '', BinaryValue: bytes } = value
    const texts = Buffer.byteLength(name) + Buffer.byteLength(type) + Buffer.byteLength(text)
    return sum + texts + (bytes?.length ?? 0)
  }, Buffer.byteLength(body))
}

function contentOf(given: Given, ctx: RequestContext): { content: Content; size: number } {
  const body = given.MessageBody
  if (!body) throw missing('MessageBody')
  checkText(body)
  const attributes = readAttributes(given.MessageAttributes)
  const traceHeader = traceHeaderOf(given)
  const content: Content = {
    body,
    md5: md5(body),
    senderId: ctx.principal.userId,
    ...(attributes && { attributes }),
    ...(traceHeader !== undefined && { traceHeader }),
    ...(given.MessageDeduplicationId && { dedupId: given.MessageDeduplicationId }),
  }
  return { content, size: Buffer.byteLength(body) + attributesSize(attributes) }
}

function traceHeaderOf({ MessageSystemAttributes: given }: Given): string | undefined {
  for (const [name, value] of Object.entries(given ?? {})) {
    if (name !== TRACE_HEADER) {
      throw invalid(`Message system attribute name '${name}' is invalid.`)
    }
    if (value.DataType !== 'String') {
      throw invalid(`The message system attribute '${name}' must be of type 'String'.`)
    }
    return value.StringValue
  }
  return undefined
}

function checkForQueue({ rules }: Queue, given: Given, size: number): void {
  if (size > rules.maximumBytes) {
    throw invalid(
      `One or more parameters are invalid. Reason: Message must be shorter than ${rules.maximumBytes} bytes.`,
    )
  }
  const { DelaySeconds: delay, MessageGroupId: group, MessageDeduplicationId: dedupId } = given
  if (delay !== undefined && (delay < 0 || delay > 900)) {
    throw invalidValue('DelaySeconds', delay, 'DelaySeconds must be >= 0 and <= 900.')
  }
  checkId('MessageGroupId', group)
  checkId('MessageDeduplicationId', dedupId)
  if (!rules.isFifo) {
    if (dedupId !== undefined) throw notForThisType('MessageDeduplicationId', dedupId)
    return
  }
  if (delay) throw notForThisType('DelaySeconds', delay)
}

function checkFifoEntry(queue: Queue, entry: Given, index: number): void {
  if (!queue.rules.isFifo) return
  checkEntry(queue, entry, index)
  checkFifo(queue, entry, invalid)
}

/** What a batch tells of an entry otherwise than SendMessage tells it. */
function checkEntry({ rules }: Queue, given: Given, index: number): void {
  if (!given.MessageBody) throw missing(`${ENTRY}.${index + 1}.MessageBody`)
  if (rules.isFifo || given.MessageDeduplicationId === undefined) return
  throw invalid('The request include parameter that is not valid for this queue type')
}

/** `refuse` makes the refusal of a missing group: a batch calls that an invalid value. */
function checkFifo(queue: Queue, given: Given, refuse: (message: string) => AwsError): void {
  if (!queue.rules.isFifo) return
  if (!given.MessageGroupId) {
    throw refuse('The request must contain the parameter MessageGroupId.')
  }
  if (!given.MessageDeduplicationId && !queue.rules.isContentDeduplicated) {
    throw invalid(
      'The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
    )
  }
}

/** Undefined where nothing is de-duplicated. A content's id is the SHA-256 of its body. */
function dedupKeyOf({ rules }: Queue, given: Given, content: Content): string | undefined {
  if (!rules.isFifo) return undefined
  content.dedupId ??= createHash('sha256').update(content.body).digest('hex')
  // Neither part holds a blank.
  return rules.isDeduplicatedByGroup
    ? `${given.MessageGroupId} ${content.dedupId}`
    : content.dedupId
}

function earlierOf({ deduplications }: Queue, key: string, now: number) {
  for (const [old, { until }] of deduplications) {
    if (until > now) break
    deduplications.delete(old)
  }
  return deduplications.get(key)
}

function messageOf(
  { messages }: SqsParts,
  { rules }: Queue,
  given: Given,
  content: Content,
  now: number,
): Message {
  const delayMs = given.DelaySeconds === undefined ? rules.delayMs : given.DelaySeconds * 1000
  return {
    seq: messages.nextSeq(),
    id: randomUUID(),
    group: given.MessageGroupId,
    sentAt: now,
    visibleAt: now + (rules.isFifo ? rules.delayMs : delayMs),
    receives: 0,
    receivesBefore: 0,
    firstReceivedAt: 0,
    takenAt: 0,
    state: 'delayed',
    content,
  }
}

function answer(content: Content, messageId: string, { rules }: Queue, seq: number) {
  const { attributes, traceHeader } = content
  const system = traceHeader === undefined ? undefined : traceAttribute(traceHeader)
  return {
    MD5OfMessageBody: content.md5,
    ...(attributes && { MD5OfMessageAttributes: attributesMd5(attributes) }),
    ...(system && { MD5OfMessageSystemAttributes: attributesMd5(system) }),
    MessageId: messageId,
    ...(rules.isFifo && { SequenceNumber: sequenceNumber(seq) }),
  }
}

const traceAttribute = (text: string) => ({ [TRACE_HEADER]: { type: 'String', text } })
