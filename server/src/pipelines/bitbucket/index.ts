import { cacheCalls } from './caches.ts'
import { configCalls } from './config.ts'
import type { BitbucketParts } from './parts.ts'
import { runCalls } from './runs.ts'
import { scheduleCalls } from './schedules.ts'
import { sshCalls } from './ssh.ts'
import { stepCalls } from './steps.ts'
import { testCalls } from './tests.ts'
import { variableCalls } from './variables.ts'

export { bitbucketSteps, buildNumberSteps } from './migrations.ts'
export type { BitbucketParts } from './parts.ts'

/** Bitbucket's pipelines: runs of a repository's Jenkinsfiles, their stages as its steps. */
export function addBitbucketCalls(parts: BitbucketParts): void {
  parts.bitbucket.add([
    ...runCalls(parts),
    ...stepCalls(parts),
    ...testCalls(parts),
    ...configCalls(parts),
    ...scheduleCalls(parts),
    ...variableCalls(parts),
    ...sshCalls(parts),
    ...cacheCalls(parts),
  ])
}
