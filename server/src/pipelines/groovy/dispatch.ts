import type { MethodDecl } from './ast.ts'
import { accessor } from './accessors.ts'
import { classOf, isInstance } from './classes.ts'
import { isReadOnly, nearbyProperties, readOnly } from './class-facts.ts'
import { coerce } from './conversion.ts'
import { Core } from './core.ts'
import { entryValue, mapGet, mapPut, setHas } from './equality.ts'
import { hostError, isThrowable, missingMethod, missingProperty } from './errors.ts'
import { itemsOf } from './items.ts'
import { iteratorOver } from './iterators.ts'
import { javaHash } from './hashes.ts'
import { isRun } from './machine.ts'
import type { Native } from './machine.ts'
import { closureProperty } from './closure-facts.ts'
import { ownConstant } from './enums.ts'
import { isOtherKind } from './java-compare.ts'
import { isTransformed } from './mismatch.ts'
import { findNative } from './native-lookup.ts'
import { isNumber } from './numbers.ts'
import { composed } from './object-methods.ts'
import { isJsonLib, jsonLibPretty } from './json-lib-text.ts'
import { inspected, toGroovyString, toJavaString } from './print.ts'
import { rangeContains } from './range.ts'
import { matchesWhole } from './regex.ts'
import {
  isOpen,
  noSuchField,
  noSuchStatic,
  refusedMetaClass,
  rejectedMethod,
  rejectedProperty,
  rejectedStatic,
} from './signatures.ts'
import { findStatic, holderMethod, staticConstant } from './statics.ts'
import type { Frame, Run, Value } from './value.ts'
import {
  GroovyArray,
  GroovyBuilder,
  GroovyClass,
  GroovyClosure,
  GroovyMap,
  GroovyMatcher,
  GroovyObject,
  GroovyPattern,
  GroovyRange,
  GroovySet,
  GString,
  HostObject,
  MapEntryValue,
} from './value.ts'

/** Calls and properties of values: which code answers `x.name` and `x.name(…)`. */
export abstract class Dispatch extends Core {
  protected abstract invokeDeclared(
    decls: MethodDecl[],
    self: GroovyObject | null,
    type: GroovyClass | null,
    args: Value[],
    frame: Frame,
  ): Run
  protected abstract runClosure(closure: GroovyClosure, args: Value[], frame: Frame): Run
  protected abstract scriptCall(name: string, args: Value[], frame: Frame): Run
  protected abstract scriptProperty(name: string, frame: Frame): Run
  protected abstract instantiate(type: GroovyClass, args: Value[], frame: Frame): Run
  abstract indexed(target: Value, index: Value[], frame: Frame): Run
  protected abstract staticField(type: GroovyClass, name: string): Value | undefined

  *call(target: Value, args: Value[], frame: Frame): Run {
    if (target instanceof GroovyClosure) {
      if (target.native) return yield* target.native(this.curriedArgs(target, args), this, frame)
      return yield* this.runClosure(target, this.curriedArgs(target, args), frame)
    }
    return yield* this.method(target, 'call', args, frame)
  }

  *callWith(closure: GroovyClosure, delegate: Value, args: Value[], frame: Frame): Run {
    const copy = new GroovyClosure(closure.params, closure.body, closure.scope)
    Object.assign(copy, { ...closure, delegate, resolveStrategy: 1 })
    return yield* this.call(copy, args, frame)
  }

  private curriedArgs(closure: GroovyClosure, args: Value[]): Value[] {
    let out = args
    for (const { at, args: given } of closure.curried.toReversed()) {
      const index = at < 0 ? out.length : Math.min(at, out.length)
      out = [...out.slice(0, index), ...given, ...out.slice(index)]
    }
    return out
  }

  *method(target: Value, name: string, args: Value[], frame: Frame): Run {
    if (target instanceof GroovyObject) return yield* this.objectMethod(target, name, args, frame)
    if (target instanceof HostObject) return yield* this.hostMethod(target, name, args, frame)
    if (target instanceof GroovyClass) return yield* this.staticMethod(target, name, args, frame)
    if (target instanceof GroovyMap) {
      const held = mapGet(target, name)
      if (held instanceof GroovyClosure) return yield* this.call(held, args, frame)
    }
    const found = findNative(yield* this.plain(target, frame), name)
    if (found) return yield* this.javaCall(target, name, found, args, frame)
    const general = yield* this.generalMethod(target, name, args, frame)
    if (general !== undefined) return general
    if (target === null) {
      const text = `Cannot invoke method ${name}() on null object`
      throw hostError('java.lang.NullPointerException', text)
    }
    const refused = rejectedMethod(target, name, args)
    if (refused) throw refused
    throw yield* this.noMethod(name, classOf(target).name, args, frame)
  }

