import {
  GroovyMap,
  type Host,
  HostObject,
  type HostPort,
  hostError,
  type StepCall,
  unmodifiable,
  type Value,
} from '../groovy/index.ts'
import { globalsOf } from './globals.ts'
import { invokeFromScript } from './invoke.ts'
import type { Scope } from './scope.ts'
import type { Session } from './session.ts'
import { fromJson } from './values.ts'

/** The world that a run's script sees. */
export function hostOf(session: Session): Host {
  const globals = globalsOf(session)
  const steps = new HostObject(stepsPort())
  const binding = new HostObject(bindingPort(session))
  let times = 0
  let randoms = 0
  return {
    // As in Jenkins, a parameter or an environment variable may stand without `params.` or `env.`.
    getVariable(name, context): Value | undefined {
      if (globals.has(name)) return globals.get(name)
      if (name === 'steps') return steps
      if (name === 'binding') return binding
      // Read each time: `properties([parameters(…)])` adds to them.
      if (name === 'params') return unmodifiable(fromJson(session.parameters))
      if (Object.hasOwn(session.parameters, name)) return session.parameters[name]
      return (context as Scope | undefined)?.environment.get(name)
    },
    invoke: (call: StepCall) => invokeFromScript(call),
    suspends: (name) => session.steps.has(name) && !AT_ONCE.has(name),
    warn: (text, context) => (context as Scope).say(text),
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

/** Steps that are done before Jenkins goes on with the script: also plain code may call them. */
const AT_ONCE = new Set('echo error isUnix milestone properties pwd unstable'.split(' '))

const NOWHERE = { line: 0, column: 0, offset: 0 }

/** `steps.sh '…'`: what a script hands to its classes, so that they can call steps. */
function stepsPort(): HostPort {
  return {
    typeName: 'org.jenkinsci.plugins.workflow.cps.DSL',
    get: () => undefined,
    answers: () => true,
    call: (name, { positional, named, closure }, context) =>
      invokeFromScript({
        name,
        positional,
        named,
        ...(closure && { closure }),
        position: NOWHERE,
        fileName: 'WorkflowScript',
        context,
      }),
  }
}

/** The script's undeclared variables as an object. */
function bindingPort(session: Session): HostPort {
  const variables = () => session.interpreter.binding
  const set = (name: string, value: Value) => void variables().set(name, value)
  return {
    typeName: 'groovy.lang.Binding',
    get: (name) => variables().get(name),
    set,
    call(method, { positional, closure }) {
      const name = String(positional[0])
      if (method === 'hasVariable') return variables().has(name)
      if (method === 'getVariables') return new GroovyMap(variables())
      if (method === 'setVariable' || method === 'setProperty') {
        set(name, positional[1] ?? closure ?? null)
        return null
      }
      if (method === 'getVariable' || method === 'getProperty') {
        const value = variables().get(name)
        if (value !== undefined) return value
        const text = `No such property: ${name} for class: groovy.lang.Binding`
        throw hostError('groovy.lang.MissingPropertyException', text)
      }
      throw hostError('groovy.lang.MissingMethodException', `No such method: binding.${method}`)
    },
  }
}
