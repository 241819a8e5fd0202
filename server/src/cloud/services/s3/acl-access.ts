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
export function bucketStatements(name: string, grants: AclGrant[], principal: Principal): object[] {
  return reaching(grants, principal).flatMap(({ permission }) => {
    const writes = permission === 'WRITE' || permission === 'FULL_CONTROL'
    return [
      ...allow(onBucket[permission], bucketArn(name)),
      ...(writes ? allow(intoBucket, objectArn(name, '*')) : []),
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
