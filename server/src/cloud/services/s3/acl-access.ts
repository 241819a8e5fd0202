import type { Principal } from '../../gateway/index.ts'
import { ALL_USERS, LOG_DELIVERY, SIGNED_IN } from './acl-model.ts'
import { type AclGrant, type AclPermission, bucketArn, objectArn } from './model.ts'
import { ownerOf } from './owner.ts'

// "Mapping of ACL permissions and access policy permissions" in the S3 user guide.
const onBucket: Record<AclPermission, string[]> = {
  READ: ['ListBucket', 'ListBucketVersions', 'ListBucketMultipartUploads'],
  WRITE: [],
  READ_ACP: ['GetBucketAcl'],
  WRITE_ACP: ['PutBucketAcl'],
  FULL_CONTROL: [
    'ListBucket',
    'ListBucketVersions',
    'ListBucketMultipartUploads',
    'GetBucketAcl',
    'PutBucketAcl',
  ],
}
const intoBucket = ['PutObject', 'DeleteObject']
/** What comes with a new object; of those there are, the bucket's grants don't change these. */
const withNew = ['PutObjectAcl', 'PutObjectTagging']
const onObject: Record<AclPermission, string[]> = {
  READ: ['GetObject', 'GetObjectVersion', 'GetObjectAttributes'],
  WRITE: [],
  READ_ACP: ['GetObjectAcl', 'GetObjectVersionAcl'],
  WRITE_ACP: ['PutObjectAcl', 'PutObjectVersionAcl'],
  FULL_CONTROL: [
    'GetObject',
    'GetObjectVersion',
    'GetObjectAttributes',
    'GetObjectAcl',
    'GetObjectVersionAcl',
    'PutObjectAcl',
    'PutObjectVersionAcl',
  ],
}

/** What a bucket's grants allow this caller, as statements of its policy. */
export function bucketStatements(
  name: string,
  grants: AclGrant[],
  principal: Principal,
  isPut = false,
): object[] {
  const into = isPut ? [...intoBucket, ...withNew] : intoBucket
  return reaching(grants, principal).flatMap(({ permission }) => {
    const writes = permission === 'WRITE' || permission === 'FULL_CONTROL'
    return [
      ...allow(onBucket[permission], bucketArn(name)),
      ...(writes ? allow(into, objectArn(name, '*')) : []),
    ]
  })
}

export function objectStatements(
  name: string,
  key: string,
  grants: AclGrant[],
  principal: Principal,
): object[] {
  return reaching(grants, principal).flatMap(({ permission }) =>
    allow(onObject[permission], objectArn(name, key)),
  )
}

/** No object, no ACL of it: who may list the bucket may hear that the key isn't there. */
export function missingStatements(
  name: string,
  key: string,
  grants: AclGrant[],
  principal: Principal,
): object[] {
  const listing = reaching(grants, principal).filter(
    ({ permission }) => permission === 'READ' || permission === 'FULL_CONTROL',
  )
  return listing.slice(0, 1).flatMap(() => allow(onObject.READ, objectArn(name, key)))
}

function allow(actions: string[], Resource: string): object[] {
  if (actions.length === 0) return []
  const Action = actions.map((action) => `s3:${action}`)
  return [{ Effect: 'Allow', Principal: '*', Action, Resource }]
}

function reaching(grants: AclGrant[], principal: Principal): AclGrant[] {
  const isKnown = principal.kind !== 'anonymous'
  const id = isKnown && ownerOf(principal.account).ID
  return grants.filter(({ to }) => {
    if ('id' in to) return to.id === id
    if (to.uri === ALL_USERS) return true
    if (to.uri === LOG_DELIVERY) {
      return principal.kind === 'service' && principal.arn.includes('logging.s3.amazonaws.com')
    }
    return to.uri === SIGNED_IN && isKnown
  })
}
