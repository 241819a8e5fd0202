import { type CloudCall, cloudEndpoints } from '@madang/api'
import { type Actor, refuse, type Route, route } from '../kernel/index.ts'
import { attributionOf } from './attribution.ts'
import { type CredentialsFor, rootCaller } from './credentials.ts'
import type { CloudSettings } from './deps.ts'
import { type Aws, AwsError, type Caller, operationTable, type Service } from './gateway/index.ts'
import { CONSOLE_SESSION, type Trail, type TrailEntry } from './trail.ts'

interface RouteParts {
  settings: CloudSettings
  services: Service[]
  trail: Trail
  mode: 'open' | 'strict'
  as(caller: Caller): Aws
  credentialsFor: CredentialsFor
}

/** What the console's pages read. A service adds its own in `services/<service>/routes.ts`. */
export function cloudRoutes(parts: RouteParts): Route[] {
  const { settings, trail } = parts
  const aws = () => consoleAws(parts)
  return [
    route(cloudEndpoints.cloudKeysCreate, async ({ actor, params, body }) => {
      const holder = { kind: 'person' as const, id: idOf(actor), name: actor.name, ...params }
      const made = await parts.credentialsFor(holder, { durationS: body.hours * 3600 })
      const { expiresAtMs, ...keys } = made
      return { ...keys, expiresAt: new Date(expiresAtMs).toISOString() }
    }),
    route(cloudEndpoints.cloudGet, async () => overview(parts)),
    route(cloudEndpoints.cloudBucketList, async ({ query }) => {
      const input = { MaxBuckets: query.limit, ContinuationToken: query.cursor }
      const { Buckets, ContinuationToken } = await answered(aws().s3.listBuckets(input))
      const items = (Buckets ?? []).map(({ Name, BucketRegion, CreationDate }) => ({
        name: Name!,
        region: BucketRegion ?? settings.region,
        createdAt: CreationDate!.toISOString(),
      }))
      return { items, nextCursor: ContinuationToken }
    }),
    route(cloudEndpoints.cloudObjectList, ({ params, query }) =>
      objects(aws(), params.bucket, query),
    ),
    route(cloudEndpoints.cloudUserList, async ({ query }) => {
      const input = { MaxItems: query.limit, Marker: query.cursor }
      const { Users, Marker } = await answered(aws().iam.listUsers(input))
      const items = (Users ?? []).map(({ UserName, Arn, CreateDate }) => ({
        name: UserName!,
        arn: Arn!,
        createdAt: CreateDate!.toISOString(),
      }))
      return { items, nextCursor: Marker }
    }),
    route(cloudEndpoints.cloudRoleList, async ({ query }) => {
      const input = { MaxItems: query.limit, Marker: query.cursor }
      const { Roles, Marker } = await answered(aws().iam.listRoles(input))
      const items = (Roles ?? []).map(({ RoleName, Arn, CreateDate, Description }) => ({
        name: RoleName!,
        arn: Arn!,
        createdAt: CreateDate!.toISOString(),
        description: Description,
      }))
      return { items, nextCursor: Marker }
    }),
    route(cloudEndpoints.cloudCallList, async ({ query }) => {
      const { limit, cursor, service, project, refused: refusedOnly } = query
      const beforeSeq = cursor === undefined ? undefined : Number(cursor)
      const entries = trail.list({ limit, beforeSeq, service, project, refusedOnly })
      const last = entries.length === limit ? entries.at(-1) : undefined
      return { items: entries.map(presentCall), nextCursor: last && String(last.seq) }
    }),
  ]
}

/** A run has keys of its own already, in its environment. */
function idOf(actor: Actor): string {
  if (actor.kind !== 'person') throw refuse('forbidden', { role: 'person' })
  return actor.id.slice('person:'.length)
}

/** The pages look as the account's root, in calls that the trail leaves out. */
export function consoleAws({ settings, as }: Pick<RouteParts, 'settings' | 'as'>): Aws {
  const caller = rootCaller(settings)
  return as({ ...caller, principal: { ...caller.principal, sessionName: CONSOLE_SESSION } })
}

/** An AWS refusal in the form of Madang's own API. */
async function answered<T>(call: Promise<T>): Promise<T> {
  try {
    return await call
  } catch (error) {
    if (error instanceof AwsError) throw refuse('badRequest', { reason: error.message })
    throw error
  }
}

async function objects(
  aws: Aws,
  Bucket: string,
  { prefix, limit, cursor }: { prefix: string; limit: number; cursor?: string },
) {
  const page = await answered(
    aws.s3.listObjectsV2({
      Bucket,
      Prefix: prefix,
      Delimiter: '/',
      MaxKeys: limit,
      ContinuationToken: cursor,
    }),
  )
  const folders = (page.CommonPrefixes ?? []).map(({ Prefix }) => ({ key: Prefix! }))
  const files = (page.Contents ?? []).map((object) => ({
    key: object.Key!,
    sizeBytes: object.Size ?? 0,
    modifiedAt: object.LastModified!.toISOString(),
    etag: object.ETag,
    storageClass: object.StorageClass,
  }))
  return { items: [...folders, ...files], nextCursor: page.NextContinuationToken }
}

async function overview(parts: RouteParts) {
  const { settings, services, mode } = parts
  const { iam, s3 } = consoleAws(parts)
  const { SummaryMap = {} } = await answered(iam.getAccountSummary({}))
  const { Buckets = [] } = await answered(s3.listBuckets({}))
  return {
    endpointUrl: settings.originUrl(),
    region: settings.region,
    account: settings.defaultAccount,
    mode,
    services: services.map((service) => {
      const table = operationTable(service)
      const built = table.filter((operation) => operation.built).length
      return { id: service.id, built, total: table.length }
    }),
    environment: environmentOf(settings, mode),
    counts: {
      buckets: Buckets.length,
      users: SummaryMap['Users'] ?? 0,
      roles: SummaryMap['Roles'] ?? 0,
    },
  }
}

function environmentOf(settings: CloudSettings, mode: RouteParts['mode']) {
  const key = mode === 'open' ? 'test' : '<access key>'
  const secret = mode === 'open' ? 'test' : '<secret key>'
  return [
    { name: 'AWS_ENDPOINT_URL', value: settings.originUrl() },
    { name: 'AWS_REGION', value: settings.region },
    // Version 1 of the AWS CLI and older SDKs read only this one.
    { name: 'AWS_DEFAULT_REGION', value: settings.region },
    { name: 'AWS_ACCESS_KEY_ID', value: key },
    { name: 'AWS_SECRET_ACCESS_KEY', value: secret },
  ]
}

function presentCall(entry: TrailEntry): CloudCall {
  const { requestId, service, operation, principal, status, errorCode, errorMessage } = entry
  return {
    requestId,
    service,
    operation,
    status,
    errorCode,
    errorMessage,
    about: entry.about,
    at: new Date(entry.at).toISOString(),
    durationMs: Math.round(entry.durationMs * 1000) / 1000,
    principal: principal?.arn,
    project: principal && attributionOf(principal).project,
  }
}
