import { hasAdded, propertiesOf, sameProperties } from './class-facts.ts'
import { hostError } from './errors.ts'
import { groovyCompare, groovyEquals } from './equality.ts'
import type { Host, Limits } from './host.ts'
import type { ClassDecl, MethodDecl, TypeRef } from './ast.ts'
import { itemsOf } from './items.ts'
import { javaHash } from './hashes.ts'
import { isJsonLib } from './json-lib-text.ts'
import { CpsCall, mismatch } from './mismatch.ts'
import { GROOVY, JAVA, listed, type TextStyle, toGroovyString, toJavaString } from './print.ts'
import { holderMethod } from './statics.ts'
import { isTruthy } from './truth.ts'
import type { Frame, Machine, Run, Value } from './value.ts'
import {
  GroovyArray,
  GroovyBuilder,
  GroovyClass,
  GroovyClosure,
  GroovyMap,
  GroovyObject,
  GroovySet,
  GString,
  Scope,
} from './value.ts'

const DEFAULTS: Required<Limits> = {
  maxDepth: 1024,
  maxIterations: 10_000_000,
  maxStringLength: 64 * 1024 * 1024,
  maxEntries: 5_000_000,
  tickEvery: 5000,
}

/** Asks the driver to run a part on its own stack, so deep recursion is bounded by count alone. */
export class Nested {
  readonly run: Run
  /** Where the call stands: its variables live on until it is done. */
  readonly from: Scope | null
  constructor(run: Run, from: Scope | null) {
    this.run = run
    this.from = from
  }
}

/** Asks the driver for the scopes of all calls under way, the innermost last. */
export const SCOPES_UNDER_WAY = Symbol('scopes under way')

/** State of a program, and what printing, truth and comparison need of the script's own classes. */
export abstract class Core implements Machine {
  readonly host: Host
  readonly limits: Required<Limits>
  readonly binding = new Map<string, Value>()
  /** @Field variables. */
  protected readonly fields = new Map<string, Value>()
  protected readonly methods = new Map<string, MethodDecl[]>()
  protected readonly classes = new Map<string, GroovyClass>()
  /** Simple name or alias → full name. */
  protected readonly imports = new Map<string, string>()
  protected readonly staticImports = new Map<string, { type: string; member: string }>()
  protected readonly scriptClass = new GroovyClass('WorkflowScript')
  readonly script = new GroovyObject(this.scriptClass)
  protected fileName = 'WorkflowScript'
  readonly scriptScope = new Scope(null, { self: null, type: null, closure: null, method: 'run' })
  protected nodes = 0

  constructor(host: Host, limits: Limits = {}) {
    this.host = host
    this.limits = { ...DEFAULTS, ...limits }
  }

  abstract call(target: Value, args: Value[], frame: Frame): Run
  abstract callWith(closure: GroovyClosure, delegate: Value, args: Value[], frame: Frame): Run
  abstract method(target: Value, name: string, args: Value[], frame: Frame): Run
  abstract property(target: Value, name: string, frame: Frame): Run
  abstract isCase(test: Value, value: Value, frame: Frame): Run<boolean>
  protected abstract declaredMethods(type: GroovyClass, name: string): MethodDecl[]
  protected abstract defineClass(decl: ClassDecl): GroovyClass

  /** A call that leads out of transformed code (see `mismatch.ts`). */
  protected *outside(
    receiver: () => string,
    name: string,
    frame: Frame,
    run: (inner: Frame) => Run,
  ): Run {
    if (frame.isNonCps) return yield* run(frame)
    try {
      return yield* run({ ...frame, isNonCps: true })
    } catch (caught) {
      if (!(caught instanceof CpsCall)) throw caught
      const warning = mismatch(receiver(), name, caught)
      if (warning && !caught.isStep) yield this.host.warn?.(warning, frame.context)
      return yield* caught.resume(frame, warning)
    }
  }

  *text(value: Value, frame: Frame): Run<string> {
    return yield* this.shown(value, frame, GROOVY)
  }

  /** What `String.valueOf`, and with it `println`, makes of a value. */
  *javaText(value: Value, frame: Frame): Run<string> {
    return yield* this.shown(value, frame, JAVA)
  }

  private *shown(value: Value, frame: Frame, style: TextStyle): Run<string> {
    if (typeof value === 'string') return value
    if (value instanceof GString) return yield* this.gstringText(value, frame)
    if (value instanceof GroovyObject && this.declaredMethods(value.type, 'toString').length > 0) {
      return toGroovyString(yield* this.method(value, 'toString', [], frame))
    }
    if (value instanceof GroovyObject && hasAdded(value.type, 'text')) {
      const texts: string[] = []
      for (const name of propertiesOf(value.type)) {
        texts.push(yield* this.text(value.fields.get(name) ?? null, frame))
      }
      return `${value.type.name}(${texts.join(', ')})`
    }
    if (value instanceof GroovyObject && value.type.name === 'groovy.json.JsonBuilder') {
      return toGroovyString(holderMethod(value, 'toString', []) ?? null)
    }
    // It has no text of its own in Java.
    if (style.isJava && value instanceof GroovyMap && value.fallback) {
      return `groovy.lang.MapWithDefault@${(javaHash(value) >>> 0).toString(16)}`
    }
    if (style.isJava && (isJsonLib(value) || value instanceof GroovyArray)) {
      return toJavaString(value)
    }
    if (Array.isArray(value) || value instanceof GroovySet) {
      const texts: string[] = []
      for (const item of value) texts.push(yield* this.shown(item, frame, style))
      return `[${texts.join(', ')}]`
    }
    if (value instanceof GroovyMap && value.size > 0) {
      const texts: string[] = []
      for (const [key, item] of value) {
        const name = yield* this.shown(key, frame, style)
        texts.push(name + style.between + (yield* this.shown(item, frame, style)))
      }
      return style.open + texts.join(', ') + style.close
    }
    return style.isJava ? toJavaString(value) : toGroovyString(value)
  }

