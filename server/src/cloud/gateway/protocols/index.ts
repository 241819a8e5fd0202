import type { Protocol, ServiceSchema } from '../schema.ts'
import { amzCbor } from './amz-cbor.ts'
import { awsJson } from './aws-json.ts'
import type { WireProtocol } from './protocol.ts'
import { ec2Query, query } from './query.ts'
import { queryJson } from './query-json.ts'
import { restJson } from './rest-json.ts'
import { restXml } from './rest-xml.ts'
import { rpcCbor } from './rpc-cbor.ts'

export type { Values, WireError, WireProtocol, WireRequest } from './protocol.ts'
export { decodeCbor, encodeCbor } from './cbor.ts'
export { Router, type Route } from './router.ts'

/** How a request is spoken: the protocol, for AWS JSON its version, or the CBOR it had before. */
export type Dialect =
  | Exclude<Protocol, 'json'>
  | 'json-1.0'
  | 'json-1.1'
  | 'amz-cbor'
  | 'query-json'

const makers: Record<Dialect, (schema: ServiceSchema) => WireProtocol> = {
  'rest-xml': restXml,
  'rest-json': restJson,
  query,
  'query-json': queryJson,
  ec2: ec2Query,
  cbor: rpcCbor,
  'amz-cbor': amzCbor,
  'json-1.0': (schema) => awsJson(schema, '1.0'),
  'json-1.1': (schema) => awsJson(schema, '1.1'),
}

const made = new WeakMap<ServiceSchema, Map<Dialect, WireProtocol>>()

/** The protocol over a service's schema; made at first use. */
export function protocolFor(schema: ServiceSchema, dialect: Dialect): WireProtocol {
  let ofSchema = made.get(schema)
  if (!ofSchema) {
    ofSchema = new Map()
    made.set(schema, ofSchema)
  }
  let protocol = ofSchema.get(dialect)
  if (!protocol) {
    protocol = makers[dialect](schema)
    ofSchema.set(dialect, protocol)
  }
  return protocol
}

/** The dialect a service's own SDK speaks. */
export function ownDialect({ table }: ServiceSchema): Dialect {
  if (table.protocol !== 'json') return table.protocol
  return table.jsonVersion === '1.1' ? 'json-1.1' : 'json-1.0'
}
export { readJsonShape } from './aws-json.ts'
export { bareRefusal } from './bare-refusal.ts'
export { asJsonText, withValues } from './json-text.ts'
