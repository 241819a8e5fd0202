import type { RequestContext } from '../../gateway/index.ts'
import { headerRefused } from './preconditions.ts'
import { invalidArgument, refusal } from './refusals.ts'

// What a request says that its operation does not take: the router saw only method and path.

const SOURCE = 'x-amz-copy-source'
const ENCRYPTION = 'x-amz-server-side-encryption'
const OFFSET = 'x-amz-write-offset-bytes'

/** Those that encrypt by the request's own header. */
const encrypting = new Set(['CopyObject', 'CreateMultipartUpload', 'PutObject'])

const split = (names: string) => new Set(names.split(' '))
const ofBuckets = split(
  'abac accelerate acl analytics cors encryption intelligent-tiering inventory lifecycle location ' +
    'logging metadataConfiguration metadataTable metrics notification object-lock ' +
    'ownershipControls policy policyStatus publicAccessBlock replication requestPayment tagging ' +
    'uploads versioning versions website',
)
const ofObjects = split(
  'acl annotation attributes encryption legal-hold restore retention select tagging torrent uploads',
)

/** Operations of a bare path, and the names in a query that make it the path of something else. */
const bare: Record<string, Set<string>> = {
  CopyObject: ofObjects,
  CreateBucket: ofBuckets,
  DeleteBucket: ofBuckets,
  DeleteObject: ofObjects,
  PutObject: ofObjects,
}

/** Throws what S3 says to headers and subresources (`DELETE ?acl`) the operation knows nothing of. */
export function checkDirection(operation: string, { http }: RequestContext): void {
  const { headers, query } = http
  const encryption = headers[ENCRYPTION]
  if (encryption !== undefined && !encrypting.has(operation)) {
    const message = `${ENCRYPTION} header is not supported for this operation.`
    throw invalidArgument(ENCRYPTION, encryption, message)
  }
  const source = headers[SOURCE]
  if (source !== undefined && http.method !== 'PUT') {
    const message = 'You can only specify a copy source header for copy requests.'
    throw invalidArgument(SOURCE, source, message)
  }
  // Objects grow in directory buckets only.
  if (headers[OFFSET] !== undefined) throw headerRefused(OFFSET)
  if (query.size === 0) return
  const others = bare[operation]
  if (!others) return
  if (operation === 'PutObject' && query.has('uploadId') && !query.has('partNumber')) {
    throw notAllowed(http.method, 'UPLOAD')
  }
  for (const name of query.keys()) {
    if (others.has(name)) throw notAllowed(http.method, resourceTypes[name] ?? name.toUpperCase())
  }
}

const resourceTypes: Record<string, string> = { policy: 'BUCKETPOLICY' }

const notAllowed = (Method: string, ResourceType: string) =>
  refusal('MethodNotAllowed', 405, 'The specified method is not allowed against this resource.', {
    Method,
    ResourceType,
  })
