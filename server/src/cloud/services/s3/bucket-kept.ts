import type { Operations, S3 } from '../../gateway/index.ts'
import { readAclDocument } from './acl-input.ts'
import { hasAcls } from './acl-model.ts'
import { homeRegion } from './bucket-region.ts'
import type { Bucket } from './model.ts'
import { ownerOf } from './owner.ts'
import type { S3Parts } from './parts.ts'
import { invalidRequest, malformedXml, refusal } from './refusals.ts'
import type { LoggingEnabled } from './sdk-shapes.ts'
import { type BucketInput, settingsOf } from './setting-access.ts'

/** Access by tags, transfer acceleration, who pays, and where access logs go. */
export function keptOperations(parts: S3Parts) {
  const settings = settingsOf(parts)
  // None can be made here; those who read all of a bucket take this for what isn't set.
  const noMetadata = (input: BucketInput) => {
    const BucketName = settings.bucket(input).name
    const message = 'The metadata configuration was not found'
    throw refusal('MetadataConfigurationNotFound', 404, message, { BucketName })
  }
  return {
    GetBucketMetadataConfiguration: noMetadata,
    GetBucketMetadataTableConfiguration: noMetadata,
    GetBucketAbac: (input) => ({
      AbacStatus: { Status: settings.bucket(input).settings.abac ?? ('Disabled' as const) },
    }),
    PutBucketAbac(input) {
      settings.bucket(input)
      const { Status } = input.AbacStatus ?? {}
      if (Status !== 'Enabled' && Status !== 'Disabled') throw malformedXml()
      return settings.put(input, { abac: Status === 'Enabled' ? Status : undefined })
    },
    GetBucketAccelerateConfiguration(input) {
      const { accelerate } = settings.bucket(input).settings
      return accelerate ? { Status: accelerate } : {}
    },
    PutBucketAccelerateConfiguration(input) {
      const { name } = settings.bucket(input)
      const { Status } = input.AccelerateConfiguration ?? {}
      if (name.includes('.')) {
        throw invalidRequest(
          'S3 Transfer Acceleration is not supported for buckets with periods (.) in their names',
        )
      }
      if (!Status) {
        const message = 'The Accelerate element must be specified'
        throw refusal('IllegalAccelerateConfigurationException', 400, message)
      }
      if (Status !== 'Enabled' && Status !== 'Suspended') throw malformedXml()
      return settings.put(input, { accelerate: Status })
    },
    GetBucketRequestPayment: (input) => ({
      Payer: settings.bucket(input).settings.requestPayment ?? ('BucketOwner' as const),
    }),
    PutBucketRequestPayment(input) {
      settings.bucket(input)
      const { Payer } = input.RequestPaymentConfiguration ?? {}
      if (Payer !== 'Requester' && Payer !== 'BucketOwner') throw malformedXml()
      return settings.put(input, { requestPayment: Payer === 'Requester' ? Payer : undefined })
    },
    GetBucketLogging(input) {
      const { logging } = settings.bucket(input).settings
      return logging ? { LoggingEnabled: logging } : {}
    },
    PutBucketLogging(input) {
      const bucket = settings.bucket(input)
      const logging = input.BucketLoggingStatus?.LoggingEnabled
      if (logging) checkTarget(parts, bucket, logging)
      return settings.put(input, { logging })
    },
  } satisfies Operations<S3>
}

/** The grants each log object is to carry beside its owner's; refused in the words for ACLs. */
export const readTargetGrants = (account: string, Grants: LoggingEnabled['TargetGrants']) =>
  readAclDocument({ Owner: ownerOf(account), Grants }, ownerOf(account).ID)

function checkTarget({ buckets }: S3Parts, bucket: Bucket, logging: LoggingEnabled): void {
  const { TargetBucket, TargetPrefix, TargetGrants = [], TargetObjectKeyFormat: form } = logging
  if (!TargetBucket || TargetPrefix === undefined) throw malformedXml()
  // One of the two forms of names.
  if (form && !form.SimplePrefix === !form.PartitionedPrefix) throw malformedXml()
  const target = buckets.get(TargetBucket)
  const invalid = (message: string) =>
    refusal('InvalidTargetBucketForLogging', 400, message, { TargetBucket })
  if (!target) throw invalid('The target bucket for logging does not exist')
  if (target.account !== bucket.account) {
    throw invalid('The owner for the bucket to be logged and the target bucket must be the same.')
  }
  if (target.region !== bucket.region) {
    // Spelt so by S3.
    throw refusal(
      'CrossLocationLoggingProhibitted',
      403,
      'Cross S3 location logging not allowed. ',
      {
        // The one of us-east-1 goes without saying (as observed).
        ...(bucket.region !== homeRegion && { SourceBucketLocation: bucket.region }),
        TargetBucketLocation: target.region,
      },
    )
  }
  if (TargetGrants.length === 0) return
  if (!hasAcls(target)) {
    throw refusal(
      'AccessControlListNotSupported',
      400,
      'Target grants not allowed for bucket owner enforced buckets',
    )
  }
  readTargetGrants(bucket.account, TargetGrants)
}
