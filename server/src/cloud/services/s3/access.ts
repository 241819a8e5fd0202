import type { IamRequest, Principal, RequestContext } from '../../gateway/index.ts'
import { accessPointContext, accessPointOf, accessPointRequest } from './access-point-names.ts'
import { bucketStatements, objectStatements } from './acl-access.ts'
import { grantsOf, grantsOfBucket, hasAcls, LOG_DELIVERY } from './acl-model.ts'
import { parseCopySource } from './copy-source.ts'
import { type AclGrant, type Bucket, bucketArn, objectArn } from './model.ts'
import { ownerOf } from './owner.ts'
import type { S3Parts } from './parts.ts'
import type { AccessPoint } from './store-accounts.ts'
import { effectiveBlock } from './public-access.ts'
import { accessDenied } from './refusals.ts'
import { isPublicPolicy } from './public-policy.ts'

// IAM's action of each operation where it isn't the operation's own name ("Actions, resources, and
// condition keys for Amazon S3").
const actions: Record<string, string> = {
  HeadBucket: 'ListBucket',
  ListObjects: 'ListBucket',
  ListObjectsV2: 'ListBucket',
  ListObjectVersions: 'ListBucketVersions',
  ListBuckets: 'ListAllMyBuckets',
  HeadObject: 'GetObject',
  CopyObject: 'PutObject',
  CreateMultipartUpload: 'PutObject',
  UploadPart: 'PutObject',
  UploadPartCopy: 'PutObject',
  CompleteMultipartUpload: 'PutObject',
  ListParts: 'ListMultipartUploadParts',
  ListMultipartUploads: 'ListBucketMultipartUploads',
  GetBucketEncryption: 'GetEncryptionConfiguration',
  PutBucketEncryption: 'PutEncryptionConfiguration',
  DeleteBucketEncryption: 'PutEncryptionConfiguration',
  GetPublicAccessBlock: 'GetBucketPublicAccessBlock',
  PutPublicAccessBlock: 'PutBucketPublicAccessBlock',
  DeletePublicAccessBlock: 'PutBucketPublicAccessBlock',
  GetBucketCors: 'GetBucketCORS',
  PutBucketCors: 'PutBucketCORS',
  DeleteBucketCors: 'PutBucketCORS',
  DeleteBucketTagging: 'PutBucketTagging',
  GetBucketAnalyticsConfiguration: 'GetAnalyticsConfiguration',
  ListBucketAnalyticsConfigurations: 'GetAnalyticsConfiguration',
  PutBucketAnalyticsConfiguration: 'PutAnalyticsConfiguration',
  DeleteBucketAnalyticsConfiguration: 'PutAnalyticsConfiguration',
  GetBucketInventoryConfiguration: 'GetInventoryConfiguration',
  ListBucketInventoryConfigurations: 'GetInventoryConfiguration',
  PutBucketInventoryConfiguration: 'PutInventoryConfiguration',
  DeleteBucketInventoryConfiguration: 'PutInventoryConfiguration',
  GetBucketMetricsConfiguration: 'GetMetricsConfiguration',
  ListBucketMetricsConfigurations: 'GetMetricsConfiguration',
  PutBucketMetricsConfiguration: 'PutMetricsConfiguration',
  DeleteBucketMetricsConfiguration: 'PutMetricsConfiguration',
  GetBucketIntelligentTieringConfiguration: 'GetIntelligentTieringConfiguration',
  ListBucketIntelligentTieringConfigurations: 'GetIntelligentTieringConfiguration',
  PutBucketIntelligentTieringConfiguration: 'PutIntelligentTieringConfiguration',
  DeleteBucketIntelligentTieringConfiguration: 'PutIntelligentTieringConfiguration',
  PutBucketAccelerateConfiguration: 'PutAccelerateConfiguration',
  SelectObjectContent: 'GetObject',
  DeleteBucketOwnershipControls: 'PutBucketOwnershipControls',
  GetBucketAccelerateConfiguration: 'GetAccelerateConfiguration',
  GetBucketLifecycleConfiguration: 'GetLifecycleConfiguration',
  DeleteBucketLifecycle: 'PutLifecycleConfiguration',
  GetBucketReplication: 'GetReplicationConfiguration',
  DeleteBucketReplication: 'PutReplicationConfiguration',
  GetObjectLockConfiguration: 'GetBucketObjectLockConfiguration',
  PutObjectLockConfiguration: 'PutBucketObjectLockConfiguration',
  PutBucketLifecycleConfiguration: 'PutLifecycleConfiguration',
  PutBucketReplication: 'PutReplicationConfiguration',
  GetBucketNotificationConfiguration: 'GetBucketNotification',
  PutBucketNotificationConfiguration: 'PutBucketNotification',
}

