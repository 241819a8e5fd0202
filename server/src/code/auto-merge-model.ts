import type { MergeStrategy } from './pull-request-merge.ts'

/** A merge that happens as soon as nothing stands in its way, in the name of who asked for it. */
export interface AutoMerge {
  strategy: MergeStrategy
  message?: string
  actorId: string
  actorName: string
}
