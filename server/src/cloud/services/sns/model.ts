import { AwsError } from '../../gateway/index.ts'

export type Protocol =
  | 'sqs'
  | 'lambda'
  | 'http'
  | 'https'
  | 'email'
  | 'email-json'
  | 'sms'
  | 'application'

export interface Topic {
  arn: string
  account: string
  region: string
  isFifo: boolean
  attributes: Record<string, string>
  tags: Record<string, string>
  /** By ARN, in the order they were made. */
  subscriptions: Map<string, Subscription>
  deletedSubscriptions: number
}

export interface Subscription {
  arn: string
  topicArn: string
  protocol: Protocol
  endpoint: string
  /** Account. */
  owner: string
  /** ARN of who subscribed. */
  principal: string
  attributes: Record<string, string>
  /** Set while it waits for its confirmation. */
  token: string | undefined
  isAuthenticated: boolean
}

// The texts are SNS's own, as its clients' issue trackers and the API reference quote them.

export const invalid = (what: string) =>
  new AwsError('InvalidParameterException', `Invalid parameter: ${what}`)

/** A constraint of the service model that a value violates. */
export const violated = (path: string, value: string, constraint: string) =>
  new AwsError(
    'ValidationError',
    `1 validation error detected: Value '${value}' at '${path}' failed to satisfy constraint: Member must ${constraint}`,
  )

export function checkLength(path: string, value: string, least: number, most: number): void {
  if (value.length < least) {
    throw violated(path, value, `have length greater than or equal to ${least}`)
  }
  if (value.length > most) {
    throw violated(path, value, `have length less than or equal to ${most}`)
  }
}

export const invalidAttribute = (message: string) =>
  new AwsError('InvalidParameterValueException', message)

export const noTopic = () => new AwsError('NotFoundException', 'Topic does not exist')

export const noSubscription = () => new AwsError('NotFoundException', 'Subscription does not exist')

/** A topic's ARN of this region: SNS knows no others. */
export function checkTopicArn(arn: string | undefined, region: string, name = 'TopicArn'): string {
  const checked = checkArn(name, arn)
  if (checked.split(':')[3] !== region) throw invalid(name)
  return checked
}

/** A subscription's ends in an id. */
export function checkSubscriptionArn(arn: string | undefined): string {
  if (!arn) throw invalid('SubscriptionArn Reason: no value for required parameter')
  const checked = checkArn('SubscriptionArn', arn)
  const id = checked.split(':')[6]
  if (!id || !/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/.test(id)) throw invalid('SubscriptionId')
  return checked
}

/** Refuses what isn't an ARN in SNS's words. */
export function checkArn(name: string, arn: string | undefined): string {
  const parts = (arn ?? '').split(':')
  if (parts.length < 6) {
    throw invalid(`${name} Reason: An ARN must have at least 6 elements, not ${parts.length}`)
  }
  return arn!
}

export function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject ? (value as Record<string, unknown>) : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