/** Actions that have another name when a version is meant. */
const ofVersions = new Set([
  'GetObject',
  'DeleteObject',
  'GetObjectAcl',
  'PutObjectAcl',
  'GetObjectTagging',
  'PutObjectTagging',
  'DeleteObjectTagging',
  'GetObjectAttributes',
])

type Input = Record<string, unknown>

/** What IAM is asked before an operation of S3: at once where no object has to be looked at for it. */
export function s3Requests(
  parts: S3Parts,
  operation: string,
  input: Input,
  ctx: RequestContext,
): IamRequest[] | Promise<IamRequest[]> {
  const bucket = parts.buckets.get(String(input['Bucket']))
  const { principal } = ctx
  const isPlain = plain.has(operation) && bucket && !hasAcls(bucket) && principal.kind !== 'root'
  if (!isPlain) return requestsOf(parts, operation, input, ctx)
  checkPayer(bucket, input, principal)
  const policy = policyDocument(policyStatements(parts, bucket, ctx))
  return besides(baseRequest(bucket, operation, input, ctx, policy), input)
}

/** About one object of the bucket, and nothing else. */
const plain = new Set(['GetObject', 'HeadObject', 'PutObject', 'DeleteObject'])

async function requestsOf(
  parts: S3Parts,
  operation: string,
  input: Input,
  ctx: RequestContext,
): Promise<IamRequest[]> {
  const name = input['Bucket']
  if (typeof name !== 'string')
    return [{ action: `s3:${actionOf(operation, input)}`, resource: '*' }]
  const bucket = parts.buckets.get(name)
  const { principal } = ctx
  if (!bucket && operation !== 'CreateBucket') {
    const point = accessPointOf(parts, name, ctx.region)
    // That there is no such bucket is told to everybody.
    return point ? throughPoint(parts, point, operation, input, ctx) : []
  }
  checkPayer(bucket, input, principal)
  // The owner, and nothing that could deny: most requests of a small team's cloud.
  if (principal.kind === 'root' && operation !== 'CopyObject' && operation !== 'UploadPartCopy') {
    if (operation === 'CreateBucket') return []
    if (bucket!.account === principal.account && !bucket!.settings.policy) return []
  }
  const base = await requestFor(parts, bucket, operation, input, ctx)
  if (operation === 'DeleteObjects') {
    const asked = deletions(base, name, input)
    if (!input['BypassGovernanceRetention']) return asked
    return asked.flatMap((one) => [one, { ...one, action: BYPASS }])
  }
  const asked = besides(base, input)
  if (operation === 'CopyObject' || operation === 'UploadPartCopy') {
    asked.unshift(await sourceRequest(parts, input, ctx))
  }
  return asked
}

/** The question itself, and what some members of the input ask for on top. */
function besides(base: IamRequest, input: Input): IamRequest[] {
  const asked = [base]
  if (input['Tagging'] && base.action === 's3:PutObject') {
    asked.push({ ...base, action: 's3:PutObjectTagging' })
  }
  for (const action of lockActions(base, input)) asked.push({ ...base, action })
  if (input['ACL'] && base.action === 's3:PutObject') {
    asked.push({ ...base, action: 's3:PutObjectAcl' })
  }
  return asked
}

const BYPASS = 's3:BypassGovernanceRetention'

