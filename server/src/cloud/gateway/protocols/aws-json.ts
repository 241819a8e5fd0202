import { crc32 } from 'node:zlib'
import { collect, type OutgoingHttp } from '../http.ts'
import type { OperationSchema, ServiceSchema, StructShape } from '../schema.ts'
import { errorFacts, errorMembers, typeName, type ErrorFacts } from './error-facts.ts'
import { hasJsonText, JsonText } from './json-text.ts'
import { eventMessage, eventStream, type EventCodec } from './event-stream.ts'
import type { Values, WireProtocol } from './protocol.ts'
import { coralWording } from './mismatch-wording.ts'
import {
  base64Reader,
  blobFromBase64,
  serializationError,
  structureReaders,
} from './structure-reader.ts'
import { structureWriters } from './structure-writer.ts'

const bodyLimitBytes = 16 * 1024 * 1024

const coral = { blob: base64Reader(coralWording), renames: false, wording: coralWording }

export const readJsonShape = structureReaders(coral)
const readLenientShape = structureReaders({ ...coral, isLenient: true })
const readDynamoDbShape = structureReaders({ blob: blobFromBase64, renames: false })

function shapeReaderFor({ table }: ServiceSchema) {
  if (table.id.startsWith('dynamodb')) return readDynamoDbShape
  return table.id === 'sqs' ? readLenientShape : readJsonShape
}

export const writeJsonShape = structureWriters({ json: true, renames: false })

/** What is said of a body that is no JSON object; nothing is a refusal without a message. */
interface NoObject {
  unreadable: string
  list: string
  scalar: string
}

const restNoObject: NoObject = {
  unreadable: 'Could not parse request body into json',
  list: 'Start of structure or map expected',
  scalar: 'Start of structure or map expected',
}
// Recorded on DynamoDB and on Athena.
const rpcNoObject: NoObject = {
  unreadable: '',
  list: 'Start of list found where not expected',
  scalar: '',
}

/** Parses a JSON object; an empty body is an empty one. Throws SerializationException. */
export function parseJsonObject(bytes: Uint8Array, texts = restNoObject): Values {
  if (bytes.length === 0) return {}
  const { buffer, byteOffset, length } = bytes
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(buffer, byteOffset, length).toString('utf8'))
  } catch {
    throw serializationError(texts.unreadable)
  }
  if (Array.isArray(value)) throw serializationError(texts.list)
  if (typeof value !== 'object' || value === null) throw serializationError(texts.scalar)
  return value as Values
}

/** Members of an error for JSON: shaped ones by their shape, others as they are. */
export function jsonErrorBody(
  facts: ErrorFacts,
  write = writeJsonShape,
  extra: Values = {},
): string {
  const members = errorMembers(facts)
  const shaped = facts.shape ? (write(facts.shape)(members) as Values) : {}
  return JSON.stringify({ ...extra, ...members, ...shaped })
}

/** AWS JSON 1.0 and 1.1: one path, the operation in X-Amz-Target. */
export function awsJson(schema: ServiceSchema, version: '1.0' | '1.1'): WireProtocol {
  const contentType = `application/x-amz-json-${version}`
  const codec: EventCodec = {
    contentType,
    document: (shape, value) => Buffer.from(JSON.stringify(writeJsonShape(shape)(value))),
  }
  // DynamoDB alone sums its answers; boto3, Java and Go check the sum and ask again when it differs.
  const isSummed = schema.table.id.startsWith('dynamodb')
  const readShape = shapeReaderFor(schema)
  const sum = (body: string | Uint8Array): [string, string][] =>
    isSummed ? [['x-amz-crc32', String(crc32(body))]] : []
  return {
    decode(operation, { body }) {
      const read = (bytes: Uint8Array) => {
        const value = parseJsonObject(bytes, rpcNoObject)
        return operation.input ? (readShape(operation.input)(value, 0) as Values) : {}
      }
      const isHere = body instanceof Uint8Array && body.length <= bodyLimitBytes
      return isHere ? read(body) : collect(body, bodyLimitBytes).then(read)
    },
    encode(operation, output, requestId) {
      const events = eventMember(operation)
      if (events) return streamed(operation, output, events, codec, requestId)
      const text = operation.output ? jsonDocument(operation.output, output) : ''
      // Encoded once: for its sum, its length and the socket.
      const body = isSummed ? Buffer.from(text) : text
      return {
        status: 200,
        headers: [['x-amzn-RequestId', requestId], ['Content-Type', contentType], ...sum(body)],
        body,
      }
    },
    encodeError({ error }, requestId) {
      const facts = errorFacts(schema, error)
      const body = jsonErrorBody(facts, writeJsonShape, { __type: typeName(schema, facts) })
      return {
        status: facts.status,
        headers: [
          ['x-amzn-RequestId', requestId],
          ['Content-Type', contentType],
          ...queryErrorHeader(schema, facts),
          ...sum(body),
          ...Object.entries(error.headers),
        ],
        body,
      }
    },
  }
}

/** The output as JSON; what came as text already is put in as it is. */
function jsonDocument(shape: StructShape, output: Values): string {
  if (!hasJsonText(output)) return JSON.stringify(writeJsonShape(shape)(output))
  const parts: string[] = []
  for (const { name, shape: inner } of shape.members) {
    const value = output[name]
    if (value === undefined || value === null) continue
    const text =
      value instanceof JsonText ? value.text : JSON.stringify(writeJsonShape(inner)(value))
    parts.push(`"${name}":${text}`)
  }
  return `{${parts.join(',')}}`
}

/** A service that came from the query protocol repeats its old code in a header. */
export function queryErrorHeader(schema: ServiceSchema, facts: ErrorFacts): [string, string][] {
  if (!schema.table.queryCompatible) return []
  const fault = facts.fault === 'client' ? 'Sender' : 'Receiver'
  return [['x-amzn-query-error', `${facts.queryCode};${fault}`]]
}

export function eventMember(operation: OperationSchema): string | undefined {
  return operation.output?.members.find((m) => m.shape.kind === 'struct' && m.shape.eventStream)
    ?.name
}

/** RPC protocols send the other members as a first event, `initial-response`. */
export function streamed(
  operation: OperationSchema,
  output: Values,
  name: string,
  codec: EventCodec,
  requestId: string,
): OutgoingHttp {
  const union = operation.output!.members.find((m) => m.name === name)!.shape as StructShape
  const { [name]: events, ...rest } = output
  const headers = {
    ':message-type': 'event',
    ':event-type': 'initial-response',
    ':content-type': codec.contentType,
  }
  const first = eventMessage(headers, codec.document(operation.output!, rest))
  return {
    status: 200,
    headers: [
      ['x-amzn-RequestId', requestId],
      ['Content-Type', 'application/vnd.amazon.eventstream'],
    ],
    body: after(first, eventStream(union, events as AsyncIterable<unknown>, codec)),
  }
}

async function* after(
  first: Uint8Array,
  rest: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield first
  yield* rest
}
