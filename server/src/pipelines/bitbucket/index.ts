import { configCalls } from './config.ts'
import type { BitbucketParts } from './parts.ts'
import { runCalls } from './runs.ts'
import { createScheduleClock } from './schedule-clock.ts'
import { scheduleCalls } from './schedules.ts'
import { sshCalls } from './ssh.ts'
import { stepCalls } from './steps.ts'
import { forgetSchedulesWithRepos } from './store-schedules.ts'
import { testCalls } from './tests.ts'
import { variableCalls } from './variables.ts'

export { bitbucketSteps } from './migrations.ts'
export type { BitbucketParts } from './parts.ts'

/**
 * Bitbucket's pipelines: runs of a repository's Jenkinsfiles, their stages as its steps. Its
 * schedules run from `start` on.
 */
export function addBitbucketCalls(parts: BitbucketParts): { start(): Promise<void> } {
  const { kernel, bitbucket, triggers } = parts
  const clock = createScheduleClock(kernel, triggers)
  forgetSchedulesWithRepos(kernel)
  kernel.onStop(async () => clock.stop())
  bitbucket.add([
    ...runCalls(parts),
    ...stepCalls(parts),
    ...testCalls(parts),
    ...configCalls,
    ...scheduleCalls(parts, clock),
    ...variableCalls(parts),
    ...sshCalls(parts),
  ])
  return { start: () => clock.arm() }
}
