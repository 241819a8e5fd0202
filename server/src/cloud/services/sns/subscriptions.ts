import { randomUUID } from 'node:crypto'
import {
  AwsError,
  type Input,
  type Operations,
  type RequestContext,
  type Sns,
} from '../../gateway/index.ts'
import { effectiveSubscription, keptSubscriptionPolicy } from './delivery-policy.ts'
import { checkSubscriptionDelivery } from './delivery-rules.ts'
import { checkFilterPolicy, jsonFault } from './filter-check.ts'
import type { HttpDelivery } from './http-delivery.ts'
import {
  checkSubscriptionArn,
  checkTopicArn,
  invalid,
  parseObject,
  type Protocol,
  type Subscription,
  type Topic,
} from './model.ts'
import { marker, newToken, placeOf, restore, sayFarewell } from './farewells.ts'
import { mailConfirmation } from './mail.ts'
import { paged, type SnsParts } from './parts.ts'
import { checkReplayPolicy, withReplay } from './replay-policy.ts'
import type { Replays } from './replays.ts'

const attributeNames = new Set([
  'DeliveryPolicy',
  'FilterPolicy',
  'FilterPolicyScope',
  'RawMessageDelivery',
  'RedrivePolicy',
  'ReplayPolicy',
  'SubscriptionRoleArn',
])

const endpointForms: Record<Protocol, { form: RegExp; refusal: string }> = {
  sqs: { form: /^arn:[\w-]+:sqs:[\w-]+:\d{12}:[\w.-]+$/, refusal: 'SQS endpoint ARN' },
  lambda: {
    form: /^arn:[\w-]+:lambda:[\w-]+:\d{12}:function:\S+$/,
    refusal: 'Lambda endpoint ARN',
  },
  http: { form: /^http:\/\/\S+$/, refusal: 'Endpoint must match the specified protocol' },
  https: { form: /^https:\/\/\S+$/, refusal: 'Endpoint must match the specified protocol' },
  email: { form: /^[^\s@]+@[^\s@]+$/, refusal: 'Email address' },
  'email-json': { form: /^[^\s@]+@[^\s@]+$/, refusal: 'Email address' },
  sms: { form: /^\+?\d(?:[./ -]?\d){4,}\.?$/, refusal: 'Invalid SMS endpoint' },
  application: {
    form: /^arn:[\w-]+:sns:[\w-]+:\d{12}:endpoint\/\S+$/,
    refusal: 'Application endpoint arn invalid',
  },
}

export const subscriptionOperations = (parts: SnsParts, http: HttpDelivery, replays: Replays) =>
  ({
    async Subscribe(input, ctx) {
      const subscription = await subscribe(parts, { http, replays }, input, ctx)
      const isPending = subscription.token !== undefined && !input.ReturnSubscriptionArn
      return { SubscriptionArn: isPending ? 'pending confirmation' : subscription.arn }
    },

    async ConfirmSubscription(input, ctx) {
      const { TopicArn: topicArn = '', Token: token = '' } = input
      const place = placeOf(topicArn)
      const isLink = ctx.principal.kind === 'anonymous'
      if (isLink ? !place.account : place.region !== ctx.region) throw invalid('Topic')
      if (!/^[\da-f]+$/.test(token)) {
        throw new AwsError('InvalidParameterException', 'Invalid token')
      }
      const restored = await restore(parts, token, place, ctx.now)
      if (restored) return { SubscriptionArn: restored.arn }
      // The token alone says whose it is: any topic of its region will do.
      const found = parts.store
        .topics(place)
        .flatMap(({ subscriptions }) => [...subscriptions.values()])
        .find(({ arn, token: own }) =>
          own === undefined ? token.endsWith(marker(arn)) : own === token,
        )
      if (!found) throw invalid(isLink && !parts.store.topicFind(topicArn) ? 'Topic' : 'Token')
      const isAuthenticated =
        found.isAuthenticated ||
        (ctx.principal.kind !== 'anonymous' && input.AuthenticateOnUnsubscribe === 'true')
      await parts.store.subscriptionPut({ ...found, token: undefined, isAuthenticated })
      return { SubscriptionArn: found.arn }
    },

    async Unsubscribe(input, ctx) {
      const arn = checkSubscriptionArn(input.SubscriptionArn)
      const subscription = parts.store.subscriptionFind(arn)
      if (subscription) {
        await parts.store.subscriptionDelete(subscription)
        await sayFarewell(parts, http, subscription, ctx)
      }
      return {}
    },

    ListSubscriptions(input, ctx) {
      const all = parts.store
        .topics(ctx)
        .flatMap(({ subscriptions }) => [...subscriptions.values()])
      return listed(all, input.NextToken)
    },

    ListSubscriptionsByTopic(input, ctx) {
      const topic = parts.store.topic(checkTopicArn(input.TopicArn, ctx.region))
      return listed([...topic.subscriptions.values()], input.NextToken)
    },
  }) satisfies Operations<Sns>

