import { type Actor, type Exchange, readBody } from '../../kernel/index.ts'
import { OciError } from './error.ts'
import { type OciParts, replyJson } from './parts.ts'

const LARGEST_FORM_BYTES = 64 * 1024

/**
 * `GET /v2/token?service=&scope=` with Basic credentials, as Docker's token specification has it, and
 * `POST` with a form (`grant_type=password`, `username`, `password`), as its OAuth 2 one.
 */
export async function tokenIssue(parts: OciParts, exchange: Exchange): Promise<void> {
  const { request, response, url } = exchange
  const isForm = request.method === 'POST'
  if (!isForm && request.method !== 'GET') {
    throw new OciError('UNSUPPORTED', 'ask for a token by GET or POST')
  }
  const form = isForm ? await formOf(exchange) : url.searchParams
  const actor = isForm ? await byForm(parts, exchange, form) : await parts.access.signedIn(exchange)
  const { token, expiresInS, issuedAt } = await parts.access.issue(
    exchange,
    actor,
    form.getAll('scope'),
  )
  replyJson(
    response,
    { token, access_token: token, expires_in: expiresInS, issued_at: issuedAt },
    { 'cache-control': 'no-store' },
  )
}

async function formOf({ request }: Exchange): Promise<URLSearchParams> {
  return new URLSearchParams((await readBody(request, LARGEST_FORM_BYTES)).toString('utf8'))
}

/** The form's credentials, checked as if they came by Basic. */
function byForm({ access }: OciParts, exchange: Exchange, form: URLSearchParams): Promise<Actor> {
  const grant = form.get('grant_type')
  if (grant !== 'password') {
    throw new OciError('UNSUPPORTED', `grant_type=${grant ?? ''} is not given here; use password`, {
      status: 400,
    })
  }
  const pair = `${form.get('username') ?? ''}:${form.get('password') ?? ''}`
  exchange.request.headers.authorization = `Basic ${Buffer.from(pair).toString('base64')}`
  return access.signedIn(exchange)
}