  /** A method of Java's or Groovy's own: it can't call what Jenkins has transformed. */
  private *javaCall(
    target: Value,
    name: string,
    { native, self }: { native: Native; self: Value },
    args: Value[],
    frame: Frame,
  ): Run {
    const run = (inner: Frame) => this.runNative(native, self, args, inner)
    if (isTransformed(target, name, args)) return yield* run(frame)
    return yield* this.outside(() => classOf(target).name, name, frame, run)
  }

  private *runNative(native: Native, self: Value, args: Value[], frame: Frame): Run {
    const result = native(self, args, this, frame, null)
    return isRun(result) ? yield* result : result
  }

  protected *noMethod(name: string, type: string, args: Value[], frame: Frame): Run<Error> {
    const shown: string[] = []
    for (const each of args) shown.push(yield* this.text(each, frame))
    return missingMethod(name, type, args, shown)
  }

  private *objectMethod(self: GroovyObject, name: string, args: Value[], frame: Frame): Run {
    if (self === this.script) return yield* this.scriptCall(name, args, frame)
    const decls = this.declaredMethods(self.type, name)
    if (decls.length > 0) return yield* this.invokeDeclared(decls, self, self.type, args, frame)
    const field = self.fields.get(name)
    if (field instanceof GroovyClosure) return yield* this.call(field, args, frame)
    const native = isThrowable(self) ? findNative(self, name) : undefined
    if (native) return yield* this.runNative(native.native, self, args, frame)
    const held = holderMethod(self, name, args)
    if (held !== undefined) return held
    const accessed = accessor(self, name, args)
    if (accessed !== undefined) return accessed
    const general = yield* this.generalMethod(self, name, args, frame)
    if (general !== undefined) return general
    const missing = this.declaredMethods(self.type, 'methodMissing')
    if (missing.length > 0) {
      return yield* this.invokeDeclared(missing, self, self.type, [name, args], frame)
    }
    if (self.type.isScript) return yield* this.scriptCall(name, args, frame)
    const refused = rejectedMethod(self, name, args)
    if (refused) throw refused
    throw yield* this.noMethod(name, self.type.name, args, frame)
  }

  private *hostMethod(target: HostObject, name: string, args: Value[], frame: Frame): Run {
    const { port } = target
    const access = /^(get|is)([A-Z]\w*)$/.exec(name)
    if (access && args.length === 0 && !port.answers?.(name)) {
      const property = access[2]![0]!.toLowerCase() + access[2]!.slice(1)
      const value = (yield port.get(property, frame.context)) as Value | undefined
      if (value !== undefined) return value
    }
    if (port.call) {
      const flat: Value[] = []
      for (const each of args) flat.push(yield* this.flattened(each, frame))
      const closure =
        flat.at(-1) instanceof GroovyClosure ? (flat.pop() as GroovyClosure) : undefined
      const named = flat[0] instanceof GroovyMap ? (flat.shift() as GroovyMap) : new GroovyMap()
      const call = { positional: flat, named, closure }
      const answer = (yield port.call(name, call, frame.context)) as Value | undefined
      if (answer !== undefined) return answer
    }
    const ofList = port.items && findNative(port.items(), name)
    if (ofList) return yield* this.javaCall(target, name, ofList, args, frame)
    const general = yield* this.generalMethod(target, name, args, frame)
    if (general !== undefined) return general
    throw yield* this.noMethod(name, port.typeName, args, frame)
  }

