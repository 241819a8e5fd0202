import { runResults } from '@madang/api'
import { GroovyClosure, GroovyError, GroovyMap, hostError, type Value } from '../groovy/index.ts'
import {
  failFastInterruption,
  interruptionOf,
  resultOf,
  type Scope,
  type Step,
  suppress,
  Suspended,
} from '../engine/index.ts'

export const parallel: Step = {
  kind: 'own',
  isBlock: true,
  async run(call) {
    const { interpreter } = call.session
    const branches: Branch[] = []
    let failFast = false
    for (const [name, body] of call.args.values) {
      if (body instanceof GroovyClosure) {
        const run = (scope: Scope) => interpreter.callClosure(body, [], { context: scope })
        branches.push({ name, run })
      } else if (name === 'failFast' && typeof body === 'boolean') failFast = body
      else {
        const shown = await interpreter.print(body, call.scope)
        const text = `Expected a closure or failFast but found ${name}=${shown}`
        throw hostError('java.lang.IllegalArgumentException', text)
      }
    }
    call.session.countSteps(branches.length)
    if (branches.length === 0) call.say('No branches to run')
    try {
      return await runBranches(call.scope, call.path, branches, failFast)
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
 * Runs branches side by side and waits for all of them; the worst error is thrown then. With
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
    const stage = branch.isStage ? scope.stage : at
    const inner = scope.inside(at, { interrupts, stage, head: scope.head.fork() })
    if (!branch.isStage) stages.open(at, branch.name, 'branch', scope.stage)
    scope.mark(`${at}{`, `{ (Branch: ${branch.name})`)
    return { branch, at, interrupts, inner }
  })
  const more = Math.max(branches.length - 1, 0)
  scope.session.heads += more
  const failed: Outcome[] = []
  const outcomes = await Promise.all(
    open.map(async ({ branch, at, interrupts, inner }): Promise<Outcome> => {
      await inner.head.goOn()
      const outcome = await settle(branch, inner)
      interrupts.close()
      inner.head.rest()
      if (outcome.error instanceof Suspended) return outcome
      scope.mark(`${at}}`, '}')
      stages.close(at, 'error' in outcome ? resultOf(outcome.error) : 'SUCCESS')
      if (!('error' in outcome)) return outcome
      scope.sayOnce(`${at}!failed`, `Failed in branch ${branch.name}`)
      if (failed.push(outcome) === 1 && failFast) {
        const reason = failFastInterruption(`Failed in branch ${branch.name}`)
        for (const other of open) if (other.at !== at) other.interrupts.interrupt(reason)
      }
      return outcome
    }),
  )
  scope.session.heads -= more
  return merge(outcomes, failed, failFast)
}

async function settle(branch: Branch, inner: Scope): Promise<Outcome> {
  try {
    return { name: branch.name, value: await branch.run(inner) }
  } catch (error) {
    return { name: branch.name, value: null, error }
  }
}

function merge(outcomes: Outcome[], failed: Outcome[], failFast: boolean): Value {
  const uncaught = outcomes.find((outcome) => outcome.error instanceof Suspended)
  if (uncaught) throw uncaught.error
  // With failFast the first failure counts, else the most severe; of equals the earlier one.
  const worst = failFast ? failed : failed.toSorted((a, b) => severity(b) - severity(a))
  const [first, ...others] = worst
  if (first) {
    suppress(
      first.error,
      others.map(({ error }) => error),
    )
    throw first.error
  }
  return new GroovyMap(outcomes.map(({ name, value }) => [name, value]))
}

/** As Jenkins sorts them: any exception, then AbortException, then interruptions by their result. */
function severity({ error }: Outcome): number {
  const interrupted = interruptionOf(error)
  if (interrupted) return runResults.indexOf(interrupted.result)
  const isAbort = error instanceof GroovyError && error.className === 'hudson.AbortException'
  return runResults.length + (isAbort ? 0 : 1)
}
