import type { NewJob } from '../../../kernel/index.ts'
import type { Actor, ObjectChange } from './change.ts'
import { encodeListed } from './listing-form.ts'
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
  const notices = wanted.map(({ kind, target, id }) => {
    const record = recordOf(bucket, id, change, actor, sequencer)
    return {
      bucket: name,
      kind,
      target,
      account,
      region,
      body: JSON.stringify({ Records: [record] }),
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

export function passes(filter: NotificationConfigurationFilter | undefined, key: string): boolean {
  return (filter?.Key?.FilterRules ?? []).every(({ Name, Value = '' }) =>
    Name?.toLowerCase() === 'suffix' ? key.endsWith(Value) : key.startsWith(Value),
  )
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
      'x-amz-id-2': Buffer.from(requestId + requestId).toString('base64'),
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
  if (kind === 'root' || kind === 'service') return `AWS:${principalOfAccount(account)}`
  return `AWS:${userId}`
}

// Names that EventBridge has for what happened ("EventBridge event message structure").
const detailTypes: [RegExp, string][] = [
  [/^ObjectCreated/, 'Object Created'],
  [/^(ObjectRemoved|LifecycleExpiration)/, 'Object Deleted'],
  [/^ObjectRestore:Post/, 'Object Restore Initiated'],
  [/^ObjectRestore:Completed/, 'Object Restore Completed'],
  [/^ObjectRestore:Delete/, 'Object Restore Expired'],
  [/^LifecycleTransition/, 'Object Storage Class Changed'],
  [/^ObjectTagging:Put/, 'Object Tags Added'],
  [/^ObjectTagging:Delete/, 'Object Tags Deleted'],
  [/^ObjectAcl/, 'Object ACL Updated'],
]

const reasons: Record<string, string> = {
  'ObjectCreated:Put': 'PutObject',
  'ObjectCreated:Post': 'POST Object',
  'ObjectCreated:Copy': 'CopyObject',
  'ObjectCreated:CompleteMultipartUpload': 'CompleteMultipartUpload',
  'ObjectRemoved:Delete': 'DeleteObject',
  'ObjectRemoved:DeleteMarkerCreated': 'DeleteObject',
  'LifecycleExpiration:Delete': 'Lifecycle Expiration',
  'LifecycleExpiration:DeleteMarkerCreated': 'Lifecycle Expiration',
}

function busNotice(
  bucket: Bucket,
  change: ObjectChange,
  actor: Actor,
  sequencer: string,
): Notice | undefined {
  const type = detailTypes.find(([pattern]) => pattern.test(change.event))?.[1]
  if (!type) return undefined
  const { name, account, region } = bucket
  const { key, sizeBytes, etag, event } = change
  const versionId = shownVersionId(bucket, change)
  const deletion = event.endsWith('MarkerCreated') ? 'Delete Marker Created' : 'Permanently Deleted'
  const detail = {
    version: '0',
    bucket: { name },
    object: {
      key,
      ...(sizeBytes !== undefined && { size: sizeBytes }),
      ...(etag && { etag }),
      ...(versionId && { 'version-id': versionId }),
      sequencer,
    },
    'request-id': actor.requestId,
    requester: actor.principal.account,
    'source-ip-address': actor.http.sourceIp,
    ...(reasons[event] && { reason: reasons[event] }),
    ...(type === 'Object Deleted' && { 'deletion-type': deletion }),
  }
  const entry = {
    Time: new Date(actor.now).toISOString(),
    Source: 'aws.s3',
    Resources: [bucketArn(name)],
    DetailType: type,
    Detail: JSON.stringify(detail),
  }
  return { bucket: name, kind: 'events', target: '', account, region, body: JSON.stringify(entry) }
}