  private *staticMethod(type: GroovyClass, name: string, args: Value[], frame: Frame): Run {
    const decls = this.declaredMethods(type, name)
    if (decls.length > 0) return yield* this.invokeDeclared(decls, null, type, args, frame)
    // `Integer.toString(5)` is the class's, `5.class.toString()` that of the class as an object.
    const isOfObject = name === 'toString' && args.length === 0
    const native = isOfObject ? undefined : findStatic(type, name)
    if (native) {
      return yield* this.outside(
        () => type.name,
        name,
        frame,
        (inner) => this.runNative((_, a, m, f) => native(a, m, f), type, args, inner),
      )
    }
    if (name === 'newInstance') return yield* this.instantiate(type, args, frame)
    const field = this.staticField(type, name)
    if (field instanceof GroovyClosure) return yield* this.call(field, args, frame)
    if (type.decl?.flavour === 'enum') {
      const constants = [...type.statics.values()].filter((each) => each instanceof GroovyObject)
      if (name === 'values') return constants
      const wanted = toGroovyString(args[0] ?? null)
      if (name === 'valueOf') return ownConstant(type, wanted)
    }
    if (name === 'getName' || name === 'getCanonicalName' || name === 'getTypeName')
      return type.name
    if (name === 'getSimpleName') return type.simpleName
    if (name === 'isInstance') return isInstance(args[0] ?? null, type)
    const general = yield* this.generalMethod(type, name, args, frame)
    if (general !== undefined) return general
    const refused = rejectedMethod(type, name, args)
    if (refused) throw refused
    if (type.decl) throw yield* this.noMethod(name, `static ${type.name}`, args, frame)
    if (isOpen(type)) throw noSuchStatic(type, name, args)
    throw rejectedStatic(type, name, args)
  }

  /** What every object has. Undefined when `name` isn't one of them. */
  private *generalMethod(
    target: Value,
    name: string,
    args: Value[],
    frame: Frame,
  ): Run<Value | undefined> {
    const first = args[0] ?? null
    switch (name) {
      case 'toString':
        if (isJsonLib(target)) return jsonLibPretty(target, Number(first), toJavaString)
        return yield* this.ownText(target, frame)
      case 'equals':
        return isOtherKind(target, first) ? false : yield* this.equal(target, first, frame)
      case 'is':
        return target === first
      case 'compareTo':
        return yield* this.compare(target, first, frame)
      case 'hashCode':
        return javaHash(target instanceof GroovyObject ? yield* this.text(target, frame) : target)
      case 'getClass':
        return classOf(target)
      case 'inspect':
        return inspected(target)
      case 'dump':
        return `<${yield* this.text(target, frame)}>`
      case 'with':
      case 'identity':
        if (!(first instanceof GroovyClosure)) return undefined
        return yield* this.callWith(first, target, [target], frame)
      case 'asType':
        return first instanceof GroovyClass
          ? coerce(target, { name: first.name, dimensions: 0, args: [], pos: NOWHERE }, true)
          : undefined
      case 'iterator':
        return iteratorOver(target, [target])
      case 'asBoolean':
        return yield* this.truth(target, frame)
      case 'isCase':
        return yield* this.isCase(target, first, frame)
      case 'respondsTo':
        return findNative(target, toGroovyString(first)) ? [true] : []
      case 'hasProperty':
        return this.hasProperty(target, toGroovyString(first))
      case 'getProperty':
        if (target instanceof GroovyClass && !target.decl) return undefined
        return yield* this.property(target, toGroovyString(first), frame)
      case 'setProperty':
        if (target instanceof GroovyClass && !target.decl) return undefined
        yield* this.setProperty(target, toGroovyString(first), args[1] ?? null, frame)
        return null
      case 'invokeMethod':
        return yield* this.method(
          target,
          toGroovyString(first),
          itemsOf(args[1] ?? null) ?? [],
          frame,
        )
      case 'getAt':
        if (isIndexed(target)) return yield* this.indexed(target, args, frame)
        return typeof first === 'string' ? yield* this.property(target, first, frame) : undefined
      case 'leftShift':
      case 'rightShift': {
        if (!(target instanceof GroovyClosure) || !(first instanceof GroovyClosure))
          return undefined
        return name === 'rightShift' ? composed(target, first) : composed(first, target)
      }
      default:
        return undefined
    }
  }

  private ownText(target: Value, frame: Frame): Run {
    const text = (inner: Frame) => this.text(target, inner)
    return this.outside(() => classOf(target).name, 'toString', frame, text)
  }

  private hasProperty(target: Value, name: string): boolean {
    if (target instanceof GroovyMap) return true
    return target instanceof GroovyObject && target.fields.has(name)
  }

