import { unescape } from 'node:querystring'
import type { NewJob } from '../../../kernel/index.ts'
import { busEventOf } from './bus-event.ts'
import type { Actor, ObjectChange } from './change.ts'
import { encodeListed } from './listing-form.ts'
import { hostIdOf } from './raw-answers.ts'
import { type Bucket, bucketArn, NULL_VERSION } from './model.ts'
import { ownerOf } from './owner.ts'
import type { NotificationConfiguration, NotificationConfigurationFilter } from './sdk-shapes.ts'

export const NOTIFY = 'cloud-s3.notify'

/** A message on its way to one destination. */
export interface Notice {
  bucket: string
  kind: 'sqs' | 'sns' | 'lambda' | 'events'
  /** ARN; of the bus, nothing. */
  target: string
  /** The X-Ray header of the request it tells of. */
  trace?: string
  account: string
  region: string
  body: string
}

interface Destination {
  kind: Notice['kind']
  target: string
  id: string
  events: string[]
  filter: NotificationConfigurationFilter | undefined
}

export function destinationsOf(configuration: NotificationConfiguration): Destination[] {
  const shared = (one: {
    Id?: string | undefined
    Events?: string[] | undefined
    Filter?: NotificationConfigurationFilter | undefined
  }) => ({ id: one.Id ?? '', events: one.Events ?? [], filter: one.Filter })
  const { QueueConfigurations, TopicConfigurations, LambdaFunctionConfigurations } = configuration
  return [
    ...(QueueConfigurations ?? []).map((one) => ({
      kind: 'sqs' as const,
      target: one.QueueArn ?? '',
      ...shared(one),
    })),
    ...(TopicConfigurations ?? []).map((one) => ({
      kind: 'sns' as const,
      target: one.TopicArn ?? '',
      ...shared(one),
    })),
    ...(LambdaFunctionConfigurations ?? []).map((one) => ({
      kind: 'lambda' as const,
      target: one.LambdaFunctionArn ?? '',
      ...shared(one),
    })),
  ]
}

export function notificationJobs(
  bucket: Bucket,
  configuration: NotificationConfiguration,
  change: ObjectChange,
  actor: Actor,
): NewJob[] {
  const { name, account, region } = bucket
  const sequencer = nextSequencer(actor.now)
  const wanted = destinationsOf(configuration).filter(
    ({ events, filter }) =>
      events.some((each) => covers(each, change.event)) && passes(filter, change.key),
  )
  const trace = actor.http.headers?.['x-amzn-trace-id']
  const notices = wanted.map(({ kind, target, id }) => {
    const record = recordOf(bucket, id, change, actor, sequencer)
    return {
      bucket: name,
      kind,
      target,
      account,
      region,
      body: JSON.stringify({ Records: [record] }),
      ...(trace !== undefined && { trace }),
    }
  })
  const bus = configuration.EventBridgeConfiguration && busNotice(bucket, change, actor, sequencer)
  return [...notices, ...(bus ? [bus] : [])].map((payload: Notice) => ({ kind: NOTIFY, payload }))
}

/** `s3:ObjectCreated:*` covers `ObjectCreated:Put`. */
export function covers(pattern: string, event: string): boolean {
  if (!pattern.endsWith('*')) return pattern === `s3:${event}`
  return `s3:${event}`.startsWith(pattern.slice(0, -1))
}

/** Filters come percent-encoded ("Configuring event notifications using object key name filtering"). */
export function decodedFilter(value: string): string {
  const isEncoded = /^([^%]|%[\da-f]{2})*$/i.test(value)
  return isEncoded ? unescape(value) : value
}

export function passes(filter: NotificationConfigurationFilter | undefined, key: string): boolean {
  return (filter?.Key?.FilterRules ?? []).every(({ Name, Value = '' }) => {
    const value = decodedFilter(Value)
    return Name?.toLowerCase() === 'suffix' ? key.endsWith(value) : key.startsWith(value)
  })
}

let lastSequence = 0

/** Grows with each event: microseconds as hex digits, compared as text by who receives them. */
function nextSequencer(nowMs: number): string {
  lastSequence = Math.max(nowMs * 1000, lastSequence + 1)
  return lastSequence.toString(16).toUpperCase().padStart(18, '0')
}

// Which version of the record each event came with ("Event message structure").
const versions: [RegExp, string][] = [
  [/^Replication/, '2.2'],
  [/^(LifecycleExpiration|LifecycleTransition|IntelligentTiering|ObjectTagging|ObjectAcl)/, '2.3'],
]

// These tell of an object that is as it was: neither size nor place in an order.
const isPlain = /^(ObjectTagging|ObjectAcl)/

function recordOf(
  bucket: Bucket,
  configurationId: string,
  change: ObjectChange,
  { principal, requestId, now, http }: Actor,
  sequencer: string,
) {
  const { event, key, sizeBytes, etag } = change
  const hasOrder = !isPlain.test(event)
  const versionId = shownVersionId(bucket, change)
  return {
    eventVersion: versions.find(([pattern]) => pattern.test(event))?.[1] ?? '2.1',
    eventSource: 'aws:s3',
    awsRegion: bucket.region,
    eventTime: new Date(now).toISOString(),
    eventName: event,
    userIdentity: { principalId: principalIdOf(principal) },
    requestParameters: { sourceIPAddress: http.sourceIp },
    responseElements: {
      'x-amz-request-id': requestId,
      'x-amz-id-2': hostIdOf(requestId),
    },
    s3: {
      s3SchemaVersion: '1.0',
      configurationId,
      bucket: {
        name: bucket.name,
        ownerIdentity: { principalId: principalOfAccount(bucket.account) },
        arn: bucketArn(bucket.name),
      },
      object: {
        key: encodeListed('url')(key),
        ...(hasOrder && sizeBytes !== undefined && { size: sizeBytes }),
        ...(etag && { eTag: etag }),
        ...(versionId && { versionId }),
        ...(hasOrder && { sequencer }),
      },
    },
    ...change.more,
  }
}

function shownVersionId({ settings }: Bucket, { versionId }: ObjectChange): string | undefined {
  if (settings.versioning === undefined || versionId === NULL_VERSION) return undefined
  return versionId
}

const principalOfAccount = (account: string) => `A${ownerOf(account).ID.slice(0, 13).toUpperCase()}`

function principalIdOf({ kind, userId, account }: Actor['principal']): string {
  if (kind === 'anonymous') return 'Anonymous'
  // What S3 does by itself is the customer's who had it done (as observed).
  if (kind === 'service') return `AmazonCustomer:${principalOfAccount(account)}`
  if (kind === 'root') return `AWS:${principalOfAccount(account)}`
  return `AWS:${userId}`
}

function busNotice(
  bucket: Bucket,
  change: ObjectChange,
  actor: Actor,
  sequencer: string,
): Notice | undefined {
  const shown = { ...change, shownVersionId: shownVersionId(bucket, change) }
  const event = busEventOf(bucket, shown, actor, sequencer)
  if (!event) return undefined
  const { name, account, region } = bucket
  return { bucket: name, kind: 'events', target: '', account, region, body: JSON.stringify(event) }
}