/** What locking, and breaking a lock, asks for besides. */
function lockActions({ action }: IamRequest, input: Input): string[] {
  const actions = input['BypassGovernanceRetention'] ? [BYPASS] : []
  if (action !== 's3:PutObject') return actions
  if (input['ObjectLockMode']) actions.push('s3:PutObjectRetention')
  if (input['ObjectLockLegalHoldStatus']) actions.push('s3:PutObjectLegalHold')
  return actions
}

/** A bucket whose requesters pay is closed to strangers who don't say that they will. */
function checkPayer(bucket: Bucket | undefined, input: Input, { account, kind }: Principal): void {
  if (bucket?.settings.requestPayment !== 'Requester') return
  if (account === bucket.account && kind !== 'anonymous') return
  if (kind === 'anonymous' || input['RequestPayer'] !== 'requester') throw accessDenied()
}

/** An access point's policy and its bucket's are both asked; from here on the bucket is meant. */
async function throughPoint(
  parts: S3Parts,
  point: AccessPoint,
  operation: string,
  input: Input,
  ctx: RequestContext,
): Promise<IamRequest[]> {
  input['Bucket'] = point.bucket
  const bucket = parts.buckets.get(point.bucket)
  const inner = await s3Requests(parts, operation, input, ctx)
  const asked = inner.length > 0 ? inner : [await requestFor(parts, bucket, operation, input, ctx)]
  const context = accessPointContext(point)
  return asked.flatMap((one) => [
    accessPointRequest(point, one, operation, ctx),
    { ...one, context: { ...one.context, ...context } },
  ])
}

function actionOf(operation: string, input: Input): string {
  const action = actions[operation] ?? operation
  if (input['VersionId'] === undefined || !ofVersions.has(action)) return action
  return action.replace('Object', 'ObjectVersion')
}

async function requestFor(
  parts: S3Parts,
  bucket: Bucket | undefined,
  operation: string,
  input: Input,
  ctx: RequestContext,
): Promise<IamRequest> {
  const key = typeof input['Key'] === 'string' ? input['Key'] : undefined
  // A name that is taken is said by the operation, not by its owner's policy.
  const isAsked = bucket && operation !== 'CreateBucket'
  const policy = isAsked ? await wordsOf(parts, bucket, key, input, ctx) : undefined
  return baseRequest(isAsked ? bucket : undefined, operation, input, ctx, policy)
}

function baseRequest(
  bucket: Bucket | undefined,
  operation: string,
  input: Input,
  ctx: RequestContext,
  policy: object | undefined,
): IamRequest {
  const name = String(input['Bucket'])
  const key = input['Key']
  const request: IamRequest = {
    action: `s3:${actionOf(operation, input)}`,
    resource: typeof key === 'string' ? objectArn(name, key) : bucketArn(name),
    context: contextOf(input),
  }
  if (!bucket) return request
  request.resourceAccount = bucket.account
  // The owner's root can always mend a policy that locks everyone out.
  const mends = ctx.principal.kind === 'root' && operation.endsWith('BucketPolicy')
  if (policy && !mends) request.resourcePolicy = policy
  return request
}

const contextNames: Record<string, string> = {
  Prefix: 's3:prefix',
  Delimiter: 's3:delimiter',
  MaxKeys: 's3:max-keys',
  ACL: 's3:x-amz-acl',
  GrantFullControl: 's3:x-amz-grant-full-control',
  GrantRead: 's3:x-amz-grant-read',
  GrantReadACP: 's3:x-amz-grant-read-acp',
  GrantWrite: 's3:x-amz-grant-write',
  GrantWriteACP: 's3:x-amz-grant-write-acp',
  CopySource: 's3:x-amz-copy-source',
  VersionId: 's3:VersionId',
  StorageClass: 's3:x-amz-storage-class',
  ServerSideEncryption: 's3:x-amz-server-side-encryption',
  SSEKMSKeyId: 's3:x-amz-server-side-encryption-aws-kms-key-id',
  SSECustomerAlgorithm: 's3:x-amz-server-side-encryption-customer-algorithm',
  ObjectLockMode: 's3:object-lock-mode',
  ObjectLockLegalHoldStatus: 's3:object-lock-legal-hold',
  IfMatch: 's3:if-match',
  IfNoneMatch: 's3:if-none-match',
  MetadataDirective: 's3:x-amz-metadata-directive',
}

