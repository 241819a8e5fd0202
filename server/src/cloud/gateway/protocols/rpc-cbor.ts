import { collect } from '../http.ts'
import type { ServiceSchema } from '../schema.ts'
import { queryErrorHeader } from './aws-json.ts'
import { decodeCbor, encodeCbor } from './cbor.ts'
import { errorFacts, errorMembers, typeName } from './error-facts.ts'
import { withValues } from './json-text.ts'
import type { Values, WireProtocol } from './protocol.ts'
import { serializationError, structureReaders } from './structure-reader.ts'
import { structureWriters } from './structure-writer.ts'

const bodyLimitBytes = 16 * 1024 * 1024

export const readCborShape = structureReaders({ blob: bytesOnly, renames: false })
export const writeCborShape = structureWriters({ json: false, renames: false })

function bytesOnly(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value
  throw serializationError('Bytes expected')
}

/** Smithy RPC v2 CBOR: POST /service/<Service>/operation/<Operation>. */
export function rpcCbor(schema: ServiceSchema): WireProtocol {
  const headers = (requestId: string): [string, string][] => [
    ['x-amzn-RequestId', requestId],
    ['smithy-protocol', 'rpc-v2-cbor'],
    ['Content-Type', 'application/cbor'],
  ]
  return {
    async decode(operation, request) {
      const bytes = await collect(request.body, bodyLimitBytes)
      if (!operation.input || bytes.length === 0) return {}
      return readCborShape(operation.input)(decodeCbor(bytes), 0) as Values
    },
    encode(operation, output, requestId) {
      const value = operation.output ? writeCborShape(operation.output)(withValues(output)) : {}
      return { status: 200, headers: headers(requestId), body: encodeCbor(value) }
    },
    encodeError({ error }, requestId) {
      const facts = errorFacts(schema, error)
      const members = { __type: typeName(schema, facts), ...errorMembers(facts) }
      return {
        status: facts.status,
        headers: [
          ...headers(requestId),
          ...queryErrorHeader(schema, facts),
          ...Object.entries(error.headers),
        ],
        body: encodeCbor(members),
      }
    },
  }
}
