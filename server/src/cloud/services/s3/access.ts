import type { AwsError, IamRequest, Principal, RequestContext } from '../../gateway/index.ts'
import { asksForTags, contextOf, encryptionContext, existingTags } from './access-context.ts'
import { s3Access } from './access-table.ts'
import { accessPointContext, accessPointOf, accessPointRequest } from './access-point-names.ts'
import { bucketStatements, missingStatements, objectStatements } from './acl-access.ts'
import { grantsOf, grantsOfBucket, hasAcls, LOG_DELIVERY } from './acl-model.ts'
import { parseCopySource } from './copy-source.ts'
import { noteDenied } from './denied-deletions.ts'
import { type AclGrant, type Bucket, bucketArn, objectArn, type ObjectVersion } from './model.ts'
import { ownerOf } from './owner.ts'
import type { S3Parts } from './parts.ts'
import type { AccessPoint } from './store-accounts.ts'
import { effectiveBlock } from './public-access.ts'
import { accessDenied } from './refusals.ts'
import { isPublicPolicy } from './public-policy.ts'

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
  const version = isPlain && asksForTags(operation) ? atHand(parts, bucket, input) : undefined
  // Whose tags have to be read first is no longer asked at once.
  if (!isPlain || (asksForTags(operation) && !version)) {
    return requestsOf(parts, operation, input, ctx)
  }
  checkPayer(bucket, input, principal)
  const policy = policyDocument(policyStatements(parts, bucket, ctx))
  return besides(baseRequest(bucket, operation, input, ctx, policy, version), operation, input)
}

const atHand = ({ objects }: S3Parts, { name }: Bucket, input: Input) =>
  input['VersionId'] === undefined ? objects.hot(name, String(input['Key'])) : undefined

/** About one object of the bucket, and nothing else. */
const plain = new Set(['GetObject', 'HeadObject', 'PutObject', 'DeleteObject'])

async function requestsOf(
  parts: S3Parts,
  operation: string,
  input: Input,
  ctx: RequestContext,
): Promise<IamRequest[]> {
  const name = input['Bucket']
  if (typeof name !== 'string') return [{ action: actionOf(operation, input), resource: '*' }]
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
    const isOwn = bucket!.account === principal.account && !bucket!.settings.policy
    if (isOwn && (!asksForTags(operation) || !hasAcls(bucket!))) return []
  }
  const base = await requestFor(parts, bucket, operation, input, ctx)
  if (operation === 'DeleteObjects') {
    return deletions(base, name, input).flatMap((one) => besides(one, operation, input))
  }
  const asked = besides(base, operation, input)
  if (operation === 'CopyObject' || operation === 'UploadPartCopy') {
    const sources = await sourceRequests(parts, input, ctx)
    asked.unshift(...sources)
    if (operation === 'CopyObject') {
      for (const [read, write] of await takenAlong(parts, input)) {
        asked.push({ ...base, action: write })
        for (const source of sources) asked.push({ ...source, action: read })
      }
    }
  }
  // Reading the object has to be allowed besides (API reference of GetObjectAttributes).
  if (operation === 'GetObjectAttributes') {
    asked.push({ ...base, action: actionOf('GetObject', input) })
  }
  return asked
}

/** The question itself, and what some members of the input ask for on top. */
function besides(base: IamRequest, operation: string, input: Input): IamRequest[] {
  return [base, ...s3Access.besides(operation, input).map((action) => ({ ...base, action }))]
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
  const block = effectiveBlock(parts, point)
  return asked.flatMap((one) => [
    accessPointRequest(point, one, operation, ctx, block),
    { ...one, context: { ...one.context, ...context } },
  ])
}

function actionOf(operation: string, input: Input): string {
  const own = s3Access.actionOf(operation)
  if (input['VersionId'] === undefined) return own
  const ofVersion = own.replace('Object', 'ObjectVersion')
  const isKnown = s3Access.row(operation).asked.some(({ action }) => action === ofVersion)
  return isKnown ? ofVersion : own
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
  if (!bucket || operation === 'CreateBucket') {
    return baseRequest(undefined, operation, input, ctx, undefined)
  }
  const hasVersion = key !== undefined && (hasAcls(bucket) || asksForTags(operation))
  const version = hasVersion ? await versionOf(parts, bucket, key, input) : undefined
  const foreign = asksForTags(operation) && hasAcls(bucket) && version?.meta.owner
  if (foreign) {
    const request = baseRequest(bucket, operation, input, ctx, undefined, version)
    return ofForeign(parts, bucket, version, request, ctx)
  }
  const isPut = s3Access.actionOf(operation) === 's3:PutObject'
  const policy = wordsOf(parts, bucket, { key, version, isPut }, ctx)
  const request = baseRequest(bucket, operation, input, ctx, policy, version)
  const { UploadId } = input
  if (isPut && typeof UploadId === 'string') {
    const upload = await parts.uploads.get(UploadId)
    Object.assign(request.context!, upload && encryptionContext(upload.meta.sealing))
  }
  return request
}

/**
 * What another account wrote while ACLs are on is that account's: of the bucket's policy only what it
 * denies holds for it ("Bucket policies and user policies", object ownership).
 */
function ofForeign(
  parts: S3Parts,
  bucket: Bucket,
  version: ObjectVersion,
  request: IamRequest,
  ctx: RequestContext,
): IamRequest {
  const denials = policyStatements(parts, bucket, ctx).filter(
    (each) => (each as { Effect?: string }).Effect === 'Deny',
  )
  const grants = objectGrants(parts, bucket, version)
  const { key } = version
  return {
    ...request,
    resourceAccount: version.meta.owner!,
    resourcePolicy: policyDocument([
      ...denials,
      ...objectStatements(bucket.name, key, grants, ctx.principal),
    ]),
  }
}

