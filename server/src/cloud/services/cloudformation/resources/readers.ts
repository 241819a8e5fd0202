import { type Aws, AwsError } from '../../../gateway/index.ts'
import type { Structure, Value } from '../model.ts'

/** What a resource is now, in its properties' names; undefined: it is gone. Types without are not checked. */
type Reader = (aws: Aws, physicalId: string) => Promise<Structure | undefined>

const jsonAttributes = new Set(['RedrivePolicy', 'RedriveAllowPolicy'])

/** Attributes under their own names, those that hold JSON opened. */
function opened(attributes: Record<string, string | undefined>): Structure {
  const entries = Object.entries(attributes).flatMap(([name, text]): [string, Value][] => {
    if (text === undefined) return []
    return [[name, jsonAttributes.has(name) && text ? (JSON.parse(text) as Value) : text]]
  })
  return Object.fromEntries(entries)
}

const plain = (value: unknown) => JSON.parse(JSON.stringify(value)) as Structure

const readers: Record<string, Reader> = {
  async 'AWS::Lambda::Function'(aws, FunctionName) {
    const found = await aws.lambda.getFunctionConfiguration({ FunctionName })
    return plain({
      Architectures: found.Architectures,
      DeadLetterConfig: found.DeadLetterConfig,
      Description: found.Description,
      Environment: found.Environment,
      EphemeralStorage: found.EphemeralStorage,
      FunctionName: found.FunctionName,
      Handler: found.Handler,
      KmsKeyArn: found.KMSKeyArn,
      Layers: found.Layers?.map((layer) => layer.Arn),
      LoggingConfig: found.LoggingConfig,
      MemorySize: found.MemorySize,
      PackageType: found.PackageType,
      Role: found.Role,
      Runtime: found.Runtime,
      Timeout: found.Timeout,
      TracingConfig: found.TracingConfig,
    })
  },
  async 'AWS::Logs::LogGroup'(aws, name) {
    const { logGroups = [] } = await aws.logs.describeLogGroups({ logGroupNamePrefix: name })
    const found = logGroups.find((group) => group.logGroupName === name)
    if (!found) return undefined
    return plain({
      KmsKeyId: found.kmsKeyId,
      LogGroupClass: found.logGroupClass,
      LogGroupName: found.logGroupName,
      RetentionInDays: found.retentionInDays,
    })
  },
  async 'AWS::SNS::Topic'(aws, TopicArn) {
    const { Attributes = {} } = await aws.sns.getTopicAttributes({ TopicArn })
    return { ...opened(Attributes), TopicName: TopicArn.slice(TopicArn.lastIndexOf(':') + 1) }
  },
  async 'AWS::SQS::Queue'(aws, QueueUrl) {
    const { Attributes = {} } = await aws.sqs.getQueueAttributes({
      QueueUrl,
      AttributeNames: ['All'],
    })
    return { ...opened(Attributes), QueueName: QueueUrl.slice(QueueUrl.lastIndexOf('/') + 1) }
  },
}

/** Properties that no reading brings back, or not as they were written. */
const unread = new Set(['Tags', 'Code', 'Subscription', 'ZipFile'])

export const isReadable = (type: string) => Object.hasOwn(readers, type)

/** Of the properties a template gives, those that can be compared, as they are now; undefined: it is gone. */
export async function readResource(
  aws: Aws,
  type: string,
  physicalId: string,
  properties: Structure,
): Promise<{ expected: Structure; actual: Structure } | undefined> {
  const found = await readers[type]!(aws, physicalId).catch((error: unknown) => {
    if (error instanceof AwsError && /NotFound|NonExistent|DoesNotExist/.test(error.code)) {
      return undefined
    }
    throw error
  })
  if (!found) return undefined
  const given = Object.entries(properties).filter(([name]) => !unread.has(name))
  const there = given.filter(([name]) => found[name] !== undefined)
  return {
    expected: Object.fromEntries(given),
    actual: Object.fromEntries(there.map(([name]) => [name, found[name]!])),
  }
}