export const subscriptionAttributeOperations = (parts: SnsParts, replays: Replays) =>
  ({
    GetSubscriptionAttributes(input) {
      const arn = checkSubscriptionArn(input.SubscriptionArn)
      const subscription = parts.store.subscription(arn)
      return { Attributes: attributesOf(parts, subscription) }
    },

    async SetSubscriptionAttributes(input) {
      const arn = checkSubscriptionArn(input.SubscriptionArn)
      const { AttributeName: name = '', AttributeValue: value = '' } = input
      const subscription = parts.store.subscription(arn)
      if (!attributeNames.has(name)) throw invalid('AttributeName')
      const attributes = { ...subscription.attributes, [name]: value }
      checkAttributes({ [name]: value }, attributes, '')
      checkRaw(subscription.protocol, { [name]: value }, '')
      const topic = parts.store.topic(subscription.topicArn)
      checkDeadLetter(topic, subscription.endpoint, { [name]: value }, '')
      if (name === 'ReplayPolicy') {
        checkReplayPolicy(topic, value, '')
        const replayed = { ...subscription, attributes: withReplay(subscription.attributes, value) }
        await parts.store.subscriptionPut(replayed, (tx) => replays.start(tx, replayed))
        return {}
      }
      attributes[name] = keptValue(name, value)
      // Nothing, or an empty policy, takes it off.
      if (value === '' || (name === 'FilterPolicy' && value === '{}')) delete attributes[name]
      await parts.store.subscriptionPut({ ...subscription, attributes })
      return {}
    },
  }) satisfies Operations<Sns>

function listed(all: Subscription[], token: string | undefined) {
  const { page, ...next } = paged(all, token)
  const Subscriptions = page.map(({ arn, token, topicArn, protocol, endpoint, owner }) => ({
    SubscriptionArn: token === undefined ? arn : 'PendingConfirmation',
    Owner: owner,
    Protocol: protocol,
    Endpoint: endpoint,
    TopicArn: topicArn,
  }))
  return { Subscriptions, ...next }
}

async function subscribe(
  parts: SnsParts,
  { http, replays }: { http: HttpDelivery; replays: Replays },
  input: Input<Sns, 'Subscribe'>,
  ctx: RequestContext,
): Promise<Subscription> {
  const topicArn = checkTopicArn(input.TopicArn, ctx.region)
  const topic = parts.store.topic(topicArn)
  const endpoint = input.Endpoint ?? ''
  const protocol = checkEndpoint(input.Protocol ?? '', endpoint)
  const attributes = input.Attributes ?? {}
  for (const name of Object.keys(attributes)) {
    if (!attributeNames.has(name)) throw invalid('AttributeName')
  }
  checkAttributes(attributes, attributes, 'Attributes Reason: ')
  checkRaw(protocol, attributes, 'Attributes Reason: ')
  checkForTopic(topic, protocol, endpoint)
  if (protocol === 'application') checkDevice(parts, topic, endpoint)
  checkDeadLetter(topic, endpoint, attributes, 'Attributes Reason: ')
  checkReplayPolicy(topic, attributes['ReplayPolicy'], 'Attributes Reason: ')
  const same = [...topic.subscriptions.values()].find(
    (one) => one.protocol === protocol && one.endpoint === endpoint,
  )
  if (same) return checkSame(parts, same, attributes)
  const arn = `${topicArn}:${randomUUID()}`
  const needsConfirming = protocol.startsWith('http') || protocol.startsWith('email')
  const kept = Object.fromEntries(
    Object.entries(attributes)
      .filter(([name, value]) => name !== 'FilterPolicy' || value !== '{}')
      .map(([name, value]) => [name, keptValue(name, value)]),
  )
  const subscription: Subscription = {
    arn,
    topicArn,
    protocol,
    endpoint,
    owner: ctx.account,
    principal: ctx.principal.arn,
    attributes: withReplay(kept, attributes['ReplayPolicy'] ?? ''),
    token: needsConfirming ? newToken(arn) : undefined,
    isAuthenticated: !needsConfirming,
  }
  await parts.store.subscriptionPut(subscription, async (tx) => {
    await http.confirm(tx, subscription, ctx.now)
    await mailConfirmation(parts, tx, subscription)
    await replays.start(tx, subscription)
  })
  return subscription
}

function checkEndpoint(protocol: string, endpoint: string): Protocol {
  if (!Object.hasOwn(endpointForms, protocol)) {
    throw invalid(
      protocol === 'firehose'
        ? `Protocol Reason: Madang does not deliver to ${protocol} yet`
        : `Amazon SNS does not support this protocol string: ${protocol}`,
    )
  }
  const { form, refusal } = endpointForms[protocol as Protocol]
  if (!form.test(endpoint)) {
    if (protocol === 'sms') {
      throw new AwsError('InvalidParameterException', `${refusal}: ${endpoint}`)
    }
    throw invalid(protocol === 'application' ? `${refusal}:${endpoint}` : refusal)
  }
  return protocol as Protocol
}

function checkForTopic(topic: Topic, protocol: Protocol, endpoint: string): void {
  if (protocol === 'sqs' && !topic.isFifo && endpoint.endsWith('.fifo')) {
    throw invalid(
      'Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics',
    )
  }
  if (topic.isFifo && protocol !== 'sqs') {
    throw invalid(
      `Invalid parameter: Endpoint Reason: Please use FIFO SQS queue or standard SQS queue`,
    )
  }
}

