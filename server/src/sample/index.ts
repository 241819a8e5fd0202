import { type Sample as SampleView, sampleEndpoints as api } from '@madang/api'
import type { Cloud } from '../cloud/index.ts'
import type { Code } from '../code/index.ts'
import type { Identity } from '../identity/index.ts'
import { type Kernel, route } from '../kernel/index.ts'
import type { Plan } from '../plan/index.ts'
import { PROJECT } from './context.ts'
import { runLoop } from './loop.ts'
import { checkKey } from './stages-code.ts'
import { sampleMigrations, stagesOf } from './store.ts'

const JOB = 'sample.make'

/** The sample project. */
export interface Sample {
  /** Begins, or goes on where it failed; returns at once. Refuses `sampleKeyTaken`. */
  make(): Promise<void>
  progress(): Promise<SampleView>
}

interface Given {
  kernel: Kernel
  identity: Identity
  plan: Plan
  code: Code
  cloud: Cloud
  origin: () => string
  language: 'ko' | 'en'
}

export async function createSample(given: Given): Promise<Sample> {
  const { kernel } = given
  const { database, jobs, http } = kernel
  await database.migrate('sample', sampleMigrations)
  jobs.handle(JOB, { run: ({ signal }) => runLoop({ ...given, signal }) })
  const sample: Sample = {
    async make() {
      const { state } = await sample.progress()
      if (state === 'done') return
      if (state === 'absent') await checkKey({ ...given, signal: AbortSignal.timeout(60_000) })
      await database.write((tx) => jobs.enqueue(tx, { kind: JOB, key: JOB, payload: {} }))
    },
    async progress() {
      const stages = await stagesOf(database)
      return { project: PROJECT, stages, state: stateOf(stages) }
    },
  }
  http.add([
    route(api.sampleGet, () => sample.progress()),
    route(api.sampleMake, async () => {
      await sample.make()
      return sample.progress()
    }),
  ])
  return sample
}

function stateOf(stages: SampleView['stages']): SampleView['state'] {
  if (stages.every(({ state }) => state === 'waiting')) return 'absent'
  if (stages.some(({ state }) => state === 'failed')) return 'failed'
  return stages.every(({ state }) => state === 'done') ? 'done' : 'running'
}
