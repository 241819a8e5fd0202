/** A queue's attributes as its operations need them. */
export interface QueueRules {
  isFifo: boolean
  visibilityMs: number
  delayMs: number
  retentionMs: number
  waitMs: number
  maximumBytes: number
  isContentDeduplicated: boolean
  /** De-duplicates in each group on its own. */
  isDeduplicatedByGroup: boolean
  redrive: RedrivePolicy | undefined
  allow: RedriveAllowPolicy | undefined
  policy: string | undefined
}

export interface RedrivePolicy {
  deadLetterTargetArn: string
  maxReceiveCount: number
}

export interface RedriveAllowPolicy {
  redrivePermission: 'allowAll' | 'denyAll' | 'byQueue'
  sourceQueueArns?: string[]
}

export const defaults = {
  VisibilityTimeout: '30',
  MaximumMessageSize: '1048576',
  MessageRetentionPeriod: '345600',
  DelaySeconds: '0',
  ReceiveMessageWaitTimeSeconds: '0',
} as const

export const fifoDefaults = {
  FifoQueue: 'true',
  DeduplicationScope: 'queue',
  FifoThroughputLimit: 'perQueue',
  ContentBasedDeduplication: 'false',
} as const

export function rulesOf(attributes: Record<string, string>): QueueRules {
  const number = (name: keyof typeof defaults) => Number(attributes[name] ?? defaults[name])
  return {
    isFifo: attributes['FifoQueue'] === 'true',
    visibilityMs: number('VisibilityTimeout') * 1000,
    delayMs: number('DelaySeconds') * 1000,
    retentionMs: number('MessageRetentionPeriod') * 1000,
    waitMs: number('ReceiveMessageWaitTimeSeconds') * 1000,
    maximumBytes: number('MaximumMessageSize'),
    isContentDeduplicated: attributes['ContentBasedDeduplication'] === 'true',
    isDeduplicatedByGroup: attributes['DeduplicationScope'] === 'messageGroup',
    redrive: parsed<RedrivePolicy>(attributes['RedrivePolicy']),
    allow: parsed<RedriveAllowPolicy>(attributes['RedriveAllowPolicy']),
    policy: attributes['Policy'],
  }
}

// They were checked when they were set.
const parsed = <T>(text: string | undefined): T | undefined =>
  text === undefined ? undefined : (JSON.parse(text) as T)
