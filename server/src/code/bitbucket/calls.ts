import type { Call } from './call.ts'
import { commentCalls, pullActivityCalls } from './calls-comments.ts'
import { commitCommentCalls } from './calls-commit-comments.ts'
import { commitCalls } from './calls-commits.ts'
import { diffCalls } from './calls-diffs.ts'
import { hookCalls } from './calls-hooks.ts'
import { gpgKeyCalls } from './calls-gpg-keys.ts'
import { keyCalls } from './calls-keys.ts'
import { projectCalls } from './calls-projects.ts'
import { propertyCalls } from './calls-properties.ts'
import { pullCalls } from './calls-pulls.ts'
import { refCalls } from './calls-refs.ts'
import { repoCalls } from './calls-repos.ts'
import { reportCalls } from './calls-reports.ts'
import { permissionCalls } from './calls-permissions.ts'
import { reviewerCalls } from './calls-reviewers.ts'
import { branchingModelCalls } from './calls-branching-model.ts'
import { ruleCalls } from './calls-rules.ts'
import { srcCalls } from './calls-src.ts'
import { workspaceCalls } from './calls-workspaces.ts'

/** Every call that is answered; the first that matches takes it. */
export const calls: readonly Call[] = [
  ...workspaceCalls,
  ...projectCalls,
  ...repoCalls,
  ...refCalls,
  ...commitCalls,
  ...commitCommentCalls,
  ...reportCalls,
  ...diffCalls,
  ...srcCalls,
  ...pullActivityCalls,
  ...pullCalls,
  ...commentCalls,
  ...ruleCalls,
  ...branchingModelCalls,
  ...reviewerCalls,
  ...permissionCalls,
  ...hookCalls,
  ...keyCalls,
  ...gpgKeyCalls,
  ...propertyCalls,
]
