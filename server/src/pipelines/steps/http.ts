import { bytesOf, type OutgoingCall, type OutgoingReply } from '../../kernel/index.ts'
import { abortException, type Call, fromJson, type Step, toJson } from '../engine/index.ts'
import { type GroovyError, GroovyMap, HostObject, hostError, type Value } from '../groovy/index.ts'
import { openCredential } from './bindings.ts'
import { filesOf, placeOf } from './machine.ts'

const LARGEST_ANSWER_BYTES = 16 * 1024 ** 2
// Java's words for a URL of nothing.
const NO_URL = 'Cannot invoke "String.length()" because "spec" is null'
/** Without a limit of its own a call may be quiet for five minutes. */
const IDLE_MS = 300_000

/** `httpRequest url: …`: gives an object with `status`, `content` and `headers`. */
export const httpRequest: Step = {
  kind: 'own',
  positional: ['url'],
  async run(call) {
    const kept = await call.once(async (signal) => fromJson(await ask(call, signal)), {
      isOnce: isChange(call),
    })
    return answerOf(toJson(kept) as unknown as Answer)
  },
}

const isChange = ({ args }: Call) =>
  !/^(GET|HEAD|OPTIONS)$/.test(args.optionalText('httpMode') ?? 'GET')

interface Answer {
  status: number
  content: string
  headers: Record<string, string[]>
}

function answerOf({ status, content, headers }: Answer): HostObject {
  const members: Record<string, Value> = { status, content, headers: fromJson(headers) }
  return new HostObject({
    typeName: 'jenkins.plugins.http_request.ResponseContentSupplier',
    isJava: true,
    get: (name) => members[name],
    call: (method) => (method === 'close' ? null : undefined),
    print: () => `Status: ${status}, Response: ${content}`,
  })
}

async function ask(call: Call, signal: AbortSignal): Promise<Answer> {
  const { args } = call
  const url = args.optionalText('url') ?? 'null'
  const method = args.optionalText('httpMode') ?? 'GET'
  call.say(`HttpMethod: ${method}\nURL: ${url}`)
  const given = givenHeaders(call)
  for (const { name, value, isMasked } of given) call.say(`${name}: ${isMasked ? '*****' : value}`)
  const headers = await sentHeaders(call, given)
  const body = args.optionalText('requestBody')
  const answer = await answered(call, signal, {
    method,
    headers,
    ...(body !== undefined && { body }),
  })
  const content = answer.bytes.toString('utf8')
  if (args.flag('consoleLogResponseBody')) call.say(`Response: \n${content}`)
  judge(call, answer.status, content)
  const file = args.optionalText('outputFile')
  if (file) {
    const place = await placeOf(call, file)
    call.say(`Saving response body to ${place}`)
    await filesOf(call).write(place, answer.bytes)
  }
  const { status } = answer
  return { status, content, headers: answer.headers }
}

interface Answered {
  status: number
  bytes: Buffer
  headers: Record<string, string[]>
}

/** Where nobody answers, the step takes that for a status as well. */
async function answered(call: Call, signal: AbortSignal, given: OutgoingCall): Promise<Answered> {
  const { args, session } = call
  const url = args.optionalText('url')
  if (url === undefined) throw failure(hostError('java.net.MalformedURLException', NO_URL))
  const limit = args.number('timeout', 0)
  const signals = limit > 0 ? AbortSignal.any([signal, AbortSignal.timeout(limit * 1000)]) : signal
  // The step's own limit is to be the one that ends a quiet call.
  const idleMs = Math.max(IDLE_MS, limit * 2000)
  call.say(`Sending request to url: ${url}`)
  try {
    const reply = await session.kernel.outgoing.fetch(url, { ...given, signal: signals, idleMs })
    const bytes = await bytesOf(reply, LARGEST_ANSWER_BYTES)
    call.say(`Response Code: HTTP/1.1 ${reply.status} ${reply.body.statusMessage}`.trimEnd())
    return { status: reply.status, bytes, headers: listsOf(reply.headers) }
  } catch (problem) {
    if (signal.aborted) throw signal.reason
    return unanswered(call, url, problem as NodeJS.ErrnoException)
  }
}

