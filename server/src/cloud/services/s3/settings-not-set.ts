import type { Operations, S3 } from '../../gateway/index.ts'
import { bucketOf, type S3Parts } from './parts.ts'
import { notCarriedOut, refusal } from './refusals.ts'

// Settings that nothing here carries out: asked for, they truly are not set; setting them is refused,
// except to what they are already. Tools that manage a bucket (Terraform) read every one of them.

export function unsetOperations(parts: S3Parts) {
  type Input = { Bucket: string | undefined; ExpectedBucketOwner?: string | undefined }
  const bucket = (input: Input) => bucketOf(parts, input.Bucket, input.ExpectedBucketOwner)
  const missing = (code: string, message: string) => (input: Input) => {
    throw refusal(code, 404, message, { BucketName: bucket(input).name })
  }
  const empty = (input: Input) => {
    bucket(input)
    return {}
  }
  return {
    GetBucketAccelerateConfiguration: empty,
    GetBucketLogging: empty,
    GetBucketNotificationConfiguration: empty,
    GetBucketRequestPayment(input) {
      bucket(input)
      return { Payer: 'BucketOwner' as const }
    },
    GetBucketLifecycleConfiguration: missing(
      'NoSuchLifecycleConfiguration',
      'The lifecycle configuration does not exist',
    ),
    GetBucketReplication: missing(
      'ReplicationConfigurationNotFoundError',
      'The replication configuration was not found',
    ),
    GetObjectLockConfiguration: missing(
      'ObjectLockConfigurationNotFoundError',
      'Object Lock configuration does not exist for this bucket',
    ),
    DeleteBucketLifecycle: empty,
    DeleteBucketReplication: empty,
    PutBucketRequestPayment(input) {
      if (input.RequestPaymentConfiguration?.Payer === 'Requester') {
        throw notCarriedOut('Requester pays')
      }
      return empty(input)
    },
    PutBucketNotificationConfiguration(input) {
      const asked = Object.values(input.NotificationConfiguration ?? {})
      if (asked.some((value) => (Array.isArray(value) ? value.length > 0 : value !== undefined))) {
        throw notCarriedOut('s3:PutBucketNotificationConfiguration with a target')
      }
      return empty(input)
    },
    PutBucketLogging(input) {
      if (input.BucketLoggingStatus?.LoggingEnabled) throw notCarriedOut('Server access logging')
      return empty(input)
    },
  } satisfies Operations<S3>
}
