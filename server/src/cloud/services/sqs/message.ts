import { hash } from 'node:crypto'
import type { MessageAttributeValue } from '@aws-sdk/client-sqs'
import { invalidValue } from './refusals.ts'

/** What is told of a message, as it is stored. */
export interface Content {
  body: string
  /** Hex. */
  md5: string
  /** Blobs are base64 here. */
  attributes?: Record<string, StoredAttribute>
  traceHeader?: string
  senderId: string
  dedupId?: string
  /** ARN of the queue it died in. */
  deadLetterSource?: string
}

export interface StoredAttribute {
  type: string
  text?: string
  base64?: string
}

/** One message in the index. */
export interface Message {
  readonly seq: number
  readonly id: string
  readonly group: string | undefined
  sentAt: number
  /** ms; when it can be received (again). */
  visibleAt: number
  receives: number
  /** Of `receives`, those in queues before this one. */
  receivesBefore: number
  firstReceivedAt: number
  takenAt: number
  state: 'ready' | 'delayed' | 'inflight' | 'gone'
  /** Undefined when it is only on disk. */
  content: Content | undefined
}

/** Twenty digits that grow. */
export const sequenceNumber = (seq: number) => `18${String(seq).padStart(18, '0')}`

export const md5 = (data: string | Uint8Array) => hash('md5', data, 'hex')

/** The queue's id is inside, so that a handle of another queue is known as one. */
export function receiptHandle(queueId: string, message: Message): string {
  const text = `\u0001\u0001\u0001${queueId} ${message.seq} ${message.receives} ${message.id}`
  return Buffer.from(text).toString('base64')
}

export interface Receipt {
  queueId: string
  seq: number
  receives: number
  messageId: string
}

export function readReceipt(handle: string): Receipt | undefined {
  const text = Buffer.from(handle, 'base64').toString()
  const match = /^\u0001{3}(\S+) (\d+) (\d+) ([\da-f-]{36})$/.exec(text)
  if (!match) return undefined
  const [, queueId, seq, receives, messageId] = match
  return { queueId: queueId!, seq: Number(seq), receives: Number(receives), messageId: messageId! }
}

/** SQS's digest of attributes: names sorted, each part with its length before it. */
export function attributesMd5(attributes: Record<string, StoredAttribute>): string {
  const parts: Uint8Array[] = []
  const add = (bytes: Uint8Array) => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(bytes.length)
    parts.push(length, bytes)
  }
  for (const name of Object.keys(attributes).sort()) {
    const { type, text, base64 } = attributes[name]!
    add(Buffer.from(name))
    add(Buffer.from(type))
    const isBinary = base64 !== undefined
    parts.push(Buffer.from([isBinary ? 2 : 1]))
    add(isBinary ? Buffer.from(base64, 'base64') : Buffer.from(text ?? ''))
  }
  return md5(Buffer.concat(parts))
}

export function presentAttribute({ type, text, base64 }: StoredAttribute): MessageAttributeValue {
  return base64 === undefined
    ? { StringValue: text, DataType: type }
    : { BinaryValue: Buffer.from(base64, 'base64'), DataType: type }
}

/** For what FIFO queues go by: groups, de-duplications, attempts. */
export function checkId(name: string, value: string | undefined): void {
  if (value === undefined || /^[\w!"#$%&'()*+,\-./:;<=>?@[\\\]^`{|}~]{1,128}$/.test(value)) return
  throw invalidValue(
    name,
    value,
    `${name} can only include alphanumeric and punctuation characters. 1 to 128 in length.`,
  )
}
