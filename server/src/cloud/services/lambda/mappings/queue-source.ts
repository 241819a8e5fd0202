import { AwsError } from '../../../gateway/index.ts'
import type { Aws } from '../../../gateway/index.ts'
import type { LambdaParts } from '../parts.ts'
import { callFunction } from './batch.ts'
import { asFacts, isWanted } from './filter.ts'
import {
  accountOf,
  type MappingConfig,
  regionOf,
  type SourceRecord,
  type MappingRow,
} from './model.ts'

type Message = NonNullable<Awaited<ReturnType<Aws['sqs']['receiveMessage']>>['Messages']>[number]

const WAIT_S = 20
const MOST_A_CALL = 10
// As many as Lambda begins with for a standard queue.
const DEFAULT_CONCURRENCY = 5
const MOST_BATCH_BYTES = 6 * 1024 * 1024

/** Reads a queue until the signal ends it, some batches side by side (a FIFO queue keeps its own order). */
export async function readQueue(
  parts: LambdaParts,
  row: MappingRow,
  config: MappingConfig,
  given: { aws: Aws; signal: AbortSignal; result(text: string): Promise<void> },
): Promise<void> {
  const { aws, signal, result } = given
  const QueueUrl = queueUrl(parts, row.source_arn)
  const limit = config.maxConcurrency ?? DEFAULT_CONCURRENCY
  const running = new Set<Promise<void>>()
  const failures: unknown[] = []
  try {
    while (!signal.aborted && failures.length === 0) {
      if (running.size >= limit) await Promise.race(running)
      const messages = await gather(aws, QueueUrl, config, { parts, signal })
      if (messages.length === 0) continue
      const work = deal(parts, row, config, { aws, QueueUrl, messages })
        .then(result)
        // Nobody may be waiting for it yet: told by the reader, once all that runs has ended.
        .catch((error: unknown) => void failures.push(error))
        .finally(() => running.delete(work))
      running.add(work)
    }
  } finally {
    await Promise.all(running)
  }
  if (failures.length > 0) throw failures[0]
}

export function queueUrl({ deps }: LambdaParts, arn: string): string {
  return `${deps.settings.originUrl()}/${accountOf(arn)}/${arn.split(':')[5]}`
}

/** A whole batch, or what has come when the window ends. */
async function gather(
  aws: Aws,
  QueueUrl: string,
  config: MappingConfig,
  { parts, signal }: { parts: LambdaParts; signal: AbortSignal },
): Promise<Message[]> {
  const all: Message[] = []
  let bytes = 0
  let untilMs = Number.POSITIVE_INFINITY
  while (all.length < config.batchSize && bytes < MOST_BATCH_BYTES && !signal.aborted) {
    const leftMs = untilMs - parts.kernel.clock.now()
    if (leftMs <= 0) break
    const { Messages = [] } = await aws.sqs.receiveMessage({
      QueueUrl,
      MaxNumberOfMessages: Math.min(MOST_A_CALL, config.batchSize - all.length),
      WaitTimeSeconds: Math.min(WAIT_S, Math.ceil(leftMs / 1000)),
      MessageSystemAttributeNames: ['All'],
      MessageAttributeNames: ['All'],
    })
    all.push(...Messages)
    bytes += Messages.reduce((sum, { Body = '' }) => sum + Body.length, 0)
    if (all.length === 0 || config.windowS === 0) break
    if (untilMs === Number.POSITIVE_INFINITY) {
      untilMs = parts.kernel.clock.now() + config.windowS * 1000
    }
  }
  return all
}

/** Calls the function and deletes what it has dealt with; the rest becomes visible again by itself. */
async function deal(
  parts: LambdaParts,
  row: MappingRow,
  config: MappingConfig,
  given: { aws: Aws; QueueUrl: string; messages: Message[] },
): Promise<string> {
  const { aws, QueueUrl, messages } = given
  const records = messages.map((message) => queueRecord(message, row.source_arn))
  const wanted = records.filter(({ facts }) => isWanted(config.filters, facts))
  // What no pattern wants is done with.
  const dropped = records.filter((record) => !wanted.includes(record))
  const { done, text } = await outcomeOf(parts, row, config, wanted)
  await remove(aws, QueueUrl, [...dropped, ...done])
  return text
}

async function outcomeOf(
  parts: LambdaParts,
  row: MappingRow,
  config: MappingConfig,
  records: SourceRecord[],
): Promise<{ done: SourceRecord[]; text: string }> {
  if (records.length === 0) return { done: [], text: 'OK' }
  try {
    const { functionError, failedItems } = await callFunction(parts, row, records)
    if (functionError) return { done: [], text: 'PROBLEM: Function call failed' }
    if (!config.reportsItems || !failedItems) return { done: records, text: 'OK' }
    const isKnown = failedItems.every((id) => records.some(({ itemId }) => itemId === id))
    const done = isKnown ? records.filter(({ itemId }) => !failedItems.includes(itemId)) : []
    return { done, text: 'OK' }
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    return { done: [], text: `PROBLEM: ${error.message}` }
  }
}

async function remove(aws: Aws, QueueUrl: string, records: SourceRecord[]): Promise<void> {
  for (let at = 0; at < records.length; at += MOST_A_CALL) {
    const Entries = records
      .slice(at, at + MOST_A_CALL)
      .map(({ position }, index) => ({ Id: String(index), ReceiptHandle: position }))
    await aws.sqs.deleteMessageBatch({ QueueUrl, Entries })
  }
}

/** A message as the developer guide shows it ("Using Lambda with Amazon SQS"). */
function queueRecord(message: Message, sourceArn: string): SourceRecord {
  const { MessageId = '', ReceiptHandle = '', Body = '', Attributes = {} } = message
  const messageAttributes = Object.fromEntries(
    Object.entries(message.MessageAttributes ?? {}).map(([name, value]) => [
      name,
      {
        ...(value.StringValue !== undefined && { stringValue: value.StringValue }),
        ...(value.BinaryValue !== undefined && {
          binaryValue: Buffer.from(value.BinaryValue).toString('base64'),
        }),
        stringListValues: [],
        binaryListValues: [],
        dataType: value.DataType,
      },
    ]),
  )
  const event = {
    messageId: MessageId,
    receiptHandle: ReceiptHandle,
    body: Body,
    attributes: Attributes,
    messageAttributes,
    ...(message.MD5OfMessageAttributes !== undefined && {
      md5OfMessageAttributes: message.MD5OfMessageAttributes,
    }),
    md5OfBody: message.MD5OfBody,
    eventSource: 'aws:sqs',
    eventSourceARN: sourceArn,
    awsRegion: regionOf(sourceArn),
  }
  return {
    event,
    facts: { ...event, body: asFacts(Body) },
    position: ReceiptHandle,
    itemId: MessageId,
    sizeBytes: Body.length,
    arrivedAtMs: Number((Attributes as Record<string, string>)['SentTimestamp'] ?? 0),
  }
}
