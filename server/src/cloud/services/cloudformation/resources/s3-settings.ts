import type { Aws } from '../../../gateway/index.ts'
import { invalid } from '../template/index.ts'
import type { Structure, Value } from '../model.ts'
import { list, number, shaped, structure, text } from './property.ts'
import { unlessGone } from './provider.ts'

type S3 = Aws['s3']
type Input<N extends keyof S3> = Parameters<S3[N]>[0]

/** One configuration of a bucket: how it is set, and how it goes back to none. */
export interface Setting {
  put(s3: S3, bucket: string, value: Value): Promise<unknown>
  remove(s3: S3, bucket: string): Promise<unknown>
}

const flags = [
  'BlockPublicAcls',
  'BlockPublicPolicy',
  'IgnorePublicAcls',
  'RestrictPublicBuckets',
  'BucketKeyEnabled',
  'ExpiredObjectDeleteMarker',
]
const numbers = [
  'MaxAge',
  'ExpirationInDays',
  'TransitionInDays',
  'NoncurrentDays',
  'NewerNoncurrentVersions',
  'DaysAfterInitiation',
  'Days',
  'Years',
]

type Website = NonNullable<Input<'putBucketWebsite'>['WebsiteConfiguration']>
type RoutingRule = NonNullable<Website['RoutingRules']>[number]

function website(value: Value): Website {
  const { IndexDocument, ErrorDocument, RedirectAllRequestsTo, RoutingRules } = structure(value)
  const rename = { RoutingRuleCondition: 'Condition', RedirectRule: 'Redirect' }
  return {
    IndexDocument: IndexDocument === undefined ? undefined : { Suffix: text(IndexDocument) },
    ErrorDocument: ErrorDocument === undefined ? undefined : { Key: text(ErrorDocument) },
    RedirectAllRequestsTo: shaped(RedirectAllRequestsTo),
    RoutingRules:
      RoutingRules === undefined
        ? undefined
        : list(RoutingRules).map((rule) => shaped<RoutingRule>(rule, { rename })!),
  }
}

function corsRule(value: Value) {
  const rule = structure(value)
  return {
    ID: text(rule['Id']),
    AllowedHeaders: list(rule['AllowedHeaders']).map(String),
    AllowedMethods: list(rule['AllowedMethods']).map(String),
    AllowedOrigins: list(rule['AllowedOrigins']).map(String),
    ExposeHeaders: list(rule['ExposedHeaders']).map(String),
    MaxAgeSeconds: number(rule['MaxAge']),
  }
}

type LifecycleRule = NonNullable<
  NonNullable<Input<'putBucketLifecycleConfiguration'>['LifecycleConfiguration']>['Rules']
>[number]

/** CloudFormation writes a rule flat; S3 nests it under Expiration, Transitions and Filter. */
function lifecycleRule(value: Value): LifecycleRule {
  const rule = structure(value)
  const date = text(rule['ExpirationDate'])
  const marker = rule['ExpiredObjectDeleteMarker']
  const days = number(rule['ExpirationInDays'])
  const hasExpiration = date !== undefined || days !== undefined || marker !== undefined
  return {
    ID: text(rule['Id']),
    Status: text(rule['Status']) as LifecycleRule['Status'],
    Filter: lifecycleFilter(rule),
    Expiration: hasExpiration
      ? {
          Days: days,
          Date: date === undefined ? undefined : new Date(date),
          ExpiredObjectDeleteMarker: marker === undefined ? undefined : String(marker) === 'true',
        }
      : undefined,
    Transitions: [...list(rule['Transitions']), ...list(rule['Transition'])].map((item) => {
      const { TransitionInDays, TransitionDate, StorageClass } = structure(item)
      return {
        Days: number(TransitionInDays),
        Date: TransitionDate === undefined ? undefined : new Date(String(TransitionDate)),
        StorageClass: text(StorageClass) as 'GLACIER',
      }
    }),
    NoncurrentVersionExpiration: shaped(rule['NoncurrentVersionExpiration'], { numbers }),
    NoncurrentVersionTransitions: list(rule['NoncurrentVersionTransitions']).map((item) => {
      const { TransitionInDays, StorageClass, NewerNoncurrentVersions } = structure(item)
      return {
        NoncurrentDays: number(TransitionInDays),
        StorageClass: text(StorageClass) as 'GLACIER',
        NewerNoncurrentVersions: number(NewerNoncurrentVersions),
      }
    }),
    AbortIncompleteMultipartUpload: shaped(rule['AbortIncompleteMultipartUpload'], { numbers }),
  }
}

