import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import type { CallInput, CallResult, Endpoint, ErrorReply } from '@madang/api'
import { language, say } from './messages.ts'

export interface Account {
  url: string
  token: string
}

/** A refusal or a missing server, as one line for the terminal. */
export class CliError extends Error {
  override name = 'CliError'
}

const file = () =>
  join(process.env['XDG_CONFIG_HOME'] ?? join(homedir(), '.config'), 'madang', 'cli.json')

/** `MADANG_URL` and `MADANG_TOKEN` (a run has both), else what `madang sign-in` kept. */
export function account(): Account {
  const kept = existsSync(file())
    ? (JSON.parse(readFileSync(file(), 'utf8')) as Account)
    : undefined
  const url = process.env['MADANG_URL'] ?? kept?.url ?? 'http://127.0.0.1:4500'
  const token = process.env['MADANG_TOKEN'] ?? kept?.token
  if (!token) throw new CliError(say('signInFirst'))
  return { url: url.replace(/\/$/, ''), token }
}

export function keepAccount(given: Account): string {
  mkdirSync(dirname(file()), { recursive: true, mode: 0o700 })
  writeFileSync(file(), JSON.stringify(given, null, 2) + '\n', { mode: 0o600 })
  return file()
}

interface Parts {
  params?: Record<string, unknown>
  query?: Record<string, unknown>
  body?: unknown
}

/** Calls an endpoint of the contract as the account; throws CliError in the server's words. */
export async function call<E extends Endpoint>(
  endpoint: E,
  input: CallInput<E>,
  as: Account = account(),
): Promise<CallResult<E>> {
  const { params, query, body } = input as Parts
  const response = await send(as, addressOf(endpoint.path, params, query), {
    method: endpoint.method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return (await response.json()) as CallResult<E>
}

/** A request below the server's address; throws CliError when it is refused. */
export async function send(as: Account, path: string, init: RequestInit): Promise<Response> {
  const headers = new Headers(init.headers)
  headers.set('authorization', `Bearer ${as.token}`)
  headers.set('accept-language', language)
  if (typeof init.body === 'string') headers.set('content-type', 'application/json')
  const response = await fetch(as.url + path, { ...init, headers }).catch((error: Error) => {
    throw new CliError(
      say('noServer', { url: as.url, reason: String(error.cause ?? error.message) }),
    )
  })
  if (response.ok) return response
  throw new CliError(await refusalText(response))
}

async function refusalText(response: Response): Promise<string> {
  const text = await response.text()
  if (!/json/.test(response.headers.get('content-type') ?? '')) return `${response.status} ${text}`
  return (JSON.parse(text) as ErrorReply).error.message
}

function addressOf(path: string, params: Parts['params'], query: Parts['query']): string {
  const filled = path.replace(/[:*](\w+)/g, (_whole, name: string) =>
    encodeURIComponent(String(params?.[name] ?? '')),
  )
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined) search.set(name, String(value))
  }
  return search.size > 0 ? `${filled}?${search}` : filled
}
