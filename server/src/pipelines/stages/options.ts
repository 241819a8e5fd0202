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

/** Properties of jobs that other plugins bring: the file may name them, and the log says what comes of it. */
const WITHOUT_EFFECT = new Set([
  'authorizationMatrix',
  'buildBlocker',
  'copyArtifactPermission',
  'gitLabConnection',
  'gitlabBuilds',
  'githubProjectProperty',
  'office365ConnectorWebhooks',
  'rateLimitBuilds',
  'throttleJobProperty',
])

/** The options that are on: `skipDefaultCheckout(false)` is not. */
export function optionNames(options: Options | null): Set<string> {
  const on = (options?.items ?? []).filter(({ positional, named }) => {
    const [only = [...named.values()][0]] = positional
    return only?.constant !== false
  })
  return new Set(on.map(({ name }) => name))
}

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
    if (WITHOUT_EFFECT.has(item.name)) {
      at.say(`WARNING: The option ${item.name} has no effect on this server.`)
      return run(at, index + 1)
    }
    if (!at.session.steps.get(item.name)?.isBlock) {
      throw unsupported(`The option ${item.name}`, 'Take it out of options.')
    }
    const args = await argumentsOf(at, item)
    return inStep(at, item.name, args, (inner) => run(inner, index + 1))
  }
  return run(scope, 0)
}
