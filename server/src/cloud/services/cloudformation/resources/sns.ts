import type { Structure, Value } from '../model.ts'
import { document, list, structure, text, texts } from './property.ts'
import { changes, type Providers, type ResourceContext, unlessGone } from './provider.ts'

const GONE = ['NotFound', 'NotFoundException']
/** Properties that are topic attributes, with what they are without the property. */
const topicAttributes: Record<string, string> = {
  ArchivePolicy: '',
  ContentBasedDeduplication: 'false',
  DisplayName: '',
  FifoThroughputScope: 'Topic',
  KmsMasterKeyId: '',
  SignatureVersion: '1',
  TracingConfig: 'PassThrough',
}
const subscriptionAttributes: Record<string, string> = {
  DeliveryPolicy: '{}',
  FilterPolicy: '{}',
  FilterPolicyScope: 'MessageAttributes',
  RawMessageDelivery: 'false',
  RedrivePolicy: '{}',
  ReplayPolicy: '',
  SubscriptionRoleArn: '',
}

const asText = (value: Value): string =>
  typeof value === 'object' ? JSON.stringify(value) : String(value)

/** Attributes given now, and those that go back to what they are by default. */
function attributesOf(
  known: Record<string, string>,
  next: Structure,
  before: Structure = {},
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(known).flatMap(([name, back]) => {
      const value = next[name]
      if (value !== undefined && value !== null) return [[name, asText(value)]]
      return before[name] === undefined ? [] : [[name, back]]
    }),
  )
}

const tagsOf = (context: ResourceContext, properties: Structure) =>
  context.tags(properties['Tags']).filter((tag) => !tag.Key.startsWith('aws:'))

function topicOutcome(arn: string, properties: Structure) {
  const TopicName = arn.slice(arn.lastIndexOf(':') + 1)
  const DisplayName = text(properties['DisplayName']) ?? ''
  return { physicalId: arn, attributes: { TopicArn: arn, TopicName, DisplayName } }
}

type Inline = { Protocol: string; Endpoint: string }

const inline = (properties: Structure): Inline[] =>
  list(properties['Subscription']).map((one) => ({
    Protocol: text(structure(one)['Protocol']) ?? '',
    Endpoint: text(structure(one)['Endpoint']) ?? '',
  }))

const subscribed = (all: Inline[], { Protocol, Endpoint }: Inline): boolean =>
  all.some((one) => one.Protocol === Protocol && one.Endpoint === Endpoint)

/** Subscriptions told within a topic: subscribing again to the same gives the same one. */
async function subscribeInline(
  { aws }: ResourceContext,
  TopicArn: string,
  next: Inline[],
  before: Inline[],
): Promise<void> {
  const gone = before.filter((one) => !subscribed(next, one))
  if (gone.length > 0) {
    const { Subscriptions: all = [] } = await aws.sns.listSubscriptionsByTopic({ TopicArn })
    for (const one of all) {
      if (!subscribed(gone, one as Inline)) continue
      await aws.sns.unsubscribe({ SubscriptionArn: one.SubscriptionArn })
    }
  }
  for (const one of next) await aws.sns.subscribe({ TopicArn, ...one })
}

const topic: Providers[string] = {
  properties: {
    ...changes('replace', 'TopicName FifoTopic'),
    ...changes('update', 'Tags Subscription'),
    ...changes('update', Object.keys(topicAttributes).join(' ')),
  },
  attributes: ['TopicArn', 'TopicName', 'DisplayName'],
  tagged: true,
  async create(context, properties) {
    const isFifo = String(properties['FifoTopic']) === 'true'
    const own = text(properties['TopicName'])
    const name = own ?? context.physicalName(isFifo ? 251 : 256) + (isFifo ? '.fifo' : '')
    const { TopicArn: arn } = await context.aws.sns.createTopic({
      Name: name,
      Attributes: {
        ...attributesOf(topicAttributes, properties),
        ...(isFifo && { FifoTopic: 'true' }),
      },
      Tags: tagsOf(context, properties),
    })
    await context.made(arn!)
    await subscribeInline(context, arn!, inline(properties), [])
    return topicOutcome(arn!, properties)
  },
  async update(context, arn, next, before) {
    const { sns } = context.aws
    for (const [name, value] of Object.entries(attributesOf(topicAttributes, next, before))) {
      if (JSON.stringify(next[name]) === JSON.stringify(before[name])) continue
      await sns.setTopicAttributes({ TopicArn: arn, AttributeName: name, AttributeValue: value })
    }
    const [tags, old] = [tagsOf(context, next), tagsOf(context, before)]
    const gone = old.filter(({ Key: key }) => !tags.some((tag) => tag.Key === key))
    if (gone.length > 0) {
      await sns.untagResource({ ResourceArn: arn, TagKeys: gone.map(({ Key: key }) => key) })
    }
    if (tags.length > 0) await sns.tagResource({ ResourceArn: arn, Tags: tags })
    await subscribeInline(context, arn, inline(next), inline(before))
    return topicOutcome(arn, next)
  },
  async delete({ aws }, arn) {
    await unlessGone(GONE, () => aws.sns.deleteTopic({ TopicArn: arn }))
  },
}

