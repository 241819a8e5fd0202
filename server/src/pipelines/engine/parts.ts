import type { Kernel } from '../../kernel/index.ts'
import type { Registry } from '../../registry/index.ts'
import type { CloudPort, CodePort, IdentityPort } from '../ports.ts'
import type { CredentialStore } from '../store-credentials.ts'
import type { RunRow } from '../tables.ts'
import type { Nodes } from './nodes.ts'
import type { Step } from './step.ts'

/** What a run asks of other jobs, and says of its own. */
export interface JobsPort {
  /** A job's cron may have changed: the clock is set anew. */
  changed(): void
  /** Starts a run of a job; the same key again gives the same run. Undefined: no such job. */
  start(wish: DownstreamWish): Promise<RunRow | undefined>
  /** The run once it has ended; undefined when it is forgotten by then. */
  ended(id: string, signal: AbortSignal): Promise<RunRow | undefined>
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
  nodes: Nodes
  steps: ReadonlyMap<string, Step>
  jobs: JobsPort
  /** Scheme, host and port of the platform, `http://127.0.0.1:4500`. */
  originUrl(): string
}
