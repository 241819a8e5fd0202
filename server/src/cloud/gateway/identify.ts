import { AwsError } from './error.ts'
import { collect, type IncomingHttp } from './http.ts'
import { inflate } from './inflate.ts'
import type { Dialect } from './protocols/index.ts'
import { serviceNames } from './schema.ts'
import type { RequestPlace } from './service.ts'
import type { ClaimResult } from './sigv4.ts'

// Which service, and in which dialect, a request speaks to. In this order, the surest first: the
// signature's scope, X-Amz-Target, the RPC path, the host, the form's Action and Version, the path.

export interface Identified {
  /** A table's name, whether or not the service is built; or what an unknown one signs as. */
  service: string
  dialect: Dialect | undefined
  /** The operation where the dialect says it; REST ones are routed by path. */
  operation?: string
  /** Bucket given by the host. */
  bucket?: string
  /** Region said by the host. */
  region?: string
  body: IncomingHttp['body']
}

export const formType = 'application/x-www-form-urlencoded'
const formLimitBytes = 4 * 1024 * 1024

/** At once but for a form, whose body says it. Throws AwsError where that is too large. */
export function identify(
  request: IncomingHttp,
  place: RequestPlace,
  claim: ClaimResult,
  hostnames: string[],
): Identified | Promise<Identified> {
  const signed = claim.kind === 'signed' ? byName('signingName', claim.claim.service) : undefined
  const about = { request, place, claim, signed, host: readHost(place.host, hostnames) }
  const spoken = signed === 's3' ? undefined : readSpoken(request, place)
  return spoken instanceof Promise ? spoken.then((it) => found(about, it)) : found(about, spoken)
}

interface About {
  request: IncomingHttp
  place: RequestPlace
  claim: ClaimResult
  signed: string | undefined
  host: Host | undefined
}

function found({ request, place, claim, signed, host }: About, spoken?: Spoken): Identified {
  const service =
    (signed && narrowed(signed, spoken?.service)) ??
    spoken?.service ??
    host?.service ??
    byPath(place.path) ??
    's3'
  const body = spoken?.body ?? request.body
  const named = {
    service: claim.kind === 'signed' && !signed ? claim.claim.service : service,
    dialect: spoken?.dialect,
    operation: spoken?.operation,
    region: host?.region,
    body,
  }
  // S3's control plane signs as S3 does, and has a path no bucket's client asks for.
  if (service === 's3' && isS3Control(request, place)) return { ...named, service: 's3control' }
  // An S3 object may be called anything: `?Action=` and form bodies don't make it a query.
  if (service !== 's3') return named
  return { ...named, dialect: undefined, operation: undefined, bucket: host?.bucket }
}

/** Some sign by another's name (DynamoDB Streams by DynamoDB's): then the target tells them apart. */
function narrowed(signed: string, spoken: string | undefined): string {
  if (spoken === undefined) return signed
  const names = serviceNames()
  return names[spoken]?.signingName === names[signed]?.signingName ? spoken : signed
}

function readSpoken(request: IncomingHttp, place: RequestPlace) {
  return readTarget(request) ?? readRpc(request, place) ?? readForm(request, place)
}

type NameField = 'signingName' | 'endpointPrefix' | 'target' | 'version'

const byField = new Map<NameField, Map<string, string>>()

/** The service whose `field` is `value`. */
function byName(field: NameField, value: string): string | undefined {
  let names = byField.get(field)
  if (!names) {
    // The first of those that share one: it is the one they took it from.
    names = new Map(
      Object.entries(serviceNames())
        .toReversed()
        .map(([id, it]) => [it[field], id]),
    )
    // Directory buckets sign as s3express.
    if (field === 'signingName') names.set('s3express', 's3')
    byField.set(field, names)
  }
  return names.get(value)
}

interface Spoken {
  service: string | undefined
  dialect: Dialect
  operation: string
  body: IncomingHttp['body']
}

function readTarget({ headers, body }: IncomingHttp): Spoken | undefined {
  const target = headers['x-amz-target']
  if (!target) return undefined
  const dot = target.lastIndexOf('.')
  const prefix = target.slice(0, dot)
  const service = byName('target', prefix)
  // Another version of a service's API is none of its operations (DynamoDB_20111205).
  const operation = service === undefined ? target : target.slice(dot + 1)
  const type = headers['content-type'] ?? ''
  const isCbor = type.includes('amz-cbor')
  const version = isCbor ? 'amz-cbor' : type.includes('json-1.1') ? 'json-1.1' : 'json-1.0'
  return { service, dialect: version, operation, body }
}

