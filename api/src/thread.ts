import { endpoint } from './endpoint.ts'
import { defineErrors } from './errors.ts'
import { type Infer, z } from './schema.ts'

/** What the thread is made of, in the order of the loop. */
export const threadKinds = [
  'project',
  'issue',
  'branch',
  'commit',
  'pullRequest',
  'run',
  'tests',
  'artifact',
  'stack',
  'deployment',
  'endpoint',
  'alarm',
] as const

export const threadRef = z.object({ kind: z.string(), id: z.string() })

export const threadItem = threadRef.extend({
  project: z.string().optional(),
  title: z.string(),
  url: z.string().optional(),
  /** A short word of its own field: `open`, `SUCCESS`, `ALARM`. */
  state: z.string().optional(),
  /** It is gone, a deleted branch for instance; the thread keeps it. */
  isRemoved: z.boolean(),
  /** When the latest fact about it happened. */
  at: z.string(),
})
export type ThreadItem = Infer<typeof threadItem>

export const thread = z.object({
  root: threadRef,
  /** In the order of the loop; of one kind the latest first. `side` is where it lies from the root. */
  nodes: z.array(threadItem.extend({ side: z.enum(['root', 'before', 'after', 'beside']) })),
  /** Between the nodes shown. */
  edges: z.array(z.object({ from: threadRef, to: threadRef })),
  /** There is more than is shown. */
  isCut: z.boolean(),
})
export type Thread = Infer<typeof thread>

export const searchHit = threadItem.extend({
  /** Why it was found, best first: its key, the title's beginning, the title, the text. */
  match: z.enum(['key', 'titleStart', 'title', 'text']),
  /** Words around the place in the text. */
  excerpt: z.string().optional(),
})
export type SearchHit = Infer<typeof searchHit>

export const threadEndpoints = {
  threadGet: endpoint({
    method: 'GET',
    path: '/api/thread',
    access: 'signedIn',
    query: z.object({ kind: z.string().min(1), id: z.string().min(1).max(2000) }),
    result: thread,
  }),
  search: endpoint({
    method: 'GET',
    path: '/api/search',
    access: 'signedIn',
    query: z.object({
      q: z.string().max(200),
      kind: z.string().optional(),
      project: z.string().optional(),
      limit: z.coerce.number().int().min(1).max(100).default(20),
    }),
    result: z.object({ items: z.array(searchHit) }),
  }),
  /** Empties the thread and the search, and folds every fact again. */
  threadRebuild: endpoint({
    method: 'POST',
    path: '/api/thread/rebuild',
    access: 'administrator',
    result: z.object({ events: z.number() }),
  }),
}

export const threadErrors = defineErrors({
  threadNotFound: {
    status: 404,
    en: 'Nothing is known about {kind} {id}.',
    ko: '{kind} {id}에 대해 알려진 것이 없습니다.',
  },
})
