import type { ServiceDeps } from '../../deps.ts'
import {
  type CallFact,
  type IncomingHttp,
  type OutgoingHttp,
  service,
  type Service,
} from '../../gateway/index.ts'
import { s3Requests } from './access.ts'
import { s3Access } from './access-table.ts'
import { createAccessLogs } from './access-logs.ts'
import { aclOperations } from './acl.ts'
import { annotationOperations } from './annotations.ts'
import { settingOperations } from './bucket-settings.ts'
import { bucketOperations } from './buckets.ts'
import type { PutBusEvent } from './bus-event.ts'
import { copyOperations } from './copies.ts'
import { preflightRoute, withCors } from './cors.ts'
import { formUploadRoute } from './form-upload.ts'
import { createGarbage } from './garbage.ts'
import { keptBlobs } from './kept-blobs.ts'
import { createHotBlobs } from './hot-blobs.ts'
import { createKeyLocks } from './key-locks.ts'
import { lifecycleOperations } from './lifecycle.ts'
import { listOperations } from './lists.ts'
import { lockOperations } from './lock-settings.ts'
import { s3Migrations } from './migrations.ts'
import { checkDirection } from './misdirected.ts'
import { multipartOperations } from './multipart.ts'
import { multipartListOperations } from './multipart-lists.ts'
import { notificationOperations } from './notifications.ts'
import { attributeOperations } from './object-attributes.ts'
import { deleteOperations } from './object-deletes.ts'
import { objectEncryptionOperations } from './object-encryption.ts'
import { readOperations } from './object-reads.ts'
import { objectTagOperations } from './object-tags.ts'
import { putOperations } from './objects.ts'
import type { S3Parts } from './parts.ts'
import { placeOf } from './place.ts'
import { replicationOperations } from './replications.ts'
import { checkDocument } from './required.ts'
import { restoreOperations } from './restore.ts'
import { selectOperations } from './select-operation.ts'
import { openAccountStore } from './store-accounts.ts'
import { openAnnotationStore } from './store-annotations.ts'
import { openBucketStore } from './store-buckets.ts'
import { openListingStore } from './store-listing.ts'
import { openObjectStore } from './store-objects.ts'
import { openUploadStore } from './store-uploads.ts'
import { createS3Control } from './control/index.ts'
import { websiteRoute } from './website.ts'

// AWS's own names come by a client that resolves them to this machine.
const knownHosts = [
  'localhost',
  '127.0.0.1',
  '[::1]',
  'localhost.localstack.cloud',
  'amazonaws.com',
]

export type { BusEvent, PutBusEvent } from './bus-event.ts'

/** S3 and what it does to answers on their way out, which no operation can. */
export interface S3 {
  /** Every request the gateway has decided, before its answer goes through `finish`. */
  record(fact: CallFact): void
  /** What belongs to accounts: `s3control`. */
  control: Service
  service: Service
  /** Gives the buckets that ask for it their bus; without one their events are dropped with a warning. */
  tellBus(put: PutBusEvent): void
  finish(request: IncomingHttp, reply: OutgoingHttp): OutgoingHttp
}

