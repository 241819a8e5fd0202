import type { Target } from '@aws-sdk/client-eventbridge'

export const DEFAULT_BUS = 'default'

export interface Place {
  account: string
  region: string
}

export interface Bus extends Place {
  kind: 'bus'
  arn: string
  name: string
  description?: string | undefined
  kmsKeyIdentifier?: string | undefined
  deadLetterArn?: string | undefined
  policy?: Policy | undefined
  tags: Record<string, string>
  /** Milliseconds. */
  createdAt: number
  modifiedAt: number
}

export interface Policy {
  Version: string
  Statement: Statement[]
}

export interface Statement {
  Sid?: string
  Effect: string
  Principal: unknown
  Action: string | string[]
  Resource: string | string[]
  Condition?: Record<string, Record<string, string>>
}

export interface Rule extends Place {
  kind: 'rule'
  arn: string
  name: string
  bus: string
  pattern?: string | undefined
  schedule?: string | undefined
  state: RuleState
  description?: string | undefined
  roleArn?: string | undefined
  createdBy: string
  targets: Target[]
  tags: Record<string, string>
}

export type RuleState = 'ENABLED' | 'DISABLED' | 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS'

export interface Archive extends Place {
  kind: 'archive'
  arn: string
  name: string
  sourceArn: string
  description?: string | undefined
  pattern?: string | undefined
  /** 0: for ever. */
  retentionDays: number
  createdAt: number
}

export interface Replay extends Place {
  kind: 'replay'
  arn: string
  name: string
  archiveArn: string
  description?: string | undefined
  destination: { Arn: string; FilterArns?: string[] | undefined }
  fromMs: number
  toMs: number
  state: 'STARTING' | 'RUNNING' | 'CANCELLING' | 'COMPLETED' | 'CANCELLED'
  startedAt: number
  endedAt?: number
  lastEventAt?: number
}

export interface Connection extends Place {
  kind: 'connection'
  arn: string
  secretArn: string
  name: string
  description?: string | undefined
  authorization: string
  /** The parameters as they were given, JSON, sealed. */
  sealed: string
  createdAt: number
  modifiedAt: number
}

export interface Destination extends Place {
  kind: 'destination'
  arn: string
  name: string
  description?: string | undefined
  connectionArn: string
  endpoint: string
  method: string
  ratePerSecond: number
  createdAt: number
  modifiedAt: number
}

export type Definition = Bus | Rule | Archive | Replay | Connection | Destination

/** An event as targets get it. */
export interface BusEvent {
  version: string
  id: string
  'detail-type': string
  source: string
  account: string
  /** ISO 8601, whole seconds. */
  time: string
  region: string
  'replay-name'?: string
  resources: string[]
  detail: unknown
}

const arnOf = ({ account, region }: Place, resource: string) =>
  `arn:aws:events:${region}:${account}:${resource}`

export const busArn = (place: Place, name: string) => arnOf(place, `event-bus/${name}`)
export const ruleArn = (place: Place, bus: string, name: string) =>
  arnOf(place, bus === DEFAULT_BUS ? `rule/${name}` : `rule/${bus}/${name}`)
export const archiveArn = (place: Place, name: string) => arnOf(place, `archive/${name}`)
export const replayArn = (place: Place, name: string) => arnOf(place, `replay/${name}`)

/** A bus's name, of one that is named or whose ARN is given. */
export const busNameOf = (given: string | undefined): string =>
  given === undefined ? DEFAULT_BUS : (given.split(':event-bus/')[1] ?? given)

/** Events tell whole seconds. */
export const wholeSecond = (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}Z`

export const isEnabled = ({ state }: Rule) => state !== 'DISABLED'
