import type { Issue, Page, Deployment, ReleaseChanges } from '@madang/api'
import type { Cloud } from '../cloud/index.ts'
import type { Actor, Transaction } from '../kernel/index.ts'
import type { RunningService } from '../releases/index.ts'

// What monitor needs of the capabilities to the left, and nothing more of them.

export type CloudPort = Pick<Cloud, 'looking'>

export interface ReleasesPort {
  running(): Promise<RunningService[]>
  currentOfStack(stackId: string): Promise<Deployment | undefined>
  changes(project: string, id: string, since?: string): Promise<ReleaseChanges>
  deploymentList(
    project: string,
    filter: { limit: number; sinceMs?: number; cursor?: string },
  ): Promise<Page<Deployment>>
}

export interface PlanPort {
  issueCreate(
    tx: Transaction,
    actor: Actor,
    given: {
      project: string
      type: 'bug'
      title: string
      description: string
      labels: string[]
      priority: 'high'
    },
  ): Promise<Issue>
  commentAdd(tx: Transaction, actor: Actor, key: string, text: string): Promise<unknown>
}

/** `cloud.alarmChanged`, as far as monitor cares. */
export interface AlarmChanged {
  arn: string
  name: string
  before: string
  state: 'OK' | 'ALARM' | 'INSUFFICIENT_DATA'
  reason: string
  project?: string
  stackId?: string
  metric: { namespace: string; name: string }
}