export async function createS3(deps: ServiceDeps): Promise<S3> {
  const { kernel } = deps
  const { database } = kernel
  await database.migrate('cloud-s3', s3Migrations)
  const parts: S3Parts = {
    kernel,
    blobs: kernel.blobs.of('s3', (ids) => keptBlobs(database, ids)),
    hotBlobs: createHotBlobs(kernel.blobs),
    deps,
    buckets: await openBucketStore(database),
    objects: openObjectStore(database),
    annotations: openAnnotationStore(database),
    uploads: openUploadStore(database),
    listing: openListingStore(database),
    accounts: await openAccountStore(database),
    garbage: createGarbage(kernel),
    locks: createKeyLocks(),
    bus: {},
    accepted: new Set(),
  }
  deps.onReset(async () => {
    await parts.buckets.clear()
    parts.objects.forget()
    await parts.accounts.clear()
    await parts.garbage.collect()
  })
  const hostNames = [...knownHosts, ...kernel.config.hostNames]
  const s3 = service({
    id: 's3',
    routes: [
      preflightRoute(parts, hostNames),
      websiteRoute(parts, hostNames),
      formUploadRoute(parts, hostNames),
    ],
    operations: operationsOf(parts),
    anonymous: true,
    validate(operation, input, ctx) {
      checkDirection(operation, ctx)
      checkDocument(operation, input)
    },
    access: s3Access,
    authorise: (operation, input, ctx) => s3Requests(parts, operation, input, ctx),
  })
  const logs = createAccessLogs(parts)
  return {
    control: createS3Control(parts),
    service: s3,
    record: logs.decided,
    tellBus: (put) => void (parts.bus.put = put),
    finish(request, reply) {
      const answer = finish(parts, hostNames, request, reply)
      logs.answered(request, answer)
      return answer
    },
  }
}

const operationsOf = (parts: S3Parts) => ({
  ...bucketOperations(parts),
  ...settingOperations(parts),
  ...lockOperations(parts),
  ...lifecycleOperations(parts),
  ...notificationOperations(parts),
  ...replicationOperations(parts),
  ...restoreOperations(parts),
  ...aclOperations(parts),
  ...putOperations(parts),
  ...readOperations(parts),
  ...attributeOperations(parts),
  ...objectEncryptionOperations(parts),
  ...deleteOperations(parts),
  ...copyOperations(parts),
  ...objectTagOperations(parts),
  ...annotationOperations(parts),
  ...selectOperations(parts),
  ...listOperations(parts, parts.listing),
  ...multipartOperations(parts),
  ...multipartListOperations(parts),
})

function finish(
  parts: S3Parts,
  hostNames: string[],
  request: IncomingHttp,
  reply: OutgoingHttp,
): OutgoingHttp {
  const answer = request.headers['origin'] ? withCors(parts, hostNames, request, reply) : reply
  const mayBePart = request.headers['range'] !== undefined || request.url.includes('partNumber=')
  if (request.method === 'HEAD' && isBucketAnswer(answer)) {
    answer.headers.push(['Content-Type', 'application/xml'])
  }
  if (request.method === 'GET') tellRegion(parts, hostNames, request, answer)
  const isPart = mayBePart && answer.headers.some(([name]) => /^content-range$/i.test(name))
  if (isPart && answer.status === 200) return { ...answer, status: 206 }
  return isAccepted(parts, answer) ? { ...answer, status: 202 } : answer
}

const listOfObjects = /^<\?xml [^>]*>\n<ListBucketResult [^>]*><Name>([^<]*)</
const LONGEST_START = 256

// Lists of objects name the bucket's region, as HeadBucket does, in a header no schema knows (as observed).
function tellRegion(
  { buckets }: S3Parts,
  hostNames: string[],
  request: IncomingHttp,
  { status, headers, body }: OutgoingHttp,
): void {
  if (status !== 200 || !Buffer.isBuffer(body)) return
  const name = listOfObjects.exec(body.toString('latin1', 0, LONGEST_START))?.[1]
  // An object may hold such a list, too.
  if (name === undefined || placeOf(request, hostNames)?.key !== '') return
  const region = buckets.get(name)?.region
  if (region) headers.push(['x-amz-bucket-region', region])
}

// HeadBucket alone answers with this one.
const isBucketAnswer = ({ status, headers }: OutgoingHttp): boolean =>
  status === 200 && headers.some(([name]) => name === 'x-amz-access-point-alias')

function isAccepted({ accepted }: S3Parts, { headers }: OutgoingHttp): boolean {
  if (accepted.size === 0) return false
  return headers.some(([name, value]) => name === 'x-amz-request-id' && accepted.delete(value))
}
