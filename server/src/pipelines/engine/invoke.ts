import { GroovyMap, hostError, type StepCall, type Value } from '../groovy/index.ts'
import type { Ask } from './ask.ts'
import { readArguments } from './read-arguments.ts'
import type { Scope } from './scope.ts'
import { Call, type Step } from './step.ts'
import { StepArguments } from './step-arguments.ts'
import { stepNamed } from './step-classes.ts'
import { fitArguments } from './step-fitting.ts'
import { describable, symbolNames } from './symbols.ts'

/** A call from the script. What Jenkins does at once is done here before this returns. */
export function invokeFromScript(call: StepCall): Value | Promise<Value> {
  const scope = call.context as Scope
  const { interpreter } = scope.session
  const { closure } = call
  const body =
    closure && ((inner: Scope) => interpreter.callClosure(closure, [], { context: inner }))
  const { name, positional, named } = call
  if (PRINTERS.has(name)) return print(scope, name, closure ? [...positional, closure] : positional)
  const { interpolated, warning, unsaved } = call
  const ask = { name, positional, named, body, closure, interpolated, warning, unsaved }
  return isAtOnce(ask) ? performAtOnce(scope, ask) : invokeStep(scope, ask)
}

/**
 * Steps that are over when Jenkins' call of them returns: a branch of `parallel` goes on below them
 * without another one's coming between.
 */
const AT_ONCE = new Set(['echo', 'error', 'unstable'])

const isAtOnce = ({ name, positional, named, body }: Ask): boolean =>
  AT_ONCE.has(name) &&
  positional.length === 1 &&
  typeof positional[0] === 'string' &&
  named.size === 0 &&
  body === undefined

function performAtOnce(scope: Scope, ask: Ask): Value | Promise<Value> {
  const { name, positional } = ask
  const step = scope.session.steps.get(name)!
  scope.session.countSteps()
  const path = scope.nextPath(name)
  const args = new StepArguments(name, new Map([[step.positional![0]!, positional[0]!]]))
  const call = new Call(scope, { name, path, args, ...bodyOf(ask) })
  scope.mark(`${path}#`, name)
  return perform(call, step, ask)
}

const PRINTERS = new Set(['print', 'println', 'printf'])

/** Groovy's own printing goes through `echo`, as the base class of Jenkins' scripts has it. */
function print(scope: Scope, name: string, given: Value[]): Value | Promise<Value> {
  const [first] = given
  const isPlain = typeof first === 'string' && name !== 'printf'
  return isPlain ? performAtOnce(scope, echoing(first)) : printed(scope, name, given)
}

const echoing = (text: string): Ask => {
  return { name: 'echo', positional: [text], named: new GroovyMap(), body: undefined }
}

async function printed(scope: Scope, name: string, given: Value[]): Promise<Value> {
  const { interpreter } = scope.session
  const [first, ...rest] = given
  const formatted = name === 'printf' && typeof first === 'string'
  const text =
    first === undefined ? ''
    : formatted ? await interpreter.format(first, rest, scope)
    : await interpreter.javaText(first, scope) // prettier-ignore
  return invokeStep(scope, echoing(text))
}

/** Any call of a step: what the script and the Declarative stages both come through. */
export async function invokeStep(scope: Scope, asked: Ask): Promise<Value> {
  const ask = { ...asked, name: stepNamed(asked.name) }
  const step = scope.session.steps.get(ask.name)
  if (!step) {
    const symbol = await describable(scope, ask)
    if (symbol) return symbol
    throw noSuchStep(ask.name, scope)
  }
  scope.session.countSteps()
  const path = scope.nextPath(ask.name)
  const args = new StepArguments(ask.name, await readArguments(scope, step, ask))
  const call = new Call(scope, { name: ask.name, path, args, ...bodyOf(ask) })
  if (!step.isQuiet && !ask.isQuiet) {
    const label = step.label && (await step.label(args, scope))
    scope.mark(`${path}#`, label === undefined ? ask.name : `${ask.name} (${label})`)
  }
  return perform(call, step, ask)
}