function lifecycleFilter(rule: Structure): LifecycleRule['Filter'] {
  const tags = list(rule['TagFilters']).map((tag) => shaped<{ Key: string; Value: string }>(tag)!)
  const prefix = text(rule['Prefix'])
  const larger = number(rule['ObjectSizeGreaterThan'])
  const smaller = number(rule['ObjectSizeLessThan'])
  const sizes = { ObjectSizeGreaterThan: larger, ObjectSizeLessThan: smaller }
  const parts = [prefix, larger, smaller, ...tags].filter((part) => part !== undefined).length
  if (parts > 1) return { And: { Prefix: prefix, Tags: tags, ...sizes } }
  if (tags[0]) return { Tag: tags[0] }
  if (larger !== undefined || smaller !== undefined) return sizes
  return { Prefix: prefix ?? '' }
}

function notifications(
  value: Value,
): Input<'putBucketNotificationConfiguration'>['NotificationConfiguration'] {
  const given = structure(value)
  const filterOf = (item: Structure) => {
    const key = structure(structure(item['Filter'])['S3Key'])
    const rules = list(key['Rules']).map((rule) => shaped<object>(rule)!)
    return rules.length > 0 ? { Key: { FilterRules: rules } } : undefined
  }
  const each = (name: string, target: string, arn: string) =>
    list(given[name]).map((entry) => {
      const item = structure(entry)
      const event = text(item['Event']) as 's3:ObjectCreated:*'
      return { [arn]: text(item[target]), Events: [event], Filter: filterOf(item) }
    })
  return {
    LambdaFunctionConfigurations: each(
      'LambdaConfigurations',
      'Function',
      'LambdaFunctionArn',
    ) as never,
    QueueConfigurations: each('QueueConfigurations', 'Queue', 'QueueArn') as never,
    TopicConfigurations: each('TopicConfigurations', 'Topic', 'TopicArn') as never,
  }
}

function encryption(value: Value) {
  const rules = list(structure(value)['ServerSideEncryptionConfiguration']).map((entry) => {
    const item = structure(entry)
    const byDefault = structure(item['ServerSideEncryptionByDefault'])
    return {
      ApplyServerSideEncryptionByDefault: shaped<{ SSEAlgorithm: 'AES256' }>(byDefault),
      BucketKeyEnabled: String(item['BucketKeyEnabled'] ?? false) === 'true',
    }
  })
  return { Rules: rules }
}

function cannedAcl(value: Value) {
  // `PublicReadWrite` here is `public-read-write` there.
  const name = String(value).replace(
    /[A-Z]/g,
    (letter, at: number) => (at ? '-' : '') + letter.toLowerCase(),
  )
  return name as 'private'
}

/** A bucket without ACLs is private. */
const setPrivate = (s3: S3, Bucket: string) =>
  unlessGone(['AccessControlListNotSupported'], () => s3.putBucketAcl({ Bucket, ACL: 'private' }))

function unsupported(name: string): Setting {
  const refuse = async () => {
    throw invalid(`Property ${name} of AWS::S3::Bucket is not supported by this cloud yet.`)
  }
  return { put: refuse, remove: async () => undefined }
}

