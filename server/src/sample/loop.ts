import { type SampleStageName, sampleStages } from '@madang/api'
import { errorText } from '../kernel/index.ts'
import type { SampleContext, Stage } from './context.ts'
import * as ofCode from './stages-code.ts'
import * as ofRelease from './stages-release.ts'
import { stageBegin, stageEnd, stagesOf } from './store.ts'

const stages: Record<SampleStageName, Stage> = {
  project: ofCode.project,
  repository: ofCode.repository,
  firstRelease: ofRelease.firstRelease,
  issue: ofCode.issue,
  branch: ofCode.branch,
  pullRequest: ofCode.pullRequest,
  merge: ofCode.merge,
  run: ofRelease.run,
  tests: ofRelease.tests,
  artifact: ofRelease.artifact,
  stack: ofRelease.stack,
  endpoint: ofRelease.endpoint,
  telemetry: ofRelease.telemetry,
  alarm: ofRelease.alarm,
}

/** Goes through what is not done yet, in order; stops at the first stage that fails, keeping why. */
export async function runLoop(context: SampleContext): Promise<void> {
  const before = await stagesOf(context.kernel.database)
  const done = new Set(before.filter(({ state }) => state === 'done').map(({ name }) => name))
  for (const name of sampleStages.filter((entry) => !done.has(entry))) {
    if (!(await runStage(context, name))) return
  }
}

async function runStage(context: SampleContext, name: SampleStageName): Promise<boolean> {
  const { database, clock, live, log } = context.kernel
  await database.write((tx) => stageBegin(tx, name, clock.now()))
  live.publish('sample', { type: 'sample.stage', id: name })
  try {
    const outcome = await stages[name](context)
    await database.write((tx) =>
      stageEnd(tx, name, { state: 'done', ...outcome, now: clock.now() }),
    )
    return true
  } catch (error) {
    // The server stops: the job runs again at the next start and takes the stage up again.
    context.signal.throwIfAborted()
    log.warn('sample.stage', { stage: name, error })
    const detail = error instanceof Error ? error.message : errorText(error)
    await database.write((tx) => stageEnd(tx, name, { state: 'failed', detail, now: clock.now() }))
    return false
  } finally {
    live.publish('sample', { type: 'sample.stage', id: name })
  }
}
