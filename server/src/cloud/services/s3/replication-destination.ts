import { isBucketName } from './bucket-names.ts'
import { invalidArgument, invalidRequest, malformedXml } from './refusals.ts'
import type { ReplicationRule } from './sdk-shapes.ts'

// S3's checks of where a rule replicates to, with its words (as observed).

type Destination = NonNullable<ReplicationRule['Destination']>

const storageClasses = new Set([
  'STANDARD',
  'REDUCED_REDUNDANCY',
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'GLACIER',
  'DEEP_ARCHIVE',
  'GLACIER_IR',
])

/** The only time S3 promises to replicate within. */
const PROMISED_MINUTES = 15

export function checkDestination(rule: ReplicationRule, source: string): void {
  const destination = rule.Destination!
  const arn = destination.Bucket!
  const name = /^arn:aws[\w-]*:s3:::(.*)$/.exec(arn)?.[1]
  if (name === undefined) throw invalidArgument('Bucket', arn, 'Invalid bucket ARN')
  if (!isBucketName(name)) {
    throw invalidArgument('Bucket', arn, 'The specified bucket is not valid.')
  }
  if (name === source) {
    throw invalidRequest('Destination bucket cannot be the same as the source bucket.')
  }
  const { StorageClass, AccessControlTranslation: translation, Account } = destination
  if (StorageClass !== undefined && !storageClasses.has(StorageClass)) throw malformedXml()
  if (translation && translation.Owner !== 'Destination') throw malformedXml()
  if (translation && !Account) {
    throw invalidRequest(
      'Account must be specified if the Owner in AccessControlTranslation has a value',
    )
  }
  checkKey(rule, destination)
  checkTime(destination)
}

function checkKey(
  { SourceSelectionCriteria }: ReplicationRule,
  { EncryptionConfiguration }: Destination,
): void {
  const asksKms = SourceSelectionCriteria?.SseKmsEncryptedObjects !== undefined
  if (EncryptionConfiguration && !asksKms) {
    throw invalidRequest(
      'SseKmsEncryptedObjects must be specified if EncryptionConfiguration is present.',
    )
  }
  if (!asksKms) return
  const key = EncryptionConfiguration?.ReplicaKmsKeyID
  if (!key) {
    throw invalidRequest(
      'ReplicaKmsKeyID must be specified if SseKmsEncryptedObjects tag is present.',
    )
  }
  if (/^arn:aws[\w-]*:kms:[\w-]+:\d{12}:(key|alias)\/.+$/.test(key)) return
  throw invalidArgument('ReplicaKmsKeyID', key, 'Invalid ReplicaKmsKeyID ARN.')
}

const isStatus = (status: string | undefined) => status === 'Enabled' || status === 'Disabled'

function checkTime({ Metrics, ReplicationTime: time }: Destination): void {
  if (Metrics && !isStatus(Metrics.Status)) throw malformedXml()
  if (time && (!isStatus(time.Status) || !time.Time)) throw malformedXml()
  if (time && !Metrics) {
    throw invalidRequest(
      'Replication destination must contain both ReplicationTime and Metrics or neither.',
    )
  }
  if (time && time.Time?.Minutes !== PROMISED_MINUTES) {
    throw invalidArgument('ReplicationTime', undefined, 'Invalid time minute value')
  }
  const threshold = Metrics?.EventThreshold
  if (time?.Status !== 'Enabled') {
    if (!threshold) return
    const message =
      'Metrics cannot contain an event threshold when ReplicationTime is not specified or Disabled'
    throw invalidArgument('Metrics', undefined, message)
  }
  const refused = (message: string) => invalidArgument('ReplicationMetrics', undefined, message)
  if (!threshold) throw refused('ReplicationMetrics must contain an event threshold')
  if (threshold.Minutes !== PROMISED_MINUTES) {
    throw refused('Invalid event threshold minute value')
  }
}
