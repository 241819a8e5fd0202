import { collect } from '../http.ts'
import type { ServiceSchema } from '../schema.ts'
import { eventMember, streamed } from './aws-json.ts'
import { decodeCbor, encodeCbor } from './cbor.ts'
import { errorFacts, errorMembers, typeName } from './error-facts.ts'
import type { EventCodec } from './event-stream.ts'
import type { Values, WireProtocol } from './protocol.ts'
import { readCborShape, writeCborShape } from './rpc-cbor.ts'

const bodyLimitBytes = 16 * 1024 * 1024
const contentType = 'application/x-amz-cbor-1.1'

const codec: EventCodec = {
  contentType,
  document: (shape, value) => encodeCbor(writeCborShape(shape)(value), 'ms'),
}

/**
 * AWS JSON with CBOR for JSON, as the Java SDKs (and so KCL and KPL) speak to Kinesis: the operation in
 * X-Amz-Target, bytes as they are, timestamps as milliseconds.
 */
export function amzCbor(schema: ServiceSchema): WireProtocol {
  const headers = (requestId: string): [string, string][] => [
    ['x-amzn-RequestId', requestId],
    ['Content-Type', contentType],
  ]
  return {
    async decode(operation, request) {
      const bytes = await collect(request.body, bodyLimitBytes)
      if (!operation.input || bytes.length === 0) return {}
      return readCborShape(operation.input)(decodeCbor(bytes, 'ms'), 0) as Values
    },
    encode(operation, output, requestId) {
      const events = eventMember(operation)
      if (events) return streamed(operation, output, events, codec, requestId)
      const body = operation.output
        ? encodeCbor(writeCborShape(operation.output)(output), 'ms')
        : new Uint8Array(0)
      return { status: 200, headers: headers(requestId), body }
    },
    encodeError({ error }, requestId) {
      const facts = errorFacts(schema, error)
      const members = { __type: typeName(schema, facts), ...errorMembers(facts) }
      return {
        status: facts.status,
        headers: [...headers(requestId), ...Object.entries(error.headers)],
        body: encodeCbor(members, 'ms'),
      }
    },
  }
}
