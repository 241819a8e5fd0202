import type { Acl, AclGrant, AclPermission, Bucket, CannedAcl } from './model.ts'
import { ownerOf } from './owner.ts'

const groups = 'http://acs.amazonaws.com/groups/'
export const ALL_USERS = `${groups}global/AllUsers`
export const SIGNED_IN = `${groups}global/AuthenticatedUsers`
export const LOG_DELIVERY = `${groups}s3/LogDelivery`
export const aclGroups = new Set([ALL_USERS, SIGNED_IN, LOG_DELIVERY])

// Whom `aws-exec-read` lets read bundles: Amazon EC2 ("Canned ACL", the id as answers show it).
const EC2 = '6aa5a366c34c1cbe25dc49211496e913e0351eb0e8c37aa3477e40942ec6b97c'

const group = (uri: string, permission: AclPermission): AclGrant => ({ to: { uri }, permission })
const user = (id: string, permission: AclPermission): AclGrant => ({ to: { id }, permission })

const granted: Partial<Record<CannedAcl, AclGrant[]>> = {
  'public-read': [group(ALL_USERS, 'READ')],
  'public-read-write': [group(ALL_USERS, 'READ'), group(ALL_USERS, 'WRITE')],
  'authenticated-read': [group(SIGNED_IN, 'READ')],
  'aws-exec-read': [user(EC2, 'READ')],
  'log-delivery-write': [group(LOG_DELIVERY, 'WRITE'), group(LOG_DELIVERY, 'READ_ACP')],
}

/** What an ACL grants, its owner's own grant included; canonical ids. */
export function grantsOf(acl: Acl | undefined, owner: string, bucketOwner = owner): AclGrant[] {
  if (Array.isArray(acl)) return acl
  const own = user(owner, 'FULL_CONTROL')
  const isOwn = owner === bucketOwner
  if (acl === 'bucket-owner-read' && !isOwn) return [own, user(bucketOwner, 'READ')]
  if (acl === 'bucket-owner-full-control' && !isOwn) return [own, user(bucketOwner, 'FULL_CONTROL')]
  return [own, ...((acl && granted[acl]) ?? [])]
}

export const grantsOfBucket = ({ account, settings }: Bucket): AclGrant[] =>
  grantsOf(settings.acl, ownerOf(account).ID)

/** Whether anything is granted to everybody, or to everybody who has signed in anywhere. */
export const isPublicGrants = (grants: AclGrant[]): boolean =>
  grants.some(({ to }) => 'uri' in to && (to.uri === ALL_USERS || to.uri === SIGNED_IN))

/** Whether the bucket's ownership setting leaves ACLs on. Without one, as before 2021, they are. */
export function hasAcls({ settings }: Bucket): boolean {
  return settings.ownership?.Rules?.[0]?.ObjectOwnership !== 'BucketOwnerEnforced'
}
