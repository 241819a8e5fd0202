import type { Argument, Options } from '../declarative/index.ts'
import type { Scope } from '../engine/index.ts'
import type { Value } from '../groovy/index.ts'
import { argumentsOf, inStep, unsupported } from './context.ts'

/** Options that say something about the job or the flow and wrap nothing. */
const PLAIN = new Set([
  'buildDiscarder',
  'checkoutToSubdirectory',
  'disableConcurrentBuilds',
  'disableRestartFromStage',
  'disableResume',
  'durabilityHint',
  'newContainerPerStage',
  'overrideIndexTriggers',
  'parallelsAlwaysFailFast',
  'preserveStashes',
  'quietPeriod',
  'skipDefaultCheckout',
  'skipStagesAfterUnstable',
])

/** What `checkoutToSubdirectory('x')` says. */
export function subdirectoryIn(options: Options | null): Argument | undefined {
  const found = options?.items.find((item) => item.name === 'checkoutToSubdirectory')
  return found?.positional[0] ?? found?.named.get('subdirectory')
}

/** Runs the body inside the options that are steps with a block: timeout, retry, timestamps … */
export async function inOptions(
  scope: Scope,
  options: Options | null,
  body: (scope: Scope) => Promise<Value>,
): Promise<Value> {
  const wrappers = (options?.items ?? []).filter((item) => !PLAIN.has(item.name))
  const run = async (at: Scope, index: number): Promise<Value> => {
    const item = wrappers[index]
    if (!item) return body(at)
    if (!at.session.steps.get(item.name)?.isBlock) {
      throw unsupported(`The option ${item.name}`, 'Take it out of options.')
    }
    const args = await argumentsOf(at, item)
    return inStep(at, item.name, args, (inner) => run(inner, index + 1))
  }
  return run(scope, 0)
}