  private *gstringText(value: GString, frame: Frame): Run<string> {
    let text = value.strings[0] ?? ''
    for (const [at, part] of value.values.entries()) {
      const shown = part instanceof GroovyClosure ? yield* this.lazyPart(part, frame) : part
      text += (yield* this.text(listed(shown), frame)) + (value.strings[at + 1] ?? '')
      this.checkLength(text.length)
    }
    return text
  }

  /** `${-> x}` is called, with a writer when it takes a parameter. */
  private *lazyPart(closure: GroovyClosure, frame: Frame): Run {
    if (closure.params?.length !== 1) return yield* this.call(closure, [], frame)
    const writer = new GroovyBuilder('')
    yield* this.call(closure, [writer], frame)
    return writer.text
  }

  *truth(value: Value, frame: Frame): Run<boolean> {
    if (value instanceof GroovyObject && this.declaredMethods(value.type, 'asBoolean').length > 0) {
      return isTruthy(yield* this.method(value, 'asBoolean', [], frame))
    }
    return isTruthy(value instanceof GString ? yield* this.text(value, frame) : value)
  }

  *equal(left: Value, right: Value, frame: Frame): Run<boolean> {
    if (left instanceof GroovyObject && this.declaredMethods(left.type, 'equals').length > 0) {
      return isTruthy(yield* this.method(left, 'equals', [right], frame))
    }
    if (left instanceof GroovyObject && right instanceof GroovyObject) {
      if (hasAdded(left.type, 'equality')) return sameProperties(left, right)
    }
    return groovyEquals(yield* this.plain(left, frame), yield* this.plain(right, frame))
  }

  *compare(left: Value, right: Value, frame: Frame): Run<number> {
    if (left instanceof GroovyObject && this.declaredMethods(left.type, 'compareTo').length > 0) {
      const result = yield* this.method(left, 'compareTo', [right], frame)
      return typeof result === 'number' ? result : 0
    }
    if (left instanceof GroovyObject && right instanceof GroovyObject) {
      const [a, b] = [left.fields.get('$ordinal'), right.fields.get('$ordinal')]
      if (typeof a === 'number' && typeof b === 'number') return a - b
    }
    return groovyCompare(yield* this.plain(left, frame), yield* this.plain(right, frame))
  }

  /** A GString as the text it has now. */
  protected *plain(value: Value, frame: Frame): Run {
    return value instanceof GString ? yield* this.text(value, frame) : value
  }

  /** What is given where a String is declared becomes one now, also in an array of them. */
  protected *typed(value: Value, type: TypeRef, frame: Frame): Run {
    if (type.name !== 'String' || value === null) return value
    const items = type.dimensions === 0 ? null : itemsOf(value)
    if (items) {
      const texts: Value[] = []
      for (const each of items) texts.push(each === null ? null : yield* this.text(each, frame))
      return texts
    }
    if (value instanceof GroovyObject) return yield* this.text(value, frame)
    return yield* this.plain(value, frame)
  }

  /** GStrings inside lists and maps become strings too: what a step or the journal gets. */
  protected *flattened(value: Value, frame: Frame): Run {
    if (value instanceof GString) return yield* this.text(value, frame)
    if (value instanceof GroovyClosure) value.callDepth = frame.depth
    if (isJsonLib(value)) return value
    if (Array.isArray(value)) {
      const out: Value[] = []
      for (const item of value) out.push(yield* this.flattened(item, frame))
      return out
    }
    if (!(value instanceof GroovyMap)) return value
    const out = new GroovyMap()
    for (const [key, item] of value) {
      out.set(yield* this.flattened(key, frame), yield* this.flattened(item, frame))
    }
    return out
  }

  *now(): Run<number> {
    return Number(yield this.host.now())
  }

  *random(): Run<number> {
    return Number(yield this.host.random())
  }

  protected *tick(): Run<void> {
    this.nodes = 0
    if (this.host.tick) yield this.host.tick()
  }

  checkEntries(count: number): void {
    if (count > this.limits.maxEntries)
      throw hostError('java.lang.OutOfMemoryError', 'Java heap space')
  }

  checkLength(length: number): void {
    if (length > this.limits.maxStringLength) {
      throw hostError('java.lang.OutOfMemoryError', 'Java heap space')
    }
  }
}
