import { runChain, runInProcess } from './chain.ts'
import { inProcessHttp } from './context.ts'
import { AwsError } from './error.ts'
import type { Exchange } from './exchange.ts'
import { verifyForm } from './form-signature.ts'
import type { IncomingHttp, OutgoingHttp } from './http.ts'
import { preflight, shareWithPage } from './pages.ts'
import type { GatewayConfig, GatewayPorts } from './ports.ts'
import { ownDialect, type Values } from './protocols/index.ts'
import { encodeRefusal, refusalOf } from './record.ts'
import { requestIdFor } from './request-id.ts'
import { loadSchema } from './schema.ts'
import type { Aws } from './sdk-types.ts'
import type { Caller, RawContext, RawRoute, RequestPlace, Service } from './service.ts'
import { readClaim, splitUrl } from './sigv4.ts'
import { gatewayState, type GatewayState } from './state.ts'
import * as steps from './steps.ts'

export interface Gateway {
  handle(request: IncomingHttp): Promise<OutgoingHttp>
  /** Any operation, in process: `call('s3', 'GetObject', { Bucket, Key }, caller)`. */
  call(service: string, operation: string, input: Values, caller: Caller): Promise<Values>
  /** The same, typed: `aws(caller).s3.getObject({ Bucket, Key })`. */
  aws(caller: Caller): Aws
}

export interface GatewayParts {
  services: Service[]
  ports: GatewayPorts
  config?: GatewayConfig
  /** Routes of no service (`/_madang/reset`), asked before the services' own. */
  routes?: RawRoute[]
}

export function createGateway({
  services,
  ports,
  config = {},
  routes = [],
}: GatewayParts): Gateway {
  const state: GatewayState = gatewayState(services, ports, config, (caller) => aws(caller))
  state.routes.unshift(...routes)
  const call: Gateway['call'] = (service, operation, input, caller) =>
    callInProcess(state, service, operation, input, caller)
  const aws = (caller: Caller) => awsCaller(call, caller)
  return { handle: (request) => handle(request, state), call, aws }
}

async function handle(request: IncomingHttp, state: GatewayState): Promise<OutgoingHttp> {
  const place = placeOf(request)
  const told = preflight(request, place, state)
  if (told) return told
  const route = routeOf(request, place, state)
  const exchange = exchangeOf(request, place, state)
  const given = route ? runRoute(route, exchange, state) : runChain(exchange, state)
  const answer = given instanceof Promise ? await given : given
  if (!route) shareWithPage(exchange, answer, state)
  // SDKs take the time to sign with from this header: they must follow a clock that was moved.
  if (Math.abs(exchange.now - Date.now()) > clockMovedMs) {
    answer.headers.push(['Date', new Date(exchange.now).toUTCString()])
  }
  return answer
}

const clockMovedMs = 60_000

function routeOf(request: IncomingHttp, place: RequestPlace, { routes }: GatewayState) {
  for (const route of routes) if (route.matches(request, place)) return route
  return undefined
}

function placeOf({ url, headers }: IncomingHttp): RequestPlace {
  const [path, rawQuery] = splitUrl(url)
  return {
    host: hostName(headers['host'] ?? ''),
    path,
    query: rawQuery === '' ? noQuery : new URLSearchParams(rawQuery),
  }
}

/** Of most requests. Making one costs as much as hashing a small body; nobody changes a query. */
const noQuery = new URLSearchParams()

function hostName(host: string): string {
  const colon = host.lastIndexOf(':')
  const bare = colon > host.lastIndexOf(']') ? host.slice(0, colon) : host
  return bare.toLowerCase()
}

function exchangeOf(request: IncomingHttp, place: RequestPlace, state: GatewayState): Exchange {
  const { headers, method, sourceIp } = request
  const scheme = request.scheme ?? 'http'
  return {
    request,
    place,
    claim: readClaim(headers, place.query),
    requestId: state.ports.requestId(),
    now: state.ports.now(),
    originUrl: `${scheme}://${headers['host'] ?? 'localhost'}`,
    http: {
      method,
      path: place.path,
      query: place.query,
      headers,
      host: place.host,
      sourceIp,
      trailers: {},
    },
    body: request.body,
    labels: {},
  }
}

