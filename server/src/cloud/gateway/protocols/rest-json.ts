import { collect, type OutgoingHttp } from '../http.ts'
import type { Member, OperationSchema, ServiceSchema, StructShape } from '../schema.ts'
import { eventMember, jsonErrorBody, parseJsonObject } from './aws-json.ts'
import { bindingsOf, readBound, writeBound } from './bindings.ts'
import { errorFacts } from './error-facts.ts'
import { eventStream, type EventCodec } from './event-stream.ts'
import { isStream, readRawPayload, writeRawPayload } from './payload.ts'
import type { Values, WireProtocol, WireRequest } from './protocol.ts'
import { blobFromBase64, structureReaders } from './structure-reader.ts'
import { structureWriters } from './structure-writer.ts'

// Lambda's zip comes base64 in JSON: 50 MB become 67.
const bodyLimitBytes = 96 * 1024 * 1024

const readShape = structureReaders({ blob: blobFromBase64, renames: true })
const writeShape = structureWriters({ json: true, renames: true })

const eventCodec: EventCodec = {
  contentType: 'application/json',
  document: (shape, value) => Buffer.from(JSON.stringify(writeShape(shape)(value))),
}

export function restJson(schema: ServiceSchema): WireProtocol {
  return {
    async decode(operation, request) {
      const bindings = bindingsOf(operation.input)
      const { payload } = bindings
      const input = payload
        ? await readPayload(payload, request)
        : bindings.body.length > 0
          ? await readBody(operation.input!, request)
          : {}
      readBound(bindings, request, input)
      return input
    },
    encode(operation, output, requestId) {
      const bindings = bindingsOf(operation.output)
      const response: OutgoingHttp = {
        status: operation.http!.status,
        headers: [['x-amzn-RequestId', requestId]],
      }
      writeBound(bindings, output, response)
      if (bindings.payload) writePayload(operation, bindings.payload, output, response)
      else if (bindings.body.length > 0) {
        response.headers.push(['Content-Type', 'application/json'])
        response.body = JSON.stringify(bodyOf(operation.output!, bindings.body, output))
      }
      return response
    },
    encodeError({ error }, requestId) {
      const facts = errorFacts(schema, error)
      const response: OutgoingHttp = {
        status: facts.status,
        headers: [
          ['x-amzn-RequestId', requestId],
          ['x-amzn-ErrorType', facts.name],
          ['Content-Type', 'application/json'],
          ...Object.entries(error.headers),
        ],
        body: jsonErrorBody(facts, writeShape),
      }
      if (facts.shape) writeBound(bindingsOf(facts.shape), facts.members, response)
      return response
    },
  }
}

async function readBody(shape: StructShape, request: WireRequest): Promise<Values> {
  const value = parseJsonObject(await collect(request.body, bodyLimitBytes))
  return readShape(shape)(value, 0) as Values
}

async function readPayload(payload: Member, request: WireRequest): Promise<Values> {
  const { name, shape } = payload
  const raw = await readRawPayload(payload, request, bodyLimitBytes)
  if (raw) return raw
  const bytes = await collect(request.body, bodyLimitBytes)
  return bytes.length === 0 ? {} : { [name]: readShape(shape)(parseJsonObject(bytes), 0) }
}

function writePayload(
  operation: OperationSchema,
  payload: Member,
  output: Values,
  response: OutgoingHttp,
): void {
  const value = output[payload.name]
  if (value === undefined || value === null) return
  if (eventMember(operation)) {
    response.headers.push(['Content-Type', 'application/vnd.amazon.eventstream'])
    const union = payload.shape as StructShape
    response.body = eventStream(union, value as AsyncIterable<unknown>, eventCodec)
  } else if (isStream(payload)) writeRawPayload(value, response, 'application/json') // what functions return
  else {
    addContentType(response, 'application/json')
    response.body = JSON.stringify(writeShape(payload.shape)(value))
  }
}

function addContentType(response: OutgoingHttp, type: string): void {
  if (!response.headers.some(([name]) => name.toLowerCase() === 'content-type')) {
    response.headers.push(['Content-Type', type])
  }
}

/** All members are written by the shape; those bound elsewhere are taken out again. */
function bodyOf(shape: StructShape, body: Member[], output: Values): unknown {
  if (body.length === shape.members.length) return writeShape(shape)(output)
  const inside: Values = {}
  for (const { name } of body) inside[name] = output[name]
  return writeShape(shape)(inside)
}
