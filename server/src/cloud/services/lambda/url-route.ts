import {
  collect,
  type IncomingHttp,
  type OutgoingHttp,
  type RawContext,
  type RawRoute,
  AwsError,
} from '../../gateway/index.ts'
import { parseColumn } from '../../../kernel/index.ts'
import type { LambdaTables } from './migrations.ts'
import type { LambdaParts } from './parts.ts'
import { traceIdOf } from './runtime/trace.ts'
import { allowsEveryone, policyOf } from './permissions.ts'
import { resolve } from './resolve.ts'
import { functionById, type FunctionRow } from './store.ts'
import { invokeStreamed } from './streamed.ts'
import { streamedAnswer } from './url-stream.ts'
import { type UrlRequest, urlAnswer, urlEvent } from './url-event.ts'
import type { Cors, UrlRow } from './urls.ts'

const FORBIDDEN =
  'Forbidden. For troubleshooting Function URL authorization issues, see: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html'
const BODY_LIMIT_BYTES = 6_291_456
const hostPattern = /^([a-z0-9]{32})\.lambda-url\.([a-z0-9-]+)\./
/** The same URL for programs whose resolver doesn't know names below localhost. */
const pathPattern = /^\/_madang\/lambda-url\/([a-z0-9]{32})(\/.*)?$/

export const urlRoute = (parts: LambdaParts): RawRoute => ({
  name: 'lambda-url',
  matches: (_request, { host, path }) => hostPattern.test(host) || pathPattern.test(path),
  handle: (request, ctx) => handle(parts, request, ctx),
})

async function handle(
  parts: LambdaParts,
  request: IncomingHttp,
  ctx: RawContext,
): Promise<OutgoingHttp> {
  const byPath = pathPattern.exec(ctx.path)
  const urlId = hostPattern.exec(ctx.host)?.[1] ?? byPath?.[1] ?? ''
  const path = byPath ? (byPath[2] ?? '/') : ctx.path
  const found = await find(parts, urlId)
  if (!found) return message(404, 'Not Found')
  const { row, fn } = found
  const cors = row.cors ? corsHeaders(parseColumn<Cors>(row.cors), request) : undefined
  if (cors && isPreflight(request)) return { status: 200, headers: cors, body: '' }
  const iam = await admitted(parts, ctx, found)
  if (iam === 'refused') return withHeaders(message(403, FORBIDDEN), cors)
  const body = await collect(request.body, BODY_LIMIT_BYTES)
  const trace = traceIdOf(request.headers['x-amzn-trace-id'], ctx.now)
  const { protocol, port } = new URL(parts.deps.settings.originUrl())
  const event = urlEvent({
    ...requestOf(request, ctx, body),
    path,
    urlId,
    account: fn.account,
    scheme: protocol.slice(0, -1),
    port: port || (protocol === 'https:' ? '443' : '80'),
    trace: trace.split(';')[0]!,
    ...(iam && { iam }),
  })
  const answer = await run(parts, found, { requestId: ctx.requestId, trace }, event)
  answer.headers.push(['x-amzn-requestid', ctx.requestId], ['x-amzn-trace-id', trace])
  return withHeaders(answer, cors)
}

interface Found {
  row: UrlRow
  fn: FunctionRow
}

async function find({ kernel }: LambdaParts, urlId: string): Promise<Found | undefined> {
  const row = await kernel.database
    .tables<LambdaTables>()
    .selectFrom('lambda_url')
    .selectAll()
    .where('url_id', '=', urlId)
    .executeTakeFirst()
  const fn = row && (await functionById(kernel.database, row.function_id))
  return row && fn && { row, fn }
}