function baseRequest(
  bucket: Bucket | undefined,
  operation: string,
  input: Input,
  ctx: RequestContext,
  policy: object | undefined,
  version?: ObjectVersion,
): IamRequest {
  const name = String(input['Bucket'])
  const key = input['Key']
  const request: IamRequest = {
    action: actionOf(operation, input),
    resource: typeof key === 'string' ? objectArn(name, key) : bucketArn(name),
    context: contextOf(input, ctx, bucket),
  }
  Object.assign(request.context!, versionContext(request.action, input['VersionId']))
  if (!bucket) return request
  if (asksForTags(operation)) Object.assign(request.context!, existingTags(version))
  request.resourceAccount = bucket.account
  // The owner's root can always mend a policy that locks everyone out.
  const mends = ctx.principal.kind === 'root' && operation.endsWith('BucketPolicy')
  if (policy && !mends) request.resourcePolicy = policy
  return request
}

/** Conditions know a version where the action is about versions, and not otherwise. */
const versionContext = (action: string, versionId: unknown): Record<string, string> =>
  action.includes('ObjectVersion') && typeof versionId === 'string'
    ? { 's3:VersionId': versionId }
    : {}

interface Target {
  key: string | undefined
  /** The one there is, where it matters. */
  version: ObjectVersion | undefined
  /** Whether it is about to be written. */
  isPut: boolean
}

/** The bucket's policy with what its ACLs grant, as Block Public Access leaves them. */
function wordsOf(
  parts: S3Parts,
  bucket: Bucket,
  target: Target,
  ctx: RequestContext,
): object | undefined {
  const statements = policyStatements(parts, bucket, ctx)
  if (ctx.principal.kind === 'root' && !isStranger(bucket, ctx)) return policyDocument(statements)
  return policyDocument([...statements, ...aclStatements(parts, bucket, target, ctx)])
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
function aclStatements(
  parts: S3Parts,
  bucket: Bucket,
  { key, version, isPut }: Target,
  { principal }: RequestContext,
): unknown[] {
  if (!hasAcls(bucket)) return []
  const given = heeded(parts, bucket, grantsOfBucket(bucket))
  const statements = bucketStatements(bucket.name, given, principal, isPut)
  if (key === undefined) return statements
  if (!version || version.isMarker) {
    return [...statements, ...missingStatements(bucket.name, key, given, principal)]
  }
  const grants = objectGrants(parts, bucket, version)
  return [...statements, ...objectStatements(bucket.name, key, grants, principal)]
}

function objectGrants(parts: S3Parts, bucket: Bucket, { meta }: ObjectVersion): AclGrant[] {
  const owner = ownerOf(meta.owner ?? bucket.account).ID
  return heeded(parts, bucket, grantsOf(meta.acl, owner, ownerOf(bucket.account).ID))
}

function heeded(parts: S3Parts, bucket: Bucket, grants: AclGrant[]): AclGrant[] {
  if (!effectiveBlock(parts, bucket).IgnorePublicAcls) return grants
  return grants.filter(({ to }) => 'id' in to || to.uri === LOG_DELIVERY)
}

function versionOf({ objects }: S3Parts, bucket: Bucket, key: string, input: Input) {
  const versionId = input['VersionId']
  return typeof versionId === 'string'
    ? objects.version(bucket.name, key, versionId)
    : objects.latest(bucket.name, key)
}

async function sourceRequests(
  parts: S3Parts,
  input: Input,
  ctx: RequestContext,
): Promise<IamRequest[]> {
  const { bucket: name, key, versionId } = parseCopySource(String(input['CopySource']))
  const source = { Bucket: name, Key: key, VersionId: versionId }
  const bucket = parts.buckets.get(name)
  const point = bucket ? undefined : accessPointOf(parts, name, ctx.region)
  if (point) return throughPoint(parts, point, 'GetObject', source, ctx)
  return [await requestFor(parts, bucket, 'GetObject', source, ctx)]
}

/** What a copy takes along from its source, and by which actions: to read it there, to write it here. */
async function takenAlong(parts: S3Parts, input: Input): Promise<[string, string][]> {
  const { bucket: name, key, versionId } = parseCopySource(String(input['CopySource']))
  const bucket = parts.buckets.get(name)
  const version = bucket && (await versionOf(parts, bucket, key, { VersionId: versionId }))
  if (!version) return []
  const asked: [string, string][] = []
  const hasTags = Object.keys(version.meta.tags ?? {}).length > 0
  if (hasTags && input['TaggingDirective'] !== 'REPLACE') {
    const read = versionId === undefined ? 's3:GetObjectTagging' : 's3:GetObjectVersionTagging'
    asked.push([read, 's3:PutObjectTagging'])
  }
  const isLeft = input['AnnotationDirective'] === 'EXCLUDE'
  if (!isLeft && (await parts.annotations.list(version)).length > 0) {
    asked.push(['s3:GetObjectAnnotation', 's3:PutObjectAnnotation'])
  }
  return asked
}

/** What may not be deleted is told key by key, beside what was. */
function deletions(base: IamRequest, bucket: string, input: Input): IamRequest[] {
  const { Objects = [] } = (input['Delete'] ?? {}) as {
    Objects?: { Key?: string; VersionId?: string }[]
  }
  return Objects.map(({ Key = '', VersionId }, index) => {
    const action = VersionId === undefined ? 's3:DeleteObject' : 's3:DeleteObjectVersion'
    return {
      ...base,
      onDenied: (refused: AwsError) => noteDenied(input, index, refused),
      action,
      resource: objectArn(bucket, Key),
      context: { ...base.context, ...versionContext(action, VersionId) },
    }
  })
}
