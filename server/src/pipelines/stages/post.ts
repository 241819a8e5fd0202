import type { RunResult } from '@madang/api'
import type { Post, PostCondition } from '../declarative/index.ts'
import { errorLines, resultOf, type Scope } from '../engine/index.ts'
import { isWorse } from '../model.ts'
import { type Course, isSuspension, onAgentOf, runBlock } from './context.ts'

interface Standing {
  result: RunResult
  previous: RunResult | undefined
}

/** The order in which Jenkins runs them, whatever the order in the file. */
const order: PostCondition[] = [
  'always',
  'changed',
  'fixed',
  'regression',
  'aborted',
  'success',
  'unsuccessful',
  'unstable',
  'failure',
  'notBuilt',
  'cleanup',
]

const applies: Record<PostCondition, (standing: Standing) => boolean> = {
  always: () => true,
  // True on the first run; a fix or a regression needs something to compare with.
  changed: ({ result, previous }) => previous === undefined || previous !== result,
  fixed: ({ result, previous }) =>
    result === 'SUCCESS' && (previous === 'FAILURE' || previous === 'UNSTABLE'),
  regression: ({ result, previous }) => previous !== undefined && isWorse(result, previous),
  aborted: ({ result }) => result === 'ABORTED',
  success: ({ result }) => result === 'SUCCESS',
  unsuccessful: ({ result }) => result !== 'SUCCESS',
  unstable: ({ result }) => result === 'UNSTABLE',
  failure: ({ result }) => result === 'FAILURE',
  notBuilt: ({ result }) => result === 'NOT_BUILT',
  cleanup: () => true,
}

/**
 * Runs the post conditions that apply; each sees the result that the ones before it left. An error
 * in one is told, counts, and doesn't keep the others from running. Gives the first error.
 */
export async function runPost(
  course: Course,
  scope: Scope,
  post: Post,
  result: () => RunResult,
): Promise<unknown> {
  let first: unknown
  for (const condition of order) {
    const entry = post.entries.find((candidate) => candidate.condition === condition)
    const standing = { result: result(), previous: scope.session.previous?.result }
    if (!entry || !applies[condition](standing)) continue
    const inner = scope.inside(scope.nextPath(condition))
    try {
      await onAgentOf(course, inner, () => runBlock(inner, entry.body))
    } catch (error) {
      if (isSuspension(error)) throw error
      first ??= error
      scope.say(`Error when executing ${condition} post condition:\n${errorLines(error)}`)
      scope.session.worsenBy(error)
      scope.session.stages.worsen(scope.stage, resultOf(error))
    }
  }
  return first
}

/** Whether there is anything to do: else Jenkins opens no post stage. */
export function hasPostFor(scope: Scope, post: Post, result: () => RunResult): boolean {
  const standing = { result: result(), previous: scope.session.previous?.result }
  return post.entries.some(({ condition }) => applies[condition](standing))
}
