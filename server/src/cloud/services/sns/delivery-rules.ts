import { invalid, parseObject } from './model.ts'

type Values = Record<string, unknown>

// What SNS says of a delivery policy it doesn't take, as its clients and their tests quote it.

const needed = ['minDelayTarget', 'maxDelayTarget', 'numRetries']
const bounds: Record<string, [least: number, most: number]> = {
  minDelayTarget: [1, 3600],
  maxDelayTarget: [1, 3600],
  numRetries: [0, 100],
  numNoDelayRetries: [0, 100],
  numMinDelayRetries: [0, 100],
  numMaxDelayRetries: [0, 100],
}

/** A topic's: retries and limits of its HTTP/S subscriptions. */
export function checkTopicDelivery(text: string, where: string): void {
  const policy = parseObject(text)
  if (!policy) throw invalid(`${where}DeliveryPolicy: failed to parse JSON`)
  const http = policy['http']
  if (isObject(http))
    checkPolicies(http, ['defaultHealthyRetryPolicy'], `${where}DeliveryPolicy: http.`)
}

/** A subscription's own. */
export function checkSubscriptionDelivery(policy: Values, where: string): void {
  checkPolicies(policy, ['healthyRetryPolicy', 'sicklyRetryPolicy'], `${where}DeliveryPolicy: `)
}

function checkPolicies(policy: Values, names: string[], place: string): void {
  for (const name of names) {
    const retries = policy[name]
    if (isObject(retries)) checkRetries(retries, `${place}${name}.`)
  }
}

function checkRetries(retries: Values, place: string): void {
  for (const [name, [least, most]] of Object.entries(bounds)) {
    const value = retries[name]
    if (value === undefined && needed.includes(name))
      throw invalid(`${place}${name} must be specified`)
    if (value === undefined || value === null) continue
    if (typeof value !== 'number' || !Number.isInteger(value)) {
      const received = typeof value === 'string' ? 'a string' : 'another type'
      throw invalid(`${place}${name} type mismatch, expecting integer, received ${received}`)
    }
    if (value < least) throw invalid(`${place}${name} must be greater than or equal to ${least}`)
    if (value > most) throw invalid(`${place}${name} must be less than or equal to ${most}`)
  }
  const given = (name: string) => Number(retries[name] ?? 0)
  if (given('maxDelayTarget') < given('minDelayTarget')) {
    throw invalid(`${place}maxDelayTarget must be greater than or equal to minDelayTarget`)
  }
  const counted = ['numMinDelayRetries', 'numNoDelayRetries', 'numMaxDelayRetries']
  if (given('numRetries') < counted.reduce((sum, name) => sum + given(name), 0)) {
    throw invalid(
      `${place}numRetries must be greater than or equal to total of numMinDelayRetries, numNoDelayRetries and numMaxDelayRetries`,
    )
  }
}

const isObject = (value: unknown): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
