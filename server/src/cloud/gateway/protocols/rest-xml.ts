import { AwsError } from '../error.ts'
import { collect, type OutgoingHttp } from '../http.ts'
import type { Member, OperationSchema, Scalar, ServiceSchema, StructShape } from '../schema.ts'
import { eventMember } from './aws-json.ts'
import { type Bindings, bindingsOf, readBound, writeBound } from './bindings.ts'
import { checkDigests, demandDigest } from './document-digest.ts'
import { errorFacts, type ErrorFacts } from './error-facts.ts'
import { eventStream, type EventCodec } from './event-stream.ts'
import { isBodyItself, isStream, readRawPayload, writeRawPayload } from './payload.ts'
import type { Values, WireError, WireProtocol, WireRequest } from './protocol.ts'
import { readText } from './text-scalar.ts'
import { structReader, xmlReader } from './xml-reader.ts'
import { parseXml, type XmlNode } from './xml-tree.ts'
import { escapeXml, rootElement, rootName, structContent, xmlContent } from './xml-writer.ts'

// CompleteMultipartUpload with 10,000 parts and checksums is about 2 MB.
const bodyLimitBytes = 8 * 1024 * 1024
const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n'

const eventCodec: EventCodec = {
  contentType: 'text/xml',
  document: (shape, value) =>
    Buffer.from(rootElement(rootName(shape), undefined, xmlContent(shape)(value))),
}

export function restXml(schema: ServiceSchema): WireProtocol {
  const namespace = schema.table.xmlNamespace
  return {
    decode(operation, request) {
      const bindings = bindingsOf(operation.input)
      const { payload, body } = bindings
      const bound = (input: Values) => {
        if (schema.table.id === 's3') {
          if (request.query.size > 0) checkNumbers(bindings, request)
          checkRetention(bindings, request)
        }
        readBound(bindings, request, input)
        return input
      }
      // The path of every GET and PUT of an object: nothing is waited for.
      if (payload ? isBodyItself(payload) : body.length === 0) {
        return bound(payload ? { [payload.name]: request.body } : {})
      }
      const read = payload
        ? readPayload(payload, request, operation.name)
        : readBody(operation.input!, body, request, operation.name)
      return read.then(bound)
    },
    encode(operation, output, requestId) {
      const { output: shape } = operation
      const bindings = bindingsOf(shape)
      const response: OutgoingHttp = {
        status: operation.http!.status,
        headers: identifiers(requestId),
      }
      writeBound(bindings, output, response)
      if (bindings.payload) writePayload(operation, bindings.payload, output, response, namespace)
      else if (bindings.body.length > 0) {
        const inner = structContent(bindings.body)(output)
        setXml(response, xmlBody(operation, shape!, inner, namespace))
      }
      return response
    },
    encodeError: (wire, requestId) => encodeError(schema, wire, requestId),
  }
}

/** S3's words for a count that is none; an empty one is as good as not given. */
function checkNumbers({ others }: Bindings, { query }: WireRequest): void {
  for (const { shape, traits } of others) {
    if (shape.kind !== 'number' || !traits.query) continue
    const text = query.get(traits.query)
    if (!text || /^-?\d{1,10}$/.test(text)) continue
    throw new AwsError(
      'InvalidArgument',
      `Provided ${traits.query} not an integer or within integer range`,
      { status: 400, members: { ArgumentName: traits.query, ArgumentValue: text } },
    )
  }
}

/** S3's words for a moment that is none. */
function checkRetention({ headers: members }: Bindings, { headers }: WireRequest): void {
  const name = 'x-amz-object-lock-retain-until-date'
  const text = headers[name]
  if (text === undefined) return
  const member = members.get(name)
  if (!member || readText(member.shape as Scalar, text) !== undefined) return
  const message = 'The retain until date must be provided in ISO 8601 format'
  const given = { ArgumentName: name, ArgumentValue: text }
  throw new AwsError('InvalidArgument', message, { status: 400, members: given })
}

