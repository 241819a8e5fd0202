import type { Operations, S3 } from '../../gateway/index.ts'
import type { Bucket, CannedAcl } from './model.ts'
import { ownerOf } from './owner.ts'
import { bucketOf, objectOf, type S3Parts, shownVersion } from './parts.ts'
import { accessDenied, invalidArgument, notCarriedOut, refusal } from './refusals.ts'

const canned: CannedAcl[] = [
  'private',
  'public-read',
  'public-read-write',
  'authenticated-read',
  'bucket-owner-read',
  'bucket-owner-full-control',
  'aws-exec-read',
  'log-delivery-write',
]

export function checkCanned(acl: string | undefined): CannedAcl | undefined {
  if (acl === undefined || canned.includes(acl as CannedAcl)) return acl as CannedAcl | undefined
  throw invalidArgument('x-amz-acl', acl, '')
}

const ALL = 'http://acs.amazonaws.com/groups/global/AllUsers'
const SIGNED_IN = 'http://acs.amazonaws.com/groups/global/AuthenticatedUsers'

/** Whether the bucket's ownership setting leaves ACLs on. */
export function hasAcls({ settings }: Bucket): boolean {
  const owner = settings.ownership?.Rules?.[0]?.ObjectOwnership
  return owner !== undefined && owner !== 'BucketOwnerEnforced'
}

export const isPublicAcl = (acl: CannedAcl | undefined): boolean =>
  acl === 'public-read' || acl === 'public-read-write' || acl === 'authenticated-read'

/** A write that names an ACL, against the bucket's settings. */
export function checkAclAllowed(bucket: Bucket, acl: string | undefined): void {
  const name = checkCanned(acl)
  if (name === undefined) return
  if (!hasAcls(bucket)) {
    if (name === 'private' || name === 'bucket-owner-full-control') return
    throw refusal('AccessControlListNotSupported', 400, 'The bucket does not allow ACLs')
  }
  if (isPublicAcl(name) && bucket.settings.publicAccessBlock?.BlockPublicAcls) throw accessDenied()
}

interface AclInput {
  ACL?: string | undefined
  AccessControlPolicy?: object | undefined
  GrantFullControl?: string | undefined
  GrantRead?: string | undefined
  GrantReadACP?: string | undefined
  GrantWriteACP?: string | undefined
}

export function aclOperations(parts: S3Parts) {
  return {
    GetBucketAcl(input) {
      const bucket = bucketOf(parts, input.Bucket, input.ExpectedBucketOwner)
      return present(bucket, bucket.settings.acl)
    },
    async PutBucketAcl(input) {
      const bucket = bucketOf(parts, input.Bucket, input.ExpectedBucketOwner)
      const acl = newAcl(bucket, input)
      await parts.buckets.update(bucket.name, (settings) => ({ ...settings, acl }))
      return {}
    },
    async GetObjectAcl(input) {
      const bucket = bucketOf(parts, input.Bucket, input.ExpectedBucketOwner)
      const version = await objectOf(parts, bucket, input.Key ?? '', input.VersionId)
      return present(bucket, version.meta.acl)
    },
    async PutObjectAcl(input) {
      const bucket = bucketOf(parts, input.Bucket, input.ExpectedBucketOwner)
      const version = await objectOf(parts, bucket, input.Key ?? '', input.VersionId)
      const acl = newAcl(bucket, input)
      const { objects } = parts
      await objects.apply(objects.setMeta(version, { ...version.meta, acl }))
      return { VersionId: shownVersion(bucket, version.versionId) } as object
    },
  } satisfies Operations<S3>
}

function newAcl(bucket: Bucket, input: AclInput): CannedAcl {
  if (!hasAcls(bucket)) {
    throw refusal('AccessControlListNotSupported', 400, 'The bucket does not allow ACLs')
  }
  checkAclAllowed(bucket, input.ACL)
  if (input.ACL === undefined)
    throw notCarriedOut('An ACL by grants; give a canned ACL (x-amz-acl)')
  return input.ACL as CannedAcl
}

function present(bucket: Bucket, acl: CannedAcl | undefined) {
  const Owner = ownerOf(bucket.account)
  const group = (URI: string, Permission: 'READ' | 'WRITE') => ({
    Grantee: { Type: 'Group' as const, URI },
    Permission,
  })
  const open =
    acl === 'public-read'
      ? [group(ALL, 'READ')]
      : acl === 'public-read-write'
        ? [group(ALL, 'READ'), group(ALL, 'WRITE')]
        : acl === 'authenticated-read'
          ? [group(SIGNED_IN, 'READ')]
          : []
  const own = {
    Grantee: { Type: 'CanonicalUser' as const, ...Owner },
    Permission: 'FULL_CONTROL' as const,
  }
  return { Owner, Grants: [own, ...open] }
}
