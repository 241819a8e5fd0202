import type { BranchRules } from './branch-rule-model.ts'
import type { OpenRepo } from './context.ts'
import { isProtected } from './model.ts'
import type { PushCommand } from './push-request.ts'
import { isQueueBranch } from './queue-branch.ts'
import { branchOf, isRefName, NO_SHA, tagOf } from './ref-name.ts'

export interface RefusedCommand {
  command: PushCommand
  /** One line, as git shows it behind `! [remote rejected]`. */
  reason: string
}

export interface Pusher {
  actorId: string
  isMaintainer: boolean
  isRepoEmpty: boolean
  rules: BranchRules
}

export interface PushVerdict {
  accepted: PushCommand[]
  refused: RefusedCommand[]
  /** Set when a protected branch moves: git itself then refuses anything but a fast-forward. */
  onlyForward: boolean
}

/**
 * Sorts a push's commands by our rules; git checks the rest. The first push may make the default
 * branch.
 */
export function judgePush(
  repo: OpenRepo,
  commands: PushCommand[],
  pusher: Pusher & { isAtomic: boolean },
): PushVerdict {
  const refused: RefusedCommand[] = []
  const accepted: PushCommand[] = []
  for (const command of commands) {
    const reason = whyNot(repo, command, pusher)
    if (reason) refused.push({ command, reason })
    else accepted.push(command)
  }
  if (pusher.isAtomic && refused.length > 0) {
    const rest = accepted.map((command) => ({ command, reason: 'atomic push failed' }))
    return { accepted: [], refused: [...refused, ...rest], onlyForward: false }
  }
  const onlyForward = accepted.some(({ ref }) => {
    const branch = branchOf(ref) ?? ''
    return isProtected(repo.row, branch) || pusher.rules.has('force', branch)
  })
  return { accepted, refused, onlyForward }
}

function whyNot(
  repo: OpenRepo,
  { ref, after, before }: PushCommand,
  pusher: Pusher,
): string | undefined {
  const name = branchOf(ref) ?? tagOf(ref)
  if (name === undefined) return 'only branches and tags can be pushed here'
  if (!isRefName(name)) return 'not a name git allows'
  const branch = branchOf(ref)
  if (branch === undefined) return undefined
  if (isQueueBranch(branch)) return `${branch} belongs to the merge queue: nobody pushes there`
  if (branch === repo.defaultBranch && after === NO_SHA) {
    return `${branch} is the default branch and cannot be deleted`
  }
  if (after === NO_SHA && pusher.rules.has('delete', branch)) {
    return `permission denied to delete branch ${branch}`
  }
  if (!pusher.rules.allows('push', branch, pusher.actorId)) {
    return `permission denied to update branch ${branch}`
  }
  if (!isProtected(repo.row, branch) || pusher.isMaintainer) return undefined
  if (pusher.isRepoEmpty && before === NO_SHA) return undefined
  return `${branch} is protected: push a branch and open a pull request`
}