/** GetBucketLocation's only member is its root: `<LocationConstraint>eu-west-1</…>`. */
function xmlBody(
  operation: OperationSchema,
  shape: StructShape,
  inner: string,
  namespace: string | undefined,
): string {
  if (operation.name !== 'GetBucketLocation') return rootElement(rootName(shape), namespace, inner)
  const text = /^<LocationConstraint>(.*)<\/LocationConstraint>$/s.exec(inner)?.[1] ?? ''
  return rootElement('LocationConstraint', namespace, text)
}

async function readBody(
  shape: StructShape,
  body: Member[],
  request: WireRequest,
  operation: string,
): Promise<Values> {
  const node = await readXml(request, operation)
  return node ? (structReader(shape, body)(node) as Values) : {}
}

async function readPayload(
  payload: Member,
  request: WireRequest,
  operation: string,
): Promise<Values> {
  const raw = await readRawPayload(payload, request, bodyLimitBytes)
  if (raw) return raw
  const node = await readXml(request, operation)
  return node ? { [payload.name]: xmlReader(payload.shape)(node) } : {}
}

async function readXml(request: WireRequest, operation: string): Promise<XmlNode | undefined> {
  const bytes = await collect(request.body, bodyLimitBytes)
  // There they are of the object that is put together.
  if (operation !== 'CompleteMultipartUpload') await checkDigests(bytes, request.headers)
  if (bytes.length === 0) return undefined
  demandDigest(operation, request)
  return parseXml(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8'))
}

function writePayload(
  operation: OperationSchema,
  payload: Member,
  output: Values,
  response: OutgoingHttp,
  namespace: string | undefined,
): void {
  const value = output[payload.name]
  if (value === undefined || value === null) return
  if (eventMember(operation)) {
    response.headers.push(['Content-Type', 'application/vnd.amazon.eventstream'])
    const union = payload.shape as StructShape
    response.body = eventStream(union, value as AsyncIterable<unknown>, eventCodec)
  } else if (isStream(payload)) writeRawPayload(value, response, 'application/octet-stream')
  else {
    const shape = payload.shape as StructShape
    const name = payload.traits.xml ?? rootName(shape)
    setXml(response, rootElement(name, namespace, xmlContent(shape)(value)))
  }
}

function setXml(response: OutgoingHttp, xml: string): void {
  response.headers.push(['Content-Type', 'application/xml'])
  response.body = declaration + xml
}

/** S3's two identifiers; the second is opaque to clients and made from the first. */
export function identifiers(requestId: string): [string, string][] {
  return [
    ['x-amz-request-id', requestId],
    ['x-amz-id-2', hostId(requestId)],
    ['Server', 'AmazonS3'],
  ]
}

// 57 bytes: no padding, and about as long as the real ones.
function hostId(requestId: string): string {
  return btoa((requestId + requestId + requestId + requestId).slice(0, 57))
}

function encodeError(schema: ServiceSchema, wire: WireError, requestId: string): OutgoingHttp {
  const facts = errorFacts(schema, wire.error)
  const response: OutgoingHttp = {
    status: facts.status,
    headers: [...identifiers(requestId), ...Object.entries(wire.error.headers)],
  }
  // 304 and HEAD carry no body; a client reads the status alone.
  if (wire.method === 'HEAD' || facts.status === 304) return response
  response.headers.push(['Content-Type', 'application/xml'])
  const inner =
    `<Code>${escapeXml(facts.name)}</Code><Message>${escapeXml(facts.message)}</Message>` +
    errorElements(facts)
  const ids = `<RequestId>${requestId}</RequestId><HostId>${hostId(requestId)}</HostId>`
  response.body = declaration + errorRoot(schema, inner, ids)
  return response
}

/** S3's errors stand alone; those of its control plane in an envelope, which has the identifiers. */
const errorRoot = (schema: ServiceSchema, inner: string, ids: string): string =>
  schema.table.id === 's3'
    ? `<Error>${inner}${ids}</Error>`
    : `<ErrorResponse><Error>${inner}</Error>${ids}</ErrorResponse>`

function errorElements({ members }: ErrorFacts): string {
  return Object.entries(members)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `<${name}>${escapeXml(String(value))}</${name}>`)
    .join('')
}
