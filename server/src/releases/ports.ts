import type { Cloud } from '../cloud/index.ts'
import type { Identity } from '../identity/index.ts'

// What releases needs of the capabilities to the left, and nothing more of them.

export type CloudPort = Pick<Cloud, 'aws' | 'awsWith' | 'looking' | 'credentialsFor' | 'account'>

export interface CodePort {
  /** The bare repository's folder, for git on this machine. */
  repoPath(project: string, name: string): Promise<string>
  repoName(project: string, name: string): Promise<string>
  /** From when to when a branch was this pull request's. */
  pullRequestLife(
    project: string,
    repo: string,
    number: number,
  ): Promise<{ source: string; isLasting: boolean; sinceMs: number; untilMs?: number }>
}

export interface PlanPort {
  /** The issues a text names and that exist. */
  issueKeysIn(text: string): Promise<string[]>
}

export type IdentityPort = Pick<Identity, 'personGet' | 'audit'>

/** `pipelines.runStarted`, as far as releases care. */
export interface RunStarted {
  runId: string
  repo: string
  branch: string
  number: number
  commit: string
}

/** `cloud.stackChanged`, as far as releases care. */
export interface StackChanged {
  stackId: string
  stackName: string
  account: string
  region: string
  status: string
  statusReason?: string
  project?: string
  runId?: string
  actor?: string
  actorArn: string
  outputs: Record<string, string>
  resources: { logicalId: string; type: string; physicalId: string }[]
  parameters: Record<string, string>
  capabilities: string[]
  tags: Record<string, string>
  token?: string
  parentId?: string
  templateHash: string
}

/** `code.pullRequestMerged` and `code.pullRequestDeclined`, as far as releases care. */
export interface PullRequestClosed {
  repo: string
  number: number
}
