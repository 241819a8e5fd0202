import * as S3 from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CloudUnderTest, startCloud } from '../../tests/cloud-under-test.ts'

// What the real service was seen to say to settings it does not take.

let cloud: CloudUnderTest
let s3: S3.S3Client
const Bucket = 'refused-settings'
const [Filter, on] = [{ Prefix: '' }, 'Enabled' as const]

beforeAll(async () => {
  cloud = await startCloud()
  s3 = new S3.S3Client({ ...cloud.config(), forcePathStyle: true })
  const VersioningConfiguration = { Status: on }
  for (const name of [Bucket, 'refused-copies']) {
    await s3.send(new S3.CreateBucketCommand({ Bucket: name }))
    await s3.send(new S3.PutBucketVersioningCommand({ Bucket: name, VersioningConfiguration }))
  }
})
afterAll(() => cloud.stop())

/** Its code and its words; the code alone where the words are the same for every document. */
async function refusal(asked: Promise<unknown>): Promise<string> {
  try {
    await asked
    return 'taken'
  } catch (error) {
    const { name, message } = error as Error
    return name === 'MalformedXML' ? name : `${name}: ${message}`
  }
}

describe('a lifecycle', () => {
  const rules = (Rules: object[]) => {
    const LifecycleConfiguration = { Rules: Rules as S3.LifecycleRule[] }
    const put = { Bucket, LifecycleConfiguration }
    return refusal(s3.send(new S3.PutBucketLifecycleConfigurationCommand(put)))
  }
  const base = { Status: on, Filter }
  const moves = (...Transitions: object[]) => ({ ...base, Transitions })
  const cold = { Days: 5, StorageClass: 'GLACIER' }
  const date = (text: string) => new Date(`${text}T00:00:00Z`)
  const tag = { Tag: { Key: 'a', Value: 'b' } }
  const end = { Days: 1 }
  const sized = { And: { Prefix: 'a/', ObjectSizeLessThan: 9 } }

  it.each([
    [base, 'InvalidRequest: At least one action needs to be specified in a rule'],
    [{ Status: on, Expiration: end }, 'MalformedXML'],
    [{ ...base, Prefix: '', Expiration: end }, 'MalformedXML'],
    [{ ...base, Expiration: { Days: 2 ** 31 } }, 'MalformedXML'],
    [{ ...base, Expiration: {} }, 'MalformedXML'],
    [{ ...base, NoncurrentVersionExpiration: { NewerNoncurrentVersions: 5 } }, 'MalformedXML'],
    [moves({ Days: 1, StorageClass: 'WARM' }), 'MalformedXML'],
    [
      { ...base, Expiration: { Days: 0 } },
      "InvalidArgument: 'Days' for Expiration action must be a positive integer",
    ],
    [
      { ...base, Expiration: { Date: new Date(1234) } },
      "InvalidArgument: 'Date' must be at midnight GMT",
    ],
    [
      { ...base, Filter: { Prefix: 'p'.repeat(1025) }, Expiration: end },
      'InvalidRequest: The maximum size of a prefix is 1024',
    ],
    [
      { ...base, Filter: { Tag: { Key: 'k'.repeat(129), Value: '' } }, Expiration: end },
      "InvalidRequest: A Tag's Key must be a length between 1 and 128.",
    ],
    [
      { ...base, Filter: { ObjectSizeLessThan: 0 }, Expiration: end },
      "InvalidRequest: 'ObjectSizeLessThan' should be between 1 and 1099511627776000.",
    ],
    [
      { ...base, Filter: tag, Expiration: { ExpiredObjectDeleteMarker: true } },
      'InvalidRequest: ExpiredObjectDeleteMarker cannot be specified with Tags.',
    ],
    [
      { ...base, Filter: sized, AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } },
      'InvalidRequest: AbortIncompleteMultipartUpload cannot be specified with Object Size.',
    ],
    [
      moves({ Days: 1, StorageClass: 'STANDARD' }),
      'InvalidArgument: Invalid target Storage class for Transition action',
    ],
    [
      moves({ Days: 1, StorageClass: 'STANDARD_IA' }),
      "InvalidArgument: 'Days' in Transition action must be greater than or equal to 30 for storageClass 'STANDARD_IA'",
    ],
    [
      moves(cold, { ...cold, Days: 9 }),
      "InvalidRequest: 'StorageClass' must be different for 'Transition' actions in same 'Rule' with filter '(prefix=)'",
    ],
    [
      { ...moves(cold, { Days: 9, StorageClass: 'DEEP_ARCHIVE' }), Filter: {} },
      "InvalidArgument: 'Days' in the 'Transition' action for StorageClass 'DEEP_ARCHIVE' for filter '()' must be 90 days more than 'filter '()'' in the 'Transition' action for StorageClass 'GLACIER'",
    ],
    [
      moves({ Days: 5, StorageClass: 'DEEP_ARCHIVE' }, cold),
      "InvalidArgument: 'Days' in the 'Transition' action for StorageClass 'DEEP_ARCHIVE' for filter '(prefix=)' must be greater than 'Days' in the 'Transition' action for StorageClass 'GLACIER' for filter '(prefix=)'",
    ],
    [
      moves(cold, { Date: date('2040-01-01'), StorageClass: 'DEEP_ARCHIVE' }),
      "InvalidRequest: Found mixed 'Date' and 'Days' based Transition actions in lifecycle rule for filter '(prefix=)'",
    ],
    [
      { ...moves(cold), Filter: tag, Expiration: { Date: date('2040-01-01') } },
      "InvalidRequest: Found mixed 'Date' and 'Days' based Expiration and Transition actions in lifecycle rule for filter '(tag={key=a, value=b})'",
    ],
    [
      { ...moves(cold), Filter: sized, Expiration: { Days: 5 } },
      "InvalidArgument: 'Days' in the Expiration action for filter '(prefix=a/ and objectsizelessthan=9)' must be greater than 'Days' in the Transition action",
    ],
    [
      { Status: on, Prefix: 'a', Transitions: [cold], Expiration: end },
      "InvalidArgument: 'Days' in the Expiration action for prefix 'a' must be greater than 'Days' in the Transition action",
    ],
  ])('is refused for the rule %j', async (rule, said) => {
    expect(await rules([rule])).toBe(said)
  })

  const first = (Prefix: string) => ({ Status: on, Prefix, Expiration: end })
  const second = { ...base, Expiration: end }
  it.each([
    [
      [
        { ...second, ID: 'x' },
        { ...second, ID: 'x' },
      ],
      'InvalidArgument: Rule ID must be unique. Found same ID for more than one rule',
    ],
    [[second, second], 'taken'],
    [[first('a'), second], 'InvalidRequest: Filter element can only be used in Lifecycle V2.'],
    [
      [second, first('a')],
      'InvalidRequest: Base level prefix cannot be used in Lifecycle V2, prefixes are only supported in the Filter.',
    ],
    [[first('a'), first('a')], "InvalidRequest: Found two rules with same prefix 'a'"],
    [
      [first('a'), first('a/b')],
      "InvalidRequest: Found overlapping prefixes 'a/b' and 'a' for same action type 'Expiration'",
    ],
    [
      [
        {
          Status: on,
          Prefix: '',
          NoncurrentVersionExpiration: { NoncurrentDays: 1, NewerNoncurrentVersions: 1 },
        },
      ],
      'InvalidRequest: NewerNoncurrentVersions element can only be used in Lifecycle V2.',
    ],
  ])('is refused for the rules %j', async (given, said) => {
    expect(await rules(given)).toBe(said)
  })

  it('repeats a date as the clocks of the service write it', async () => {
    const Expiration = { Date: new Date('2030-01-01T01:00:00Z') }
    const LifecycleConfiguration = { Rules: [{ ...base, Expiration }] }
    const put = new S3.PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration })
    await expect(s3.send(put)).rejects.toMatchObject({
      ArgumentName: 'Date',
      ArgumentValue: 'Tue Jan 01 01:00:00 UTC 2030',
    })
  })
})

