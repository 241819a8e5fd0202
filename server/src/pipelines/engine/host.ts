import type { Host, StepCall, Value } from '../groovy/index.ts'
import { globalsOf } from './globals.ts'
import { invokeFromScript } from './invoke.ts'
import type { Scope } from './scope.ts'
import type { Session } from './session.ts'
import { fromJson } from './values.ts'

/** The world that a run's script sees. */
export function hostOf(session: Session): Host {
  const globals = globalsOf(session)
  let times = 0
  let randoms = 0
  return {
    // As in Jenkins, a parameter or an environment variable may stand without `params.` or `env.`.
    getVariable(name, context): Value | undefined {
      if (globals.has(name)) return globals.get(name)
      // Read each time: `properties([parameters(…)])` adds to them.
      if (name === 'params') return fromJson(session.parameters)
      if (Object.hasOwn(session.parameters, name)) return session.parameters[name]
      return (context as Scope | undefined)?.environment.get(name)
    },
    invoke: (call: StepCall) => invokeFromScript(call),
    now: () => session.journal.fixed(`now.${++times}`, () => session.nowMs()),
    random: () => session.journal.fixed(`random.${++randoms}`, () => Math.random()),
    async tick() {
      if (session.letGo.signal.aborted) throw session.letGo.signal.reason
      if (session.hardAbort) throw session.hardAbort
      // Long computations leave room for everything else this server does.
      await new Promise((resolve) => setImmediate(resolve))
    },
  }
}
