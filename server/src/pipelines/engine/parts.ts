import type { ParameterDefinition } from '@madang/api'
import type { Kernel } from '../../kernel/index.ts'
import type { Registry } from '../../registry/index.ts'
import type { CloudPort, CodePort, IdentityPort } from '../ports.ts'
import type { CredentialStore } from '../store-credentials.ts'
import type { SshStore } from '../ssh/index.ts'
import type { VariableStore } from '../store-variables.ts'
import type { RunRow } from '../tables.ts'
import type { Agents } from '../agents/index.ts'
import type { Locks } from './locks.ts'
import type { Nodes } from './nodes.ts'
import type { Session } from './session.ts'
import type { Step } from './step.ts'

/** What a run asks of other jobs, and says of its own. */
export interface JobsPort {
  /** A job's cron may have changed: the clock is set anew. */
  changed(): void
  /** The job that a run means by a name; undefined: no such job. */
  meant(from: RunRow, job: string): Promise<MeantJob | undefined>
  /** Starts a run of a job; the same key again gives the same run. Undefined: no such job. */
  start(wish: DownstreamWish): Promise<RunRow | undefined>
  /** The run once it has ended; undefined when it is forgotten by then. */
  ended(id: string, signal: AbortSignal): Promise<RunRow | undefined>
  run(id: string): Promise<RunRow | undefined>
  /** Finished runs of a job before a number, the newest first; at most 100. */
  finishedBefore(jobId: string, number: number): Promise<RunRow[]>
  /** The newest fitting finished run of the job that a name means. */
  find(from: RunRow, name: string, fits: (row: RunRow) => boolean): Promise<RunRow | undefined>
  /** Notes that a run passes a milestone and ends older ones behind it; the newer run that did before, or null. */
  passMilestone(run: RunRow, ordinal: number): Promise<number | null>
}

export interface ChangeEntry {
  commitId: string
  authorName: string
  authorEmail: string
  timestamp: number
  msg: string
  comment: string
  /** Added, modified or deleted, as git's letters have it. */
  files: { path: string; edit: 'A' | 'M' | 'D' }[]
}

export interface MeantJob {
  /** As logs tell it: `app » main`. */
  name: string
  parameters: ParameterDefinition[]
}

export interface DownstreamWish {
  from: RunRow
  /** `repo/branch`, a branch of the same repository, or a repository. */
  job: string
  parameters: Record<string, string | boolean>
  key: string
}

/** What every run works with. */
export interface EngineParts {
  kernel: Kernel
  registry: Registry
  code: CodePort
  identity: IdentityPort
  cloud: CloudPort
  credentials: CredentialStore
  variables: Pick<VariableStore, 'ofRun' | 'ofDeployment'>
  ssh: Pick<SshStore, 'ofRun'>
  nodes: Nodes
  agents: Agents
  steps: ReadonlyMap<string, Step>
  /** Commits since the job's run before a run, this one unless another is given; the newest first. */
  commitsOf(session: Session, row?: RunRow): Promise<ChangeEntry[]>
  jobs: JobsPort
  locks: Locks
  /** Paths of all files of a commit. */
  filesAt(project: string, repo: string, sha: string): Promise<string[]>
  /** Scheme, host and port of the platform, `http://127.0.0.1:4500`. */
  originUrl(): string
}