describe('a replication', () => {
  const role = 'arn:aws:iam::000000000000:role/copies'
  const Destination = { Bucket: 'arn:aws:s3:::refused-copies' }
  const DeleteMarkerReplication = { Status: 'Disabled' as const }
  const rule = { Status: on, Priority: 1, Filter, DeleteMarkerReplication, Destination }
  const to = (more: object) => ({ ...rule, Destination: { ...Destination, ...more } })
  const asksKms = { SourceSelectionCriteria: { SseKmsEncryptedObjects: { Status: on } } }
  const schema =
    'for this version of Cross Region Replication configuration schema. Please refer to S3 Developer Guide for more information.'

  it.each([
    [
      [rule],
      'arn:aws:iam::000000000000:user/x',
      'InvalidArgument: The relative id should start with role',
    ],
    [[rule], 'copies', 'InvalidArgument: Invalid Role specified in replication configuration'],
    [[rule], 'arn:aws:iam::111111111111:role/copies', 'AccessDenied: Access Denied'],
    [[], role, 'MalformedXML'],
    [[{ ...rule, Prefix: '' }], role, 'MalformedXML'],
    [
      [{ ...rule, Priority: undefined }],
      role,
      `InvalidRequest: Priority must be specified ${schema}`,
    ],
    [
      [{ Status: on, Prefix: '', Destination, DeleteMarkerReplication }],
      role,
      `InvalidRequest: DeleteMarkerReplication cannot be used ${schema}`,
    ],
    [
      [
        { ...rule, ID: 'x' },
        { ...rule, ID: 'x', Priority: 2 },
      ],
      role,
      'InvalidArgument: Rule Id must be unique',
    ],
    [[rule, rule], role, 'InvalidRequest: Found duplicate priority 1.'],
    [
      [{ ...rule, SourceSelectionCriteria: {} }],
      role,
      'InvalidRequest: SourceSelectionCriteria cannot be empty.',
    ],
    [
      [{ ...rule, ...asksKms }],
      role,
      'InvalidRequest: ReplicaKmsKeyID must be specified if SseKmsEncryptedObjects tag is present.',
    ],
    [
      [to({ EncryptionConfiguration: { ReplicaKmsKeyID: 'x' } })],
      role,
      'InvalidRequest: SseKmsEncryptedObjects must be specified if EncryptionConfiguration is present.',
    ],
    [[to({ Bucket: 'refused-copies' })], role, 'InvalidArgument: Invalid bucket ARN'],
    [
      [to({ Bucket: `arn:aws:s3:::${Bucket}` })],
      role,
      'InvalidRequest: Destination bucket cannot be the same as the source bucket.',
    ],
    [
      [to({ AccessControlTranslation: { Owner: 'Destination' } })],
      role,
      'InvalidRequest: Account must be specified if the Owner in AccessControlTranslation has a value',
    ],
    [
      [to({ ReplicationTime: { Status: on, Time: { Minutes: 15 } } })],
      role,
      'InvalidRequest: Replication destination must contain both ReplicationTime and Metrics or neither.',
    ],
    [
      [
        to({
          ReplicationTime: { Status: on, Time: { Minutes: 15 } },
          Metrics: { Status: on, EventThreshold: { Minutes: 15 } },
        }),
      ],
      role,
      'taken',
    ],
  ])('of %j by %s is refused', async (Rules, Role, said) => {
    const ReplicationConfiguration = { Role, Rules: Rules as S3.ReplicationRule[] }
    const put = { Bucket, ReplicationConfiguration }
    expect(await refusal(s3.send(new S3.PutBucketReplicationCommand(put)))).toBe(said)
  })
})

