import { collect } from '../http.ts'
import type { ServiceSchema } from '../schema.ts'
import { errorFacts, type ErrorFacts } from './error-facts.ts'
import type { Values, WireProtocol, WireRequest } from './protocol.ts'
import { parameterTree, queryReaders } from './query-reader.ts'
import { escapeXml, rootElement, structContent, xmlContent } from './xml-writer.ts'

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
      const result = shape ? resultElement(name, xmlContent(shape)(output)) : ''
      const metadata = `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata>`
      return {
        status: 200,
        headers: xmlHeaders(requestId),
        body: before + rootElement(`${name}Response`, xmlNamespace, result + metadata),
      }
    },
    encodeError({ error }, requestId) {
      const facts = errorFacts(schema, error)
      const type = facts.fault === 'client' ? 'Sender' : 'Receiver'
      const inner = `<Type>${type}</Type>${codeAndMessage(facts)}${errorContent(facts)}${detail}`
      const body = `<Error>${inner}</Error><RequestId>${requestId}</RequestId>`
      return {
        status: facts.queryStatus,
        headers: [...xmlHeaders(requestId), ...Object.entries(error.headers)],
        body: before + rootElement('ErrorResponse', xmlNamespace, body),
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
      // Operations without an output say that they were done.
      const content = shape ? xmlContent(shape)(output) : '<return>true</return>'
      const inner = `<requestId>${requestId}</requestId>${content}`
      return {
        status: 200,
        headers: xmlHeaders(requestId),
        body: declaration + rootElement(`${name}Response`, xmlNamespace, inner),
      }
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

const resultElement = (name: string, inner: string) =>
  inner === '' ? `<${name}Result/>` : rootElement(`${name}Result`, undefined, inner)

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
function errorContent({ shape, members }: ErrorFacts): string {
  if (!shape) return ''
  return structContent(shape.members.filter((m) => m.name.toLowerCase() !== 'message'))(members)
}
