import { classOf } from './classes.ts'
import { hostError } from './errors.ts'
import type { GroovyClass, Value } from './value.ts'

// What the sandbox says of a method it refuses names the parameters as they are declared.
const DECLARED: Record<string, string> = {
  'java.lang.System exit': 'int',
  'java.lang.System getProperty': 'java.lang.String',
  'java.lang.System setProperty': 'java.lang.String java.lang.String',
  'java.lang.Thread sleep': 'long',
  'java.lang.Class forName': 'java.lang.String',
  'hudson.model.User get': 'java.lang.String',
}

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

/** Constructors exist for these, and the sandbox refuses them; of others it says there is none. */
const KNOWN_CONSTRUCTORS = new Set([
  'java.io.File',
  'java.net.URL',
  'java.net.URI',
  'java.lang.Thread',
  'groovy.lang.GroovyShell',
  'java.lang.ProcessBuilder',
])

export function refusedConstructor(type: GroovyClass, args: Value[]): Error {
  const isKnown = KNOWN_CONSTRUCTORS.has(type.name) || !isOpen(type)
  if (!isKnown) return noSuchConstructor(type, args)
  return rejected(`new ${type.name}${types(args)}`)
}

export function rejectedStatic(type: GroovyClass, name: string, args: Value[]): Error {
  const given = args.map((each) => classOf(each).name).join(' ')
  const types = args.length === 0 ? '' : (DECLARED[`${type.name} ${name}`] ?? given)
  return rejected(`staticMethod ${type.name} ${name}${types === '' ? '' : ` ${types}`}`)
}

export function rejectedProperty(type: GroovyClass, name: string): Error {
  const getter = GETTERS[`${type.name} ${name}`]
  if (getter) return rejected(`staticMethod ${type.name} ${getter}`)
  return rejected(`staticField ${type.name} ${name}`)
}

/** Methods Groovy adds to strings and lists that the sandbox refuses. */
export function rejectedExtension(target: Value, name: string): Error | undefined {
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
