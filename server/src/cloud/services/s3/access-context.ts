import type { RequestContext } from '../../gateway/index.ts'
import type { Bucket, ObjectVersion, Sealing } from './model.ts'

// "Condition keys for Amazon S3": what of a request conditions may ask.

type Input = Record<string, unknown>
type Context = Record<string, string | string[]>

const ofMember: Record<string, string> = {
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
  StorageClass: 's3:x-amz-storage-class',
  ServerSideEncryption: 's3:x-amz-server-side-encryption',
  SSEKMSKeyId: 's3:x-amz-server-side-encryption-aws-kms-key-id',
  SSECustomerAlgorithm: 's3:x-amz-server-side-encryption-customer-algorithm',
  ObjectLockMode: 's3:object-lock-mode',
  ObjectLockLegalHoldStatus: 's3:object-lock-legal-hold',
  ObjectOwnership: 's3:x-amz-object-ownership',
  WebsiteRedirectLocation: 's3:x-amz-website-redirect-location',
  IfMatch: 's3:if-match',
  IfNoneMatch: 's3:if-none-match',
  MetadataDirective: 's3:x-amz-metadata-directive',
}

export function contextOf(input: Input, ctx: RequestContext, bucket: Bucket | undefined): Context {
  const context: Context = signatureContext(ctx)
  for (const member in input) {
    const key = ofMember[member]
    if (key !== undefined && input[member] !== undefined) context[key] = String(input[member])
  }
  if (bucket) context['s3:ResourceAccount'] = bucket.account
  bucketTags(bucket, context)
  tagsIn(input, context)
  lockIn(input, ctx.now, context)
  const made = input['CreateBucketConfiguration'] as NewBucket | undefined
  if (made?.LocationConstraint) context['s3:LocationConstraint'] = made.LocationConstraint
  for (const { Key = '', Value = '' } of made?.Tags ?? []) context[`aws:RequestTag/${Key}`] = Value
  return context
}

interface NewBucket {
  LocationConstraint?: string
  Tags?: { Key?: string; Value?: string }[]
}

/** Conditions know a bucket's tags once it says so ("Using tags with S3 general purpose buckets"). */
function bucketTags(bucket: Bucket | undefined, context: Context): void {
  const { abac, tags = {} } = bucket?.settings ?? {}
  if (!abac) return
  for (const [key, value] of Object.entries(tags)) {
    context[`aws:ResourceTag/${key}`] = value
    context[`s3:BucketTag/${key}`] = value
  }
}

/** How the request says who sent it; nothing of one that doesn't, or that came from within. */
function signatureContext({ http, now }: RequestContext): Context {
  const { query, headers } = http
  const sum = headers['x-amz-content-sha256']
  const ofBody: Context = sum ? { 's3:x-amz-content-sha256': sum } : {}
  const header = headers['authorization']
  if (header) {
    return {
      ...ofBody,
      's3:authType': 'REST-HEADER',
      's3:signatureversion': header.startsWith('AWS4') ? 'AWS4-HMAC-SHA256' : 'AWS',
    }
  }
  if (query.size === 0) return ofBody
  const date = query.get('X-Amz-Date')
  if (date && query.has('X-Amz-Signature')) {
    return {
      ...ofBody,
      's3:authType': 'REST-QUERY-STRING',
      's3:signatureversion': 'AWS4-HMAC-SHA256',
      's3:signatureAge': String(Math.max(0, now - momentOf(date))),
    }
  }
  if (!query.has('Signature')) return ofBody
  return { ...ofBody, 's3:authType': 'REST-QUERY-STRING', 's3:signatureversion': 'AWS' }
}

/** `20261122T163627Z`, in ms since the epoch. */
const momentOf = (date: string): number =>
  Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'))

function tagsIn({ Tagging }: Input, context: Context): void {
  if (Tagging === undefined) return
  const { TagSet = [] } = Tagging as { TagSet?: { Key?: string; Value?: string }[] }
  const pairs: [string, string][] =
    typeof Tagging === 'string'
      ? [...new URLSearchParams(Tagging)]
      : TagSet.map(({ Key = '', Value = '' }) => [Key, Value])
  for (const [key, value] of pairs) context[`s3:RequestObjectTag/${key}`] = value
  context['s3:RequestObjectTagKeys'] = pairs.map(([key]) => key)
}

const DAY_MS = 86_400_000

function lockIn(input: Input, now: number, context: Context): void {
  const { RetainUntilDate, Mode } = (input['Retention'] ?? {}) as {
    RetainUntilDate?: Date
    Mode?: string
  }
  const until = (input['ObjectLockRetainUntilDate'] as Date | undefined) ?? RetainUntilDate
  if (Mode) context['s3:object-lock-mode'] = Mode
  const hold = (input['LegalHold'] as { Status?: string } | undefined)?.Status
  if (hold) context['s3:object-lock-legal-hold'] = hold
  if (!(until instanceof Date)) return
  context['s3:object-lock-retain-until-date'] = until.toISOString()
  const days = Math.ceil((until.getTime() - now) / DAY_MS)
  context['s3:object-lock-remaining-retention-days'] = String(days)
}

/** A part carries no encryption header: what its upload was begun with holds for it. */
export function encryptionContext(sealing: Sealing | undefined): Context {
  if (sealing?.as === 'SSE-C') {
    return { 's3:x-amz-server-side-encryption-customer-algorithm': 'AES256' }
  }
  return {
    's3:x-amz-server-side-encryption': sealing?.as ?? 'AES256',
    ...(sealing?.keyArn && { 's3:x-amz-server-side-encryption-aws-kms-key-id': sealing.keyArn }),
  }
}

/** Operations that `s3:ExistingObjectTag/…` is told of. */
const ofTagged = new Set([
  'GetObject',
  'HeadObject',
  'GetObjectAcl',
  'PutObjectAcl',
  'GetObjectTagging',
  'PutObjectTagging',
  'DeleteObjectTagging',
  'GetObjectAttributes',
  'SelectObjectContent',
])

export const asksForTags = (operation: string): boolean => ofTagged.has(operation)

/** The tags an object has, as conditions ask for them. */
export function existingTags(version: ObjectVersion | undefined): Context {
  const context: Context = {}
  for (const [key, value] of Object.entries(version?.meta.tags ?? {})) {
    context[`s3:ExistingObjectTag/${key}`] = value
  }
  return context
}
