import { GroovyMap, GroovyClosure, type Value } from '../groovy/index.ts'
import {
  abortException,
  errorLines,
  interruption,
  resultOf,
  type Scope,
  type Step,
  Suspended,
} from '../engine/index.ts'

export const parallel: Step = {
  kind: 'own',
  isBlock: true,
  async run(call) {
    const entries = [...call.args.values].filter(([name]) => name !== 'failFast')
    const branches = entries.map(([name, body]): Branch => {
      if (!(body instanceof GroovyClosure)) {
        throw abortException(`parallel: the branch "${name}" has to be a closure`)
      }
      const { interpreter } = call.session
      return { name, run: (scope) => interpreter.callClosure(body, [], { context: scope }) }
    })
    try {
      return await runBranches(call.scope, call.path, branches, call.args.flag('failFast'))
    } finally {
      call.close()
    }
  },
}

export interface Branch {
  name: string
  /** Of Declarative stages: the stage inside is shown, not the branch around it. */
  isStage?: boolean
  run(scope: Scope): Promise<Value>
}

interface Outcome {
  name: string
  value: Value
  error?: unknown
}

/**
 * Runs branches side by side and waits for all of them; the first error is thrown then. With
 * `failFast` a failing branch ends the others.
 */
export async function runBranches(
  scope: Scope,
  path: string,
  branches: Branch[],
  failFast: boolean,
): Promise<Value> {
  const { stages } = scope.session
  const open = branches.map((branch) => {
    const at = `${path}/${branch.name}`
    const interrupts = scope.interrupts.child()
    const prefix = `${scope.prefix}[${branch.name}] `
    const stage = branch.isStage ? scope.stage : at
    const inner = scope.inside(at, { interrupts, prefix, stage })
    if (!branch.isStage) stages.open(at, branch.name, 'branch', scope.stage)
    scope.mark(`${at}{`, `{ (Branch: ${branch.name})`)
    return { branch, at, interrupts, inner }
  })
  const failed: Outcome[] = []
  const outcomes = await Promise.all(
    open.map(async ({ branch, at, interrupts, inner }): Promise<Outcome> => {
      const outcome = await settle(branch, inner)
      interrupts.close()
      if (outcome.error instanceof Suspended) return outcome
      scope.mark(`${at}}`, '}')
      stages.close(at, 'error' in outcome ? resultOf(outcome.error) : 'SUCCESS')
      if ('error' in outcome && failed.push(outcome) === 1 && failFast) {
        scope.sayOnce(`${at}!failed`, `Failed in branch ${branch.name}`)
        const reason = interruption('ABORTED', `Failed in branch ${branch.name}`)
        for (const other of open) if (other.at !== at) other.interrupts.interrupt(reason)
      }
      return outcome
    }),
  )
  return merge(scope, path, outcomes, failed, failFast)
}

async function settle(branch: Branch, inner: Scope): Promise<Outcome> {
  try {
    return { name: branch.name, value: await branch.run(inner) }
  } catch (error) {
    return { name: branch.name, value: null, error }
  }
}

function merge(
  scope: Scope,
  path: string,
  outcomes: Outcome[],
  failed: Outcome[],
  failFast: boolean,
): Value {
  const uncaught = outcomes.find((outcome) => outcome.error instanceof Suspended)
  if (uncaught) throw uncaught.error
  const [first] = failed
  if (first) {
    if (!failFast) {
      for (const { name, error } of failed) {
        const key = `${path}/${name}!failed`
        scope.sayOnce(key, `Failed in branch ${name}`)
        if (failed.length > 1 && error !== first.error) {
          scope.sayOnce(`${key}.why`, `[${name}] ${errorLines(error)}`)
        }
      }
    }
    throw first.error
  }
  return new GroovyMap(outcomes.map(({ name, value }) => [name, value]))
}
