/** Branches of merge queues: `madang-queue/<target>/<number of the pull request>`. */
export const QUEUE_BRANCHES = 'madang-queue/'

export const isQueueBranch = (branch: string): boolean => branch.startsWith(QUEUE_BRANCHES)

export const queueBranch = (target: string, number: number): string =>
  `${QUEUE_BRANCHES}${target}/${number}`

/** Whether a branch is, or was, one of this target's queue. */
export function isOfQueue(branch: string, target: string): boolean {
  const start = `${QUEUE_BRANCHES}${target}/`
  return branch.startsWith(start) && /^\d+$/.test(branch.slice(start.length))
}
