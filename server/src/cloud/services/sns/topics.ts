import {
  AwsError,
  type Input,
  type Operations,
  type RequestContext,
  type Sns,
} from '../../gateway/index.ts'
import { checkPolicy, PolicyFault } from '../../policy/index.ts'
import {
  archiveAttributes,
  archiveBeginning,
  checkArchivePolicy,
  checkDeletable,
} from './archive.ts'
import { checkDataProtection, keepDataProtection } from './data-protection.ts'
import { effectiveOf, keptPolicy } from './delivery-policy.ts'
import { checkTopicDelivery } from './delivery-rules.ts'
import { checkLength, checkTopicArn, invalid, type Topic } from './model.ts'
import { paged, type SnsParts } from './parts.ts'
import { checkScope } from './scope.ts'

const settable = new Set([
  'DisplayName',
  'Policy',
  'DeliveryPolicy',
  'KmsMasterKeyId',
  'TracingConfig',
  'SignatureVersion',
  'ContentBasedDeduplication',
  'FifoThroughputScope',
  'ArchivePolicy',
])
const feedback =
  /^(HTTP|Firehose|Lambda|Application|SQS)(Success|Failure)Feedback(RoleArn|SampleRate)$/
const MOST_TAGS = 50

export const topicOperations = (parts: SnsParts) =>
  ({
    CreateTopic: async (input, ctx) => ({ TopicArn: (await create(parts, input, ctx)).arn }),

    async DeleteTopic(input, ctx) {
      const topic = parts.store.topicFind(checkTopicArn(input.TopicArn, ctx.region))
      if (topic) checkDeletable(topic)
      if (!topic) return {}
      await parts.store.topicDelete(topic)
      await keepDataProtection(parts.settings, topic, '')
      return {}
    },

    ListTopics(input, ctx) {
      const { page, ...next } = paged(parts.store.topics(ctx), input.NextToken)
      return { Topics: page.map(({ arn }) => ({ TopicArn: arn })), ...next }
    },

    GetTopicAttributes(input, ctx) {
      const topic = parts.store.topic(checkTopicArn(input.TopicArn, ctx.region))
      return { Attributes: { ...attributesOf(topic), ...archiveTimeOf(topic, ctx.now) } }
    },

    async SetTopicAttributes(input, ctx) {
      const name = input.AttributeName ?? ''
      const topic = parts.store.topic(checkTopicArn(input.TopicArn, ctx.region))
      const value = input.AttributeValue ?? ''
      checkAttribute(name, value, topic.isFifo)
      if (name === 'ArchivePolicy') await setArchivePolicy(parts, topic, value, ctx.now)
      else await setAttribute(parts, topic, name, keptValue(name, value))
      return {}
    },

    async TagResource(input) {
      const topic = taggable(parts, input.ResourceArn)
      const tags = { ...topic.tags, ...tagsOf(input.Tags) }
      checkTagCount(tags)
      await parts.store.topicPut(topic.arn, topic.attributes, tags)
      return {}
    },

    async UntagResource(input) {
      const topic = taggable(parts, input.ResourceArn)
      const removed = input.TagKeys ?? []
      const kept = Object.entries(topic.tags).filter(([key]) => !removed.includes(key))
      await parts.store.topicPut(topic.arn, topic.attributes, Object.fromEntries(kept))
      return {}
    },

    ListTagsForResource(input) {
      const { tags } = taggable(parts, input.ResourceArn)
      return { Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) }
    },
  }) satisfies Operations<Sns>

/** An empty value takes the attribute off. */
export function setAttribute(parts: SnsParts, topic: Topic, name: string, value: string) {
  const { [name]: _before, ...rest } = topic.attributes
  const attributes = value === '' && name !== 'DisplayName' ? rest : { ...rest, [name]: value }
  return parts.store.topicPut(topic.arn, attributes, topic.tags)
}

