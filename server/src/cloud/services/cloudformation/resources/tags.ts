import type { Aws } from '../../../gateway/index.ts'
import type { Resource, Value } from '../model.ts'
import { list, structure } from './property.ts'
import { unlessGone } from './provider.ts'

type Tags = { Key?: string; Value?: string }[] | undefined
type TagReader = (aws: Aws, physicalId: string, arn: string) => Promise<Tags>

const entriesOf = (tags: Record<string, string> = {}): Tags =>
  Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))

/** The tags that a resource has, of the types whose drift is told. */
const tagReaders: Record<string, TagReader> = {
  'AWS::CloudWatch::Alarm': async ({ cloudwatch }, _id, ResourceARN) =>
    (await cloudwatch.listTagsForResource({ ResourceARN })).Tags,
  'AWS::DynamoDB::Table': async ({ dynamodb }, _id, ResourceArn) =>
    (await dynamodb.listTagsOfResource({ ResourceArn })).Tags,
  'AWS::Events::Rule': async ({ events }, _id, ResourceARN) =>
    (await events.listTagsForResource({ ResourceARN })).Tags,
  'AWS::IAM::Role': async ({ iam }, RoleName) => (await iam.listRoleTags({ RoleName })).Tags,
  'AWS::IAM::User': async ({ iam }, UserName) => (await iam.listUserTags({ UserName })).Tags,
  'AWS::Kinesis::Stream': async ({ kinesis }, StreamName) =>
    (await kinesis.listTagsForStream({ StreamName })).Tags,
  'AWS::KMS::Key': async ({ kms }, KeyId) =>
    (await kms.listResourceTags({ KeyId })).Tags?.map(({ TagKey, TagValue }) => ({
      Key: TagKey,
      Value: TagValue,
    })),
  'AWS::Lambda::Function': async ({ lambda }, _id, Resource) =>
    entriesOf((await lambda.listTags({ Resource })).Tags),
  'AWS::Logs::LogGroup': async ({ logs }, _id, arn) =>
    entriesOf((await logs.listTagsForResource({ resourceArn: arn.replace(/:\*$/, '') })).tags),
  'AWS::S3::Bucket': async ({ s3 }, Bucket) =>
    (await unlessGone(['NoSuchTagSet'], () => s3.getBucketTagging({ Bucket })))?.TagSet,
  'AWS::SNS::Topic': async ({ sns }, ResourceArn) =>
    (await sns.listTagsForResource({ ResourceArn })).Tags,
  'AWS::SQS::Queue': async ({ sqs }, QueueUrl) =>
    entriesOf((await sqs.listQueueTags({ QueueUrl })).Tags),
  'AWS::SSM::Parameter': async ({ ssm }, ResourceId) =>
    (await ssm.listTagsForResource({ ResourceType: 'Parameter', ResourceId })).TagList,
}

/**
 * A resource's tags as they are now, in the form and the order in which its template tells them;
 * undefined: it tells none. Those of AWS itself and those of the whole stack are left out.
 */
export async function readTags(aws: Aws, resource: Resource): Promise<Value | undefined> {
  const { type, physicalId = '', attributes, properties, tags: ofStack } = resource
  const given = properties['Tags'] ?? undefined
  const read = tagReaders[type]
  if (given === undefined || !read) return undefined
  const pairs = Array.isArray(given)
    ? list(given).map((tag) => [structure(tag)['Key'], structure(tag)['Value']] as const)
    : Object.entries(structure(given))
  const own = new Map(pairs.map(([key, value]) => [String(key), value]))
  const isOther = (key: string) =>
    !own.has(key) && (key.startsWith('aws:') || ofStack.some((tag) => tag.Key === key))
  const found = new Map<string, Value>()
  for (const { Key = '', Value = '' } of (await read(aws, physicalId, arnOf(attributes))) ?? []) {
    if (!isOther(Key)) found.set(Key, String(own.get(Key)) === Value ? own.get(Key)! : Value)
  }
  const keys = [...own.keys(), ...[...found.keys()].filter((key) => !own.has(key)).sort()]
  const there = keys.filter((key) => found.has(key)).map((key) => [key, found.get(key)!] as const)
  if (!Array.isArray(given)) return Object.fromEntries(there)
  return there.map(([Key, Value]) => ({ Key, Value }))
}

const arnOf = (attributes: Resource['attributes']) => String(attributes['Arn'] ?? '')
