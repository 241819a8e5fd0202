import { parseObject } from './model.ts'

type Values = Record<string, unknown>

export interface RetryPolicy {
  minDelayTarget: number
  maxDelayTarget: number
  numRetries: number
  numMaxDelayRetries: number
  numNoDelayRetries: number
  numMinDelayRetries: number
  backoffFunction: string
}

/** SNS's own retries for HTTP/S: three, twenty seconds apart. */
const defaultRetries: RetryPolicy = {
  minDelayTarget: 20,
  maxDelayTarget: 20,
  numRetries: 3,
  numMaxDelayRetries: 0,
  numNoDelayRetries: 0,
  numMinDelayRetries: 0,
  backoffFunction: 'linear',
}
const defaultContentType = 'text/plain; charset=UTF-8'

interface TopicDelivery {
  http: {
    defaultHealthyRetryPolicy: RetryPolicy
    disableSubscriptionOverrides: boolean
    defaultThrottlePolicy?: unknown
    defaultRequestPolicy: { headerContentType: string }
  }
}

const object = (value: unknown): Values =>
  typeof value === 'object' && value !== null ? (value as Values) : {}

/** A topic's policy as it is told again: only what was given, and whether it may be overridden. */
export function keptPolicy(text: string): string {
  const { http } = object(parseObject(text))
  const given = object(http)
  const kept: Values = {}
  const names = ['defaultHealthyRetryPolicy', 'defaultSicklyRetryPolicy']
  for (const name of names) if (given[name]) kept[name] = given[name]
  kept['disableSubscriptionOverrides'] = given['disableSubscriptionOverrides'] === true
  for (const name of ['defaultThrottlePolicy', 'defaultRequestPolicy']) {
    if (given[name]) kept[name] = given[name]
  }
  return JSON.stringify({ http: kept })
}

/** A topic's policy with SNS's own values where it says nothing. */
export function effectiveOf(text: string | undefined): TopicDelivery {
  const given = object(object(parseObject(text ?? ''))['http'])
  const retries = object(given['defaultHealthyRetryPolicy'])
  const request = object(given['defaultRequestPolicy'])
  return {
    http: {
      defaultHealthyRetryPolicy: { ...defaultRetries, ...retries },
      disableSubscriptionOverrides: given['disableSubscriptionOverrides'] === true,
      ...(given['defaultThrottlePolicy'] !== undefined && {
        defaultThrottlePolicy: given['defaultThrottlePolicy'],
      }),
      defaultRequestPolicy: {
        headerContentType: String(request['headerContentType'] ?? defaultContentType),
      },
    },
  }
}

/** A subscription's policy as it is told again. */
export function keptSubscriptionPolicy(text: string): string {
  const given = object(parseObject(text))
  const retries = given['healthyRetryPolicy']
  return JSON.stringify({
    healthyRetryPolicy: retries ? { ...defaultRetries, ...object(retries) } : null,
    sicklyRetryPolicy: given['sicklyRetryPolicy'] ?? null,
    throttlePolicy: given['throttlePolicy'] ?? null,
    requestPolicy: given['requestPolicy'] ?? null,
    guaranteed: given['guaranteed'] === true,
  })
}

export interface Delivery {
  healthyRetryPolicy: RetryPolicy
  sicklyRetryPolicy: unknown
  throttlePolicy: unknown
  requestPolicy: { headerContentType: string }
  guaranteed: boolean
}

/** What holds for one HTTP/S subscription: its policy, else the topic's, else SNS's. */
export function effectiveSubscription(
  own: string | undefined,
  topic: string | undefined,
): Delivery {
  const { http } = effectiveOf(topic)
  const given = http.disableSubscriptionOverrides ? {} : object(parseObject(own ?? ''))
  const retries = given['healthyRetryPolicy']
  const request = object(given['requestPolicy'])
  return {
    healthyRetryPolicy: retries
      ? { ...defaultRetries, ...object(retries) }
      : http.defaultHealthyRetryPolicy,
    sicklyRetryPolicy: given['sicklyRetryPolicy'] ?? null,
    throttlePolicy: given['throttlePolicy'] ?? http.defaultThrottlePolicy ?? null,
    requestPolicy: {
      headerContentType: String(
        request['headerContentType'] ?? http.defaultRequestPolicy.headerContentType,
      ),
    },
    guaranteed: given['guaranteed'] === true,
  }
}

/** Seconds before the given retry, counted from 0; undefined when there is none any more. */
export function waitBefore(retry: number, policy: RetryPolicy): number | undefined {
  const { numRetries, numNoDelayRetries, numMinDelayRetries, numMaxDelayRetries } = policy
  if (retry >= numRetries) return undefined
  if (retry < numNoDelayRetries) return 0
  if (retry < numNoDelayRetries + numMinDelayRetries) return policy.minDelayTarget
  if (retry >= numRetries - numMaxDelayRetries) return policy.maxDelayTarget
  const first = numNoDelayRetries + numMinDelayRetries
  const steps = Math.max(1, numRetries - numMaxDelayRetries - first - 1)
  const span = policy.maxDelayTarget - policy.minDelayTarget
  return policy.minDelayTarget + (span * (retry - first)) / steps
}
