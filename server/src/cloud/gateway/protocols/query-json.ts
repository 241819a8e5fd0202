import type { ListShape, MapShape, Member, ServiceSchema, Shape, StructShape } from '../schema.ts'
import { errorFacts } from './error-facts.ts'
import type { WireProtocol } from './protocol.ts'
import { query } from './query.ts'
import { writeJsonShape } from './aws-json.ts'

// A form whose client accepts JSON is answered in it. As API Gateway's integrations with SQS and
// SNS show: the XML's elements as members in order of their names, null where a value is absent.

type Writer = (value: unknown) => unknown

// SQS alone spells these lists so.
const spelled: Record<string, string> = { Messages: 'messages', QueueUrls: 'queueUrls' }

/** AWS query, answered as JSON. */
export function queryJson(schema: ServiceSchema): WireProtocol {
  return {
    decode: query(schema).decode,
    encode({ name, output: shape }, output, requestId) {
      const result = shape && { [`${name}Result`]: writerOf(shape)(output) }
      const metadata = { ResponseMetadata: { RequestId: requestId } }
      const answer = { [`${name}Response`]: sorted({ ...result, ...metadata }) }
      return { status: 200, headers: jsonHeaders(requestId), body: JSON.stringify(answer) }
    },
    encodeError({ error }, requestId) {
      const { queryCode, message, fault, queryStatus } = errorFacts(schema, error)
      const Type = fault === 'client' ? 'Sender' : 'Receiver'
      const answer = { Error: { Code: queryCode, Message: message, Type }, RequestId: requestId }
      return {
        status: queryStatus,
        headers: [...jsonHeaders(requestId), ...Object.entries(error.headers)],
        body: JSON.stringify(answer),
      }
    },
  }
}

const writers = new WeakMap<Shape, Writer>()

function writerOf(shape: Shape): Writer {
  const known = writers.get(shape)
  if (known) return known
  const made = make(shape)
  writers.set(shape, made)
  return made
}

function make(shape: Shape): Writer {
  if (shape.kind === 'struct') return structWriter(shape)
  if (shape.kind === 'list') return listWriter(shape)
  return shape.kind === 'map' ? entriesWriter(shape) : writeJsonShape(shape)
}

function structWriter(shape: StructShape): Writer {
  let fields: [Member, Writer][] | undefined
  return (value) => {
    fields ??= shape.members.map((member) => [member, writerOf(member.shape)])
    const from = value as Record<string, unknown>
    const written = fields.map(([{ name }, write]): [string, unknown] => {
      const item = from[name] ?? null
      return [spelled[name] ?? name, item === null ? null : write(item)]
    })
    return sorted(Object.fromEntries(written))
  }
}

const listWriter =
  (shape: ListShape): Writer =>
  (value) =>
    Array.from(value as Iterable<unknown>, writerOf(shape.member.shape))

/** A map is the list of its entries, as the XML has it. */
function entriesWriter(shape: MapShape): Writer {
  const key = shape.key.traits.xml ?? 'key'
  const name = shape.value.traits.xml ?? 'value'
  return (value) =>
    Object.entries(value as object).map(([entry, item]) => ({
      [key]: entry,
      [name]: writerOf(shape.value.shape)(item),
    }))
}

const sorted = (members: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(members).sort(([a], [b]) => (a < b ? -1 : 1)))

const jsonHeaders = (requestId: string): [string, string][] => [
  ['x-amzn-RequestId', requestId],
  ['Content-Type', 'application/json'],
]
