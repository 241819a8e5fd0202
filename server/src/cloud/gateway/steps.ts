import type { Exchange } from './exchange.ts'
import { packed } from './answer-encoding.ts'
import { Context } from './context.ts'
import { AwsError } from './error.ts'
import { formType, type Identified, identify, unknownService } from './identify.ts'
import type { RequestBody } from './http.ts'
import { inflate, inflateForDynamo } from './inflate.ts'
import type { KnownCredential } from './ports.ts'
import {
  bareRefusal,
  type Dialect,
  ownDialect,
  protocolFor,
  type Values,
} from './protocols/index.ts'
import { requestIdFor } from './request-id.ts'
import { loadSchema, serviceNames } from './schema.ts'
import type { Principal, ServiceId } from './service.ts'
import { checkParameters, type OldClaim, verifyOld } from './sigv2.ts'
import { type Claim, type ClaimResult, splitUrl, unsignedBody, verify } from './sigv4.ts'
import * as refuse from './sigv4-refusals.ts'
import { routerOf, type GatewayState } from './state.ts'
import { requireMembers } from './validate.ts'

export function identifyService(x: Exchange, gateway: GatewayState): void | Promise<void> {
  const { request, place, claim } = x
  const found = identify(request, place, claim, gateway.config.hostnames)
  if (found instanceof Promise) return found.then((it) => takeService(x, it, gateway))
  takeService(x, found, gateway)
}

function takeService(x: Exchange, found: Identified, gateway: GatewayState): void {
  if (!Object.hasOwn(serviceNames(), found.service)) throw unknownService(found.service)
  const schema = loadSchema(found.service)
  const own = ownDialect(schema)
  x.schema = schema
  x.requestId = requestIdFor(schema, x.requestId)
  x.service = gateway.services.get(found.service)
  x.body = found.body
  x.bucket = found.bucket
  x.hostRegion = found.region
  x.operationName = found.operation
  x.dialect = found.dialect === 'query' ? formDialect(x, own) : (found.dialect ?? own)
  x.protocol = protocolFor(schema, x.dialect)
}

function formDialect({ request }: Exchange, own: Dialect): Dialect {
  if (own === 'ec2') return own
  return request.headers['accept']?.includes('application/json') ? 'query-json' : 'query'
}

export function verifySignature(x: Exchange, gateway: GatewayState): void | Promise<void> {
  const { claim } = x
  if (claim.kind === 'signed') {
    const credential = gateway.ports.credential(claim.claim.accessKeyId)
    if (credential instanceof Promise) {
      return credential.then((known) => verifySigned(x, claim.claim, known, gateway))
    }
    return verifySigned(x, claim.claim, credential, gateway)
  }
  return authenticate(x, gateway).then((verified) => {
    x.principal = verified.principal
    x.body = verified.body
  })
}

/** At once where the key is known and the body is at hand: most requests. */
function verifySigned(
  x: Exchange,
  claim: Claim,
  credential: KnownCredential | undefined,
  gateway: GatewayState,
): void | Promise<void> {
  const family = refuse.familyOf(x.dialect!)
  const principal = credential?.principal ?? rootOf(claim.accessKeyId, gateway)
  if (!principal) throw refuse.unknownKey(family, claim.accessKeyId)
  const [path, rawQuery] = splitUrl(x.request.url)
  const { method, headers } = x.request
  const request = { method, path, rawQuery, headers, body: x.body }
  const isLink = claim.expiresS !== undefined
  const held = credential ?? (isLink ? documentedKey(claim, principal) : undefined)
  const verification = { request, claim, family, credential: held, now: x.now }
  const body = verify(verification, x.http.trailers)
  const take = (verified: RequestBody) => {
    x.principal = principal
    x.body = verified
  }
  return body instanceof Promise ? body.then(take) : take(body)
}

/** Who asks without version 4, and the body to read. Unsigned gives the anonymous principal. */
async function authenticate(x: Exchange, gateway: GatewayState) {
  const claim = x.claim as Exclude<ClaimResult, { kind: 'signed' }>
  const family = refuse.familyOf(x.dialect!)
  const header = x.request.headers['authorization'] ?? ''
  if (claim.kind === 'none') {
    if (header !== '' && family === 's3') throw refuse.unknownMechanism(header)
    const { headers, trailers } = x.http
    const body = family === 's3' ? await unsignedBody(headers, x.body, trailers) : x.body
    return { principal: anonymous(gateway), body }
  }
  if (claim.kind === 'old') {
    if (!claim.claim || family !== 's3') throw refuse.oldSignature()
    return authenticateOld(x, claim.claim, gateway)
  }
  if (claim.kind === 'twice') throw refuse.twoMechanisms(header)
  if (claim.kind === 'lacking') throw refuse.lacking(family, claim.part, header)
  if (claim.presigned) throw refuse.badQueryParameter(claim.what)
  throw refuse.incomplete(family, claim.what, header)
}

