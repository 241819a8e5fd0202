import type { Identity } from '../identity/index.ts'
import { bindFailure, type Config, type Kernel } from '../kernel/index.ts'
import type { Registry } from '../registry/index.ts'
import { adminRoutes } from './admin-routes.ts'
import { type AwsWith, createAwsWith } from './aws-with.ts'
import { ownPages, refusePage } from './browser-guard.ts'
import { createCredentialsFor, type CredentialsFor } from './credentials.ts'
import type { CloudSettings, ServiceDeps } from './deps.ts'
import {
  type Aws,
  type Caller,
  type CallFact,
  createGateway,
  type Gateway,
  type IncomingHttp,
  listen,
  type OutgoingHttp,
  type RawRoute,
  type Service,
} from './gateway/index.ts'
import { consoleRoutes, type Holder as ConsoleHolder, objectEdge } from './console/index.ts'
import { cloudRoutes, consoleAws } from './routes.ts'
import { createCloudFormation } from './services/cloudformation/index.ts'
import { createCloudWatch } from './services/cloudwatch/index.ts'
import { createDynamoDb } from './services/dynamodb/index.ts'
import { createEcr } from './services/ecr/index.ts'
import { createEvents } from './services/events/index.ts'
import { type Authority, createAuthority, createIam } from './services/iam/index.ts'
import { createKinesis } from './services/kinesis/index.ts'
import { createKms } from './services/kms/index.ts'
import { createLambda } from './services/lambda/index.ts'
import { createLogs } from './services/logs/index.ts'
import { createS3 } from './services/s3/index.ts'
import { createSns } from './services/sns/index.ts'
import { createSqs } from './services/sqs/index.ts'
import { createSsm } from './services/ssm/index.ts'
import { createSts } from './services/sts/index.ts'
import { createTrail } from './trail.ts'

export { type Attribution, attributionOf } from './attribution.ts'
export type { AwsKeys, AwsWith } from './aws-with.ts'
export type { CloudCredentials, CredentialsFor, Holder } from './credentials.ts'
export type { CloudSettings, ServiceDeps, SessionCredentials, Sessions } from './deps.ts'
export { type Aws, AwsError, type Caller, type Principal } from './gateway/index.ts'

/** The AWS-compatible cloud. */
export interface Cloud {
  /** One request, without a port: for tests, and for code that runs the cloud in process. */
  handle(request: IncomingHttp): Promise<OutgoingHttp>
  /** Binds the cloud's port; the address is the endpoint URL for every AWS client. */
  listen(): Promise<string>
  /** Every service as typed calls, made as `caller`. */
  aws(caller: Caller): Aws
  /** The platform itself looking at what it runs: as the account's root, in calls the trail leaves out. */
  looking(region?: string): Aws
  /** The cloud as whoever holds these keys, in process. Throws AwsError for wrong ones. */
  awsWith: AwsWith
  /** Short-lived credentials of a run or a person, attributed to them. */
  credentialsFor: CredentialsFor
  /** Forgets every resource of every account. */
  reset(): Promise<void>
  /** What is built, in the order it was. */
  readonly services: Service[]
  /** The one account of this server, twelve digits. */
  readonly account: string
  readonly region: string
  /** The endpoint URL; known once it listens. */
  originUrl(): string
}

const ACCOUNT = '000000000000'

/** Alone, as in a unit test, it stands on the kernel; without people and images. */
export async function createCloud(given: {
  kernel: Kernel
  identity?: Identity
  registry?: Registry
}): Promise<Cloud> {
  const { kernel } = given
  const { config } = kernel
  const place = { url: '' }
  const settings = settingsOf(config, () => place.url)
  const authority = await createAuthority(kernel)
  const trail = createTrail()
  const resets: (() => Promise<void>)[] = []
  const gate: { way?: Gateway } = {}
  const as = (caller: Caller): Aws => gate.way!.aws({ originUrl: place.url, ...caller })
  const deps: ServiceDeps = {
    kernel,
    as,
    sessions: authority.sessions,
    settings,
    onReset: (empty) => void resets.push(empty),
  }
  const { services, s3 } = await createServices(deps, authority, given.registry)
  const reset = async () => {
    // The last one made first: stacks and functions go before what they stand on.
    for (const empty of resets.toReversed()) await empty()
    trail.clear()
  }
  const routes = adminRoutes({
    allowReset: config.allowReset,
    reset,
    services: () => services.map(({ id }) => id),
  })
  const record = (fact: CallFact) => {
    trail.record(fact)
    s3.record(fact)
  }
  gate.way = gatewayOf(given.kernel, { services, authority, record, routes, settings })
  const handle = guarded(config, (request) =>
    gate.way!.handle(request).then((answer) => s3.finish(request, answer)),
  )
  const credentialsFor = createCredentialsFor({ sessions: authority.sessions, settings, as })
  const seen = (region?: string) =>
    consoleAws({
      settings,
      as: (caller) => as(region === undefined ? caller : { ...caller, region }),
    })
  const awsWith = createAwsWith(authority, as)
  const mode = config.cloudMode
  kernel.http.add(cloudRoutes({ settings, services, trail, as, credentialsFor, mode }))
  addConsole({ kernel, services, settings, authority, seen, awsWith, credentialsFor })
  return {
    handle,
    listen: () => listenOn(kernel, handle, place),
    aws: as,
    looking: seen,
    awsWith,
    credentialsFor,
    reset,
    services,
    account: settings.defaultAccount,
    region: settings.region,
    originUrl: settings.originUrl,
  }
}

