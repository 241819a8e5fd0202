import type { BitbucketDoor } from '../../code/index.ts'
import type { Kernel } from '../../kernel/index.ts'
import type { PipelinesDoor } from '../door.ts'
import type { CodePort } from '../ports.ts'
import type { Schedules } from '../schedules/index.ts'
import type { SshStore } from '../ssh/index.ts'
import type { VariableStore } from '../store-variables.ts'

/** What the pipelines part of the Bitbucket API speaks for. */
export interface BitbucketParts {
  kernel: Kernel
  bitbucket: BitbucketDoor
  code: Pick<CodePort, 'commitGet'>
  door: PipelinesDoor
  variables: VariableStore
  ssh: SshStore
  schedules: Schedules
}
