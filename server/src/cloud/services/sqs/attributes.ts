import { checkPolicy, PolicyFault } from '../../policy/index.ts'
import { AwsError } from '../../gateway/index.ts'
import type { Queue } from './queue.ts'
import { invalid, invalidAttribute, invalidValue, unknownAttribute } from './refusals.ts'
import { defaults, fifoDefaults, type RedriveAllowPolicy, type RedrivePolicy } from './rules.ts'

type Attributes = Record<string, string>

const ranges: Record<string, [number, number]> = {
  VisibilityTimeout: [0, 43_200],
  MaximumMessageSize: [1024, 1_048_576],
  MessageRetentionPeriod: [60, 1_209_600],
  DelaySeconds: [0, 900],
  ReceiveMessageWaitTimeSeconds: [0, 20],
  KmsDataKeyReusePeriodSeconds: [60, 86_400],
}

const choices: Record<string, string[]> = {
  SqsManagedSseEnabled: ['true', 'false'],
  ContentBasedDeduplication: ['true', 'false'],
  FifoQueue: ['true', 'false'],
  DeduplicationScope: ['queue', 'messageGroup'],
  FifoThroughputLimit: ['perQueue', 'perMessageGroupId'],
}

export const MOST_STATEMENTS = 20

const fifoOnly = ['ContentBasedDeduplication', 'DeduplicationScope', 'FifoThroughputLimit']
const texts = ['Policy', 'RedrivePolicy', 'RedriveAllowPolicy', 'KmsMasterKeyId']
const told = [
  'QueueArn',
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
  'CreatedTimestamp',
  'LastModifiedTimestamp',
]

/** Of the queue whose attributes are set, and how to find others. */
export interface AttributePlace {
  arn: string
  isFifo: boolean
  queueByArn(arn: string): Queue | undefined
}

/** Checks attributes and brings JSON ones into the form SQS answers with. An empty one is taken off. */
export function checkAttributes(given: Attributes, place: AttributePlace): Attributes {
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name, checkAttribute(name, value, place)]),
  )
}

function checkAttribute(name: string, value: string, place: AttributePlace): string {
  const range = ranges[name]
  if (range) {
    const number = Number(value)
    const isInside = /^\d+$/.test(value) && number >= range[0] && number <= range[1]
    if (!isInside) throw invalidAttribute(name)
    return String(number)
  }
  if (fifoOnly.includes(name) && !place.isFifo) throw notWithoutFifo(name)
  if (choices[name]) {
    if (!choices[name].includes(value)) throw invalidAttribute(name)
    return value
  }
  if (!texts.includes(name)) throw unknownAttribute(name)
  if (value === '') return value
  if (name === 'Policy') return checkQueuePolicy(value)
  if (name === 'RedrivePolicy') return JSON.stringify(checkRedrive(value, place))
  if (name === 'RedriveAllowPolicy') return JSON.stringify(checkAllow(value))
  return value
}

const notWithoutFifo = (name: string) =>
  name === 'ContentBasedDeduplication'
    ? unknownAttribute(name)
    : new AwsError(
        'InvalidAttributeName',
        `You can specify the ${name} only when FifoQueue is set to true.`,
      )

function checkQueuePolicy(text: string): string {
  try {
    checkPolicy(text, 'resource')
  } catch (error) {
    if (!(error instanceof PolicyFault)) throw error
    throw invalidAttribute('Policy')
  }
  const statements = [jsonObject(text)?.['Statement']].flat()
  if (statements.length <= MOST_STATEMENTS) return text
  throw new AwsError(
    'OverLimit',
    `${statements.length} statements were found in the submitted policy, max allowed is ${MOST_STATEMENTS}`,
  )
}

function checkRedrive(text: string, place: AttributePlace): RedrivePolicy {
  const refuse = (reason: string) => invalidValue('RedrivePolicy', text, reason)
  const given = jsonObject(text)
  if (!given) {
    throw invalidAttribute('RedrivePolicy', 'Redrive policy is not a valid JSON map.')
  }
  const { deadLetterTargetArn, maxReceiveCount, ...others } = given
  if (maxReceiveCount === undefined) {
    throw refuse('Redrive policy does not contain mandatory attribute: maxReceiveCount.')
  }
  if (deadLetterTargetArn === undefined) {
    throw refuse('Redrive policy does not contain mandatory attribute: deadLetterTargetArn.')
  }
  const count = Number(maxReceiveCount)
  if (!Number.isInteger(count) || count < 1 || count > 1000) {
    throw refuse(
      `Invalid value for maxReceiveCount: ${String(maxReceiveCount)}, valid values are from 1 to 1000 both inclusive.`,
    )
  }
  const target = String(deadLetterTargetArn)
  checkTargetArn(target, place, refuse)
  if (Object.keys(others).length > 0) {
    throw refuse('Only following attributes are supported: [maxReceiveCount, deadLetterTargetArn].')
  }
  checkTarget(target, place, refuse)
  return { deadLetterTargetArn: target, maxReceiveCount: count }
}

type Refuse = (reason: string) => AwsError

