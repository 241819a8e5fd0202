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
import { classOfStep } from './step-classes.ts'
import { SYMBOL } from './symbols.ts'
import { toJson } from './values.ts'

/**
 * Makes of a step's arguments what its class in Jenkins takes, or refuses them in Jenkins' words. A
 * parameter that the class doesn't have is only warned of: the step does its work without it.
 */
export async function fitArguments(
  scope: Scope,
  path: string,
  values: Map<string, Value>,
  step: string,
): Promise<void> {
  const type = classOfStep(step)
  const parameters = defaultVocabulary.steps.get(step)?.parameters
  if (type === undefined || parameters === undefined) return
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
    REFUSALS[step]?.(values)
  } catch (cause) {
    const shown = await scope.session.interpreter.javaText(new GroovyMap([...given]), scope)
    throw causedBy(cause as GroovyError, `Could not instantiate ${shown} for ${type}`)
  }
}

function causedBy(cause: GroovyError, message: string): GroovyError {
  const error = hostError('java.lang.IllegalArgumentException', message)
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

/** Of texts, but for the bindings of credentials: those are descriptions, and one may come alone. */
function listOf(place: string, value: Value): Value {
  const isBindings = place.startsWith(BINDINGS)
  if (isBindings && (Array.isArray(value) || value instanceof GroovyMap)) return value
  const item = isBindings ? `${BINDINGS}.MultiBinding` : 'java.lang.String'
  if (!Array.isArray(value)) throw mismatch(place, `java.util.List<${item}>`, value)
  return value.map((each) => textOf(place, each))
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

const illegal = (text: string | null) => hostError('java.lang.IllegalArgumentException', text)
const reflected = (error: GroovyError) => {
  const outer = hostError('java.lang.reflect.InvocationTargetException', null)
  outer.thrown.fields.set('cause', error.thrown)
  return outer
}

function nameOfStash(values: Map<string, Value>): void {
  if (values.get('name')) return
  throw reflected(hostError('hudson.model.Failure', 'No name is specified'))
}

/** What constructors refuse. */
const REFUSALS: Record<string, (values: Map<string, Value>) => void> = {
  sh(values) {
    if ((values.get('script') ?? null) === null) throw reflected(illegal(null))
  },
  withEnv(values) {
    const overrides = values.get('overrides')
    const pairs = Array.isArray(overrides) ? overrides.map(String) : []
    const bad = pairs.find((pair) => !pair.includes('='))
    if (bad !== undefined) throw reflected(illegal(bad))
  },
  stash: nameOfStash,
  unstash: nameOfStash,
}
