import type { Aws } from '../cloud/index.ts'
import type { Actor, Transaction } from '../kernel/index.ts'

// What runs need of the capabilities to the left, and nothing more of them.

export interface CodePort {
  /** By any name it had, what it was made as, which its jobs stay with. */
  repoName(project: string, repo: string): Promise<string>
  /** The bare repository's folder. */
  repoPath(project: string, repo: string): Promise<string>
  /** Undefined when the file, the commit or the branch is not there. */
  fileRead(
    project: string,
    repo: string,
    ref: string,
    path: string,
  ): Promise<Uint8Array | undefined>
  /** `sha` has all 40 digits, or is a branch's name. */
  commitGet(
    project: string,
    repo: string,
    sha: string,
  ): Promise<{ sha: string; title: string } | undefined>
  statusSet(tx: Transaction, actor: Actor, status: CommitStatus): Promise<unknown>
}

export interface CommitStatus {
  project: string
  repo: string
  sha: string
  key: string
  state: 'pending' | 'success' | 'failure' | 'error'
  description: string
  url: string
}

export interface IdentityPort {
  tokenIssue(
    tx: Transaction,
    token: {
      owner: { kind: 'run'; id: string }
      name: string
      scopes: ('read' | 'write')[]
      project: string
      expiresAtMs: number
    },
  ): Promise<{ token: string; id: string }>
  tokenRevoke(tx: Transaction, id: string): Promise<unknown>
  audit(
    tx: Transaction,
    record: { actor: Actor; action: string; subject: string; project?: string },
  ): Promise<unknown>
}

export interface AwsCredentials {
  accessKeyId: string
  secretAccessKey: string
  sessionToken: string
  expiresAtMs: number
  region: string
  endpointUrl: string
}

export interface CloudPort {
  /** Credentials of a run: whatever they change is attributed to it. */
  credentialsFor(
    owner: { kind: 'run'; id: string; project: string; name: string },
    options: { durationS: number },
  ): Promise<AwsCredentials>
  /**
   * The cloud as whoever holds these keys, in process: the same check as over HTTP. AWS errors are
   * thrown as `AwsError` with the error's code.
   */
  awsWith(keys: AwsKeys & { region: string }): Promise<AwsCalls>
}

export interface AwsKeys {
  accessKeyId: string
  secretAccessKey: string
  sessionToken?: string | undefined
}

/** `code.pushed`, as far as runs care. */
export interface Pushed {
  project: string
  repo: string
  updates: {
    ref: string
    branch?: string | undefined
    tag?: string | undefined
    before: string
    after: string
    commits: { sha: string; title: string; author: unknown }[]
  }[]
  actor?: unknown
}

/** `code.pullRequestOpened`, `…Updated`, `…Merged`, `…Declined`, as far as runs care. */
export interface PullRequestChanged {
  project: string
  repo: string
  number: number
  title: string
  source: string
  target: string
  head: string
}

export interface StackDescription {
  StackId?: string | undefined
  StackName: string | undefined
  StackStatus: string | undefined
  StackStatusReason?: string | undefined
  Outputs?: { OutputKey?: string | undefined; OutputValue?: string | undefined }[] | undefined
}

/** The operations that the AWS steps use. */
export type AwsCalls = Pick<Aws, 's3' | 'lambda' | 'sts' | 'cloudformation'>