function checkTargetArn(arn: string, { isFifo }: AttributePlace, refuse: Refuse): void {
  if (/^arn:[\w-]+:(?!sqs:)[\w-]+:/.test(arn)) {
    throw refuse('Only SQS queues are valid resources for deadLetterTargetArn.')
  }
  if (!/^arn:[\w-]+:sqs:[\w-]+:\d{12}:[\w.-]+$/.test(arn)) {
    throw refuse('Invalid value for deadLetterTargetArn.')
  }
  // The second full stop is the service's own.
  if (arn.endsWith('.fifo') !== isFifo) {
    throw refuse('Dead-letter queue must be same type of queue as the source..')
  }
}

function checkTarget(arn: string, place: AttributePlace, refuse: Refuse): void {
  const target = place.queueByArn(arn)
  if (!target) throw refuse('Dead letter target does not exist.')
  const { allow } = target.rules
  const isRefused =
    allow?.redrivePermission === 'denyAll' ||
    (allow?.redrivePermission === 'byQueue' && !allow.sourceQueueArns?.includes(place.arn))
  if (isRefused) {
    throw refuse(
      'Source queue is not allowed to use this dead-letter queue by its RedriveAllowPolicy.',
    )
  }
}

function checkAllow(text: string): RedriveAllowPolicy {
  const failed = "Amazon SQS can't create the redrive allow policy"
  const refuse = (reason: string) =>
    invalidValue('RedriveAllowPolicy', text, `${failed}. ${reason}`)
  const { redrivePermission: permission, sourceQueueArns: arns, ...others } = jsonObject(text) ?? {}
  const areNames = arns === undefined || (Array.isArray(arns) && arns.every(isText))
  if (!isPermission(permission) || !areNames || Object.keys(others).length > 0) {
    // The apostrophe, too, is the service's own.
    throw invalidAttribute(
      'RedriveAllowPolicy',
      `${failed}, as it\u2019s in an unsupported format.`,
    )
  }
  if (permission !== 'byQueue') {
    if (arns === undefined) return { redrivePermission: permission }
    throw refuse(
      'To specify one or more source queue ARNs, you must set redrivePermission to byQueue.',
    )
  }
  if (!arns?.length) {
    throw refuse(
      'When you specify the byQueue permission type, you must also specify one or more sourceQueueArns values.',
    )
  }
  if (arns.length > 10) {
    throw refuse('The maximum number of source queue ARNs you can specify is 10.')
  }
  return { redrivePermission: permission, sourceQueueArns: arns }
}

const isText = (value: unknown): value is string => typeof value === 'string'

const isPermission = (value: unknown): value is RedriveAllowPolicy['redrivePermission'] =>
  value === 'allowAll' || value === 'denyAll' || value === 'byQueue'

export function jsonObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject ? (value as Record<string, unknown>) : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** The attributes after a change: those set to nothing are off; the two encryptions exclude another. */
export function changed(before: Attributes, given: Attributes): Attributes {
  if (given['KmsMasterKeyId'] && given['SqsManagedSseEnabled'] === 'true') {
    throw new AwsError(
      'InvalidAttributeName',
      'You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE.',
    )
  }
  const after: Attributes = { ...before, ...given }
  if (given['KmsMasterKeyId']) after['SqsManagedSseEnabled'] = 'false'
  if (given['SqsManagedSseEnabled'] === 'true') {
    delete after['KmsMasterKeyId']
    delete after['KmsDataKeyReusePeriodSeconds']
  }
  for (const name of texts) if (after[name] === '') delete after[name]
  checkThroughput(after)
  return after
}

function checkThroughput(after: Attributes): void {
  const perGroup = after['FifoThroughputLimit'] === 'perMessageGroupId'
  if (perGroup && after['DeduplicationScope'] !== 'messageGroup') {
    throw invalid(
      'The value for FifoThroughputLimit can only be perMessageGroupId when the value for DeduplicationScope is messageGroup.',
    )
  }
}

/** An attribute as GetQueueAttributes and a repeated CreateQueue see it. */
export function attributeOf({ facts, rules }: Queue, name: string): string | undefined {
  const set = facts.attributes[name]
  if (set !== undefined) return set
  if (name in defaults) return defaults[name as keyof typeof defaults]
  if (name === 'SqsManagedSseEnabled') return 'true'
  if (name === 'KmsDataKeyReusePeriodSeconds' && facts.attributes['KmsMasterKeyId']) return '300'
  if (rules.isFifo && name in fifoDefaults) return fifoDefaults[name as keyof typeof fifoDefaults]
  return undefined
}

const settable = [...Object.keys(ranges), ...Object.keys(choices), ...texts]

/** What was asked for and has a value; an unknown name is refused. */
export function presentAttributes(queue: Queue, wanted: string[]): Attributes {
  const names = wanted.includes('All') ? [...told, ...settable] : wanted
  const now = countsOf(queue)
  const found: Attributes = {}
  for (const name of names) {
    if (!told.includes(name) && !settable.includes(name)) throw unknownAttribute(name)
    const value = now[name] ?? attributeOf(queue, name)
    if (value !== undefined) found[name] = value
  }
  return found
}

function countsOf({ arn, counts, facts }: Queue): Attributes {
  return {
    QueueArn: arn,
    ApproximateNumberOfMessages: String(counts.ready),
    ApproximateNumberOfMessagesNotVisible: String(counts.inflight),
    ApproximateNumberOfMessagesDelayed: String(counts.delayed),
    CreatedTimestamp: String(facts.createdAt),
    LastModifiedTimestamp: String(facts.modifiedAt),
  }
}