/** A raw route's own refusals and bugs are answered as JSON, the plainest form there is. */
async function runRoute(
  route: RawRoute,
  exchange: Exchange,
  state: GatewayState,
): Promise<OutgoingHttp> {
  try {
    return await route.handle(exchange.request, rawContext(exchange, state))
  } catch (error) {
    return encodeRefusal(refusalOf(error, exchange, state), exchange)
  }
}

function rawContext(exchange: Exchange, state: GatewayState): RawContext {
  const { place, requestId, now, originUrl, request } = exchange
  const signal = request.signal ?? new AbortController().signal
  return {
    ...place,
    requestId,
    now,
    originUrl,
    signal,
    async verify(service) {
      exchange.schema = loadSchema(service)
      exchange.dialect = ownDialect(exchange.schema)
      await steps.verifySignature(exchange, state)
      steps.resolveAccountAndRegion(exchange, state)
      // An aws-chunked body is read unframed from here on.
      request.body = exchange.body
      return { principal: exchange.principal!, region: exchange.region! }
    },
    async verifyForm(fields) {
      const holderOf = (accessKeyId: string) => steps.formHolderOf(accessKeyId, state)
      const signed = await verifyForm(fields, holderOf, now)
      const region = signed?.region ?? state.config.defaultRegion
      return { principal: signed?.principal ?? steps.anonymous(state), region }
    },
    as: (caller) => state.awsFor({ originUrl, signal, ...caller }),
  }
}

function callInProcess(
  state: GatewayState,
  service: string,
  operationName: string,
  input: Values,
  caller: Caller,
): Promise<Values> {
  const schema = loadSchema(service)
  const operation = schema.operation(operationName)
  if (!operation)
    throw new AwsError('InvalidAction', `${service} has no operation ${operationName}`)
  const http = inProcessHttp()
  const { signal } = caller
  const exchange: Exchange = {
    request: { method: 'POST', url: '/', headers: {}, body: emptyBody, sourceIp: '', signal },
    place: { host: http.host, path: '/', query: http.query },
    claim: { kind: 'none' },
    requestId: requestIdFor(schema, state.ports.requestId()),
    now: state.ports.now(),
    originUrl: caller.originUrl ?? 'http://localhost',
    http,
    body: emptyBody,
    labels: {},
    schema,
    service: state.services.get(service),
    dialect: ownDialect(schema),
    operation,
    operationName,
    principal: caller.principal,
    account: caller.account ?? caller.principal.account,
    region: caller.region,
    input,
    via: caller.via,
  }
  exchange.ctx = steps.contextOf(exchange, state)
  return runInProcess(exchange, state)
}

const emptyBody = new Uint8Array(0)

/** `aws.s3.getObject(input)` by two layers of names, without listing 1,600 operations. */
function awsCaller(call: Gateway['call'], caller: Caller): Aws {
  const clients = new Map<string, object>()
  return new Proxy({} as Aws, {
    get(_target, service) {
      if (typeof service !== 'string') return undefined
      let client = clients.get(service)
      if (!client) {
        client = clientOf(call, service, caller)
        clients.set(service, client)
      }
      return client
    },
  })
}

function clientOf(call: Gateway['call'], service: string, caller: Caller): object {
  return new Proxy(
    {},
    {
      get(_target, method) {
        // Awaiting a client must not look like calling its operation `Then`.
        if (typeof method !== 'string' || method === 'then') return undefined
        const operation = method[0]!.toUpperCase() + method.slice(1)
        return (input: Values = {}) => call(service, operation, input, caller)
      },
    },
  )
}

/** Every operation AWS has in a service and whether it is built: for README tables and tests. */
export function operationTable(service: Service): { name: string; built: boolean }[] {
  return loadSchema(service.schema)
    .operationNames.map((name) => ({ name, built: service.operations[name] !== undefined }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}
