// What a bucket policy may name ("Actions, resources, and condition keys for Amazon S3"): actions on a
// bucket and on an object. Those on an account or an access point alone are refused in one.

const words = (text: string): string[] => text.trim().split(/\s+/)

const objectActions = words(`
  AbortMultipartUpload BypassGovernanceRetention DeleteObject DeleteObjectAnnotation
  DeleteObjectTagging DeleteObjectVersion DeleteObjectVersionTagging GetObject GetObjectAcl
  GetObjectAnnotation GetObjectAttributes GetObjectLegalHold GetObjectRetention GetObjectTagging
  GetObjectTorrent GetObjectVersion GetObjectVersionAcl GetObjectVersionAttributes
  GetObjectVersionForReplication GetObjectVersionTagging GetObjectVersionTorrent InitiateReplication
  ListMultipartUploadParts ListObjectAnnotations ObjectOwnerOverrideToBucketOwner PutObject
  PutObjectAcl PutObjectAnnotation PutObjectLegalHold PutObjectRetention PutObjectTagging
  PutObjectVersionAcl PutObjectVersionTagging ReplicateDelete ReplicateObject ReplicateTags
  RestoreObject UpdateObjectEncryption`)

const bucketActions = words(`
  CreateBucket CreateBucketMetadataTableConfiguration DeleteBucket
  DeleteBucketMetadataTableConfiguration DeleteBucketPolicy DeleteBucketWebsite
  GetAccelerateConfiguration GetAnalyticsConfiguration GetBucketAbac GetBucketAcl GetBucketCORS
  GetBucketLocation GetBucketLogging GetBucketMetadataTableConfiguration GetBucketNotification
  GetBucketObjectLockConfiguration GetBucketOwnershipControls GetBucketPolicy GetBucketPolicyStatus
  GetBucketPublicAccessBlock GetBucketRequestPayment GetBucketTagging GetBucketVersioning
  GetBucketWebsite GetEncryptionConfiguration GetIntelligentTieringConfiguration
  GetInventoryConfiguration GetLifecycleConfiguration GetMetricsConfiguration
  GetReplicationConfiguration ListBucket ListBucketMultipartUploads ListBucketVersions
  ListTagsForResource PutAccelerateConfiguration PutAnalyticsConfiguration PutBucketAbac
  PutBucketAcl
  PutBucketCORS PutBucketLogging PutBucketNotification PutBucketObjectLockConfiguration
  PutBucketOwnershipControls PutBucketPolicy PutBucketPublicAccessBlock PutBucketRequestPayment
  PutBucketTagging PutBucketVersioning PutBucketWebsite PutEncryptionConfiguration
  PutIntelligentTieringConfiguration PutInventoryConfiguration PutLifecycleConfiguration
  PutMetricsConfiguration PutReplicationConfiguration TagResource UntagResource
  UpdateBucketMetadataAnnotationTableConfiguration UpdateBucketMetadataInventoryTableConfiguration
  UpdateBucketMetadataJournalTableConfiguration`)

export interface NamedActions {
  /** Without `s3:`, as the reference writes them. */
  onBucket: string[]
  onObject: string[]
}

/** The actions a pattern (`s3:Get*`, `*`) names. */
export function namedActions(pattern: string): NamedActions {
  const bare = pattern === '*' ? '*' : /^s3:(.+)$/i.exec(pattern)?.[1]
  if (bare === undefined) return { onBucket: [], onObject: [] }
  const expression = wildcards(bare, 'i')
  const named = (actions: string[]) => actions.filter((action) => expression.test(action))
  return { onBucket: named(bucketActions), onObject: named(objectActions) }
}

/** `*` for any run of characters, `?` for one. */
export function wildcards(pattern: string, flags = ''): RegExp {
  const source = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`^${source.replaceAll('*', '.*').replaceAll('?', '.')}$`, `s${flags}`)
}