const subscription: Providers[string] = {
  properties: {
    ...changes('replace', 'TopicArn Protocol Endpoint Region'),
    ...changes('update', Object.keys(subscriptionAttributes).join(' ')),
  },
  required: ['TopicArn', 'Protocol'],
  attributes: ['Arn'],
  async create(context, properties) {
    const { SubscriptionArn: arn } = await context.aws.sns.subscribe({
      TopicArn: text(properties['TopicArn']),
      Protocol: text(properties['Protocol']),
      Endpoint: text(properties['Endpoint']),
      Attributes: attributesOf(subscriptionAttributes, properties),
      ReturnSubscriptionArn: true,
    })
    await context.made(arn!)
    return { physicalId: arn!, attributes: { Arn: arn! } }
  },
  async update(context, arn, next, before) {
    const changed = attributesOf(subscriptionAttributes, next, before)
    for (const [name, value] of Object.entries(changed)) {
      if (JSON.stringify(next[name]) === JSON.stringify(before[name])) continue
      await context.aws.sns.setSubscriptionAttributes({
        SubscriptionArn: arn,
        AttributeName: name,
        AttributeValue: value,
      })
    }
    return { physicalId: arn, attributes: { Arn: arn } }
  },
  async delete({ aws }, arn) {
    await unlessGone(GONE, () => aws.sns.unsubscribe({ SubscriptionArn: arn }))
  },
}

const topicPolicy: Providers[string] = {
  properties: changes('update', 'PolicyDocument Topics'),
  required: ['PolicyDocument', 'Topics'],
  attributes: ['Id'],
  async create(context, properties) {
    const id = context.physicalId ?? context.physicalName(128)
    await context.made(id)
    await putPolicy(context, properties)
    return { physicalId: id, attributes: { Id: id } }
  },
  async update(context, id, next) {
    await putPolicy(context, next)
    return { physicalId: id, attributes: { Id: id } }
  },
  async delete(context, _id, properties) {
    for (const arn of texts(properties['Topics'])) {
      await unlessGone(GONE, () => setPolicy(context, arn, ownersOnly(context, arn)))
    }
  },
}

async function putPolicy(context: ResourceContext, properties: Structure): Promise<void> {
  const policy = document(properties['PolicyDocument'])
  for (const arn of texts(properties['Topics'])) await setPolicy(context, arn, policy)
}

const setPolicy = ({ aws }: ResourceContext, TopicArn: string, AttributeValue: string) =>
  aws.sns.setTopicAttributes({ TopicArn, AttributeName: 'Policy', AttributeValue })

/** A topic is never without a policy: what it had when it was made lets its owner's account use it. */
const ownersOnly = ({ account }: ResourceContext, arn: string): string =>
  JSON.stringify({
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

const topicInlinePolicy: Providers[string] = {
  properties: { ...changes('replace', 'TopicArn'), ...changes('update', 'PolicyDocument') },
  required: ['PolicyDocument', 'TopicArn'],
  attributes: [],
  async create(context, properties) {
    const arn = text(properties['TopicArn'])!
    await setPolicy(context, arn, document(properties['PolicyDocument']))
    return { physicalId: arn, attributes: {} }
  },
  async update(context, arn, next) {
    await setPolicy(context, arn, document(next['PolicyDocument']))
    return { physicalId: arn, attributes: {} }
  },
  async delete(context, arn) {
    await unlessGone(GONE, () => setPolicy(context, arn, ownersOnly(context, arn)))
  },
}

export const snsProviders: Providers = {
  'AWS::SNS::Topic': topic,
  'AWS::SNS::Subscription': subscription,
  'AWS::SNS::TopicPolicy': topicPolicy,
  'AWS::SNS::TopicInlinePolicy': topicInlinePolicy,
}
