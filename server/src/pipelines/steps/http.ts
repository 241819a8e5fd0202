import { bytesOf, type OutgoingCall, type OutgoingReply } from '../../kernel/index.ts'
import { abortException, type Call, fromJson, type Step, toJson } from '../engine/index.ts'
import { GroovyMap, HostObject, type Value } from '../groovy/index.ts'
import { openCredential } from './bindings.ts'
import { filesOf, placeOf } from './machine.ts'

const LARGEST_ANSWER_BYTES = 16 * 1024 ** 2
/** Without a limit of its own a call may be quiet for five minutes. */
const IDLE_MS = 300_000
const SLACK_TIMEOUT_MS = 30_000

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
    get: (name) => members[name],
    call: (method) => (method === 'close' ? null : (members[method] ?? null)),
  })
}

async function ask(call: Call, signal: AbortSignal): Promise<Answer> {
  const { args } = call
  const url = args.text('url')
  const method = args.optionalText('httpMode') ?? 'GET'
  const limit = args.number('timeout', 0)
  call.say(`HttpMethod: ${method}\nURL: ${url}`)
  const headers = await headersOf(call)
  const body = args.optionalText('requestBody')
  call.say(`Sending request to url: ${url}`)
  const signals = limit > 0 ? AbortSignal.any([signal, AbortSignal.timeout(limit * 1000)]) : signal
  const { reply, bytes } = await wholeAnswer(call, url, {
    method,
    headers,
    signal: signals,
    idleMs: limit > 0 ? limit * 1000 : IDLE_MS,
    ...(body !== undefined && { body }),
  }).catch((problem: unknown) => {
    if (signal.aborted) throw signal.reason
    throw abortException(`httpRequest: ${(problem as Error).message}`)
  })
  call.say(`Response Code: HTTP/1.1 ${reply.status} ${reply.body.statusMessage}`.trimEnd())
  const content = bytes.toString('utf8')
  if (args.flag('consoleLogResponseBody')) call.say(`Response: \n${content}`)
  const file = args.optionalText('outputFile')
  if (file) await filesOf(call).write(await placeOf(call, file), bytes)
  judge(call, reply.status, content)
  return {
    status: reply.status,
    content,
    headers: listsOf(reply.headers),
  }
}

async function wholeAnswer({ session }: Call, url: string, given: OutgoingCall) {
  const reply = await session.kernel.outgoing.fetch(url, given)
  return { reply, bytes: await bytesOf(reply, LARGEST_ANSWER_BYTES) }
}

function listsOf(headers: OutgoingReply['headers']): Record<string, string[]> {
  const entries = Object.entries(headers).map(([name, value]) => [name, [value ?? ''].flat()])
  return Object.fromEntries(entries) as Record<string, string[]>
}

function judge(call: Call, status: number, content: string): void {
  const codes = call.args.optionalText('validResponseCodes') ?? '100:399'
  const isValid = codes.split(',').some((range) => {
    const [low, high = low] = range.trim().split(':').map(Number)
    return status >= (low ?? 0) && status <= (high ?? 0)
  })
  const verdict = `Status code ${status} is ${isValid ? 'in' : 'not in'} the accepted range: ${codes}`
  if (!isValid) throw abortException(`Fail: ${verdict}`)
  call.say(`Success: ${verdict}`)
  const wanted = call.args.optionalText('validResponseContent')
  if (wanted && !content.includes(wanted)) {
    throw abortException(`Fail: Response doesn't contain expected content '${wanted}'`)
  }
}

const mediaTypes: Record<string, string> = {
  APPLICATION_JSON: 'application/json',
  APPLICATION_JSON_UTF8: 'application/json; charset=UTF-8',
  APPLICATION_FORM: 'application/x-www-form-urlencoded',
  TEXT_PLAIN: 'text/plain',
  TEXT_HTML: 'text/html',
  APPLICATION_OCTETSTREAM: 'application/octet-stream',
}

async function headersOf(call: Call): Promise<Record<string, string>> {
  const { args, scope } = call
  const headers = new Headers()
  const type = args.optionalText('contentType')
  const accept = args.optionalText('acceptType')
  if (type && type !== 'NOT_SET') headers.set('content-type', mediaTypes[type] ?? type)
  if (accept && accept !== 'NOT_SET') headers.set('accept', mediaTypes[accept] ?? accept)
  const custom = args.value('customHeaders')
  for (const entry of Array.isArray(custom) ? custom : []) {
    if (!(entry instanceof GroovyMap)) continue
    headers.append(String(entry.get('name')), String(entry.get('value')))
  }
  const id = args.optionalText('authentication')
  if (id) {
    const { username, password } = await openCredential(scope, id, ['usernamePassword'])
    headers.set(
      'authorization',
      `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
    )
  }
  if (args.optionalText('requestBody') !== undefined && !headers.has('content-type')) {
    headers.set('content-type', 'text/plain;charset=UTF-8')
  }
  return Object.fromEntries(headers)
}

/** Posts to an incoming webhook; as the Slack plugin, a failure is told and fails nothing. */
export const slackSend: Step = {
  kind: 'leaf',
  isOnce: true,
  positional: ['message'],
  async run(call) {
    const { args } = call
    const url = args.optionalText('baseUrl')
    const token = args.optionalText('token')
    const fail = (why: string) => {
      if (args.flag('failOnError')) throw abortException(`Slack notification failed. ${why}`)
      call.say(`ERROR: Slack notification failed. ${why}`)
      return null
    }
    if (!url) return fail('There is no webhook: give its address as baseUrl.')
    const text = args.optionalText('message') ?? ''
    const color = args.optionalText('color')
    const channel = args.optionalText('channel')
    const body = {
      ...(channel && { channel }),
      ...(color ? { attachments: [{ color, text }] } : { text }),
    }
    const address = token ? `${url.replace(/\/$/, '')}/${token}` : url
    const reply = await call.session.kernel.outgoing
      .fetch(address, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
        signal: AbortSignal.any([call.signal, AbortSignal.timeout(SLACK_TIMEOUT_MS)]),
      })
      .catch((problem: unknown) => problem as Error)
    if (reply instanceof Error) return fail(reply.message)
    reply.body.destroy()
    const isTaken = reply.status >= 200 && reply.status < 300
    return isTaken ? null : fail(`The webhook answered ${reply.status}.`)
  },
}