function checkDevice({ settings }: SnsParts, topic: Topic, endpoint: string): void {
  if (Object.hasOwn(settings.get(topic, 'endpoints'), endpoint)) return
  throw invalid(`Endpoint Reason: Endpoint does not exist for endpoint arn${endpoint}`)
}

function checkSame(
  parts: SnsParts,
  known: Subscription,
  attributes: Record<string, string>,
): Subscription {
  const all = attributesOf(parts, known)
  const isSame = ([name, value]: [string, string]) => (all[name] ?? '') === keptValue(name, value)
  if (Object.entries(attributes).every(isSame)) return known
  throw invalid('Attributes Reason: Subscription already exists with different attributes')
}

function checkAttributes(
  given: Record<string, string>,
  all: Record<string, string>,
  where: string,
): void {
  for (const [name, value] of Object.entries(given)) {
    if (name === 'RawMessageDelivery' && !/^(true|false)$/i.test(value)) {
      throw invalid(`${where}RawMessageDelivery: Invalid value [${value}]. Must be true or false.`)
    }
    if (name === 'FilterPolicyScope' && !['MessageAttributes', 'MessageBody'].includes(value)) {
      throw invalid(
        `${where}FilterPolicyScope: Invalid value [${value}]. Please use either MessageBody or MessageAttributes`,
      )
    }
    if (name === 'FilterPolicy' && value !== '') {
      checkFilterPolicy(value, all['FilterPolicyScope'] ?? 'MessageAttributes', where)
    }
    if (name === 'RedrivePolicy' && value !== '') checkRedrive(value, where)
    if (name === 'DeliveryPolicy' && value !== '') {
      const policy = parseObject(value)
      if (!policy) throw invalid(`${where}DeliveryPolicy: ${jsonFault(value)}`)
      checkSubscriptionDelivery(policy, where)
    }
  }
}

const rawProtocols: Protocol[] = ['sqs', 'http', 'https']

function checkRaw(
  protocol: Protocol,
  { RawMessageDelivery: isRaw }: Record<string, string>,
  where: string,
): void {
  if (isRaw?.toLowerCase() !== 'true' || rawProtocols.includes(protocol)) return
  throw invalid(`${where}Delivery protocol [${protocol}] does not support raw message delivery.`)
}

function checkRedrive(text: string, where: string): void {
  const policy = parseObject(text)
  if (!policy) throw invalid(`${where}RedrivePolicy: ${jsonFault(text)}`)
  const unknown = Object.keys(policy).find((name) => name !== 'deadLetterTargetArn')
  if (unknown !== undefined) {
    throw invalid(`${where}RedrivePolicy: invalid JSON. Attribute ${unknown} is unknown.`)
  }
  const target = policy['deadLetterTargetArn']
  if (typeof target === 'string' && /^arn:[\w-]+:sqs:[\w-]+:\d{12}:[\w.-]+$/.test(target)) return
  throw invalid(`${where}RedrivePolicy: deadLetterTargetArn is an invalid arn`)
}

function attributesOf(parts: SnsParts, subscription: Subscription): Record<string, string> {
  const { FilterPolicyScope: scope, ReplayId: _id, ...attributes } = subscription.attributes
  return {
    SubscriptionArn: subscription.arn,
    TopicArn: subscription.topicArn,
    Protocol: subscription.protocol,
    Endpoint: subscription.endpoint,
    Owner: subscription.owner,
    SubscriptionPrincipal: subscription.principal,
    PendingConfirmation: String(subscription.token !== undefined),
    ConfirmationWasAuthenticated: String(subscription.isAuthenticated),
    RawMessageDelivery: 'false',
    ...attributes,
    ...(attributes['FilterPolicy'] !== undefined && {
      FilterPolicyScope: scope ?? 'MessageAttributes',
    }),
    ...(subscription.protocol.startsWith('http') && {
      EffectiveDeliveryPolicy: JSON.stringify(
        effectiveSubscription(
          attributes['DeliveryPolicy'],
          parts.store.topicFind(subscription.topicArn)?.attributes['DeliveryPolicy'],
        ),
      ),
    }),
  }
}

function keptValue(name: string, value: string): string {
  if (name === 'RawMessageDelivery') return value.toLowerCase()
  return name === 'DeliveryPolicy' && value !== '' ? keptSubscriptionPolicy(value) : value
}

/** A FIFO queue's undelivered messages have to stay in order. */
function checkDeadLetter(
  { isFifo }: Topic,
  endpoint: string,
  { RedrivePolicy: text }: Record<string, string>,
  where: string,
): void {
  const target = parseObject(text ?? '')?.['deadLetterTargetArn']
  if (!isFifo || !endpoint.endsWith('.fifo') || typeof target !== 'string') return
  if (target.endsWith('.fifo')) return
  throw invalid(
    `${where}RedrivePolicy: must use a FIFO queue as DLQ for a FIFO Subscription to a FIFO Topic.`,
  )
}