async function authenticateOld(x: Exchange, claim: OldClaim, gateway: GatewayState) {
  checkParameters(claim)
  const { principal, credential: known } = await holderOf(claim.accessKeyId, gateway)
  const isLink = claim.expires !== undefined
  const credential = known ?? (isLink ? documentedKey(claim, principal) : undefined)
  const { method, headers } = x.request
  const { path, query } = x.place
  const request = { method, path, query, headers, bucket: x.bucket }
  if (credential) verifyOld(request, claim, credential, x.now)
  return { principal, body: await unsignedBody(headers, x.body, x.http.trailers) }
}

/** Whose key it is, for S3's other ways of signing. */
export async function holderOf(accessKeyId: string, gateway: GatewayState) {
  const credential = await gateway.ports.credential(accessKeyId)
  const principal = credential?.principal ?? rootOf(accessKeyId, gateway)
  if (!principal) throw refuse.unknownKey('s3', accessKeyId)
  return { principal, credential }
}

/** Whose form it is; one made with the documented key is held to its signature. */
export async function formHolderOf(accessKeyId: string, gateway: GatewayState) {
  const { principal, credential } = await holderOf(accessKeyId, gateway)
  const claim = { accessKeyId, sessionToken: undefined }
  return { principal, credential: credential ?? documentedKey(claim, principal) }
}

/**
 * The secret of the key every example here uses. Any signature will do in open mode, but a link made
 * with this key is held to its own and to its time: that is what links are about.
 */
function documentedKey(
  { accessKeyId, sessionToken }: Pick<Claim, 'accessKeyId' | 'sessionToken'>,
  principal: Principal,
): KnownCredential | undefined {
  if (accessKeyId !== 'test') return undefined
  return { secretAccessKey: 'test', principal, ...(sessionToken && { sessionToken }) }
}

/** In open mode a key nobody knows is root: of the account it spells, else of the default one. */
function rootOf(accessKeyId: string, { config }: GatewayState): Principal | undefined {
  if (config.mode !== 'open') return undefined
  const account = /^\d{12}$/.test(accessKeyId) ? accessKeyId : config.defaultAccount
  return {
    kind: 'root',
    account,
    arn: `arn:aws:iam::${account}:root`,
    userId: account,
    accessKeyId,
  }
}

export function anonymous({ config }: GatewayState): Principal {
  return { kind: 'anonymous', account: config.defaultAccount, arn: '*', userId: 'anonymous' }
}

export function resolveAccountAndRegion(x: Exchange, { config }: GatewayState): void {
  x.account = x.principal!.account
  const scope = x.claim.kind === 'signed' ? x.claim.claim.region : undefined
  // Directory buckets and multi-region access points sign with an empty or starred region.
  const signed = scope && scope !== '*' && scope !== 'aws-global' ? scope : undefined
  x.region = signed ?? x.hostRegion ?? config.defaultRegion
}

export function findOperation(x: Exchange): void {
  const { dialect, schema, request } = x
  if (dialect === 'rest-xml' || dialect === 'rest-json') routeOperation(x)
  else if (x.operationName) x.operation = schema!.operation(x.operationName)
  if (!x.operation)
    throw x.operationName ? unknownOperation(x, request.method) : noOperationNamed(x)
  x.operationName = x.operation.name
}

/** The service's operations are named by the request, and this one names none. */
function noOperationNamed(x: Exchange): AwsError {
  const { dialect, schema, request } = x
  if (dialect === 'rest-xml' || dialect === 'rest-json') return unknownOperation(x, request.method)
  const type = request.headers['content-type'] ?? ''
  const { protocol, queryCompatible } = schema!.table
  if (
    request.method === 'POST' &&
    type.startsWith(formType) &&
    (protocol === 'query' || queryCompatible)
  ) {
    x.protocol = protocolFor(schema!, formDialect(x, dialect!))
    const message = 'The request is missing an action or a required parameter.'
    return new AwsError('MissingAction', message, { status: 400 })
  }
  if (protocol === 'query' || !/json|cbor/.test(type)) x.protocol = bareRefusal(x.protocol!)
  return new AwsError('UnknownOperationException', '')
}