describe('notifications', () => {
  const QueueArn = 'arn:aws:sqs:ap-northeast-2:000000000000:q'
  const created = { QueueArn, Events: ['s3:ObjectCreated:*' as S3.Event] }
  const overlap =
    'InvalidArgument: Configurations overlap. Configurations on the same bucket cannot share a common event type.'

  it.each([
    [[{ ...created, QueueArn: 'q' }], 'InvalidArgument: The ARN could not be parsed'],
    [
      [{ ...created, QueueArn: `${QueueArn}.fifo` }],
      'InvalidArgument: FIFO SQS queues are not supported.',
    ],
    [
      [{ ...created, QueueArn: QueueArn.replace('sqs', 'sns') }],
      String.raw`InvalidArgument: The ARN failed to satisfy constraint: Member must satisfy regular expression pattern: ^arn:aws[\p{Alpha}\-]*:sqs:[\p{Alnum}\-]+:[\p{Digit}]{12}:[\p{Alnum}\-_]{1,80}$`,
    ],
    [[{ ...created, Filter: {} }], 'MalformedXML'],
    [[{ ...created, Events: ['s3:ObjectCreated:*', 's3:ObjectCreated:Put'] }], overlap],
    [[created, created], overlap],
    [
      [
        { ...created, Id: 'x' },
        { QueueArn, Id: 'x', Events: ['s3:ObjectRemoved:*'] },
      ],
      'InvalidArgument: Same ID used for multiple configurations. IDs must be unique.',
    ],
    [
      [{ ...created, Id: 'x'.repeat(256) }],
      'InvalidArgument: ID length exceeded allowed limit of 255',
    ],
    [
      Array.from({ length: 101 }, () => created),
      'InvalidRequest: Too many configurations submitted. The maximum number of configurations is 100',
    ],
  ])('of %j are refused', async (QueueConfigurations, said) => {
    const NotificationConfiguration = { QueueConfigurations } as S3.NotificationConfiguration
    const put = { Bucket, NotificationConfiguration, SkipDestinationValidation: true }
    expect(await refusal(s3.send(new S3.PutBucketNotificationConfigurationCommand(put)))).toBe(said)
  })
})