  *property(target: Value, name: string, frame: Frame): Run {
    if (target === null) {
      const text = `Cannot get property '${name}' on null object`
      throw hostError('java.lang.NullPointerException', text)
    }
    if (target instanceof GroovyMap) return yield* this.mapValue(target, name, frame)
    if (name === 'metaClass') throw refusedMetaClass(target)
    if (target instanceof GroovyObject) return yield* this.objectProperty(target, name, frame)
    if (target instanceof HostObject) {
      const value = (yield target.port.get(name, frame.context)) as Value | undefined
      if (value !== undefined) return value
      if (name === 'class') return classOf(target)
      const { isJava, typeName } = target.port
      throw isJava ? noSuchField(typeName, name) : missingProperty(name, typeName)
    }
    if (target instanceof GroovyClass) return yield* this.classProperty(target, name, frame)
    if (target instanceof MapEntryValue && name === 'key') return target.key
    if (target instanceof MapEntryValue && name === 'value') return entryValue(target)
    if (target instanceof GroovyClosure) return closureProperty(target, name, this)
    if (name === 'class') return classOf(target)
    if (name === 'length' && target instanceof GroovyArray) return target.length
    const getter = `${name[0]?.toUpperCase() ?? ''}${name.slice(1)}`
    const native = findNative(target, `get${getter}`) ?? findNative(target, `is${getter}`)
    if (native) return yield* this.runNative(native.native, native.self, [], frame)
    if (target instanceof GroovyRange && (name === 'from' || name === 'to')) return target[name]
    const items = Array.isArray(target) || target instanceof GroovySet ? itemsOf(target) : null
    if (!items) throw noSuchField(classOf(target).name, name)
    const out: Value[] = []
    for (const item of items) if (item !== null) out.push(yield* this.property(item, name, frame))
    return out
  }

  protected *mapValue(map: GroovyMap, key: Value, frame: Frame): Run {
    const found = mapGet(map, key)
    if (found !== undefined) return found
    if (!map.fallback) return null
    const made = yield* this.call(map.fallback, [key], frame)
    // A transformed closure ends the call that asked for it: nothing comes to keep what it makes.
    if (map.fallback.isPlain || frame.isNonCps) mapPut(map, key, made)
    return made
  }

  private *objectProperty(self: GroovyObject, name: string, frame: Frame): Run {
    if (self === this.script) return yield* this.scriptProperty(name, frame)
    const getter = `${name[0]?.toUpperCase() ?? ''}${name.slice(1)}`
    const decls = [`get${getter}`, `is${getter}`].flatMap((each) =>
      this.declaredMethods(self.type, each),
    )
    const plain = decls.filter((each) => each.params.length === 0)
    if (plain.length > 0) return yield* this.invokeDeclared(plain, self, self.type, [], frame)
    const field = self.fields.get(name)
    if (field !== undefined) return field
    const shared = this.staticField(self.type, name)
    if (shared !== undefined) return shared
    if (name === 'class') return self.type
    const held = holderMethod(self, `get${getter}`, [])
    if (held !== undefined) return held
    const native = isThrowable(self) ? findNative(self, `get${getter}`) : undefined
    if (native) return yield* this.runNative(native.native, self, [], frame)
    const general = this.declaredMethods(self.type, 'get').filter(
      ({ params }) => params.length === 1,
    )
    const missing = [...general, ...this.declaredMethods(self.type, 'propertyMissing')]
    if (missing.length > 0)
      return yield* this.invokeDeclared(
        general.length > 0 ? general : missing,
        self,
        self.type,
        [name],
        frame,
      )
    if (self.type.isScript) return yield* this.scriptProperty(name, frame)
    throw rejectedMethod(self, `get${getter}`, []) ?? this.noProperty(self.type, name)
  }

  private *classProperty(type: GroovyClass, name: string, frame: Frame): Run {
    const field = this.staticField(type, name) ?? staticConstant(type, name)
    if (field !== undefined) return field
    if (name === 'class') return type
    if (name === 'name' || name === 'canonicalName') return type.name
    if (name === 'simpleName') return type.simpleName
    const getter = `get${name[0]!.toUpperCase()}${name.slice(1)}`
    const declared = this.declaredMethods(type, getter)
    if (declared.length > 0) return yield* this.invokeDeclared(declared, null, type, [], frame)
    if (type.decl) throw this.noProperty(type, name)
    if (findStatic(type, getter)) return yield* this.staticMethod(type, getter, [], frame)
    if (isOpen(type)) throw noSuchField('java.lang.Class', name)
    throw rejectedProperty(type, name)
  }

