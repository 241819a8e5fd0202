import type { Kernel } from '../../kernel/index.ts'
import type { Registry } from '../../registry/index.ts'
import type { CloudPort, CodePort, IdentityPort } from '../ports.ts'
import type { CredentialStore } from '../store-credentials.ts'
import type { Nodes } from './nodes.ts'
import type { Step } from './step.ts'

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
  /** Scheme, host and port of the platform, `http://127.0.0.1:4500`. */
  originUrl(): string
}
