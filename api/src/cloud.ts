import { endpoint } from './endpoint.ts'
import { pageOf, paging } from './paging.ts'
import { type Infer, z } from './schema.ts'

const moment = z.iso.datetime()

export const cloudService = z.object({
  id: z.string(),
  /** Operations that work, and all that AWS has. */
  built: z.number().int(),
  total: z.number().int(),
})
export type CloudService = Infer<typeof cloudService>

export const cloudOverview = z.object({
  endpointUrl: z.string(),
  region: z.string(),
  account: z.string(),
  /** `open`: any access key acts as the account's root. */
  mode: z.enum(['open', 'strict']),
  services: z.array(cloudService),
  /** Lines for a shell; they hold no secret in `open` mode and placeholders otherwise. */
  environment: z.array(z.object({ name: z.string(), value: z.string() })),
  counts: z.object({
    buckets: z.number().int(),
    users: z.number().int(),
    roles: z.number().int(),
  }),
})
export type CloudOverview = Infer<typeof cloudOverview>

export const cloudBucket = z.object({ name: z.string(), region: z.string(), createdAt: moment })
export type CloudBucket = Infer<typeof cloudBucket>

// AWS's own shapes as JSON: a page that changes one of several hands the others back as they were.
const asAtAws = z.record(z.string(), z.unknown())

/** What a bucket is set to, of what its page can change. */
export const cloudBucketSettings = z.object({
  versioning: z.enum(['Enabled', 'Suspended']).optional(),
  /** Whether all four of AWS's blocks are on. */
  isPublicBlocked: z.boolean(),
  /** Holds `EventBridgeConfiguration` where EventBridge is told. */
  notification: asAtAws,
  lifecycleRules: z.array(asAtAws),
  inventories: z.array(asAtAws),
})
export type CloudBucketSettings = Infer<typeof cloudBucketSettings>

/** An object, or a folder (a common prefix) when it ends in `/` and has no size. */
export const cloudObject = z.object({
  key: z.string(),
  sizeBytes: z.number().int().optional(),
  modifiedAt: moment.optional(),
  etag: z.string().optional(),
  storageClass: z.string().optional(),
})
export type CloudObject = Infer<typeof cloudObject>

export const cloudUser = z.object({
  name: z.string(),
  arn: z.string(),
  createdAt: moment,
})
export type CloudUser = Infer<typeof cloudUser>

export const cloudRole = cloudUser.extend({ description: z.string().optional() })
export type CloudRole = Infer<typeof cloudRole>

/** One finished call of the cloud's trail. */
export const cloudCall = z.object({
  requestId: z.string(),
  at: moment,
  durationMs: z.number(),
  service: z.string(),
  operation: z.string(),
  /** ARN of who called; missing when the signature was refused. */
  principal: z.string().optional(),
  /** Project of the run or person behind the session. */
  project: z.string().optional(),
  status: z.number().int(),
  errorCode: z.string().optional(),
  /** AWS's sentence for a refusal: which policy did not allow it, or denied it. */
  errorMessage: z.string().optional(),
  /** What it was about: `Bucket=site Key=index.html`. */
  about: z.string(),
})
export type CloudCall = Infer<typeof cloudCall>

/** Keys of a person for AWS clients, as the project's people: short-lived, and what they change is theirs. */
export const cloudKeys = z.object({
  accessKeyId: z.string(),
  secretAccessKey: z.string(),
  sessionToken: z.string(),
  expiresAt: moment,
  region: z.string(),
  endpointUrl: z.string(),
})
export type CloudKeys = Infer<typeof cloudKeys>

export const cloudEndpoints = {
  /** The way in where unknown access keys are refused (`strict` mode, or beyond this machine). */
  cloudKeysCreate: endpoint({
    method: 'POST',
    path: '/api/projects/:project/cloud-keys',
    access: { project: 'developer' },
    params: z.object({ project: z.string() }),
    body: z.object({ hours: z.number().int().min(1).max(12).default(8) }),
    result: cloudKeys,
  }),
  cloudGet: endpoint({
    method: 'GET',
    path: '/api/cloud',
    access: 'signedIn',
    result: cloudOverview,
  }),
  cloudBucketList: endpoint({
    method: 'GET',
    path: '/api/cloud/s3/buckets',
    access: 'signedIn',
    query: z.object(paging),
    result: pageOf(cloudBucket),
  }),
  cloudBucketGet: endpoint({
    method: 'GET',
    path: '/api/cloud/s3/buckets/:bucket',
    access: 'signedIn',
    params: z.object({ bucket: z.string() }),
    result: cloudBucketSettings,
  }),
  cloudObjectList: endpoint({
    method: 'GET',
    path: '/api/cloud/s3/buckets/:bucket/objects',
    access: 'signedIn',
    params: z.object({ bucket: z.string() }),
    query: z.object({ ...paging, prefix: z.string().default('') }),
    result: pageOf(cloudObject),
  }),
  cloudUserList: endpoint({
    method: 'GET',
    path: '/api/cloud/iam/users',
    access: 'signedIn',
    query: z.object(paging),
    result: pageOf(cloudUser),
  }),
  cloudRoleList: endpoint({
    method: 'GET',
    path: '/api/cloud/iam/roles',
    access: 'signedIn',
    query: z.object(paging),
    result: pageOf(cloudRole),
  }),
  cloudCallList: endpoint({
    method: 'GET',
    path: '/api/cloud/calls',
    access: 'signedIn',
    query: z.object({
      ...paging,
      service: z.string().optional(),
      project: z.string().optional(),
      refused: z.stringbool().default(false),
    }),
    result: pageOf(cloudCall),
  }),
}
