import { configCalls } from './config.ts'
import { bitbucketPipelinesMigrations } from './migrations.ts'
import type { BitbucketParts } from './parts.ts'
import { runCalls } from './runs.ts'
import { createScheduleClock } from './schedule-clock.ts'
import { scheduleCalls } from './schedules.ts'
import { stepCalls } from './steps.ts'
import { forgetSchedulesWithRepos } from './store-schedules.ts'
import { testCalls } from './tests.ts'
import { variableCalls } from './variables.ts'

export type { BitbucketParts } from './parts.ts'

/**
 * Bitbucket's pipelines: runs of a repository's Jenkinsfiles, their stages as its steps. Its
 * schedules run from `start` on.
 */
export async function addBitbucketCalls(
  parts: BitbucketParts,
): Promise<{ start(): Promise<void> }> {
  const { kernel, bitbucket, triggers } = parts
  await kernel.database.migrate('pipelines-bitbucket', bitbucketPipelinesMigrations)
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
  ])
  return { start: () => clock.arm() }
}
