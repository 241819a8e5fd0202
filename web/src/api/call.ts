import type { CallInput, CallResult, Endpoint, ErrorReply } from '@madang/api'

/** A refusal as the server words it, in the reader's language. */
export class CallError extends Error {
  readonly status: number
  readonly code: string
  readonly parameters: Record<string, string | number>

  constructor(status: number, reply: ErrorReply['error']) {
    super(reply.message)
    this.status = status
    this.code = reply.code
    this.parameters = reply.parameters
  }
}

let csrf = ''
/** The token of this session, from `me`; every change carries it. */
export function setCsrf(token: string): void {
  csrf = token
}
export const csrfToken = (): string => csrf

interface Parts {
  params?: Record<string, unknown>
  query?: Record<string, unknown>
  body?: unknown
}

/** Calls an endpoint of the contract; throws CallError for a refusal, TypeError when nothing answers. */
export async function call<E extends Endpoint>(
  endpoint: E,
  input: CallInput<E>,
  signal?: AbortSignal,
): Promise<CallResult<E>> {
  const { params, query, body } = input as Parts
  const headers: Record<string, string> = {}
  if (body !== undefined) headers['content-type'] = 'application/json'
  if (endpoint.method !== 'GET') headers['x-madang-csrf'] = csrf
  const response = await fetch(address(endpoint.path, params, query), {
    method: endpoint.method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal ? { signal } : {}),
  })
  const answer: unknown = await response.json()
  if (!response.ok) throw new CallError(response.status, (answer as ErrorReply).error)
  return answer as CallResult<E>
}

/** The path with its parameters filled in, and the query. */
export function address(path: string, params: Parts['params'], query: Parts['query']): string {
  const filled = path
    .replace(/:(\w+)/g, (_whole, name: string) => encodeURIComponent(String(params?.[name] ?? '')))
    .replace(/\*(\w+)/g, (_whole, name: string) =>
      String(params?.[name] ?? '')
        .split('/')
        .map(encodeURIComponent)
        .join('/'),
    )
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== '') search.set(name, String(value))
  }
  const text = search.toString()
  return text ? `${filled}?${text}` : filled
}
