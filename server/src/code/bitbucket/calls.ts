import type { Call } from './call.ts'
import { commentCalls } from './calls-comments.ts'
import { commitCalls } from './calls-commits.ts'
import { diffCalls } from './calls-diffs.ts'
import { hookCalls } from './calls-hooks.ts'
import { keyCalls } from './calls-keys.ts'
import { pullCalls } from './calls-pulls.ts'
import { refCalls } from './calls-refs.ts'
import { repoCalls } from './calls-repos.ts'
import { ruleCalls } from './calls-rules.ts'
import { srcCalls } from './calls-src.ts'
import { workspaceCalls } from './calls-workspaces.ts'

/** Every call that is answered; the first that matches takes it. */
export const calls: readonly Call[] = [
  ...workspaceCalls,
  ...repoCalls,
  ...refCalls,
  ...commitCalls,
  ...diffCalls,
  ...srcCalls,
  ...pullCalls,
  ...commentCalls,
  ...ruleCalls,
  ...hookCalls,
  ...keyCalls,
]

/** Parts of the original that are known and not here: said by name rather than as an unknown address. */
export const missingParts: Record<string, string> = {
  pipelines: 'Pipelines',
  pipelines_config: 'Pipelines configuration',
  issues: 'The issue tracker',
  downloads: 'Downloads',
  environments: 'Deployment environments',
  deployments: 'Deployments',
  deployments_config: 'Deployment configuration',
  milestones: 'Milestones',
  components: 'Components',
  versions: 'Versions',
  properties: 'Application properties',
  'permissions-config': 'Permissions by repository (roles are given by project)',
}
