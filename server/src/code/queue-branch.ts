/** Branches of merge queues: `madang-queue/<target>/<number of the pull request>`. */
const PREFIX = 'madang-queue/'

export const isQueueBranch = (branch: string): boolean => branch.startsWith(PREFIX)

export const queueBranch = (target: string, number: number): string =>
  `${PREFIX}${target}/${number}`

/** Whether a branch is, or was, one of this target's queue. */
export function isOfQueue(branch: string, target: string): boolean {
  const start = `${PREFIX}${target}/`
  return branch.startsWith(start) && /^\d+$/.test(branch.slice(start.length))
}
