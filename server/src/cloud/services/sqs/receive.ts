import type { Message as Received } from '@aws-sdk/client-sqs'
import type { Input, Operations, RequestContext, Sqs } from '../../gateway/index.ts'
import { AwsError } from '../../gateway/index.ts'
import {
  attributesMd5,
  checkId,
  type Content,
  type Message,
  presentAttribute,
  receiptHandle,
  sequenceNumber,
} from './message.ts'
import { chosen } from './message-attributes.ts'
import { queueAt, settled, type SqsParts } from './parts.ts'
import type { Queue } from './queue.ts'
import { invalidValue, notForThisType, unknownAttribute } from './refusals.ts'

const IN_FLIGHT_MOST = 120_000
const ATTEMPT_MS = 5 * 60_000

type ReceiveInput = Input<Sqs, 'ReceiveMessage'>

/** What was handed out for a ReceiveRequestAttemptId: asked again, it is handed out again. */
interface Attempt {
  untilMs: number
  messages: { message: Message; receives: number }[]
}

export const receiveOperations = (parts: SqsParts) => {
  const attempts = new Map<string, Attempt>()
  return {
    async ReceiveMessage(input, ctx) {
      const queue = queueAt(parts, input.QueueUrl, ctx)
      checkReceive(input, queue.rules.isFifo)
      const taken =
        repeated(parts, attempts, queue, input, ctx.now) ?? (await wait(parts, queue, input, ctx))
      remember(attempts, queue, input, taken, ctx.now)
      if (taken.length === 0) return {}
      return { Messages: await present(parts, queue, taken, input) }
    },
  } satisfies Operations<Sqs>
}

function checkReceive(input: ReceiveInput, isFifo: boolean): void {
  const { MaxNumberOfMessages: most, WaitTimeSeconds: waitS, VisibilityTimeout: hiddenS } = input
  if (most !== undefined && (most < 1 || most > 10)) {
    throw invalidValue('MaxNumberOfMessages', most, 'Must be between 1 and 10, if provided.')
  }
  if (waitS !== undefined && (waitS < 0 || waitS > 20)) {
    throw invalidValue('WaitTimeSeconds', waitS, 'Must be >= 0 and <= 20, if provided.')
  }
  if (hiddenS !== undefined) checkVisibility(hiddenS, 'Must be >= 0 and <= 43200, if provided.')
  for (const name of wantedSystem(input)) if (!systemNames.has(name)) throw unknownAttribute(name)
  const { ReceiveRequestAttemptId: attemptId } = input
  if (attemptId !== undefined && !isFifo) {
    throw notForThisType('ReceiveRequestAttemptId', attemptId)
  }
  checkId('ReceiveRequestAttemptId', attemptId)
}

/** Each operation words the bounds its own way. */
export function checkVisibility(seconds: number, bounds: string): void {
  if (seconds < 0 || seconds > 43_200) throw invalidValue('VisibilityTimeout', seconds, bounds)
}

/** Takes what is there, or waits for it as long as was asked. */
async function wait(parts: SqsParts, queue: Queue, input: ReceiveInput, ctx: RequestContext) {
  const { clock } = parts.deps.kernel
  const { WaitTimeSeconds: waitS } = input
  const waitMs = waitS === undefined ? queue.rules.waitMs : waitS * 1000
  const until = ctx.now + waitMs
  for (;;) {
    const now = clock.now()
    const taken = await take(parts, queue, input, now, waitMs > 0)
    if (taken.length > 0 || now >= until || queue.isDeleted || ctx.signal.aborted) return taken
    await queue.arrival(until, ctx.signal)
  }
}

/** A full FIFO queue and a long poll are told of no message, a short poll why. */
export function mayReceive(
  { rules, counts }: Pick<Queue, 'rules' | 'counts'>,
  waits: boolean,
): boolean {
  if (counts.inflight < IN_FLIGHT_MOST) return true
  if (rules.isFifo || waits) return false
  throw new AwsError('OverLimit', 'Too many messages in flight for this queue.')
}

async function take(
  parts: SqsParts,
  queue: Queue,
  input: ReceiveInput,
  now: number,
  waits: boolean,
) {
  settled(parts, queue, now)
  if (queue.counts.ready === 0) return []
  if (!mayReceive(queue, waits)) return []
  const { VisibilityTimeout: hiddenS, MaxNumberOfMessages: most = 1 } = input
  const visibleAt = now + (hiddenS === undefined ? queue.rules.visibilityMs : hiddenS * 1000)
  const dead: Message[] = []
  const target = deadLetterTarget(parts, queue)
  const taken = queue.take(most, (message) => {
    if (target && message.receives - message.receivesBefore >= target.most) {
      dead.push(message)
      queue.remove(message)
      return false
    }
    receive(queue, message, now, visibleAt)
    return true
  })
  if (target) for (const message of dead) await bury(parts, queue, target.queue, message, now)
  if (queue.rules.isFifo) await Promise.all(taken.map((message) => parts.messages.touch(message)))
  // At least once is what a standard queue says: only a crash within a few ms hands them out again.
  else for (const message of taken) parts.messages.touchSoon(message)
  return taken
}

function receive(queue: Queue, message: Message, now: number, visibleAt: number): void {
  message.receives++
  message.firstReceivedAt ||= now
  message.takenAt = now
  queue.hide(message, visibleAt)
}