/** With the policy goes the archive. */
async function setArchivePolicy(parts: SnsParts, topic: Topic, value: string, now: number) {
  const attributes = archiveAttributes(topic.attributes, value, now)
  await parts.store.topicPut(topic.arn, attributes, topic.tags)
  if (attributes['ArchivePolicy'] === undefined) await parts.archive.forget(topic.arn)
}

function archiveTimeOf(topic: Topic, now: number): Record<string, string> {
  const beginning = archiveBeginning(topic, now)
  if (beginning === undefined) return {}
  return { BeginningArchiveTime: new Date(beginning).toISOString() }
}

function taggable({ store }: SnsParts, arn: string | undefined): Topic {
  const topic = store.topicFind(arn ?? '')
  if (!topic) throw new AwsError('ResourceNotFoundException', 'Resource does not exist')
  return topic
}

function checkTagCount(tags: Record<string, string>): void {
  if (Object.keys(tags).length <= MOST_TAGS) return
  throw new AwsError(
    'TagLimitExceededException',
    'Could not complete request: tag quota of per resource exceeded',
  )
}

type GivenTags = { Key: string | undefined; Value: string | undefined }[] | undefined

function tagsOf(given: GivenTags): Record<string, string> {
  const entries = (given ?? []).map(({ Key = '', Value = '' }) => [Key, Value] as const)
  entries.forEach(([key, value], index) => {
    const place = `tags.${index + 1}.member`
    checkLength(`${place}.key`, key, 1, 128)
    checkLength(`${place}.value`, value, 0, 256)
  })
  const keys = new Set(entries.map(([key]) => key))
  if (keys.size < entries.length) throw invalid('Duplicated keys are not allowed.')
  if (entries.some(([key]) => /^aws:/i.test(key))) {
    throw invalid('Tags Reason: aws: prefixed tag key names are not allowed for external use.')
  }
  return Object.fromEntries(entries)
}

async function create(parts: SnsParts, input: Input<Sns, 'CreateTopic'>, ctx: RequestContext) {
  const name = input.Name ?? ''
  const attributes = input.Attributes ?? {}
  const isFifo = attributes['FifoTopic']?.toLowerCase() === 'true'
  checkName(name, isFifo)
  for (const [key, value] of Object.entries(attributes)) {
    if (key !== 'FifoTopic') checkAttribute(key, value, isFifo, 'Attributes Reason: ')
  }
  const { DataProtectionPolicy: protection } = input
  if (protection !== undefined) checkDataProtection(isFifo, protection)
  const tags = tagsOf(input.Tags)
  checkTagCount(tags)
  const arn = `arn:aws:sns:${ctx.region}:${ctx.account}:${name}`
  const known = parts.store.topicFind(arn)
  if (known) return same(known, attributes, input.Tags && tags)
  const own = Object.entries(attributes)
    .filter(([key]) => key !== 'FifoTopic')
    .map(([key, value]) => [key, keptValue(key, value)])
  const kept = { ...Object.fromEntries(own), ...(isFifo && { FifoTopic: 'true' }) }
  const { ArchivePolicy: archive = '' } = attributes
  const topic = await parts.store.topicPut(arn, archiveAttributes(kept, archive, ctx.now), tags)
  if (protection !== undefined) await keepDataProtection(parts.settings, topic, protection)
  return topic
}

function checkName(name: string, isFifo: boolean): void {
  if (isFifo && !/^[\w-]{1,251}\.fifo$/.test(name)) {
    throw invalid(
      'Fifo Topic names must end with .fifo and must be made up of only uppercase and lowercase ASCII letters, numbers, underscores, and hyphens, and must be between 1 and 256 characters long.',
    )
  }
  if (!isFifo && !/^[\w-]{1,256}$/.test(name)) throw invalid('Topic Name')
}

