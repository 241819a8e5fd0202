import type { RunResult } from '@madang/api'
import type { Post, PostCondition } from '../declarative/index.ts'
import { resultOf, type Scope, stackTrace } from '../engine/index.ts'
import { GroovyError } from '../groovy/index.ts'
import { isWorse, worseOf } from '../model.ts'
import { type Course, isSuspension, onAgentOf, runBlock } from './context.ts'

interface Standing {
  result: RunResult
  previous: RunResult | undefined
}

/** What post is run after: of a stage (its path in the tree), or of the whole file. */
export interface Before {
  stage?: string | undefined
  /** What the work ended with, if it failed. */
  error: unknown
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
 * in one is told and doesn't keep the others from running; it counts when nothing failed before.
 * Gives the error that the stage or the file ends with.
 */
export async function runPost(
  course: Course,
  scope: Scope,
  post: Post,
  { stage, error }: Before,
): Promise<unknown> {
  const { session } = scope
  let failure = error
  for (const condition of order) {
    const entry = post.entries.find((candidate) => candidate.condition === condition)
    const result = logicalResult(scope, { stage, error: failure })
    if (!entry || !isMet(scope, condition, result)) continue
    const inner = scope.inside(scope.nextPath(condition))
    try {
      await session.standing(result, () =>
        onAgentOf(course, inner, () => runBlock(inner, entry.body)),
      )
    } catch (thrown) {
      if (isSuspension(thrown)) throw thrown
      failure ??= thrown
      scope.say(`Error when executing ${condition} post condition:\n${traceText(thrown)}`)
      session.stages.worsen(scope.stage, resultOf(thrown))
    }
  }
  return failure
}

/** Whether there is anything to do: else Jenkins opens no post stage. */
export function hasPostFor(scope: Scope, post: Post, before: Before): boolean {
  const result = logicalResult(scope, before)
  return post.entries.some(({ condition }) => isMet(scope, condition, result))
}

function isMet(scope: Scope, condition: PostCondition, result: RunResult): boolean {
  return applies[condition]({ result, previous: scope.session.previous?.result })
}

/**
 * What post is told of: a stage's error, or what was noted in it (`unstable`, `catchError`), says
 * all of the stage; where nothing was, the result that the run has so far counts for it as well.
 */
function logicalResult({ session }: Scope, { stage, error }: Before): RunResult {
  const noted = stage === undefined ? 'SUCCESS' : session.stages.result(stage)
  const own = error === undefined ? noted : resultOf(error)
  if (own === 'SKIPPED') return 'SUCCESS'
  if (stage !== undefined && own !== 'SUCCESS') return own
  return worseOf(session.result ?? 'SUCCESS', own)
}

/** Post prints the whole error, also of a failed step. */
const traceText = (error: unknown) =>
  error instanceof GroovyError ? stackTrace(error) : String(error)