describe('configurations by id', () => {
  const analytics = (more: object) => {
    const AnalyticsConfiguration = { Id: 'x', StorageClassAnalysis: {}, ...more }
    const put = { Bucket, Id: 'x', AnalyticsConfiguration }
    return s3.send(
      new S3.PutBucketAnalyticsConfigurationCommand(
        put as S3.PutBucketAnalyticsConfigurationCommandInput,
      ),
    )
  }
  const tiering = (more: object, Id = 'x') => {
    const Tierings = [{ AccessTier: 'ARCHIVE_ACCESS', Days: 90 }]
    const IntelligentTieringConfiguration = { Id, Status: on, Tierings, ...more }
    const put = { Bucket, Id, IntelligentTieringConfiguration }
    return s3.send(
      new S3.PutBucketIntelligentTieringConfigurationCommand(
        put as S3.PutBucketIntelligentTieringConfigurationCommandInput,
      ),
    )
  }
  const metrics = (more: object) => {
    const put = { Bucket, Id: 'x', MetricsConfiguration: { Id: 'x', ...more } }
    return s3.send(
      new S3.PutBucketMetricsConfigurationCommand(
        put as S3.PutBucketMetricsConfigurationCommandInput,
      ),
    )
  }
  const tiers = (...days: number[]) => ({
    Tierings: days.map((Days, index) => ({
      AccessTier: index === 0 ? 'ARCHIVE_ACCESS' : 'DEEP_ARCHIVE_ACCESS',
      Days,
    })),
  })

  it.each([
    [
      () => analytics({ StorageClassAnalysis: undefined }),
      'MissingStorageClassAnalysis: Storage Class Analysis cannot be null.',
    ],
    [
      () => analytics({ Filter: { And: { Prefix: 'a', Tags: [] } } }),
      'InvalidAnd: Number of tags should not be less than 1 and more than 10 within And. And cannot contain less than 2 elements.',
    ],
    [
      () => analytics({ Filter: { Prefix: '' } }),
      'InvalidPrefix: Filter Prefix should be set to a valid non-empty value or not set at all.',
    ],
    [() => analytics({}), 'taken'],
    [
      () => tiering({}, 'a b'),
      String.raw`InvalidConfigId: Config Id does not match the pattern ^[a-zA-Z0-9\-_.]+$`,
    ],
    [() => tiering({ Tierings: [] }), 'MalformedXML'],
    [
      () => tiering(tiers(89)),
      'InvalidAccessTier: Days specified in ARCHIVE_ACCESS tier should not be less than 90.',
    ],
    [
      () => tiering(tiers(200, 180)),
      'InvalidAccessTier: Days specified in DEEP_ARCHIVE_ACCESS should be greater than days specified in ARCHIVE_ACCESS',
    ],
    [() => tiering(tiers(90, 180)), 'taken'],
    [() => metrics({ Filter: { Prefix: '' } }), 'MalformedXML'],
    [() => metrics({ Filter: { Prefix: 'a' } }), 'taken'],
  ])('are refused: %s', async (put, said) => {
    expect(await refusal(put())).toBe(said)
  })
})

describe('smaller documents', () => {
  const website = (WebsiteConfiguration: object) =>
    s3.send(new S3.PutBucketWebsiteCommand({ Bucket, WebsiteConfiguration }))
  const IndexDocument = { Suffix: 'index.html' }
  const logging = (TargetObjectKeyFormat: object) => {
    const LoggingEnabled = { TargetBucket: Bucket, TargetPrefix: '', TargetObjectKeyFormat }
    const put = { Bucket, BucketLoggingStatus: { LoggingEnabled } }
    return s3.send(new S3.PutBucketLoggingCommand(put))
  }

  it.each([
    [
      () => website({ RedirectAllRequestsTo: { HostName: '' } }),
      'InvalidRequest: A host name must be provided to redirect all requests (e.g. "example.com").',
    ],
    [() => website({ IndexDocument, ErrorDocument: {} }), 'MalformedXML'],
    [() => website({ IndexDocument }), 'taken'],
    [() => logging({}), 'MalformedXML'],
    [() => logging({ SimplePrefix: {}, PartitionedPrefix: {} }), 'MalformedXML'],
    [() => logging({ SimplePrefix: {} }), 'taken'],
    [
      () =>
        s3.send(
          new S3.PutBucketAccelerateConfigurationCommand({ Bucket, AccelerateConfiguration: {} }),
        ),
      'IllegalAccelerateConfigurationException: The Accelerate element must be specified',
    ],
  ])('are refused: %s', async (put, said) => {
    expect(await refusal(put())).toBe(said)
  })
})
