import type { Operations, RequestContext, S3 } from '../../gateway/index.ts'
import { type AclHeaders, readAclDocument, readAclHeaders } from './acl-input.ts'
import { grantsOf, hasAcls, isPublicGrants } from './acl-model.ts'
import { jobsOf } from './announce.ts'
import { commit } from './commit.ts'
import {
  type Acl,
  type AclGrant,
  type Bucket,
  bucketArn,
  objectArn,
  type ObjectVersion,
} from './model.ts'
import { ownerOf } from './owner.ts'
import { bucketOf, lockKey, objectOf, objectToTell, type S3Parts } from './parts.ts'
import { effectiveBlock } from './public-access.ts'
import { accessDenied, refusal } from './refusals.ts'
import type { AccessControlPolicy } from './sdk-shapes.ts'

export const aclsAreOff = () =>
  refusal('AccessControlListNotSupported', 400, 'The bucket does not allow ACLs')

/**
 * What an object that is being written gets: its ACL as asked for by headers, and its owner where
 * that isn't the bucket's. Throws where the bucket's settings forbid it.
 */
export function aclOfWrite(
  parts: Pick<S3Parts, 'accounts'>,
  bucket: Bucket,
  input: AclHeaders,
  ctx: RequestContext,
): { acl?: Acl; owner?: string } {
  const acl = readAclHeaders(input)
  const ownership = bucket.settings.ownership?.Rules?.[0]?.ObjectOwnership
  if (ownership === 'BucketOwnerEnforced') {
    if (acl !== undefined && acl !== 'private' && acl !== 'bucket-owner-full-control') {
      throw aclsAreOff()
    }
    return {}
  }
  const writer = ctx.principal.kind === 'service' ? bucket.account : ctx.principal.account
  const isGiven = ownership === 'BucketOwnerPreferred' && acl === 'bucket-owner-full-control'
  const owner = writer === bucket.account || isGiven ? undefined : writer
  if (acl !== undefined) checkPublic(parts, bucket, grantsFor(bucket, acl, owner), ctx)
  return { ...(acl !== undefined && acl !== 'private' && { acl }), ...(owner && { owner }) }
}

const grantsFor = (bucket: Bucket, acl: Acl | undefined, owner = bucket.account) =>
  grantsOf(acl, ownerOf(owner).ID, ownerOf(bucket.account).ID)

function checkPublic(
  parts: Pick<S3Parts, 'accounts'>,
  bucket: Bucket,
  grants: AclGrant[],
  { principal, operation }: RequestContext,
  key?: string,
): void {
  if (!isPublicGrants(grants) || !effectiveBlock(parts, bucket).BlockPublicAcls) return
  const resource = key === undefined ? bucketArn(bucket.name) : objectArn(bucket.name, key)
  throw accessDenied(
    `User: ${principal.arn} is not authorized to perform: s3:${operation} on resource: ` +
      `"${resource}" because public access control lists (ACLs) are prevented by the ` +
      'BlockPublicAcls setting in S3 Block Public Access.',
  )
}

interface AclInput extends AclHeaders {
  AccessControlPolicy?: AccessControlPolicy | undefined
}

/** The ACL a PutBucketAcl or PutObjectAcl asks for, whichever way it says it. */
function newAcl(bucket: Bucket, input: AclInput, owner: string): Acl {
  const byHeaders = readAclHeaders(input)
  const { AccessControlPolicy: document } = input
  if (byHeaders === undefined && document === undefined) {
    throw refusal('MissingSecurityHeader', 400, 'Your request was missing a required header', {
      MissingHeaderName: 'x-amz-acl',
    })
  }
  if (byHeaders !== undefined && document !== undefined) {
    throw refusal('UnexpectedContent', 400, 'This request does not support content')
  }
  if (!hasAcls(bucket)) throw aclsAreOff()
  return byHeaders ?? readAclDocument(document!, ownerOf(owner).ID)
}

export function aclOperations(parts: S3Parts) {
  return {
    GetBucketAcl(input) {
      const bucket = bucketOf(parts, input.Bucket, input.ExpectedBucketOwner)
      return present(bucket.account, grantsFor(bucket, bucket.settings.acl))
    },
    async PutBucketAcl(input, ctx) {
      const bucket = bucketOf(parts, input.Bucket, input.ExpectedBucketOwner)
      const acl = newAcl(bucket, input, bucket.account)
      checkPublic(parts, bucket, grantsFor(bucket, acl), ctx)
      await parts.buckets.update(bucket.name, (settings) => ({ ...settings, acl }))
      return {}
    },
    async GetObjectAcl(input) {
      const bucket = bucketOf(parts, input.Bucket, input.ExpectedBucketOwner)
      const { meta } = await objectOf(parts, bucket, input.Key ?? '', input.VersionId)
      const owner = objectOwner(bucket, meta)
      return present(owner, hasAcls(bucket) ? grantsFor(bucket, meta.acl, owner) : own(owner))
    },
    async PutObjectAcl(input, ctx) {
      const bucket = bucketOf(parts, input.Bucket, input.ExpectedBucketOwner)
      const key = input.Key ?? ''
      return parts.locks.alone(lockKey(bucket.name, key), async () => {
        const version = await objectToTell(parts, bucket, key, input.VersionId, 'PUT')
        const owner = objectOwner(bucket, version.meta)
        const acl = newAcl(bucket, input, owner)
        checkPublic(parts, bucket, grantsFor(bucket, acl, owner), ctx, key)
        const { versionId, etag, meta } = version
        const jobs = jobsOf(bucket, { event: 'ObjectAcl:Put', key, versionId, etag }, ctx)
        await commit(parts, parts.objects.setMeta(version, { ...meta, acl }), jobs)
        return {}
      })
    },
  } satisfies Operations<S3>
}

const own = (account: string): AclGrant[] => grantsOf(undefined, ownerOf(account).ID)

/** The account an object belongs to: while ACLs are off, the bucket's whoever wrote it. */
export function objectOwner(bucket: Bucket, meta: ObjectVersion['meta']): string {
  return hasAcls(bucket) ? (meta.owner ?? bucket.account) : bucket.account
}

function present(owner: string, grants: AclGrant[]) {
  return {
    Owner: ownerOf(owner),
    Grants: grants.map(({ to, permission }) => ({
      Grantee:
        'uri' in to
          ? { Type: 'Group' as const, URI: to.uri }
          : { Type: 'CanonicalUser' as const, ID: to.id },
      Permission: permission,
    })),
  }
}
