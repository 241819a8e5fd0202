import { pullRequest } from './code-shapes.ts'
import { endpoint } from './endpoint.ts'
import { type Infer, z } from './schema.ts'

const numbered = z.object({
  project: z.string(),
  repo: z.string(),
  number: z.coerce.number().int().positive(),
})
const path = '/api/projects/:project/repos/:repo/pulls/:number/conflicts'

export const pullConflictSegment = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('same'), text: z.string() }),
  z.object({
    kind: z.literal('conflict'),
    source: z.string(),
    base: z.string(),
    target: z.string(),
  }),
])
export type PullConflictSegment = Infer<typeof pullConflictSegment>

export const pullConflictFile = z.object({
  path: z.string(),
  /** `binary`: no text to choose lines of, one side is taken whole. `deleted`: by one side. */
  kind: z.enum(['text', 'binary', 'deleted']),
  deletedBy: z.enum(['source', 'target']).optional(),
  /** The file from its begin to its end; ends of lines are in the texts. */
  segments: z.array(pullConflictSegment).optional(),
})
export type PullConflictFile = Infer<typeof pullConflictFile>

export const pullConflicts = z.object({
  /** Commits that the answer is about; a resolution names them again. */
  head: z.string(),
  target: z.string(),
  files: z.array(pullConflictFile),
  truncated: z.boolean(),
})
export type PullConflicts = Infer<typeof pullConflicts>

export const pullResolution = z.object({
  head: z.string(),
  target: z.string(),
  message: z.string().max(10_000).optional(),
  files: z
    .array(
      z.object({
        path: z.string(),
        /** One side whole (also its deletion), or the text that is given. */
        take: z.enum(['source', 'target', 'text']),
        text: z.string().max(2_000_000).optional(),
      }),
    )
    .max(500),
})
export type PullResolution = Infer<typeof pullResolution>

/** What both sides of a pull request changed, and what somebody decides about it. */
export const conflictEndpoints = {
  pullRequestConflicts: endpoint({
    method: 'GET',
    path,
    access: { project: 'viewer' },
    params: numbered,
    result: pullConflicts,
  }),
  /** Merges the target into the source branch. */
  pullRequestResolve: endpoint({
    method: 'POST',
    path,
    access: { project: 'developer' },
    params: numbered,
    body: pullResolution,
    result: pullRequest,
  }),
}