/** NONE: the function's policy has to let everybody in, as at AWS. AWS_IAM: a signature and its rights. */
async function admitted(
  parts: LambdaParts,
  ctx: RawContext,
  { row, fn }: Found,
): Promise<UrlRequest['iam'] | 'refused'> {
  if (row.auth_type === 'NONE') {
    const policy = await policyOf(parts.kernel.database, fn, row.qualifier)
    return allowsEveryone(policy) ? undefined : 'refused'
  }
  try {
    const { principal } = await ctx.verify('lambda')
    if (principal.kind === 'anonymous') return 'refused'
    // Asks IAM as Invoke does: the rights of a URL and of Invoke are given together in practice.
    const { lambda } = ctx.as({ principal, region: fn.region, account: fn.account })
    await lambda.invoke({ FunctionName: fn.name, InvocationType: 'DryRun' })
    const { account: accountId, arn: userArn, userId, accessKeyId: accessKey } = principal
    return { accessKey, accountId, userArn, userId }
  } catch (error) {
    if (error instanceof AwsError) return 'refused'
    throw error
  }
}

function requestOf(request: IncomingHttp, ctx: RawContext, body: Uint8Array) {
  const { method, headers, sourceIp, url } = request
  const { query, host, requestId, now } = ctx
  const at = url.indexOf('?')
  const rawQuery = at < 0 ? '' : url.slice(at + 1)
  return { method, headers, sourceIp, query, rawQuery, host, requestId, now, body }
}

async function run(
  parts: LambdaParts,
  { row, fn }: Found,
  { requestId, trace }: { requestId: string; trace: string },
  event: object,
): Promise<OutgoingHttp> {
  const scope = { account: fn.account, region: fn.region }
  const Qualifier = row.qualifier || undefined
  const { version } = await resolve(parts, scope, { FunctionName: fn.name, Qualifier })
  const invocation = {
    scope,
    fn,
    version,
    qualifier: Qualifier,
    requestId,
    traceHeader: trace,
    payload: Buffer.from(JSON.stringify(event)),
  }
  try {
    if (row.invoke_mode === 'RESPONSE_STREAM') {
      return await streamedAnswer(await invokeStreamed(parts.invoker, invocation))
    }
    const outcome = await parts.invoker.invoke(invocation)
    return urlAnswer(outcome.payload, outcome.functionError !== undefined)
  } catch (error) {
    if (error instanceof AwsError && error.status === 429) return message(429, 'Too Many Requests')
    throw error
  }
}

function message(status: number, Message: string): OutgoingHttp {
  const headers: [string, string][] = [['content-type', 'application/json']]
  return { status, headers, body: JSON.stringify({ Message }) }
}

function withHeaders(answer: OutgoingHttp, added: [string, string][] | undefined): OutgoingHttp {
  if (!added) return answer
  // With CORS configured AWS leaves out what the function itself says about it.
  const own = answer.headers.filter(([name]) => !name.startsWith('access-control-'))
  return { ...answer, headers: [...own, ...added] }
}

const isPreflight = ({ method, headers }: IncomingHttp) =>
  method === 'OPTIONS' && headers['access-control-request-method'] !== undefined

function corsHeaders(cors: Cors, { headers }: IncomingHttp): [string, string][] {
  const { origin } = headers
  const allowed = cors.AllowOrigins ?? []
  if (!origin || !(allowed.includes('*') || allowed.includes(origin))) return []
  const list: [string, string | undefined][] = [
    ['access-control-allow-origin', allowed.includes('*') && !cors.AllowCredentials ? '*' : origin],
    ['access-control-allow-methods', cors.AllowMethods?.join(',')],
    ['access-control-allow-headers', cors.AllowHeaders?.join(',')],
    ['access-control-expose-headers', cors.ExposeHeaders?.join(',')],
    ['access-control-max-age', cors.MaxAge === undefined ? undefined : String(cors.MaxAge)],
    ['access-control-allow-credentials', cors.AllowCredentials ? 'true' : undefined],
    ['vary', 'Origin'],
  ]
  return list.filter((entry): entry is [string, string] => entry[1] !== undefined)
}
