import type {
  ConnectionHttpParameters,
  CreateConnectionAuthRequestParameters,
  Target,
} from '@aws-sdk/client-eventbridge'
import { type OutgoingCall, type OutgoingReply, Refusal, textOf } from '../../../kernel/index.ts'
import { AwsError } from '../../gateway/index.ts'
import { authOf } from './connections.ts'
import type { Connection, Destination } from './model.ts'
import type { EventsParts } from './parts.ts'

const TIMEOUT_MS = 5000
const LARGEST_TOKEN_BYTES = 64 * 1024

type Auth = CreateConnectionAuthRequestParameters

/** Calls an API destination once. Throws AwsError for what wasn't taken; 429 and 5xx may be tried again. */
export async function callDestination(
  parts: EventsParts,
  destination: Destination,
  target: Target,
  body: string,
): Promise<void> {
  const connection = parts.store.find<Connection>(destination.connectionArn)
  if (!connection) {
    throw new AwsError('ResourceNotFoundException', 'The connection does not exist.')
  }
  const auth = authOf(parts, connection)
  const url = urlOf(destination, target, auth.InvocationHttpParameters)
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    'user-agent': 'Amazon/EventBridge/ApiDestinations',
    ...fieldsOf(auth.InvocationHttpParameters?.HeaderParameters),
    ...target.HttpParameters?.HeaderParameters,
    ...(await authorisation(parts, auth)),
  }
  const { method } = destination
  const hasBody = method !== 'GET' && method !== 'HEAD'
  const answer = await asked(parts, url, { method, headers, ...(hasBody && { body }) })
  answer.body.destroy()
  if (isTaken(answer)) return
  const message = `The endpoint answered ${answer.status}.`
  throw new AwsError('SDK_CLIENT_ERROR', message, { status: answer.status })
}

async function asked(
  { deps }: EventsParts,
  url: string,
  call: OutgoingCall,
): Promise<OutgoingReply> {
  try {
    return await deps.kernel.outgoing.fetch(url, {
      ...call,
      follow: false,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    // Trying again helps where nobody answered, not where this may not be called.
    const isRefused = error instanceof Refusal && error.code !== 'outgoingUnknown'
    throw new AwsError('SDK_CLIENT_ERROR', message, { status: isRefused ? 403 : 503 })
  }
}

const isTaken = ({ status }: OutgoingReply) => status >= 200 && status < 300

type Fields = ConnectionHttpParameters['HeaderParameters']

const fieldsOf = (list: Fields): Record<string, string> =>
  Object.fromEntries((list ?? []).map(({ Key = '', Value = '' }) => [Key, Value]))

/** Each `*` in the endpoint is a path parameter of the target. */
function urlOf(
  { endpoint }: Destination,
  { HttpParameters }: Target,
  shared: ConnectionHttpParameters | undefined,
): string {
  const values = [...(HttpParameters?.PathParameterValues ?? [])]
  const url = new URL(endpoint.replaceAll('*', () => encodeURIComponent(values.shift() ?? '')))
  const query = {
    ...fieldsOf(shared?.QueryStringParameters),
    ...HttpParameters?.QueryStringParameters,
  }
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
  return url.toString()
}

async function authorisation(parts: EventsParts, auth: Auth): Promise<Record<string, string>> {
  const { BasicAuthParameters: basic, ApiKeyAuthParameters: key, OAuthParameters: oauth } = auth
  if (basic) {
    const text = Buffer.from(`${basic.Username}:${basic.Password}`).toString('base64')
    return { authorization: `Basic ${text}` }
  }
  if (key) return { [key.ApiKeyName!]: key.ApiKeyValue! }
  return oauth ? { authorization: await bearer(parts, oauth) } : {}
}

/** Client credentials, asked for at each call: tokens are not kept. */
async function bearer(
  parts: EventsParts,
  oauth: NonNullable<Auth['OAuthParameters']>,
): Promise<string> {
  const more = oauth.OAuthHttpParameters
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: oauth.ClientParameters!.ClientID!,
    client_secret: oauth.ClientParameters!.ClientSecret!,
    ...fieldsOf(more?.BodyParameters),
  })
  const answer = await asked(parts, oauth.AuthorizationEndpoint!, {
    method: oauth.HttpMethod!,
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      ...fieldsOf(more?.HeaderParameters),
    },
    ...(oauth.HttpMethod !== 'GET' && { body: form.toString() }),
  })
  const text = await textOf(answer, LARGEST_TOKEN_BYTES)
  const { access_token: token, token_type: type = 'Bearer' } = JSON.parse(text) as {
    access_token?: string
    token_type?: string
  }
  if (isTaken(answer) && token !== undefined) return `${type} ${token}`
  throw new AwsError('SDK_CLIENT_ERROR', `The authorization endpoint answered ${answer.status}.`)
}
