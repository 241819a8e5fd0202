import { randomBytes, randomUUID } from 'node:crypto'
import type { Input, Operations, RequestContext, Sns } from '../../gateway/index.ts'
import { checkFilterPolicy } from './filter-check.ts'
import type { HttpDelivery } from './http-delivery.ts'
import {
  checkArn,
  invalid,
  parseObject,
  type Protocol,
  type Subscription,
  type Topic,
} from './model.ts'
import { mailConfirmation } from './mail.ts'
import { paged, type SnsParts } from './parts.ts'

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
  sms: { form: /^\+?[\d-]{7,20}$/, refusal: 'Invalid SMS endpoint' },
  application: {
    form: /^arn:[\w-]+:sns:[\w-]+:\d{12}:endpoint\/\S+$/,
    refusal: 'Application endpoint arn invalid',
  },
}

export const subscriptionOperations = (parts: SnsParts, http: HttpDelivery) =>
  ({
    async Subscribe(input, ctx) {
      const subscription = await subscribe(parts, http, input, ctx)
      const isPending = subscription.token !== undefined && !input.ReturnSubscriptionArn
      return { SubscriptionArn: isPending ? 'pending confirmation' : subscription.arn }
    },

    async ConfirmSubscription(input, ctx) {
      const topic = parts.store.topic(checkArn('TopicArn', input.TopicArn))
      const found = [...topic.subscriptions.values()].find(({ arn, token }) =>
        token === undefined ? input.Token?.endsWith(marker(arn)) : token === input.Token,
      )
      if (!found || !input.Token) throw invalid('Token')
      const isAuthenticated =
        found.isAuthenticated ||
        (ctx.principal.kind !== 'anonymous' && input.AuthenticateOnUnsubscribe === 'true')
      await parts.store.subscriptionPut({ ...found, token: undefined, isAuthenticated })
      return { SubscriptionArn: found.arn }
    },

    async Unsubscribe(input) {
      const arn = checkArn('SubscriptionArn', input.SubscriptionArn)
      const subscription = parts.store.subscriptionFind(arn)
      if (subscription) await parts.store.subscriptionDelete(subscription)
      return {}
    },

    ListSubscriptions(input, ctx) {
      const all = parts.store
        .topics(ctx)
        .flatMap(({ subscriptions }) => [...subscriptions.values()])
      return listed(all, input.NextToken)
    },

    ListSubscriptionsByTopic(input) {
      const topic = parts.store.topic(checkArn('TopicArn', input.TopicArn))
      return listed([...topic.subscriptions.values()], input.NextToken)
    },

    GetSubscriptionAttributes(input) {
      const arn = checkArn('SubscriptionArn', input.SubscriptionArn)
      return { Attributes: attributesOf(parts.store.subscription(arn)) }
    },

    async SetSubscriptionAttributes(input) {
      const arn = checkArn('SubscriptionArn', input.SubscriptionArn)
      const { AttributeName: name = '', AttributeValue: value = '' } = input
      const subscription = parts.store.subscription(arn)
      if (!attributeNames.has(name)) throw invalid('AttributeName')
      const attributes = { ...subscription.attributes, [name]: value }
      checkAttributes({ [name]: value }, attributes, '')
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
  http: HttpDelivery,
  input: Input<Sns, 'Subscribe'>,
  ctx: RequestContext,
): Promise<Subscription> {
  const topicArn = checkArn('TopicArn', input.TopicArn)
  const endpoint = input.Endpoint ?? ''
  const protocol = checkEndpoint(input.Protocol ?? '', endpoint)
  const attributes = input.Attributes ?? {}
  for (const name of Object.keys(attributes)) {
    if (!attributeNames.has(name)) throw invalid('AttributeName')
  }
  checkAttributes(attributes, attributes, 'Attributes Reason: ')
  const topic = parts.store.topic(topicArn)
  checkForTopic(topic, protocol, endpoint)
  const same = [...topic.subscriptions.values()].find(
    (one) => one.protocol === protocol && one.endpoint === endpoint,
  )
  if (same) return checkSame(same, attributes)
  const arn = `${topicArn}:${randomUUID()}`
  const needsConfirming = protocol.startsWith('http') || protocol.startsWith('email')
  const kept = Object.fromEntries(
    Object.entries(attributes).filter(([name, value]) => name !== 'FilterPolicy' || value !== '{}'),
  )
  const subscription: Subscription = {
    arn,
    topicArn,
    protocol,
    endpoint,
    owner: ctx.account,
    principal: ctx.principal.arn,
    attributes: kept,
    token: needsConfirming ? randomBytes(96).toString('hex') + marker(arn) : undefined,
    isAuthenticated: !needsConfirming,
  }
  await parts.store.subscriptionPut(subscription, async (tx) => {
    await http.confirm(tx, subscription, ctx.now)
    await mailConfirmation(parts, tx, subscription)
  })
  return subscription
}

/** A token's end says whose it is, so that a second visit of its link is answered, too. */
const marker = (arn: string) => arn.slice(-36).replaceAll('-', '')

function checkEndpoint(protocol: string, endpoint: string): Protocol {
  if (!Object.hasOwn(endpointForms, protocol)) {
    throw invalid(
      protocol === 'firehose'
        ? `Protocol Reason: Madang does not deliver to ${protocol} yet`
        : `Does not support this protocol string: ${protocol}`,
    )
  }
  const { form, refusal } = endpointForms[protocol as Protocol]
  if (!form.test(endpoint)) throw invalid(refusal)
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

function checkSame(known: Subscription, attributes: Record<string, string>): Subscription {
  const all = attributesOf(known)
  if (Object.entries(attributes).every(([name, value]) => (all[name] ?? '') === value)) return known
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
  }
}

function checkRedrive(text: string, where: string): void {
  const policy = parseObject(text)
  if (!policy) throw invalid(`${where}RedrivePolicy: failed to parse JSON.`)
  const target = policy['deadLetterTargetArn']
  if (typeof target === 'string' && /^arn:[\w-]+:sqs:[\w-]+:\d{12}:[\w.-]+$/.test(target)) return
  throw invalid(`${where}RedrivePolicy: deadLetterTargetArn is an invalid arn`)
}

function attributesOf(subscription: Subscription): Record<string, string> {
  const { attributes } = subscription
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
      FilterPolicyScope: attributes['FilterPolicyScope'] ?? 'MessageAttributes',
    }),
  }
}