/** What the pages ask: looking as the account's root, changing as the person in a project's role. */
function addConsole(parts: {
  kernel: Kernel
  services: Service[]
  settings: CloudSettings
  authority: Authority
  seen: Cloud['looking']
  awsWith: AwsWith
  credentialsFor: CredentialsFor
}): void {
  const { kernel, services, settings, authority, seen, awsWith, credentialsFor } = parts
  const awsOf = async (holder: ConsoleHolder, region = settings.region) => {
    const keys = await credentialsFor({ kind: 'person', ...holder }, { durationS: 900 })
    return awsWith({ ...keys, region })
  }
  const denials = () => authority.denials.list(settings.defaultAccount)
  kernel.http.add(consoleRoutes({ aws: seen, awsOf, services, denials, now: kernel.clock.now }))
  kernel.http.edge(objectEdge({ aws: seen, awsOf }))
}

/** Every service of this cloud; a new one is a line here. */
async function createServices(deps: ServiceDeps, authority: Authority, registry?: Registry) {
  const s3 = await createS3(deps)
  const events = await createEvents(deps)
  s3.tellBus(events.put)
  const services: Service[] = [
    await createIam(deps, authority),
    await createSts(deps, authority),
    await createKms(deps),
    s3.service,
    s3.control,
    await createLogs(deps),
    await createCloudWatch(deps),
    await createLambda(deps),
    await createSqs(deps),
    await createSns(deps),
    await createKinesis(deps),
    events.service,
    await createSsm(deps, events.put),
    ...(registry ? [await createEcr(deps, registry, events.put)] : []),
    ...(await createDynamoDb(deps)),
    await createCloudFormation(deps),
  ]
  return { services, s3 }
}

function settingsOf(config: Config, originUrl: () => string): CloudSettings {
  return {
    region: config.cloudRegion,
    defaultAccount: ACCOUNT,
    realistic: config.realistic,
    dynamodbThrottling: config.dynamodbThrottling,
    originUrl,
  }
}

interface GatewayOf {
  services: Service[]
  authority: Authority
  record: (fact: CallFact) => void
  routes: RawRoute[]
  settings: CloudSettings
}

function gatewayOf(kernel: Kernel, parts: GatewayOf): Gateway {
  const { config, clock, log } = kernel
  const { services, authority, record, routes, settings } = parts
  return createGateway({
    services,
    routes,
    ports: {
      credential: authority.credential,
      authorise: authority.authorise,
      record,
      failed: (error, { service, operation, requestId }) =>
        log.error('cloud.failed', { error, service, operation, requestId }),
      now: clock.now,
      requestId: newRequestId,
    },
    config: {
      // Beyond this machine an unknown key must never be root.
      mode: config.cloudMode === 'open' && config.isLoopback ? 'open' : 'strict',
      defaultAccount: settings.defaultAccount,
      defaultRegion: settings.region,
      hostnames: hostNamesOf(config),
      ...(config.cloudMode === 'open' && { isPageHeard: ownPages(hostNamesOf(config)) }),
    },
  })
}

function hostNamesOf(config: Config): string[] {
  return ['localhost', '127.0.0.1', '[::1]', 'localhost.localstack.cloud', ...config.hostNames]
}

let requests = 0

// AWS's request ids are UUIDs; clients only print them. A counter beside the start's random part is
// unique and costs a tenth of randomUUID.
const requestPrefix = crypto.randomUUID().slice(0, 24)
function newRequestId(): string {
  requests = (requests + 1) % 0xffff_ffff_ffff
  return requestPrefix + requests.toString(16).padStart(12, '0')
}

function guarded(config: Config, handle: Gateway['handle']): Gateway['handle'] {
  if (config.cloudMode !== 'open') return handle
  const isOurs = ownPages(hostNamesOf(config))
  return (request) => {
    const refused = refusePage(request, isOurs)
    return refused ? Promise.resolve(refused) : handle(request)
  }
}

async function listenOn(
  kernel: Kernel,
  handle: Gateway['handle'],
  place: { url: string },
): Promise<string> {
  const { config, log } = kernel
  const listener = await listen({
    handle,
    host: config.host,
    port: config.cloudPort,
    failed: (error) => log.error('cloud.connection', { error }),
  }).catch((error: NodeJS.ErrnoException) => {
    throw bindFailure(error, config.cloudPort, config.host)
  })
  kernel.onStop(() => listener.close())
  kernel.outgoing.own(listener.port)
  const host = config.host.includes(':') ? `[${config.host}]` : config.host
  place.url = `http://${host === '0.0.0.0' ? '127.0.0.1' : host}:${listener.port}`
  return place.url
}
