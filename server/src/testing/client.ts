import type { CallInput, CallResult, Endpoint, ErrorReply } from '@madang/api'

/** Somebody at the front door: calls endpoints over HTTP as a page or a script would. */
export class Client {
  readonly origin: string
  readonly headers: Record<string, string>

  constructor(origin: string, headers: Record<string, string> = {}) {
    this.origin = origin
    this.headers = headers
  }

  /** A bearer token's client. */
  withToken(token: string): Client {
    return new Client(this.origin, { authorization: `Bearer ${token}` })
  }

  /** The answer of an endpoint; throws `Refused` when it is not 200. */
  async call<E extends Endpoint>(endpoint: E, input: CallInput<E>): Promise<CallResult<E>> {
    const response = await this.send(endpoint, input)
    const body = (await response.json()) as unknown
    if (response.status !== 200) throw new Refused(response, body as ErrorReply)
    return body as CallResult<E>
  }

  send<E extends Endpoint>(endpoint: E, input: CallInput<E>): Promise<Response> {
    const { params, query, body } = input as Partial<Record<string, Record<string, unknown>>>
    const path = endpoint.path.replace(/[:*](\w+)/g, (_whole, name: string) =>
      encodeURIComponent(String(params?.[name])),
    )
    const url = new URL(path, this.origin)
    for (const [name, value] of Object.entries(query ?? {})) {
      if (value !== undefined) url.searchParams.set(name, String(value))
    }
    const headers: Record<string, string> = { ...this.headers }
    if (body !== undefined) headers['content-type'] = 'application/json'
    const payload = body === undefined ? null : JSON.stringify(body)
    return fetch(url, { method: endpoint.method, headers, body: payload })
  }
}

export class Refused extends Error {
  readonly status: number
  readonly code: string
  readonly response: Response
  readonly reply: ErrorReply

  constructor(response: Response, reply: ErrorReply) {
    super(`${response.status} ${reply.error.code}: ${reply.error.message}`)
    this.name = 'Refused'
    this.status = response.status
    this.code = reply.error.code
    this.response = response
    this.reply = reply
  }
}

/** `403 forbidden`: how a call is refused, or that it was not. */
export async function refusalOf(call: Promise<unknown>): Promise<string> {
  const outcome = await call.then(
    () => 'no refusal',
    (error: unknown) => error,
  )
  return outcome instanceof Refused ? `${outcome.status} ${outcome.code}` : String(outcome)
}

/** The headers a browser would send after an answer that set the session's cookie. */
export function browserHeaders(response: Response, csrf: string): Record<string, string> {
  const cookie = (response.headers.get('set-cookie') ?? '').split(';')[0]!
  return { cookie, 'x-madang-csrf': csrf }
}
