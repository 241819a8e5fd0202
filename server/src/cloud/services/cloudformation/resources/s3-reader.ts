import { AwsError } from '../../../gateway/index.ts'
import type { Reader } from './readers.ts'

/** A configuration a bucket has none of. */
async function ifSet<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof AwsError && /^NoSuch|NotFound/.test(error.code)) return undefined
    throw error
  }
}

export const bucketReader: Reader = async ({ s3 }, Bucket) => {
  await s3.headBucket({ Bucket })
  const versioning = await s3.getBucketVersioning({ Bucket })
  const block = await ifSet(() => s3.getPublicAccessBlock({ Bucket }))
  const ownership = await ifSet(() => s3.getBucketOwnershipControls({ Bucket }))
  const encryption = await ifSet(() => s3.getBucketEncryption({ Bucket }))
  const cors = await ifSet(() => s3.getBucketCors({ Bucket }))
  const accelerate = await s3.getBucketAccelerateConfiguration({ Bucket })
  return {
    AccelerateConfiguration: accelerate.Status && { AccelerationStatus: accelerate.Status },
    BucketEncryption: encryption && {
      ServerSideEncryptionConfiguration: encryption.ServerSideEncryptionConfiguration?.Rules?.map(
        (rule) => ({
          ServerSideEncryptionByDefault: rule.ApplyServerSideEncryptionByDefault,
          BucketKeyEnabled: rule.BucketKeyEnabled,
        }),
      ),
    },
    BucketName: Bucket,
    CorsConfiguration: cors && {
      CorsRules: cors.CORSRules?.map(({ ID, ExposeHeaders, MaxAgeSeconds, ...rule }) => ({
        ...rule,
        Id: ID,
        ExposedHeaders: ExposeHeaders,
        MaxAge: MaxAgeSeconds,
      })),
    },
    OwnershipControls: ownership?.OwnershipControls,
    PublicAccessBlockConfiguration: block?.PublicAccessBlockConfiguration,
    VersioningConfiguration: versioning.Status && { Status: versioning.Status },
  }
}
