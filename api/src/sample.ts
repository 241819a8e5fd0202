import { endpoint } from './endpoint.ts'
import { defineErrors } from './errors.ts'
import { type Infer, z } from './schema.ts'

/** What the sample project goes through, in the order of the loop. */
export const sampleStages = [
  'project',
  'repository',
  'firstRelease',
  'issue',
  'branch',
  'pullRequest',
  'merge',
  'run',
  'tests',
  'artifact',
  'stack',
  'endpoint',
  'telemetry',
  'alarm',
] as const
export type SampleStageName = (typeof sampleStages)[number]

export const sampleStage = z.object({
  name: z.enum(sampleStages),
  state: z.enum(['waiting', 'running', 'done', 'failed']),
  /** What came of it, or why it failed: `GB-1`, `8 passed`, a URL. */
  detail: z.string(),
  /** Page of what came of it. */
  url: z.string().optional(),
  startedAt: z.string().optional(),
  finishedAt: z.string().optional(),
})
export type SampleStage = Infer<typeof sampleStage>

export const sample = z.object({
  /** `absent`: never asked for. */
  state: z.enum(['absent', 'running', 'done', 'failed']),
  project: z.string(),
  stages: z.array(sampleStage),
})
export type Sample = Infer<typeof sample>

export const sampleEndpoints = {
  sampleGet: endpoint({
    method: 'GET',
    path: '/api/sample',
    access: 'signedIn',
    result: sample,
  }),
  /** Makes it, or goes on where it failed. */
  sampleMake: endpoint({
    method: 'POST',
    path: '/api/sample',
    access: 'administrator',
    result: sample,
  }),
}

export const sampleErrors = defineErrors({
  sampleKeyTaken: {
    status: 409,
    en: 'A project with the key {key} exists already, and it is not the sample.',
    ko: '{key} 키의 프로젝트가 이미 있습니다. 예제가 아닙니다.',
  },
})
