import type { Operations, S3 } from '../../gateway/index.ts'
import { malformedXml, refusal } from './refusals.ts'
import type { ServerSideEncryptionConfiguration } from './sdk-shapes.ts'
import { settingsOf } from './setting-access.ts'
import type { S3Parts } from './parts.ts'

/** What every bucket has since January 2023. */
const usual: ServerSideEncryptionConfiguration = {
  Rules: [
    {
      ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' },
      BucketKeyEnabled: false,
    },
  ],
}

const algorithms = new Set(['AES256', 'aws:kms', 'aws:kms:dsse'])

export function bucketEncryptionOperations(parts: S3Parts) {
  const settings = settingsOf(parts)
  return {
    GetBucketEncryption: (input) => ({
      ServerSideEncryptionConfiguration: settings.bucket(input).settings.encryption ?? usual,
    }),
    PutBucketEncryption(input) {
      settings.bucket(input)
      return settings.put(input, { encryption: checked(input.ServerSideEncryptionConfiguration) })
    },
    DeleteBucketEncryption: (input) => settings.put(input, { encryption: undefined }),
  } satisfies Operations<S3>
}

function checked(
  given: ServerSideEncryptionConfiguration | undefined,
): ServerSideEncryptionConfiguration {
  const [rule, ...more] = given?.Rules ?? []
  const preset = rule?.ApplyServerSideEncryptionByDefault
  if (!rule || more.length > 0) throw malformedXml()
  if (!preset?.SSEAlgorithm || !algorithms.has(preset.SSEAlgorithm)) throw malformedXml()
  if (preset.SSEAlgorithm === 'AES256' && preset.KMSMasterKeyID !== undefined) {
    throw refusal(
      'InvalidArgument',
      400,
      'a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse',
      { ArgumentName: 'ApplyServerSideEncryptionByDefault' },
    )
  }
  return { Rules: [{ ...rule, BucketKeyEnabled: rule.BucketKeyEnabled ?? false }] }
}
