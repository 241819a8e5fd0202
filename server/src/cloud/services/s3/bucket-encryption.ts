import type { Operations, S3 } from '../../gateway/index.ts'
import { malformedXml, refusal } from './refusals.ts'
import type { ServerSideEncryptionConfiguration, ServerSideEncryptionRule } from './sdk-shapes.ts'
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
      const before = settings.bucket(input).settings.encryption
      const given = checked(input.ServerSideEncryptionConfiguration)
      return settings.put(input, { encryption: { Rules: [completed(given, before)] } })
    },
    DeleteBucketEncryption: (input) => settings.put(input, { encryption: undefined }),
  } satisfies Operations<S3>
}

function checked(given: ServerSideEncryptionConfiguration | undefined): ServerSideEncryptionRule {
  const [rule, ...more] = given?.Rules ?? []
  if (!rule || more.length > 0) throw malformedXml()
  const preset = rule.ApplyServerSideEncryptionByDefault
  const blocked = rule.BlockedEncryptionTypes?.EncryptionType
  if (!preset && !blocked) throw malformedXml()
  if (blocked?.some((type) => type !== 'NONE' && type !== 'SSE-C')) throw malformedXml()
  if (preset && !algorithms.has(preset.SSEAlgorithm ?? '')) throw malformedXml()
  if (preset?.SSEAlgorithm === 'AES256' && preset.KMSMasterKeyID !== undefined) {
    throw refusal(
      'InvalidArgument',
      400,
      'a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse',
      { ArgumentName: 'ApplyServerSideEncryptionByDefault' },
    )
  }
  return rule
}

/** What a rule doesn't speak of stays: a block on SSE-C outlives a new default (as observed). */
function completed(
  rule: ServerSideEncryptionRule,
  before: ServerSideEncryptionConfiguration = usual,
): ServerSideEncryptionRule {
  const old = before.Rules![0]!
  const blocked = rule.BlockedEncryptionTypes ?? old.BlockedEncryptionTypes
  return {
    ApplyServerSideEncryptionByDefault:
      rule.ApplyServerSideEncryptionByDefault ?? old.ApplyServerSideEncryptionByDefault,
    BucketKeyEnabled: rule.BucketKeyEnabled ?? false,
    ...(blocked && { BlockedEncryptionTypes: blocked }),
  }
}