/** In an order that works: ownership before ACLs, access blocks after them. */
export const bucketSettings: Record<string, Setting> = {
  OwnershipControls: {
    put: (s3, Bucket, value) =>
      s3.putBucketOwnershipControls({ Bucket, OwnershipControls: shaped(value)! }),
    remove: (s3, Bucket) => s3.deleteBucketOwnershipControls({ Bucket }),
  },
  AccessControl: {
    put: (s3, Bucket, value) =>
      value === 'Private'
        ? setPrivate(s3, Bucket)
        : s3.putBucketAcl({ Bucket, ACL: cannedAcl(value) }),
    remove: setPrivate,
  },
  PublicAccessBlockConfiguration: {
    put: (s3, Bucket, value) =>
      s3.putPublicAccessBlock({
        Bucket,
        PublicAccessBlockConfiguration: shaped(value, { flags })!,
      }),
    remove: (s3, Bucket) => s3.deletePublicAccessBlock({ Bucket }),
  },
  VersioningConfiguration: {
    put: (s3, Bucket, value) =>
      s3.putBucketVersioning({ Bucket, VersioningConfiguration: shaped(value)! }),
    remove: (s3, Bucket) =>
      s3.putBucketVersioning({ Bucket, VersioningConfiguration: { Status: 'Suspended' } }),
  },
  BucketEncryption: {
    put: (s3, Bucket, value) =>
      s3.putBucketEncryption({ Bucket, ServerSideEncryptionConfiguration: encryption(value) }),
    remove: (s3, Bucket) => s3.deleteBucketEncryption({ Bucket }),
  },
  WebsiteConfiguration: {
    put: (s3, Bucket, value) =>
      s3.putBucketWebsite({ Bucket, WebsiteConfiguration: website(value) }),
    remove: (s3, Bucket) => s3.deleteBucketWebsite({ Bucket }),
  },
  CorsConfiguration: {
    put: (s3, Bucket, value) =>
      s3.putBucketCors({
        Bucket,
        CORSConfiguration: { CORSRules: list(structure(value)['CorsRules']).map(corsRule) },
      }),
    remove: (s3, Bucket) => s3.deleteBucketCors({ Bucket }),
  },
  LifecycleConfiguration: {
    put: (s3, Bucket, value) =>
      s3.putBucketLifecycleConfiguration({
        Bucket,
        LifecycleConfiguration: { Rules: list(structure(value)['Rules']).map(lifecycleRule) },
      }),
    remove: (s3, Bucket) => s3.deleteBucketLifecycle({ Bucket }),
  },
  LoggingConfiguration: {
    put: (s3, Bucket, value) => {
      const { DestinationBucketName, LogFilePrefix } = structure(value)
      const target = text(DestinationBucketName) ?? Bucket
      const enabled = { TargetBucket: target, TargetPrefix: text(LogFilePrefix) ?? '' }
      return s3.putBucketLogging({ Bucket, BucketLoggingStatus: { LoggingEnabled: enabled } })
    },
    remove: (s3, Bucket) => s3.putBucketLogging({ Bucket, BucketLoggingStatus: {} }),
  },
  NotificationConfiguration: {
    put: (s3, Bucket, value) =>
      s3.putBucketNotificationConfiguration({
        Bucket,
        NotificationConfiguration: notifications(value),
      }),
    remove: (s3, Bucket) =>
      s3.putBucketNotificationConfiguration({ Bucket, NotificationConfiguration: {} }),
  },
  ObjectLockConfiguration: {
    put: (s3, Bucket, value) =>
      s3.putObjectLockConfiguration({
        Bucket,
        ObjectLockConfiguration: shaped(value, { numbers }),
      }),
    remove: async () => undefined,
  },
  AccelerateConfiguration: {
    put: (s3, Bucket, value) => {
      const status = text(structure(value)['AccelerationStatus']) as 'Enabled'
      return s3.putBucketAccelerateConfiguration({
        Bucket,
        AccelerateConfiguration: { Status: status },
      })
    },
    remove: (s3, Bucket) =>
      s3.putBucketAccelerateConfiguration({
        Bucket,
        AccelerateConfiguration: { Status: 'Suspended' },
      }),
  },
  ReplicationConfiguration: unsupported('ReplicationConfiguration'),
  AnalyticsConfigurations: unsupported('AnalyticsConfigurations'),
  IntelligentTieringConfigurations: unsupported('IntelligentTieringConfigurations'),
  InventoryConfigurations: unsupported('InventoryConfigurations'),
  MetricsConfigurations: unsupported('MetricsConfigurations'),
}
