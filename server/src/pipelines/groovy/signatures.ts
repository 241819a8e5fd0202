import { classOf } from './classes.ts'
import { hostError } from './errors.ts'
import { declaredConstructor, declaredMethod, declaredStatic } from './refused-signatures.ts'
import { GroovyClass, GroovyClosure, GroovyObject } from './value.ts'
import type { Value } from './value.ts'

/** Classes whose methods are known here whole: what they lack doesn't exist, and is not refused. */
const OPEN = new Set([
  'java.lang.Math',
  'java.util.Collections',
  'java.util.Arrays',
  'java.lang.Integer',
  'java.lang.Long',
  'java.lang.Boolean',
  'java.lang.String',
  'java.util.UUID',
  'java.util.Date',
  'groovy.json.JsonOutput',
])

/** Getters that scripts reach for as properties. */
const GETTERS: Record<string, string> = {
  'jenkins.model.Jenkins instance': 'getInstance',
  'hudson.model.Hudson instance': 'getInstance',
  'java.lang.System env': 'getenv',
  'java.lang.Runtime runtime': 'getRuntime',
}

export const isOpen = (type: GroovyClass) => OPEN.has(type.name)

const REJECTED = 'org.jenkinsci.plugins.scriptsecurity.sandbox.RejectedAccessException'

const types = (args: Value[]) =>
  args.map((each) => ` ${each === null ? 'null' : classOf(each).name}`).join('')

/** What the sandbox says of what isn't there at all. */
export function noSuchStatic(type: GroovyClass, name: string, args: Value[]): Error {
  const signature = `staticMethod ${type.name} ${name}${types(args)}`
  return hostError(REJECTED, `No such static method found: ${signature}`)
}

export function noSuchField(className: string, name: string): Error {
  return hostError(REJECTED, `No such field found: field ${className} ${name}`)
}

export function noSuchConstructor(type: GroovyClass, args: Value[]): Error {
  return hostError(REJECTED, `No such constructor found: new ${type.name}${types(args)}`)
}

export function rejected(signature: string): Error {
  return hostError(REJECTED, `Scripts not permitted to use ${signature}`)
}

export const hasDeclared = (type: GroovyClass, args: Value[]) =>
  declaredConstructor(type.name, args) !== undefined

/** Of a class that is known whole there is no such constructor; of others it is refused. */
export function refusedConstructor(type: GroovyClass, args: Value[]): Error {
  const declared = declaredConstructor(type.name, args)
  if (declared === undefined && isOpen(type)) return noSuchConstructor(type, args)
  return rejected(`new ${type.name}${declared ?? types(args)}`)
}

export function rejectedStatic(type: GroovyClass, name: string, args: Value[]): Error {
  const declared = declaredStatic(type.name, name, args) ?? types(args)
  return rejected(`staticMethod ${type.name} ${name}${declared}`)
}

export function rejectedProperty(type: GroovyClass, name: string): Error {
  const getter = GETTERS[`${type.name} ${name}`]
  if (getter) return rejected(`staticMethod ${type.name} ${getter}`)
  return rejected(`staticField ${type.name} ${name}`)
}

/** What a metaclass is asked of says whose method it is. */
export function refusedMetaClass(target: Value): Error {
  if (target instanceof GroovyObject || target instanceof GroovyClosure) {
    return rejected('method groovy.lang.GroovyObject getMetaClass')
  }
  const of = target instanceof GroovyClass ? 'java.lang.Class' : 'java.lang.Object'
  const methods = 'org.codehaus.groovy.runtime.DefaultGroovyMethods'
  return rejected(`staticMethod ${methods} getMetaClass ${of}`)
}

/** Methods that are there and that the sandbox refuses, Groovy's own of strings and lists among them. */
export function rejectedMethod(target: Value, name: string, args: Value[]): Error | undefined {
  const declared = target === null ? undefined : declaredMethod(target, name, args)
  if (declared) return rejected(declared)
  if (name === 'getMetaClass' && args.length === 0) return refusedMetaClass(target)
  if (name !== 'execute') return undefined
  const type =
    typeof target === 'string'
      ? 'java.lang.String'
      : Array.isArray(target)
        ? 'java.util.List'
        : undefined
  if (!type) return undefined
  return rejected(`staticMethod org.codehaus.groovy.runtime.ProcessGroovyMethods execute ${type}`)
}
