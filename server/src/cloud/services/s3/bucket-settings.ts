import type { Operations, S3 } from '../../gateway/index.ts'
import { configurationOperations } from './bucket-configurations.ts'
import { corsOperations } from './bucket-cors.ts'
import { bucketEncryptionOperations } from './bucket-encryption.ts'
import { keptOperations } from './bucket-kept.ts'
import { checkMfa } from './mfa-delete.ts'
import { policyOperations } from './bucket-policy.ts'
import { bucketTagOperations } from './bucket-tags.ts'
import { bucketWebsiteOperations } from './bucket-website.ts'
import type { S3Parts } from './parts.ts'
import { publicAccessOperations } from './public-access.ts'
import { malformedXml, refusal } from './refusals.ts'
import { settingsOf } from './setting-access.ts'

export function settingOperations(parts: S3Parts) {
  const settings = settingsOf(parts)
  return {
    ...corsOperations(parts),
    ...bucketTagOperations(parts),
    ...bucketWebsiteOperations(parts),
    ...policyOperations(parts),
    ...publicAccessOperations(parts),
    ...keptOperations(parts),
    ...configurationOperations(parts),
    ...bucketEncryptionOperations(parts),
    GetBucketVersioning(input) {
      const { versioning, mfaDelete } = settings.bucket(input).settings
      return {
        ...(versioning && { Status: versioning }),
        ...(mfaDelete !== undefined && { MFADelete: mfaDelete ? 'Enabled' : 'Disabled' }),
      }
    },
    async PutBucketVersioning(input, ctx) {
      const { Status, MFADelete } = input.VersioningConfiguration ?? {}
      const { objectLock, replication, mfaDelete } = settings.bucket(input).settings
      if (Status === undefined && MFADelete === undefined) throw noVersioningElement()
      if (Status !== 'Enabled' && Status !== 'Suspended') throw malformedXml()
      if (MFADelete !== undefined && MFADelete !== 'Enabled' && MFADelete !== 'Disabled') {
        throw malformedXml()
      }
      if (Status === 'Suspended' && objectLock) throw lockedVersioning()
      if (Status === 'Suspended' && replication) throw replicatedVersioning()
      const wanted = MFADelete === undefined ? mfaDelete : MFADelete === 'Enabled'
      // Objects under a lock and MFA delete exclude each other ("Object Lock considerations").
      if (wanted && objectLock) throw lockedVersioning()
      if (wanted || mfaDelete) await checkMfa(input.MFA, ctx)
      return settings.put(input, {
        versioning: Status,
        ...(wanted !== undefined && (wanted || mfaDelete !== undefined) && { mfaDelete: wanted }),
      })
    },
  } satisfies Operations<S3>
}

const noVersioningElement = () =>
  refusal(
    'IllegalVersioningConfigurationException',
    400,
    'The Versioning element must be specified',
  )

const lockedVersioning = () =>
  refusal(
    'InvalidBucketState',
    409,
    'An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.',
  )

const replicatedVersioning = () =>
  refusal(
    'InvalidBucketState',
    409,
    'A replication configuration is present on this bucket, so you cannot change the versioning state. To change the versioning state, first delete the replication configuration.',
  )
