import { collect } from '../http.ts'
import type { ServiceSchema, StructShape } from '../schema.ts'
import { errorFacts, type ErrorFacts } from './error-facts.ts'
import type { Values, WireProtocol, WireRequest } from './protocol.ts'
import { parameterTree, queryReaders } from './query-reader.ts'
import { escapeXml, type XmlText } from './xml-text.ts'
import { structContent, xmlContent, xmlDocument } from './xml-writer.ts'

const bodyLimitBytes = 4 * 1024 * 1024
const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n'

const readQuery = queryReaders(false)
const readEc2 = queryReaders(true)

/** The form's text: the body of a POST, else the query string. */
async function formOf(request: WireRequest): Promise<string> {
  const bytes = await collect(request.body, bodyLimitBytes)
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8')
  return body === '' ? request.query.toString() : body
}

/** AWS query: a form in, `<XResponse><XResult>…` out. */
export function query(schema: ServiceSchema): WireProtocol {
  const { xmlNamespace, id } = schema.table
  // SQS writes its XML in its own way.
  const [before, detail] = id === 'sqs' ? ['<?xml version="1.0"?>', '<Detail/>'] : ['', '']
  return {
    async decode(operation, request) {
      const tree = parameterTree(await formOf(request))
      if (!operation.input) return {}
      const input = readQuery(operation.input)(tree, '') as Values
      // Old SQS clients post to the queue's own URL instead of naming it.
      const queue = operation.input.members.some((member) => member.name === 'QueueUrl')
      if (queue && input['QueueUrl'] === undefined && request.path.length > 1) {
        input['QueueUrl'] = request.originUrl + request.path
      }
      return input
    },
    encode({ name, output: shape }, output, requestId) {
      const root = { name: `${name}Response`, namespace: xmlNamespace }
      const body = xmlDocument(before, root, (out) => {
        if (shape) writeResult(name, shape, output, out)
        out.raw(`<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata>`)
      })
      return { status: 200, headers: xmlHeaders(requestId), body }
    },
    encodeError({ error }, requestId) {
      const facts = errorFacts(schema, error)
      const type = facts.fault === 'client' ? 'Sender' : 'Receiver'
      const root = { name: 'ErrorResponse', namespace: xmlNamespace }
      const body = xmlDocument(before, root, (out) => {
        out.raw(`<Error><Type>${type}</Type>${codeAndMessage(facts)}`)
        writeErrorMembers(facts, out)
        out.raw(`${detail}</Error><RequestId>${requestId}</RequestId>`)
      })
      return {
        status: facts.queryStatus,
        headers: [...xmlHeaders(requestId), ...Object.entries(error.headers)],
        body,
      }
    },
  }
}

/** EC2 query: names of its own, no Result element, the request id in the answer. */
export function ec2Query(schema: ServiceSchema): WireProtocol {
  const { xmlNamespace } = schema.table
  return {
    async decode(operation, request) {
      const tree = parameterTree(await formOf(request))
      return operation.input ? (readEc2(operation.input)(tree, '') as Values) : {}
    },
    encode({ name, output: shape }, output, requestId) {
      const root = { name: `${name}Response`, namespace: xmlNamespace }
      const body = xmlDocument(declaration, root, (out) => {
        out.raw(`<requestId>${requestId}</requestId>`)
        if (shape) xmlContent(shape)(output, out)
        // Operations without an output say that they were done.
        else out.raw('<return>true</return>')
      })
      return { status: 200, headers: xmlHeaders(requestId), body }
    },
    encodeError({ error }, requestId) {
      const facts = errorFacts(schema, error)
      const inner = `<Errors><Error>${codeAndMessage(facts)}</Error></Errors>`
      return {
        status: facts.queryStatus,
        headers: [...xmlHeaders(requestId), ...Object.entries(error.headers)],
        body: `${declaration}<Response>${inner}<RequestID>${requestId}</RequestID></Response>`,
      }
    },
  }
}

/** An empty element where nothing is in it. */
function writeResult(name: string, shape: StructShape, output: Values, out: XmlText): void {
  const start = out.size
  out.raw(`<${name}Result>`)
  const inside = out.size
  xmlContent(shape)(output, out)
  if (out.size > inside) return out.raw(`</${name}Result>`)
  out.cut(start)
  out.raw(`<${name}Result/>`)
}

function xmlHeaders(requestId: string): [string, string][] {
  return [
    ['x-amzn-RequestId', requestId],
    ['Content-Type', 'text/xml;charset=UTF-8'],
  ]
}

function codeAndMessage({ queryCode, message }: ErrorFacts): string {
  return `<Code>${escapeXml(queryCode)}</Code><Message>${escapeXml(message)}</Message>`
}

/** Modelled members besides the message (CloudWatch's DashboardValidationMessages). */
function writeErrorMembers({ shape, members }: ErrorFacts, out: XmlText): void {
  if (!shape) return
  const others = shape.members.filter((m) => m.name.toLowerCase() !== 'message')
  structContent(others)(members, out)
}
