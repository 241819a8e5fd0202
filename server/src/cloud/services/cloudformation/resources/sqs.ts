import type { Structure, Value } from '../model.ts'
import { document, texts, text } from './property.ts'
import { changes, type Providers, type ResourceContext, unlessGone } from './provider.ts'

const GONE = ['QueueDoesNotExist', 'AWS.SimpleQueueService.NonExistentQueue']
/** Properties that are queue attributes under their own names. */
const attributes = [
  'ContentBasedDeduplication',
  'DeduplicationScope',
  'DelaySeconds',
  'FifoThroughputLimit',
  'KmsDataKeyReusePeriodSeconds',
  'KmsMasterKeyId',
  'MaximumMessageSize',
  'MessageRetentionPeriod',
  'ReceiveMessageWaitTimeSeconds',
  'RedriveAllowPolicy',
  'RedrivePolicy',
  'SqsManagedSseEnabled',
  'VisibilityTimeout',
] as const
/** What an attribute is once its property has gone (API reference of SetQueueAttributes). */
const defaults: Record<string, string> = {
  DelaySeconds: '0',
  MaximumMessageSize: '262144',
  MessageRetentionPeriod: '345600',
  ReceiveMessageWaitTimeSeconds: '0',
  RedriveAllowPolicy: '',
  RedrivePolicy: '',
  VisibilityTimeout: '30',
}

const asText = (value: Value): string =>
  typeof value === 'object' ? JSON.stringify(value) : String(value)

function attributesOf(next: Structure, before: Structure = {}): Record<string, string> {
  return Object.fromEntries(
    attributes.flatMap((name) => {
      const value = next[name]
      if (value !== undefined) return [[name, asText(value)]]
      const back = defaults[name]
      return before[name] !== undefined && back !== undefined ? [[name, back]] : []
    }),
  )
}

const tagsOf = (context: ResourceContext, properties: Structure): Record<string, string> =>
  Object.fromEntries(
    context
      .tags(properties['Tags'])
      .filter((tag) => !tag.Key.startsWith('aws:'))
      .map((tag) => [tag.Key, tag.Value]),
  )

async function outcome({ aws }: ResourceContext, url: string) {
  const { Attributes: found } = await aws.sqs.getQueueAttributes({
    QueueUrl: url,
    AttributeNames: ['QueueArn'],
  })
  const arn = found!['QueueArn']!
  const name = arn.slice(arn.lastIndexOf(':') + 1)
  return { physicalId: url, attributes: { Arn: arn, QueueName: name, QueueUrl: url } }
}

export const sqsProviders: Providers = {
  'AWS::SQS::Queue': {
    properties: {
      ...changes('replace', 'QueueName FifoQueue'),
      ...changes('update', `${attributes.join(' ')} Tags`),
    },
    attributes: ['Arn', 'QueueName', 'QueueUrl'],
    tagged: true,
    async create(context, properties) {
      const isFifo = String(properties['FifoQueue']) === 'true'
      const own = text(properties['QueueName'])
      const name = own ?? context.physicalName(isFifo ? 75 : 80) + (isFifo ? '.fifo' : '')
      // Making a queue that is there with the same attributes gives that one again.
      const { QueueUrl: url } = await context.aws.sqs.createQueue({
        QueueName: name,
        Attributes: { ...attributesOf(properties), ...(isFifo && { FifoQueue: 'true' }) },
        tags: tagsOf(context, properties),
      })
      await context.made(url!)
      return outcome(context, url!)
    },
    async update(context, url, next, before) {
      const { sqs } = context.aws
      const changed = attributesOf(next, before)
      if (Object.keys(changed).length > 0) {
        await sqs.setQueueAttributes({ QueueUrl: url, Attributes: changed })
      }
      const [tags, old] = [tagsOf(context, next), tagsOf(context, before)]
      const gone = Object.keys(old).filter((key) => tags[key] === undefined)
      if (gone.length > 0) await sqs.untagQueue({ QueueUrl: url, TagKeys: gone })
      if (Object.keys(tags).length > 0) await sqs.tagQueue({ QueueUrl: url, Tags: tags })
      return outcome(context, url)
    },
    async delete({ aws }, url) {
      await unlessGone(GONE, () => aws.sqs.deleteQueue({ QueueUrl: url }))
    },
  },
  'AWS::SQS::QueuePolicy': {
    properties: changes('update', 'PolicyDocument Queues'),
    required: ['PolicyDocument', 'Queues'],
    attributes: ['Id'],
    async create(context, properties) {
      const id = context.physicalId ?? context.physicalName(128)
      await context.made(id)
      await putPolicy(context, properties, {})
      return { physicalId: id, attributes: { Id: id } }
    },
    async update(context, id, next, before) {
      await putPolicy(context, next, before)
      return { physicalId: id, attributes: { Id: id } }
    },
    async delete(context, _id, properties) {
      await putPolicy(context, {}, properties)
    },
  },
  'AWS::SQS::QueueInlinePolicy': {
    properties: { ...changes('replace', 'Queue'), ...changes('update', 'PolicyDocument') },
    required: ['PolicyDocument', 'Queue'],
    attributes: [],
    async create(context, properties) {
      const url = text(properties['Queue'])!
      await putPolicy(context, { ...properties, Queues: url }, {})
      return { physicalId: url, attributes: {} }
    },
    async update(context, url, next) {
      await putPolicy(context, { ...next, Queues: url }, {})
      return { physicalId: url, attributes: {} }
    },
    async delete(context, url) {
      await putPolicy(context, {}, { Queues: url })
    },
  },
}

/** Queues named now get the policy; those named before and no more lose it. */
async function putPolicy(
  { aws }: ResourceContext,
  next: Structure,
  before: Structure,
): Promise<void> {
  const now = texts(next['Queues'])
  for (const url of texts(before['Queues'])) {
    if (now.includes(url)) continue
    await unlessGone(GONE, () =>
      aws.sqs.setQueueAttributes({ QueueUrl: url, Attributes: { Policy: '' } }),
    )
  }
  const Policy = document(next['PolicyDocument'])
  for (const url of now) {
    await aws.sqs.setQueueAttributes({ QueueUrl: url, Attributes: { Policy } })
  }
}
