import type { Code } from '../../code/index.ts'
import type { Identity } from '../../identity/index.ts'
import type { Kernel } from '../../kernel/index.ts'
import type { Registry } from '../../registry/index.ts'
import type { PipelinesDoor } from '../door.ts'
import type { Agents } from '../agents/index.ts'
import type { Nodes } from '../engine/index.ts'
import type { Runs } from '../runs.ts'
import type { Triggers } from '../triggers.ts'

/** What the Remote API speaks for. */
export interface RemoteParts {
  kernel: Kernel
  identity: Pick<
    Identity,
    | 'projectGet'
    | 'projectList'
    | 'projectCreate'
    | 'roleIn'
    | 'personGet'
    | 'personByName'
    | 'personList'
    | 'audit'
  >
  code: Pick<Code, 'repoList' | 'repoGet' | 'repoCreate' | 'repoPath' | 'commitGet' | 'fileRead'>
  registry: Pick<Registry, 'artifactList' | 'artifactRead'>
  door: PipelinesDoor
  runs: Runs
  triggers: Triggers
  nodes: Nodes
  agents: Agents
  originUrl(): string
}

/** Jenkins has jobs outside any folder; here they are in the project of this key, made when needed. */
export const ROOT_PROJECT = 'JENKINS'

/** The release whose API this is; clients ask it of `X-Jenkins` and choose by it. */
export const VERSION = '2.479.3'