function readRpc({ headers, body }: IncomingHttp, { path }: RequestPlace): Spoken | undefined {
  if (headers['smithy-protocol'] !== 'rpc-v2-cbor') return undefined
  const match = /\/service\/([^/]+)\/operation\/([^/]+)$/.exec(path)
  if (!match) return undefined
  const [, target, operation] = match as unknown as [string, string, string]
  const service = byName('target', target)
  return { service, dialect: 'cbor', operation, body }
}

function readForm(request: IncomingHttp, place: RequestPlace) {
  const { method, headers } = request
  if (method === 'GET') return fromForm(place.query, place.path, request.body)
  const isForm = method === 'POST' && headers['content-type']?.startsWith(formType)
  return isForm ? readFormBody(request, place) : undefined
}

async function readFormBody(request: IncomingHttp, place: RequestPlace) {
  const { headers } = request
  const body = await collect(request.body, formLimitBytes)
  const plain = await collect(await inflate(headers['content-encoding'], body))
  const text = Buffer.from(plain.buffer, plain.byteOffset, plain.length).toString('utf8')
  const spoken = fromForm(text === '' ? place.query : actionOf(text), place.path, body)
  if (!spoken) request.body = body
  return spoken
}

/** Only the two names are looked for: the whole form is parsed when it is decoded. */
function actionOf(text: string): URLSearchParams {
  const found = text.match(/(?:^|&)(?:Action|Version)=[^&]*/g) ?? []
  return new URLSearchParams(found.map((part) => part.replace(/^&/, '')).join('&'))
}

function fromForm(
  form: URLSearchParams,
  path: string,
  body: IncomingHttp['body'],
): Spoken | undefined {
  const operation = form.get('Action')
  if (!operation) return undefined
  const version = form.get('Version')
  // Old SQS clients leave the version out at a queue's own URL.
  const service = version ? byName('version', version) : isQueuePath(path) ? 'sqs' : undefined
  return { service, dialect: 'query', operation, body }
}

const isQueuePath = (path: string) => /^\/\d{12}\/[\w-]{1,80}(\.fifo)?$/.test(path)

function isS3Control({ headers }: IncomingHttp, { path }: RequestPlace): boolean {
  return headers['x-amz-account-id'] !== undefined && path.startsWith('/v20180820/')
}

interface Host {
  service?: string
  bucket?: string
  region?: string
}

const s3Host =
  /^(?:(?<bucket>.+)\.)?s3(?:[.-](?:dualstack\.)?(?<region>[a-z]{2}(?:-[a-z]+)+-\d))?\.(?<rest>.+)$/
const serviceHost = /^(?<prefix>[a-z0-9-]+)(?:\.(?<region>[a-z]{2}(?:-[a-z]+)+-\d))?\.(?<rest>.+)$/

// The same few hosts come again and again; the limit is for a client that makes names up.
const hosts = new WeakMap<string[], Map<string, Host | undefined>>()
const hostLimit = 1000

function readHost(host: string, hostnames: string[]): Host | undefined {
  let known = hosts.get(hostnames)
  if (!known || known.size > hostLimit) {
    known = new Map()
    hosts.set(hostnames, known)
  }
  if (!known.has(host)) known.set(host, parseHost(host, hostnames))
  return known.get(host)
}

/** `<bucket>.s3.localhost`, `sqs.eu-west-1.localhost`, `<bucket>.localhost`; AWS's names too. */
function parseHost(host: string, hostnames: string[]): Host | undefined {
  const ours = (rest: string) => hostnames.includes(rest) || rest === 'amazonaws.com'
  const s3 = s3Host.exec(host)?.groups
  if (s3 && ours(s3['rest']!)) return { service: 's3', bucket: s3['bucket'], region: s3['region'] }
  const named = serviceHost.exec(host)?.groups
  if (named && ours(named['rest']!)) {
    const service = byName('endpointPrefix', named['prefix']!)
    if (service) return { service, region: named['region'] }
  }
  // A client told `http://localhost:4566` and left in virtual-host style says `<bucket>.localhost`.
  const base = hostnames.find((name) => host.endsWith(`.${name}`))
  return base ? { bucket: host.slice(0, -base.length - 1) } : undefined
}

/** The service that a place alone tells, whatever the request says; S3's where the host is a bucket's. */
export function serviceAt({ host, path }: RequestPlace, hostnames: string[]): string | undefined {
  const named = readHost(host, hostnames)
  return named?.bucket === undefined ? (named?.service ?? byPath(path)) : 's3'
}

/** REST-JSON paths begin with an API version (`/2015-03-31/functions`). */
function byPath(path: string): string | undefined {
  if (!/^\/\d{4}-\d{2}-\d{2}\//.test(path)) return undefined
  return Object.entries(serviceNames()).find(([, names]) => names.protocol === 'rest-json')?.[0]
}

export function unknownService(name: string): AwsError {
  return new AwsError('NotImplemented', `The service ${name} is not built into Madang.`, {
    status: 501,
  })
}
