import { GroovyClass, HostObject, hostError, type Value } from '../groovy/index.ts'
import type { Library } from './libraries.ts'
import type { Session } from './session.ts'

/**
 * What the `library` step gives: `lib.org.acme.Tool` selects a class of its `src` by package, whose
 * static members can be used and whose constructor is `new(…)`.
 */
export function libraryObject(session: Session, library: Library): HostObject {
  return packageOf(session, library, '')
}

const TYPE = 'org.jenkinsci.plugins.workflow.libs.LibraryStep$LoadedClasses'

function packageOf(session: Session, library: Library, prefix: string): HostObject {
  return new HostObject({
    typeName: TYPE,
    get(name) {
      // A name with a capital is a class, as Jenkins tells them apart.
      if (!/^[A-Z]/.test(name)) {
        return name === 'class' ? undefined : packageOf(session, library, `${prefix}${name}.`)
      }
      return classObject(session, classOf(session, library, prefix + name))
    },
    call(name) {
      const text = `No signature of method: ${TYPE}.${name}() is applicable`
      throw hostError('groovy.lang.MissingMethodException', text)
    },
  })
}

function classOf(session: Session, library: Library, name: string): GroovyClass {
  const found = session.interpreter.classNamed(name)
  if (!found) throw hostError('java.lang.ClassNotFoundException', name)
  if (library.classes.has(name)) return found
  const text = `${name} was not loaded from the library ${library.name}@${library.version}`
  throw hostError('java.lang.IllegalAccessException', text)
}

function classObject(session: Session, type: GroovyClass): HostObject {
  const { interpreter } = session
  return new HostObject({
    typeName: TYPE,
    async get(name, context) {
      const value: Value = await interpreter.propertyOf(type, name, context)
      return value instanceof GroovyClass ? classObject(session, value) : value
    },
    call(name, { positional, named, closure }, context) {
      const args = named.size > 0 ? [named, ...positional] : [...positional]
      if (closure) args.push(closure)
      return interpreter.callOn(type, name === 'new' ? 'newInstance' : name, args, context)
    },
  })
}