function deadLetterTarget(parts: SqsParts, { rules }: Queue) {
  if (!rules.redrive) return undefined
  const queue = parts.queues.byArn(rules.redrive.deadLetterTargetArn)
  return queue && { queue, most: rules.redrive.maxReceiveCount }
}

/** A standard queue's message keeps its age in the dead-letter queue; a FIFO one begins anew. */
async function bury(parts: SqsParts, from: Queue, to: Queue, message: Message, now: number) {
  const content = (await parts.messages.contents([message])).get(message.seq)!
  const moved: Message = {
    ...message,
    sentAt: from.rules.isFifo ? now : message.sentAt,
    visibleAt: now,
    receivesBefore: message.receives,
    takenAt: 0,
    content: { ...content, deadLetterSource: from.arn },
  }
  await parts.messages.rewrite(message, moved, to.facts.id)
  to.add(moved, now)
}

function repeated(
  parts: SqsParts,
  attempts: Map<string, Attempt>,
  queue: Queue,
  input: ReceiveInput,
  now: number,
): Message[] | undefined {
  const key = attemptKey(queue, input)
  const attempt = key === undefined ? undefined : attempts.get(key)
  if (!attempt || attempt.untilMs <= now) return undefined
  settled(parts, queue, now)
  const isSame = attempt.messages.every(
    ({ message, receives }) => message.state === 'inflight' && message.receives === receives,
  )
  if (!isSame) return undefined
  const hiddenS = input.VisibilityTimeout
  const visibleAt = now + (hiddenS === undefined ? queue.rules.visibilityMs : hiddenS * 1000)
  const messages = attempt.messages.map(({ message }) => message)
  for (const message of messages) {
    queue.hide(message, visibleAt)
    parts.messages.touchSoon(message)
  }
  return messages
}

function remember(
  attempts: Map<string, Attempt>,
  queue: Queue,
  input: ReceiveInput,
  taken: Message[],
  now: number,
): void {
  const key = attemptKey(queue, input)
  if (key === undefined || taken.length === 0) return
  for (const [old, { untilMs }] of attempts) {
    if (untilMs > now) break
    attempts.delete(old)
  }
  const messages = taken.map((message) => ({ message, receives: message.receives }))
  attempts.set(key, { untilMs: now + ATTEMPT_MS, messages })
}

const attemptKey = ({ facts, rules }: Queue, { ReceiveRequestAttemptId: id }: ReceiveInput) =>
  id !== undefined && rules.isFifo ? `${facts.id} ${id}` : undefined

async function present(
  parts: SqsParts,
  queue: Queue,
  taken: Message[],
  input: ReceiveInput,
): Promise<Received[]> {
  const isInMemory = taken.every(({ content }) => content !== undefined)
  const contents = isInMemory ? undefined : await parts.messages.contents(taken)
  const system = wantedSystem(input)
  const wanted = input.MessageAttributeNames ?? []
  return taken.flatMap((message) => {
    const content = message.content ?? contents?.get(message.seq)
    // Deleted by another holder of an old handle between taking and reading.
    if (!content) return []
    return [presentOne(queue, message, content, system, wanted)]
  })
}

function presentOne(
  queue: Queue,
  message: Message,
  content: Content,
  system: string[],
  wanted: string[],
): Received {
  const found: Received = {
    MessageId: message.id,
    ReceiptHandle: receiptHandle(queue.facts.id, message),
    MD5OfBody: content.md5,
    Body: content.body,
  }
  if (system.length > 0) {
    const Attributes = systemAttributes(queue, message, content, system)
    if (Object.keys(Attributes).length > 0) found.Attributes = Attributes
  }
  if (content.attributes && wanted.length > 0) {
    const kept = chosen(content.attributes, wanted)
    const entries = Object.entries(kept)
    if (entries.length > 0) {
      found.MD5OfMessageAttributes = attributesMd5(kept)
      found.MessageAttributes = Object.fromEntries(
        entries.map(([name, value]) => [name, presentAttribute(value)]),
      )
    }
  }
  return found
}

const systemNames = new Set([
  'All',
  'SenderId',
  'SentTimestamp',
  'ApproximateReceiveCount',
  'ApproximateFirstReceiveTimestamp',
  'SequenceNumber',
  'MessageDeduplicationId',
  'MessageGroupId',
  'AWSTraceHeader',
  'DeadLetterQueueSourceArn',
])

const wantedSystem = (input: ReceiveInput): string[] => [
  ...(input.AttributeNames ?? []),
  ...(input.MessageSystemAttributeNames ?? []),
]

function systemAttributes(queue: Queue, message: Message, content: Content, wanted: string[]) {
  const { isFifo } = queue.rules
  const all: Record<string, string | undefined> = {
    SenderId: content.senderId,
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt),
    ApproximateReceiveCount: String(message.receives),
    SentTimestamp: String(message.sentAt),
    SequenceNumber: isFifo ? sequenceNumber(message.seq) : undefined,
    MessageDeduplicationId: isFifo ? content.dedupId : undefined,
    MessageGroupId: message.group,
    AWSTraceHeader: content.traceHeader,
    DeadLetterQueueSourceArn: content.deadLetterSource,
  }
  const found: Record<string, string> = {}
  const isAll = wanted.includes('All')
  for (const [name, value] of Object.entries(all)) {
    if (value !== undefined && (isAll || wanted.includes(name))) found[name] = value
  }
  return found
}