/** CreateTopic again is fine as long as nothing it says differs. */
function same(
  topic: Topic,
  attributes: Record<string, string>,
  tags: Record<string, string> | undefined,
): Topic {
  const all = attributesOf(topic)
  if (Object.entries(attributes).some(([name, value]) => (all[name] ?? '') !== value)) {
    throw invalid('Attributes Reason: Topic already exists with different attributes')
  }
  const isSame =
    !tags ||
    (Object.keys(tags).length === Object.keys(topic.tags).length &&
      Object.entries(tags).every(([key, value]) => topic.tags[key] === value))
  if (!isSame) throw invalid('Tags Reason: Topic already exists with different tags')
  return topic
}

function checkAttribute(name: string, value: string, isFifo: boolean, where = ''): void {
  if (!settable.has(name) && !feedback.test(name)) throw invalid('AttributeName')
  if (name === 'ContentBasedDeduplication' && !isFifo) {
    throw invalid(`${where}Content-based deduplication can only be set for FIFO topics`)
  }
  if (name === 'DisplayName' && value.length > 100) throw invalid(`${where}DisplayName`)
  if (name === 'SignatureVersion' && !['1', '2'].includes(value)) {
    throw invalid(`${where}SignatureVersion: Invalid value [${value}]. Must be 1 or 2.`)
  }
  if (name === 'TracingConfig' && !['', 'Active', 'PassThrough'].includes(value)) {
    throw invalid(`${where}TracingConfig: Invalid value [${value}]. Must be Active or PassThrough.`)
  }
  if (name === 'Policy') checkTopicPolicy(value, where)
  if (name === 'DeliveryPolicy' && value !== '') checkTopicDelivery(value, where)
  if (name === 'ArchivePolicy') checkArchivePolicy(value, isFifo, where)
}

function checkTopicPolicy(text: string, where: string): void {
  try {
    checkPolicy(text, 'resource')
  } catch (error) {
    if (!(error instanceof PolicyFault)) throw error
    throw invalid(`${where}Policy Error: ${error.message}`)
  }
  checkScope(text, where)
}

/** Everything GetTopicAttributes tells. */
export function attributesOf(topic: Topic): Record<string, string> {
  const subscriptions = [...topic.subscriptions.values()]
  const pending = subscriptions.filter(({ token }) => token !== undefined).length
  return {
    TopicArn: topic.arn,
    Owner: topic.account,
    Policy: JSON.stringify(defaultPolicy(topic)),
    DisplayName: '',
    EffectiveDeliveryPolicy: JSON.stringify(deliveryOf(topic)),
    SubscriptionsConfirmed: String(subscriptions.length - pending),
    SubscriptionsPending: String(pending),
    SubscriptionsDeleted: String(topic.deletedSubscriptions),
    ...(topic.isFifo && { ContentBasedDeduplication: 'false', FifoThroughputScope: 'Topic' }),
    ...topic.attributes,
  }
}

/** What holds for the topic's HTTP/S subscriptions: its own policy over SNS's. */
export const deliveryOf = ({ attributes }: Topic) => effectiveOf(attributes['DeliveryPolicy'])

/** A delivery policy is kept in the form in which it is told. */
const keptValue = (name: string, value: string) =>
  name === 'DeliveryPolicy' && value !== '' ? keptPolicy(value) : value

export const defaultPolicy = ({ arn, account }: Topic) => ({
  Version: '2008-10-17',
  Id: '__default_policy_ID',
  Statement: [
    {
      Sid: '__default_statement_ID',
      Effect: 'Allow',
      Principal: { AWS: '*' },
      Action: [
        'SNS:GetTopicAttributes',
        'SNS:SetTopicAttributes',
        'SNS:AddPermission',
        'SNS:RemovePermission',
        'SNS:DeleteTopic',
        'SNS:Subscribe',
        'SNS:ListSubscriptionsByTopic',
        'SNS:Publish',
      ],
      Resource: arn,
      Condition: { StringEquals: { 'AWS:SourceOwner': account } },
    },
  ],
})