/** The call, once its line stands in the log. */
function perform(call: Call, step: Step, ask: Ask): Value | Promise<Value> {
  const { scope, path, args } = call
  if (ask.warning) scope.sayOnce(`${path}!mismatch`, ask.warning)
  warnOfSecrets(scope, path, ask)
  const { needsNode = false } = step
  const isForNode = typeof needsNode === 'function' ? needsNode(args) : needsNode
  if (isForNode && !scope.node) throw nodeMissing(`${ask.name} step`)
  if (NEEDS_BODY.has(ask.name) && !ask.body) {
    throw hostError(
      'java.lang.IllegalStateException',
      `${ask.name} step must be called with a body`,
    )
  }
  // Without giving way: what `echo` says stands right below its line, whatever other branches do.
  const refused = fitArguments(scope, path, args.values, ask.name)
  if (refused) return refused.then((error) => Promise.reject(error))
  if (ask.unsaved) throw ask.unsaved
  if (AT_ONCE.has(ask.name)) return carryOut(call, step)
  return scope.head.aside(() => carryOut(call, step))
}

function carryOut(call: Call, step: Step): Value | Promise<Value> {
  if (step.kind === 'own') return step.run(call)
  return call.once(async () => step.run(call), { isOnce: step.isOnce === true })
}

/** A secret that Groovy put into a text is seen by whoever sees the arguments of programs. */
function warnOfSecrets(scope: Scope, path: string, { name, interpolated = [] }: Ask): void {
  const secrets = interpolated.length === 0 ? [] : scope.environment.secretsIn(interpolated)
  if (secrets.length === 0) return
  const text =
    `Warning: A secret was passed to "${name}" using Groovy String interpolation, which is insecure.\n` +
    `\t\t Affected argument(s) used the following variable(s): [${secrets.join(', ')}]\n` +
    '\t\t See https://jenkins.io/redirect/groovy-string-interpolation for details.'
  scope.sayOnce(`${path}!secrets`, text)
}

const bodyOf = ({ body, closure }: Ask) => ({ body, closure })

/** What Jenkins refuses without its block. `stage` may stand alone, as of old. */
const NEEDS_BODY = new Set(
  (
    'ansiColor catchError dir lock node retry timeout timestamps waitUntil warnError ' +
    'withCredentials withEnv wrap ws'
  ).split(' '),
)

export function nodeMissing(what: string) {
  return hostError(
    'org.jenkinsci.plugins.workflow.steps.MissingContextVariableException',
    'Required context class hudson.FilePath is missing\n' +
      `Perhaps you forgot to surround the ${what} with a step that provides this, such as: node`,
  )
}

/** Steps of Jenkins' plugins that are not here, with what to use instead. */
const instead: Record<string, string> = {
  s3Copy: 'Use sh with the aws command; its credentials are set.',
  s3Delete: 'Use sh with the aws command; its credentials are set.',
}

const GLOBALS = ['currentBuild', 'docker', 'env', 'params', 'pipeline', 'scm']

/** Jenkins' words, with the names there are here. */
function noSuchStep(name: string, scope: Scope) {
  const list = (names: Iterable<string>) => `[${[...names].sort().join(', ')}]`
  const { session } = scope
  // Those with a space are the engine's own, which no script can call.
  const known = [...session.steps.keys()].filter((each) => !each.includes(' '))
  const globals = [...GLOBALS, ...session.interpreter.binding.keys()]
  const text =
    `No such DSL method '${name}' found among steps ${list(known)} ` +
    `or symbols ${list(symbolNames)} or globals ${list(new Set(globals))}`
  const hint = instead[name]
  return hostError('java.lang.NoSuchMethodError', hint ? `${text}\n${hint}` : text)
}
