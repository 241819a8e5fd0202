import { refusal } from './refusals.ts'

// The members a request can lack and still be routed: documents in the body.
const documents: Record<string, string> = {
  DeleteObjects: 'Delete',
  PutBucketAbac: 'AbacStatus',
  PutBucketAccelerateConfiguration: 'AccelerateConfiguration',
  PutBucketAnalyticsConfiguration: 'AnalyticsConfiguration',
  PutBucketCors: 'CORSConfiguration',
  PutBucketEncryption: 'ServerSideEncryptionConfiguration',
  PutBucketIntelligentTieringConfiguration: 'IntelligentTieringConfiguration',
  PutBucketInventoryConfiguration: 'InventoryConfiguration',
  PutBucketLogging: 'BucketLoggingStatus',
  PutBucketMetricsConfiguration: 'MetricsConfiguration',
  PutBucketNotificationConfiguration: 'NotificationConfiguration',
  PutBucketOwnershipControls: 'OwnershipControls',
  PutBucketReplication: 'ReplicationConfiguration',
  PutBucketRequestPayment: 'RequestPaymentConfiguration',
  PutBucketTagging: 'Tagging',
  PutBucketVersioning: 'VersioningConfiguration',
  PutBucketWebsite: 'WebsiteConfiguration',
  PutObjectLockConfiguration: 'ObjectLockConfiguration',
  PutObjectTagging: 'Tagging',
  UpdateObjectEncryption: 'ObjectEncryption',
  PutPublicAccessBlock: 'PublicAccessBlockConfiguration',
}

/** Refuses a request without the document its operation is about ("MissingRequestBodyError"). */
export function checkDocument(operation: string, input: Record<string, unknown>): void {
  const name = documents[operation]
  if (name === undefined || input[name] !== undefined) return
  throw refusal('MissingRequestBodyError', 400, 'Request Body is empty')
}
