import type { NamedActions } from './policy-actions.ts'

// "Condition keys for Amazon S3", lower case; those that end in a slash are followed by a tag's key.
const known = new Set(
  `accessgrantsinstancearn accesspointnetworkorigin accesspointtag/ authtype buckettag/
  dataaccesspointaccount dataaccesspointarn delimiter destinationregion existingobjecttag/
  existingjoboperation existingjobpriority if-match if-none-match
  inventoryaccessibleoptionalfields isreplicationpauserequest jobsuspendedcause
  locationconstraint max-keys object-lock-legal-hold object-lock-mode
  object-lock-remaining-retention-days object-lock-retain-until-date objectcreationoperation prefix
  requestjoboperation requestjobpriority requestobjecttag/ requestobjecttagkeys resourceaccount
  signatureage signatureversion tlsversion versionid x-amz-acl x-amz-content-sha256
  x-amz-copy-source
  x-amz-grant-full-control x-amz-grant-read x-amz-grant-read-acp x-amz-grant-write
  x-amz-grant-write-acp x-amz-metadata-directive x-amz-object-ownership
  x-amz-server-side-encryption x-amz-server-side-encryption-aws-kms-key-id
  x-amz-server-side-encryption-customer-algorithm x-amz-storage-class
  x-amz-website-redirect-location`.split(/\s+/),
)

const lists = ['ListBucket', 'ListBucketVersions']
const puts = ['PutObject', 'ReplicateObject']
const acls = ['PutObject', 'PutObjectAcl', 'PutObjectVersionAcl', 'PutBucketAcl', 'CreateBucket']

/** Keys that only some actions carry; those that are not here are held to none. */
const carriers: Record<string, string[]> = {
  prefix: lists,
  delimiter: lists,
  'max-keys': lists,
  'x-amz-acl': acls,
  'x-amz-copy-source': puts,
  'x-amz-metadata-directive': puts,
  'x-amz-storage-class': [...puts, 'ObjectOwnerOverrideToBucketOwner'],
  'x-amz-server-side-encryption': puts,
  'x-amz-server-side-encryption-aws-kms-key-id': puts,
}

/** Whether S3 has heard of the key. Any of `aws:` passes: there are more of them every year. */
export function isConditionKey(key: string): boolean {
  const [, vendor = '', name = ''] = /^([\w-]+):(.+)$/.exec(key.toLowerCase()) ?? []
  if (vendor !== 's3') return vendor !== ''
  return known.has(name.replace(/\/.*$/s, '/'))
}

/** Whether every pattern of actions names one that carries the key. */
export function isCarried(key: string, named: NamedActions[]): boolean {
  const carrying = carriers[key.toLowerCase().replace(/^s3:/, '')]
  if (!carrying) return true
  return named.every(({ onBucket, onObject }) =>
    [...onBucket, ...onObject].some((action) => carrying.includes(action)),
  )
}
