import { randomUUID } from 'node:crypto'
import type { Actor, ObjectChange } from './change.ts'
import { type Bucket, bucketArn } from './model.ts'

/** An event as EventBridge carries it; what S3 says is in `detail`. */
export interface BusEvent {
  version: '0'
  /** The same at every try of bringing it. */
  id: string
  'detail-type': string
  source: 'aws.s3'
  account: string
  /** ISO 8601, whole seconds. */
  time: string
  region: string
  resources: string[]
  detail: Record<string, unknown>
}

/**
 * Takes an event for the default bus of its account and region. Resolves when the bus has it durably;
 * throws AwsError, whose 4xx aren't tried again. It may see an event (its `id`) twice.
 */
export type PutBusEvent = (event: BusEvent) => Promise<void>

/** What a kind of event tells beside the bucket and the key ("EventBridge event message structure"). */
interface Kind {
  pattern: RegExp
  type: string
  /** Of the object; `sequencer` only where it takes a place in an order. */
  tells: ('size' | 'etag' | 'sequencer')[]
  /** S3 did it of its own accord: there is no address. */
  isOwn?: boolean
}

const kinds: Kind[] = [
  { pattern: /^ObjectCreated/, type: 'Object Created', tells: ['size', 'etag', 'sequencer'] },
  { pattern: /^ObjectRemoved/, type: 'Object Deleted', tells: ['etag', 'sequencer'] },
  { pattern: /^LifecycleExp/, type: 'Object Deleted', tells: ['etag', 'sequencer'], isOwn: true },
  { pattern: /^ObjectRestore:Post/, type: 'Object Restore Initiated', tells: ['size', 'etag'] },
  {
    pattern: /^ObjectRestore:Completed/,
    type: 'Object Restore Completed',
    tells: ['size', 'etag'],
    isOwn: true,
  },
  {
    pattern: /^ObjectRestore:Delete/,
    type: 'Object Restore Expired',
    tells: ['etag'],
    isOwn: true,
  },
  {
    pattern: /^LifecycleTransition/,
    type: 'Object Storage Class Changed',
    tells: ['size', 'etag'],
    isOwn: true,
  },
  { pattern: /^ObjectTagging:Put/, type: 'Object Tags Added', tells: ['etag'] },
  { pattern: /^ObjectTagging:Delete/, type: 'Object Tags Deleted', tells: ['etag'] },
  { pattern: /^ObjectAcl/, type: 'Object ACL Updated', tells: ['etag'] },
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

/** The event for a change of an object, or nothing where the bus isn't told of such. */
export function busEventOf(
  bucket: Bucket,
  change: ObjectChange & { shownVersionId: string | undefined },
  actor: Actor,
  sequencer: string,
): BusEvent | undefined {
  const kind = kinds.find(({ pattern }) => pattern.test(change.event))
  if (!kind) return undefined
  const { name, account, region } = bucket
  const { event, key, sizeBytes, etag, shownVersionId } = change
  const { type, tells, isOwn } = kind
  const deletion = event.endsWith('MarkerCreated') ? 'Delete Marker Created' : 'Permanently Deleted'
  const detail = {
    version: '0',
    bucket: { name },
    object: {
      key,
      ...(tells.includes('size') && sizeBytes !== undefined && { size: sizeBytes }),
      ...(tells.includes('etag') && etag && { etag }),
      ...(shownVersionId && { 'version-id': shownVersionId }),
      ...(tells.includes('sequencer') && { sequencer }),
    },
    'request-id': actor.requestId,
    requester: isOwn ? 's3.amazonaws.com' : actor.principal.account,
    ...(!isOwn && { 'source-ip-address': actor.http.sourceIp }),
    ...(reasons[event] && { reason: reasons[event] }),
    ...(type === 'Object Deleted' && { 'deletion-type': deletion }),
    ...ofArchive(change),
  }
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': type,
    source: 'aws.s3',
    account,
    time: `${new Date(actor.now).toISOString().slice(0, 19)}Z`,
    region,
    resources: [bucketArn(name)],
    detail,
  }
}

/** From where and until when an archived object is out, or where one went. */
function ofArchive({ event, meta }: ObjectChange) {
  const storageClass = meta?.storageClass
  if (event === 'LifecycleTransition') return { 'destination-storage-class': storageClass }
  if (event === 'ObjectRestore:Post') return { 'source-storage-class': storageClass }
  if (event !== 'ObjectRestore:Completed') return {}
  const until = meta?.restore?.expiresAt ?? 0
  return {
    'restore-expiry-time': `${new Date(until).toISOString().slice(0, 19)}Z`,
    'source-storage-class': storageClass,
  }
}
