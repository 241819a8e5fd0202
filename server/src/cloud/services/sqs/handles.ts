import type { Operations, Sqs } from '../../gateway/index.ts'
import { checkBatch, eachEntry, withoutEmpty } from './batch.ts'
import { type Message, readReceipt, type Receipt } from './message.ts'
import { queueAt, settled, type SqsParts } from './parts.ts'
import type { Queue } from './queue.ts'
import { badHandle, handleExpired, invalidValue, missing, notInFlight } from './refusals.ts'
import { checkVisibility } from './receive.ts'

const LONGEST_MS = 43_200_000
const HIDE_ENTRY = 'ChangeMessageVisibilityBatchRequestEntry'

/** What is done with a receipt handle. */
export const handleOperations = (parts: SqsParts) =>
  ({
    async DeleteMessage(input, ctx) {
      const queue = settled(parts, queueAt(parts, input.QueueUrl, ctx), ctx.now)
      await remove(parts, queue, input.ReceiptHandle)
      return {}
    },

    async DeleteMessageBatch(input, ctx) {
      const queue = settled(parts, queueAt(parts, input.QueueUrl, ctx), ctx.now)
      checkBatch(input.Entries, 'DeleteMessageBatchRequestEntry', ctx)
      const run = async (entry: { Id: string | undefined; ReceiptHandle: string | undefined }) => {
        await remove(parts, queue, entry.ReceiptHandle)
        return {}
      }
      return withoutEmpty(await eachEntry(input.Entries!, run))
    },

    async ChangeMessageVisibility(input, ctx) {
      const queue = settled(parts, queueAt(parts, input.QueueUrl, ctx), ctx.now)
      if (input.VisibilityTimeout === undefined) throw missing('VisibilityTimeout')
      await hide(parts, queue, input.ReceiptHandle, input.VisibilityTimeout, ctx.now)
      return {}
    },

    async ChangeMessageVisibilityBatch(input, ctx) {
      const queue = settled(parts, queueAt(parts, input.QueueUrl, ctx), ctx.now)
      checkBatch(input.Entries, HIDE_ENTRY, ctx)
      const entries = input.Entries!
      const answer = await eachEntry(entries, async (entry) => {
        const { ReceiptHandle: handle, VisibilityTimeout: seconds } = entry
        if (seconds === undefined) {
          throw missing(`${HIDE_ENTRY}.${entries.indexOf(entry) + 1}.VisibilityTimeout`)
        }
        await hide(parts, queue, handle, seconds, ctx.now)
        return {}
      })
      return withoutEmpty(answer)
    },
  }) satisfies Operations<Sqs>

function given(handle: string | undefined): string {
  if (!handle?.trim()) throw missing('ReceiptHandle')
  return handle
}

function receiptOf(queue: Queue, handle: string): Receipt {
  const receipt = readReceipt(handle)
  if (!receipt || receipt.queueId !== queue.facts.id) throw badHandle(handle)
  return receipt
}

const messageOf = ({ messages }: Queue, { seq, messageId }: Receipt): Message | undefined => {
  const message = messages.get(seq)
  return message?.id === messageId ? message : undefined
}

/** A FIFO queue's handle ends with its visibility timeout; a standard queue's always deletes. */
async function remove(parts: SqsParts, queue: Queue, named: string | undefined): Promise<void> {
  const handle = given(named)
  const receipt = receiptOf(queue, handle)
  const message = messageOf(queue, receipt)
  if (!message) return
  const isHeld = message.state === 'inflight' && message.receives === receipt.receives
  if (queue.rules.isFifo && !isHeld) throw handleExpired(handle)
  const removed = parts.messages.remove(message)
  queue.remove(message)
  await removed
}

async function hide(
  parts: SqsParts,
  queue: Queue,
  named: string | undefined,
  seconds: number,
  now: number,
): Promise<void> {
  const handle = given(named)
  checkVisibility(seconds, 'VisibilityTimeout must be an integer between 0 and 43200.')
  const receipt = receiptOf(queue, handle)
  const message = messageOf(queue, receipt)
  if (!message) throw notInFlight(handle)
  const isHeld = message.state === 'inflight' && message.receives === receipt.receives
  if (!isHeld) {
    if (queue.rules.isFifo) throw notInFlight(handle)
    // A standard queue says yes to a handle whose time is over, and changes nothing.
    return
  }
  if (now + seconds * 1000 > message.takenAt + LONGEST_MS) {
    throw invalidValue(
      'VisibilityTimeout',
      seconds,
      'Total VisibilityTimeout for the message is beyond the limit [43200 seconds]',
    )
  }
  queue.hide(message, now + seconds * 1000)
  queue.settle(now)
  await parts.messages.touch(message)
}
