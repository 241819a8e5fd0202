import { classOf, exceptionClass, isSubclass } from './classes.ts'
import type { GroovyClass, Value } from './value.ts'
import { GroovyObject } from './value.ts'

export const POWER_ASSERTION = 'org.codehaus.groovy.runtime.powerassert.PowerAssertionError'

/** A Groovy exception on its way up; scripts catch it by the class of `thrown`. */
export class GroovyError extends Error {
  readonly thrown: GroovyObject
  /** The line it came from (from 1), filled in by the interpreter; 0 when it never ran through one. */
  line = 0
  /** Calls it has left on its way up, innermost first: `WorkflowScript.build(WorkflowScript:4)`. */
  readonly frames: string[] = []
  /** It left the body of a step: what it passes from there on is no part of its trace. */
  isSealed = false
  /** Where it was caught, of one that is kept as a cause: `WorkflowScript.build(WorkflowScript`. */
  caughtIn = 'WorkflowScript.run(WorkflowScript'
  constructor(thrown: GroovyObject) {
    super(describeThrown(thrown))
    this.thrown = thrown
  }

  /** `hudson.AbortException` and the like. */
  get className(): string {
    return this.thrown.type.name
  }

  get groovyMessage(): string | null {
    const message = this.thrown.fields.get('message')
    return message === undefined || message === null ? null : String(message)
  }

  isA(className: string): boolean {
    return isSubclass(this.thrown.type, exceptionClass(className))
  }
}

/** An exception the host throws into the script: `throw hostError('hudson.AbortException', 'script returned exit code 1')`. */
export function hostError(className: string, message: string | null, data?: unknown): GroovyError {
  const thrown = new GroovyObject(exceptionClass(className))
  thrown.fields.set('message', message)
  thrown.fields.set('cause', null)
  thrown.hostData = data
  return new GroovyError(thrown)
}

export function makeThrowable(type: GroovyClass, args: Value[]): GroovyObject {
  const thrown = new GroovyObject(type)
  const [first = null, second = null] = args
  const wraps = args.length === 1 && isThrowable(first)
  const message = wraps ? describeThrown(first) : first
  thrown.fields.set('message', message === null ? null : String(message))
  thrown.fields.set('cause', wraps ? first : second)
  return thrown
}

export function isThrowable(value: Value): value is GroovyObject {
  return (
    value instanceof GroovyObject && isSubclass(value.type, exceptionClass('java.lang.Throwable'))
  )
}

const traces = new WeakMap<GroovyObject, GroovyError>()

/** A caught exception keeps the place it first came from, for whoever throws it again. */
export function rememberTrace(error: GroovyError, place: string): void {
  if (traces.has(error.thrown)) return
  error.caughtIn = place
  traces.set(error.thrown, error)
}

export function thrownAgain(thrown: GroovyObject, line: number): GroovyError {
  const error = new GroovyError(thrown)
  const earlier = traces.get(thrown)
  error.line = earlier?.line ?? line
  if (earlier) {
    error.frames.push(...earlier.frames)
    error.isSealed = earlier.isSealed
  }
  return error
}

export const traceOf = (thrown: GroovyObject): GroovyError | undefined => traces.get(thrown)

/** Throwable.toString(): `class: message`. */
export function describeThrown(thrown: GroovyObject): string {
  const message = thrown.fields.get('message')
  if (thrown.type.name === POWER_ASSERTION) return `Assertion failed: \n\n${String(message)}\n`
  if (message === undefined || message === null) return thrown.type.name
  return `${thrown.type.name}: ${String(message)}`
}

export function missingProperty(name: string, className: string): GroovyError {
  const text = `No such property: ${name} for class: ${className}`
  return hostError('groovy.lang.MissingPropertyException', text)
}

/** As Groovy lists values: what follows the sixtieth character is left out. */
function upTo60(parts: string[]): string {
  let text = ''
  for (const [at, part] of parts.entries()) {
    if (text.length > 59) return `${text}, ...`
    text += at === 0 ? part : `, ${part}`
  }
  return text
}

/** `shown` are the arguments as text. */
export function missingMethod(
  name: string,
  className: string,
  args: Value[],
  shown: string[],
): GroovyError {
  const types = args.map((arg) => (arg === null ? 'null' : classOf(arg).name))
  const text =
    `No signature of method: ${className}.${name}() is applicable for argument types: ` +
    `(${types.join(', ')}) values: [${upTo60(shown)}]`
  return hostError('groovy.lang.MissingMethodException', text)
}

export function illegalArgument(message: string): GroovyError {
  return hostError('java.lang.IllegalArgumentException', message)
}

export function indexOutOfBounds(message: string): GroovyError {
  return hostError('java.lang.IndexOutOfBoundsException', message)
}

export function castError(shown: string, from: string, to: string, cause = ''): GroovyError {
  const text = `Cannot cast object '${shown}' with class '${from}' to class '${to}'${cause}`
  return hostError('org.codehaus.groovy.runtime.typehandling.GroovyCastException', text)
}