function contextOf(input: Input): Record<string, string> {
  const context: Record<string, string> = {}
  for (const member in contextNames) {
    const value = input[member]
    if (value !== undefined) context[contextNames[member]!] = String(value)
  }
  return context
}

/** The bucket's policy with what its ACLs grant, as Block Public Access leaves them. */
async function wordsOf(
  parts: S3Parts,
  bucket: Bucket,
  key: string | undefined,
  input: Input,
  ctx: RequestContext,
): Promise<object | undefined> {
  const statements = policyStatements(parts, bucket, ctx)
  if (ctx.principal.kind === 'root' && !isStranger(bucket, ctx)) return policyDocument(statements)
  return policyDocument([...statements, ...(await aclStatements(parts, bucket, key, input, ctx))])
}

const policyDocument = (Statement: unknown[]): object | undefined =>
  Statement.length === 0 ? undefined : { Version: '2012-10-17', Statement }

const isStranger = (bucket: Bucket, { principal }: RequestContext): boolean =>
  principal.account !== bucket.account || principal.kind === 'anonymous'

const none: unknown[] = []

function policyStatements(parts: S3Parts, bucket: Bucket, ctx: RequestContext): unknown[] {
  const { policy } = bucket.settings
  if (!policy) return none
  const isRestricted =
    isStranger(bucket, ctx) &&
    effectiveBlock(parts, bucket).RestrictPublicBuckets &&
    isPublicPolicy(policy)
  if (isRestricted) return none
  const { Statement } = JSON.parse(policy) as { Statement: unknown }
  return Array.isArray(Statement) ? (Statement as unknown[]) : [Statement]
}

/** What ACLs grant the caller, unless they are off or, being public, ignored. */
async function aclStatements(
  parts: S3Parts,
  bucket: Bucket,
  key: string | undefined,
  input: Input,
  { principal }: RequestContext,
): Promise<unknown[]> {
  if (!hasAcls(bucket)) return []
  const isIgnored = effectiveBlock(parts, bucket).IgnorePublicAcls
  const heeded = (grants: AclGrant[]) =>
    isIgnored ? grants.filter(({ to }) => 'id' in to || to.uri === LOG_DELIVERY) : grants
  const statements = bucketStatements(bucket.name, heeded(grantsOfBucket(bucket)), principal)
  const version = key === undefined ? undefined : await versionOf(parts, bucket, key, input)
  if (!version) return statements
  const owner = ownerOf(version.meta.owner ?? bucket.account).ID
  const grants = grantsOf(version.meta.acl, owner, ownerOf(bucket.account).ID)
  return [...statements, ...objectStatements(bucket.name, key!, heeded(grants), principal)]
}

function versionOf({ objects }: S3Parts, bucket: Bucket, key: string, input: Input) {
  const versionId = input['VersionId']
  return typeof versionId === 'string'
    ? objects.version(bucket.name, key, versionId)
    : objects.latest(bucket.name, key)
}

async function sourceRequest(
  parts: S3Parts,
  input: Input,
  ctx: RequestContext,
): Promise<IamRequest> {
  const { bucket, key, versionId } = parseCopySource(String(input['CopySource']))
  const source = { Bucket: bucket, Key: key, VersionId: versionId }
  return requestFor(parts, parts.buckets.get(bucket), 'GetObject', source, ctx)
}

function deletions(base: IamRequest, bucket: string, input: Input): IamRequest[] {
  const { Objects = [] } = (input['Delete'] ?? {}) as {
    Objects?: { Key?: string; VersionId?: string }[]
  }
  return Objects.map(({ Key = '', VersionId }) => ({
    ...base,
    action: VersionId === undefined ? 's3:DeleteObject' : 's3:DeleteObjectVersion',
    resource: objectArn(bucket, Key),
  }))
}
