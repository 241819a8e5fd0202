import { AwsError } from '../error.ts'
import { collect, type OutgoingHttp } from '../http.ts'
import type { Member, OperationSchema, ServiceSchema, StructShape } from '../schema.ts'
import { eventMember } from './aws-json.ts'
import { bindingsOf, readBound, writeBound } from './bindings.ts'
import { checkDigests, demandDigest } from './document-digest.ts'
import { errorFacts, type ErrorFacts } from './error-facts.ts'
import { eventStream, type EventCodec } from './event-stream.ts'
import { isBodyItself, isStream, readRawPayload, writeRawPayload } from './payload.ts'
import type { Values, WireError, WireProtocol, WireRequest } from './protocol.ts'
import { checkedQuery, unreadableOfS3 } from './s3-bindings.ts'
import { structReader, xmlReader } from './xml-reader.ts'
import { escapeXml, type XmlText } from './xml-text.ts'
import { malformedXml, parseXml, type XmlNode } from './xml-tree.ts'
import { type Root, rootName, structContent, xmlContent, xmlDocument } from './xml-writer.ts'

// CompleteMultipartUpload with 10,000 parts and checksums is about 2 MB.
const bodyLimitBytes = 8 * 1024 * 1024
const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n'

const eventCodec: EventCodec = {
  contentType: 'text/xml',
  document: (shape, value) =>
    xmlDocument('', { name: rootName(shape), namespace: undefined }, (out) =>
      xmlContent(shape)(value, out),
    ),
}

export function restXml(schema: ServiceSchema): WireProtocol {
  const namespace = schema.table.xmlNamespace
  return {
    decode(operation, request) {
      const bindings = bindingsOf(operation.input)
      const { payload, body } = bindings
      const bound = (input: Values) => {
        if (schema.table.id !== 's3') readBound(bindings, request, input)
        else {
          const { labels, headers } = request
          const query = request.query.size > 0 ? checkedQuery(bindings, request) : request.query
          readBound(bindings, { labels, headers, query }, input, unreadableOfS3)
        }
        return input
      }
      // The path of every GET and PUT of an object: nothing is waited for.
      if (payload ? isBodyItself(payload) : body.length === 0) {
        return bound(payload ? { [payload.name]: request.body } : {})
      }
      const read = payload
        ? readPayload(payload, request, operation.name, schema.table.id)
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
        const name = rootNameOf(operation, shape!)
        setXml(response, { name, namespace }, (out) =>
          writeBody(operation, bindings.body, output, out),
        )
      }
      return response
    },
    encodeError: (wire, requestId) => encodeError(schema, wire, requestId),
  }
}

// GetBucketLocation's only member is its root: `<LocationConstraint>eu-west-1</…>`.
const isItsMember = ({ name }: OperationSchema) => name === 'GetBucketLocation'

const rootNameOf = (operation: OperationSchema, shape: StructShape): string =>
  isItsMember(operation) ? 'LocationConstraint' : rootName(shape)

function writeBody(operation: OperationSchema, body: Member[], output: Values, out: XmlText): void {
  if (isItsMember(operation)) out.text(String(output['LocationConstraint'] ?? ''))
  else structContent(body)(output, out)
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
  service: string,
): Promise<Values> {
  const raw = await readRawPayload(payload, request, bodyLimitBytes)
  if (raw) return raw
  const node = await readXml(request, operation)
  if (!node) return {}
  const { shape, traits } = payload
  if (service === 's3' && node.name !== (traits.xml ?? rootName(shape as StructShape))) {
    throw traits.xml === 'AccessControlPolicy' ? malformedAcl() : malformedXml()
  }
  return { [payload.name]: xmlReader(shape)(node) }
}

/** S3's code for documents of ACLs; the words are those for any other. */
const malformedAcl = () =>
  new AwsError('MalformedACLError', malformedXml().message, { status: 400 })

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
    setXml(response, { name, namespace }, (out) => xmlContent(shape)(value, out))
  }
}

function setXml(response: OutgoingHttp, root: Root, inner: (out: XmlText) => void): void {
  response.headers.push(['Content-Type', 'application/xml'])
  response.body = xmlDocument(declaration, root, inner)
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
