import { builtinClass, classOf } from './classes.ts'
import { missingProperty } from './errors.ts'
import type { GroovyClosure, Scope, Value } from './value.ts'

/** What a script may ask a closure about itself. */
export function closureProperty(
  closure: GroovyClosure,
  name: string,
  program: { scriptScope: Scope; script: Value },
): Value {
  const { owner } = closure.scope ?? program.scriptScope
  const outer = owner.closure ?? owner.self ?? program.script
  switch (name) {
    case 'delegate':
      return closure.delegate === undefined ? outer : closure.delegate
    case 'owner':
      return outer
    case 'thisObject':
      return owner.self ?? program.script
    case 'resolveStrategy':
      return closure.resolveStrategy
    case 'maximumNumberOfParameters':
      return closure.params ? closure.params.length : 1
    case 'parameterTypes':
      return (closure.params ?? [null]).map(
        (each) => builtinClass(each?.type?.name ?? 'Object') ?? null,
      )
    case 'class':
      return classOf(closure)
    default:
      throw missingProperty(name, 'groovy.lang.Closure')
  }
}

/** The closure and those it stands in, from the inside. */
export function* closuresAround(closure: GroovyClosure): Generator<GroovyClosure> {
  let at: GroovyClosure | null = closure
  while (at) {
    yield at
    at = at.scope?.owner.closure ?? null
  }
}