  *setProperty(target: Value, name: string, value: Value, frame: Frame): Run {
    if (target === null) {
      const text = `Cannot set property '${name}' on null object`
      throw hostError('java.lang.NullPointerException', text)
    }
    if (target instanceof GroovyMap) mapPut(target, name, value)
    else if (target instanceof MapEntryValue && name === 'value') {
      // What transformed code goes over are copies of a map's entries.
      if (!frame.isNonCps) throw hostError('java.lang.UnsupportedOperationException', null)
      mapPut(target.map, target.key, value)
    } else if (target instanceof HostObject && target.port.set) {
      const flat = yield* this.flattened(value, frame)
      yield target.port.set(name, flat, frame.context)
    } else if (target instanceof GroovyObject)
      yield* this.setObjectProperty(target, name, value, frame)
    else if (target instanceof GroovyClass && target.decl) {
      target.statics.set(name, yield* this.ofField(target, name, value, frame))
    } else if (target instanceof GroovyClosure && name === 'delegate') target.delegate = value
    else if (target instanceof GroovyClosure && name === 'resolveStrategy') {
      target.resolveStrategy = (isNumber(value) ? Number(value) % 5 : 0) as 0
    } else if (Array.isArray(target)) {
      for (const item of target) yield* this.setProperty(item, name, value, frame)
    } else {
      const setter = findNative(target, `set${name[0]?.toUpperCase() ?? ''}${name.slice(1)}`)
      if (!setter) throw noSuchField(classOf(target).name, name)
      yield* this.runNative(setter.native, setter.self, [value], frame)
    }
    return value
  }

  private *setObjectProperty(self: GroovyObject, name: string, value: Value, frame: Frame): Run {
    if (self === this.script) {
      yield* this.assignScript(name, value, frame)
      return null
    }
    const setter = this.declaredMethods(self.type, `set${name[0]!.toUpperCase()}${name.slice(1)}`)
    if (setter.length > 0)
      return yield* this.invokeDeclared(setter, self, self.type, [value], frame)
    if (!self.fields.has(name) && !self.type.isScript) {
      const upper = `${name[0]!.toUpperCase()}${name.slice(1)}`
      if (holderMethod(self, `set${upper}`, [value]) !== undefined) return null
      const missing = this.declaredMethods(self.type, 'propertyMissing')
      if (missing.some(({ params }) => params.length === 2))
        return yield* this.invokeDeclared(missing, self, self.type, [name, value], frame)
      const isRead = this.declaredMethods(self.type, `get${upper}`).length > 0
      if (isRead) throw readOnly(self.type, name)
      throw this.noProperty(self.type, name)
    }
    if (isReadOnly(self.type, name)) throw readOnly(self.type, name)
    self.fields.set(name, yield* this.ofField(self.type, name, value, frame))
    return null
  }

  /** A value as the field's type holds it. */
  protected *ofField({ decl }: GroovyClass, name: string, value: Value, frame: Frame): Run {
    const type = decl?.fields.find((each) => each.name === name)?.type
    return type ? coerce(yield* this.plain(value, frame), type, false) : value
  }

  private noProperty(type: GroovyClass, name: string): Error {
    return missingProperty(name, type.name + nearbyProperties(type, name))
  }

  protected *assignScript(name: string, value: Value, frame: Frame): Run<void> {
    if (this.fields.has(name)) this.fields.set(name, value)
    else {
      const taken =
        this.host.setVariable && (yield this.host.setVariable(name, value, frame.context))
      if (taken !== true) this.binding.set(name, value)
    }
  }

  /** Whether `value` is a case of `test`: what `switch`, `in` and grep ask. */
  *isCase(test: Value, value: Value, frame: Frame): Run<boolean> {
    if (test === null) return value === null
    if (test instanceof GroovyClass) return isInstance(value, test)
    if (test instanceof GroovyPattern) {
      return matchesWhole(new GroovyMatcher(test, yield* this.text(value, frame)))
    }
    if (test instanceof GroovyClosure) {
      return yield* this.truth(yield* this.call(test, [value], frame), frame)
    }
    if (test instanceof GroovyRange) return rangeContains(test, value)
    if (test instanceof GroovyMap) {
      return yield* this.truth(mapGet(test, yield* this.plain(value, frame)) ?? null, frame)
    }
    if (test instanceof GroovySet) return setHas(test, yield* this.plain(value, frame))
    if (!Array.isArray(test)) return yield* this.equal(test, value, frame)
    // A text with values in it is none of a list's plain texts.
    const alike = test.filter((item) => item instanceof GString === value instanceof GString)
    for (const item of alike) if (yield* this.equal(item, value, frame)) return true
    return false
  }

  protected readonly finder = (name: string) => this.findClass(name)
  protected abstract findClass(name: string): GroovyClass | undefined
}

const isIndexed = (target: Value) =>
  typeof target === 'string' ||
  target instanceof GString ||
  target instanceof GroovyBuilder ||
  Array.isArray(target)

const NOWHERE = { line: 0, column: 0, offset: 0 }