function unanswered(call: Call, url: string, problem: NodeJS.ErrnoException): Answered {
  const as = (text: string, status: number) => {
    return { status, bytes: Buffer.from(text), headers: {} }
  }
  if (!URL.canParse(url)) {
    throw failure(hostError('java.net.MalformedURLException', `no protocol: ${url}`))
  }
  const { hostname, port, protocol } = new URL(url)
  if (problem.code === 'outgoingUnknown') {
    call.say(`Treating UnknownHostException(${hostname}) as 404 Not Found`)
    return as('UnknownHostException as 404 Not Found', 404)
  }
  const timeout = () =>
    problem.name === 'TimeoutError' ? 'java.net.SocketTimeoutException(Read timed out)' : undefined
  const refused = () => {
    if (problem.code !== 'ECONNREFUSED') return undefined
    const at = `${hostname}:${port || (protocol === 'https:' ? '443' : '80')}`
    const from = `${hostname}/${(problem as { address?: string }).address ?? hostname}`
    return `org.apache.http.conn.HttpHostConnectException(Connect to ${at} [${from}] failed: Connection refused)`
  }
  const shown = timeout() ?? refused()
  if (shown === undefined) throw failure(abortException(problem.message))
  call.say(`Treating class ${shown} as 408 Request Timeout`)
  return as(`class ${shown} as 408 Request Timeout`, 408)
}

/** As the step throws it: what stops it comes wrapped. */
function failure(cause: GroovyError) {
  const error = hostError('java.lang.IllegalStateException', cause.message)
  error.thrown.fields.set('cause', cause.thrown)
  return error
}

function listsOf(headers: OutgoingReply['headers']): Record<string, string[]> {
  const entries = Object.entries(headers).map(([name, value]) => [name, [value ?? ''].flat()])
  return Object.fromEntries(entries) as Record<string, string[]>
}

function judge(call: Call, status: number, content: string): void {
  const codes = call.args.optionalText('validResponseCodes') ?? '100:399'
  const url = call.args.text('url')
  const isValid = codes.split(',').some((range) => {
    const [low, high = low] = range.trim().split(':').map(Number)
    return status >= (low ?? 0) && status <= (high ?? 0)
  })
  const verdict = `Status code ${status} is ${isValid ? 'in' : 'not in'} the accepted range: ${codes}`
  if (!isValid) throw failure(abortException(`Fail: ${verdict} while calling ${url}`))
  call.say(`Success: ${verdict}`)
  const wanted = call.args.optionalText('validResponseContent')
  if (wanted && !content.includes(wanted)) {
    const text = `Fail: Response doesn't contain expected content '${wanted}' while calling ${url}`
    throw failure(abortException(text))
  }
}

/** What the names of the step's media types stand for, as its lines show them. */
const mediaTypes: Record<string, string> = {
  APPLICATION_JSON: 'application/json',
  APPLICATION_JSON_UTF8: 'application/json; charset=UTF-8',
  APPLICATION_FORM: 'application/x-www-form-urlencoded; charset=ISO-8859-1',
  APPLICATION_FORM_DATA: 'multipart/form-data; charset=ISO-8859-1',
  APPLICATION_TAR: 'application/x-tar',
  APPLICATION_ZIP: 'application/zip',
  TEXT_PLAIN: 'text/plain; charset=ISO-8859-1',
  TEXT_HTML: 'text/html; charset=ISO-8859-1',
  APPLICATION_OCTETSTREAM: 'application/octet-stream',
}

interface Header {
  name: string
  value: string
  isMasked: boolean
}

function givenHeaders({ args }: Call): Header[] {
  const headers: Header[] = []
  const type = args.optionalText('contentType')
  const accept = args.optionalText('acceptType')
  const media = (name: string, given: string, withCharset: boolean) => {
    const full = mediaTypes[given] ?? given
    const value = withCharset ? full : full.replace(/;.*/, '')
    headers.push({ name, value, isMasked: false })
  }
  if (type && type !== 'NOT_SET') media('Content-Type', type, true)
  if (accept && accept !== 'NOT_SET') media('Accept', accept, false)
  const custom = args.value('customHeaders')
  for (const entry of Array.isArray(custom) ? custom : []) {
    if (!(entry instanceof GroovyMap)) continue
    const name = String(entry.get('name'))
    const isMasked = entry.get('maskValue') === true || /^authorization$/i.test(name)
    headers.push({ name, value: String(entry.get('value')), isMasked })
  }
  return headers
}

async function sentHeaders(call: Call, given: Header[]): Promise<Record<string, string>> {
  const { args, scope } = call
  const headers = new Headers()
  for (const { name, value } of given) headers.append(name, value)
  const id = args.optionalText('authentication')
  if (id) {
    const { username, password } = await openCredential(scope, id, ['usernamePassword'])
    call.say(`Using authentication: ${id}`)
    const pair = Buffer.from(`${username}:${password}`).toString('base64')
    headers.set('authorization', `Basic ${pair}`)
  }
  if (args.optionalText('requestBody') !== undefined && !headers.has('content-type')) {
    headers.set('content-type', 'text/plain;charset=UTF-8')
  }
  return Object.fromEntries(headers)
}
