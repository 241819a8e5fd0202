import { defaultVocabulary, type ParameterModel } from '../declarative/index.ts'
import {
  classOf,
  GroovyDecimal,
  GroovyDouble,
  type GroovyError,
  GroovyMap,
  hostError,
  type Value,
} from '../groovy/index.ts'
import type { Scope } from './scope.ts'
import { classOfStep, STEPS } from './step-classes.ts'
import { refuseValues } from './step-refusals.ts'
import { SYMBOL } from './symbols.ts'
import { toJson } from './values.ts'

/**
 * Makes of a step's arguments what its class in Jenkins takes, or refuses them in Jenkins' words. A
 * parameter that the class doesn't have is only warned of: the step does its work without it.
 */
export function fitArguments(
  scope: Scope,
  path: string,
  values: Map<string, Value>,
  step: string,
): Promise<GroovyError> | undefined {
  const type = classOfStep(step)
  const parameters = defaultVocabulary.steps.get(step)?.parameters
  if (type === undefined || parameters === undefined) return undefined
  const own = step === 'node' ? ['customWorkspace'] : []
  const known = new Set([...parameters.map(({ name }) => name), ...own, SYMBOL])
  const stray = [...values.keys()].filter((name) => !known.has(name)).sort()
  if (stray.length > 0) {
    const text = `WARNING: Unknown parameter(s) found for class type '${type}': ${stray.join(',')}`
    scope.sayOnce(`${path}!stray`, text)
  }
  const given = new Map(values)
  try {
    for (const parameter of parameters) {
      const value = values.get(parameter.name) ?? null
      if (value !== null) values.set(parameter.name, fitted(type, parameter, value))
    }
    refuseValues(step, values)
    return undefined
  } catch (cause) {
    return refusal(scope, { step, type, given }, cause as GroovyError)
  }
}

async function refusal(
  scope: Scope,
  { step, type, given }: { step: string; type: string; given: Map<string, Value> },
  cause: GroovyError,
): Promise<GroovyError> {
  const pairs: string[] = []
  for (const [name, value] of given) {
    pairs.push(`${name}=${await scope.session.interpreter.javaText(value, scope)}`)
  }
  const error = notMade(cause, `{${pairs.join(', ')}}`, type)
  if (!OF_THE_CORE.has(step)) return error
  return notMade(error, `{delegate=@${step}(${pairs.join(',')})}`, `${STEPS}CoreStep`)
}

/** Publishers are no steps of their own: one of Jenkins' core runs them. */
const OF_THE_CORE = new Set(['archiveArtifacts', 'cleanWs', 'fingerprint'])

/**
 * A lone map is the value of a step's only parameter, but where it names just that: of
 * `error(message: 'x', cause: 'y')` the message is a map.
 */
export function isValueOfOnly(step: string, map: GroovyMap): boolean {
  const parameters = classOfStep(step) && defaultVocabulary.steps.get(step)?.parameters
  // `node` takes a customWorkspace here.
  if (!parameters || parameters.length !== 1 || step === 'node') return false
  const [only] = parameters
  return only!.required && !(map.size === 1 && map.has(only!.name))
}

function notMade(cause: GroovyError, given: string, type: string): GroovyError {
  const error = illegal(`Could not instantiate ${given} for ${type}`)
  error.thrown.fields.set('cause', cause.thrown)
  return error
}

function fitted(type: string, parameter: ParameterModel, value: Value): Value {
  const place = placeOf(type, parameter)
  switch (parameter.type) {
    case 'string':
      return textOf(place, value)
    case 'int':
    case 'integer':
    case 'long':
      return numberOf(place, parameter.type, value)
    case 'boolean':
      if (typeof value === 'boolean') return value
      if (typeof value === 'string') return value.toLowerCase() === 'true'
      throw mismatch(place, 'boolean', value)
    case 'unit':
      if (UNITS.has(String(value))) return value
      throw illegal(`No enum constant java.util.concurrent.TimeUnit.${String(value)}`)
    case 'list':
      return listOf(place, value)
    case 'any':
      return value
  }
}

const UNITS = new Set('NANOSECONDS MICROSECONDS MILLISECONDS SECONDS MINUTES HOURS DAYS'.split(' '))

/** What a class must be given is set by its constructor, the rest by setters. */
function placeOf(type: string, { name, required }: ParameterModel): string {
  if (required) return `${type}.${name}`
  const owner = type.replace(/durable_task\.\w+$/, 'durable_task.DurableTaskStep')
  return `class ${owner}.set${name[0]!.toUpperCase()}${name.slice(1)}()`
}

function textOf(place: string, value: Value): Value {
  if (typeof value === 'string' || value === null) return value
  // A map is taken for what describes an object, and a text has no description.
  if (value instanceof GroovyMap) {
    const text = "There's no @DataBoundConstructor on any constructor of class java.lang.String"
    throw hostError('org.kohsuke.stapler.NoStaplerConstructorException', text)
  }
  throw mismatch(place, 'class java.lang.String', value)
}

const BINDINGS = 'org.jenkinsci.plugins.credentialsbinding'

/** Of texts, but for the bindings of credentials: those are descriptions. */
function listOf(place: string, value: Value): Value {
  if (value instanceof GroovyMap) {
    const symbol = value.get(SYMBOL) ?? null
    if (symbol === null) throw unknownClass('interface java.util.List', '')
    throw unsupported(`Undefined symbol ‘${String(symbol)}’`)
  }
  const isBindings = place.startsWith(BINDINGS)
  const item = isBindings ? `${BINDINGS}.MultiBinding` : 'java.lang.String'
  if (!Array.isArray(value)) throw mismatch(place, `java.util.List<${item}>`, value)
  return isBindings ? value : value.map((each) => textOf(place, each))
}

const unsupported = (text: string) => hostError('java.lang.UnsupportedOperationException', text)

/** A map describes an object of a kind by the name of its class, which nothing here goes by. */
export function unknownClass(kind: string, name: string): GroovyError {
  if (name === '') return unsupported(`must specify $class with an implementation of ${kind}`)
  return unsupported(`no known implementation of ${kind} is named ${name}`)
}

function numberOf(place: string, type: ParameterModel['type'], value: Value): Value {
  if (typeof value === 'string') {
    if (/^[+-]?\d+$/.test(value)) return Number(value)
    const wanted = `class java.lang.${type === 'long' ? 'Long' : 'Integer'}`
    const text = `${place} expects ${wanted} but was unable to coerce the received value "${value}" to that type`
    throw hostError('java.lang.ClassCastException', text)
  }
  if (typeof value === 'number' || typeof value === 'bigint') return value
  if (value instanceof GroovyDecimal || value instanceof GroovyDouble) {
    return Math.trunc(Number(toJson(value)))
  }
  throw mismatch(place, type === 'integer' ? 'class java.lang.Integer' : type, value)
}

function mismatch(place: string, wanted: string, value: Value): GroovyError {
  const text = `${place} expects ${wanted} but received class ${classOf(value).name}`
  return hostError('java.lang.ClassCastException', text)
}

const illegal = (text: string) => hostError('java.lang.IllegalArgumentException', text)