function routeOperation(x: Exchange): void {
  const { request, place, bucket, schema, http } = x
  const path = bucket === undefined ? place.path : `/${bucket}${place.path}`
  try {
    const route = routerOf(schema!).find(request.method, path, place.query, http.headers)
    x.operation = route?.operation
    x.labels = route?.labels ?? {}
  } catch (error) {
    if (!(error instanceof URIError)) throw error
    throw new AwsError('InvalidURI', "Couldn't parse the specified URI.", {
      members: { URI: path.slice(1) },
    })
  }
}

/** What S3 calls the thing a path is of. */
function resourceOf({ bucket, place }: Exchange): string {
  const path = bucket === undefined ? place.path : `/${bucket}${place.path}`
  const [, container, key] = path.split('/')
  return key ? 'OBJECT' : container ? 'BUCKET' : 'SERVICE'
}

function unknownOperation(x: Exchange, method: string): AwsError {
  const { schema, operationName, dialect } = x
  const { version, protocol } = schema!.table
  if (protocol === 'rest-xml') {
    return new AwsError(
      'MethodNotAllowed',
      'The specified method is not allowed against this resource.',
      { status: 405, members: { Method: method, ResourceType: resourceOf(x) } },
    )
  }
  if (protocol === 'ec2') {
    const message = `The action ${operationName} is not valid for this web service.`
    return new AwsError('InvalidAction', message)
  }
  if (protocol === 'query') {
    const message = `Could not find operation ${operationName} for version ${version}`
    return new AwsError('InvalidAction', message)
  }
  // SQS speaks JSON first; old clients still ask it by forms.
  if (dialect === 'query' || dialect === 'query-json') {
    const message = `The action ${operationName} is not valid for this endpoint.`
    return new AwsError('InvalidAction', message)
  }
  if (protocol === 'rest-json') {
    const message = 'Unable to determine service/operation name to be authorized'
    return new AwsError('AccessDeniedException', message, { status: 403 })
  }
  return new AwsError('UnknownOperationException', '')
}

export function decode(x: Exchange, gateway: GatewayState): void | Promise<void> {
  const { dialect, http } = x
  // An S3 object's encoding is the object's own affair.
  const encoding = dialect === 'rest-xml' ? undefined : http.headers['content-encoding']
  const inflated = encoding && (isDynamo(x) ? inflateForDynamo : inflate)(encoding, x.body)
  return inflated
    ? inflated.then((body) => decodeBody(x, body, gateway))
    : decodeBody(x, x.body, gateway)
}

function decodeBody(x: Exchange, body: RequestBody, gateway: GatewayState): void | Promise<void> {
  const { request, place, http, labels, originUrl, operation } = x
  const { path, query } = place
  const { method } = request
  const wire = { method, path, query, headers: http.headers, body, labels, originUrl }
  const input = x.protocol!.decode(operation!, wire)
  const take = (values: Values) => {
    x.input = values
    x.ctx = contextOf(x, gateway)
  }
  return input instanceof Promise ? input.then(take) : take(input)
}

export function contextOf(x: Exchange, gateway: GatewayState): Context {
  const { principal, account, region, requestId, now, http, originUrl, request, schema } = x
  return new Context(
    {
      service: schema!.table.id as ServiceId,
      operation: x.operation!.name,
      account: account!,
      region: region!,
      principal: principal!,
      requestId,
      now,
      http,
      source: request,
      originUrl,
      via: x.via,
    },
    gateway.awsFor,
  )
}

export function guardBudget(x: Exchange, { ports }: GatewayState): void | Promise<void> {
  return ports.guard?.(x.input!, x.ctx!)
}

export function validate(x: Exchange): void {
  if (x.service!.validate) x.service!.validate(x.operation!.name, x.input!, x.ctx!)
  else requireMembers(x)
}

export function operate(x: Exchange): void | Promise<void> {
  const handler = x.service!.operations[x.operation!.name] as (
    input: Values,
    ctx: unknown,
  ) => Values | undefined | Promise<Values | undefined>
  const given = handler(x.input!, x.ctx)
  if (given instanceof Promise) return given.then((output) => void (x.output = output ?? {}))
  x.output = given ?? {}
}

export function encode(x: Exchange): void | Promise<void> {
  const response = x.protocol!.encode(x.operation!, x.output!, x.requestId)
  x.response = response
  const accepted = x.http.headers['accept-encoding']
  if (accepted === undefined || !isDynamo(x)) return
  return packed(response, accepted).then((answer) => void (x.response = answer))
}

const isDynamo = ({ schema }: Exchange) => schema!.table.id.startsWith('dynamodb')
