import type { MethodDecl, Param, Position } from './ast.ts'
import { isPlain, ownsBoth, staticHolder } from './class-facts.ts'
import { flatArguments, interpolatedIn } from './arguments.ts'
import type { Arguments } from './arguments.ts'
import { builtinClass, CPS_CLOSURE } from './classes.ts'
import { closuresAround } from './closure-facts.ts'
import { coerce } from './conversion.ts'
import { Nested, SCOPES_UNDER_WAY } from './core.ts'
import { Dispatch } from './dispatch.ts'
import { mapHas } from './equality.ts'
import { GroovyError, hostError, missingProperty } from './errors.ts'
import { CpsCall } from './mismatch.ts'
import type { StepCall } from './host.ts'
import { findNative } from './native-lookup.ts'
import { arrayOf, chosen } from './overloads.ts'
import { bindingOf } from './script-binding.ts'
import { unsavable } from './saving.ts'
import type { Frame, Owner, Run, Value } from './value.ts'
import {
  GroovyArray,
  GroovyClass,
  GroovyClosure,
  GroovyMap,
  GroovyObject,
  HostObject,
  Scope,
} from './value.ts'

const MOST_FRAMES = 32

const PRINTING = new Set(['print', 'println', 'printf'])

/** Free names: locals, fields, delegates, the script, the host; and running what they name. */
export abstract class Names extends Dispatch {
  protected abstract runBody(body: MethodDecl['body'], scope: Scope, frame: Frame): Run
  protected abstract parameterDefault(param: Param, scope: Scope, frame: Frame): Run

  *variable(name: string, scope: Scope, frame: Frame): Run {
    const local = scope.lookup(name)
    if (local !== undefined) return local
    const { owner } = scope
    if (name === 'this') return owner.self ?? owner.type ?? this.script
    if (name === 'super') return owner.self ?? this.script
    if (owner.closure) {
      if (name === 'delegate' || name === 'owner') {
        return yield* this.property(owner.closure, name, frame)
      }
      const found = yield* this.throughClosure(name, owner.closure, owner, frame)
      if (found !== undefined) return found
    }
    const member = yield* this.member(name, owner, frame)
    if (member !== undefined) return member
    const global = yield* this.global(name, frame)
    if (global !== undefined) return global
    throw missingProperty(name, owner.type?.name ?? 'groovy.lang.Binding')
  }

  /** A field or property of the object whose method runs. */
  private *member(name: string, owner: Owner, frame: Frame): Run<Value | undefined> {
    // Where a class has a getter for a field of its own, inside it the field itself is meant.
    const field = ownsBoth(owner.type, name) ? owner.self?.fields.get(name) : undefined
    if (field !== undefined) return field
    if (owner.self && this.hasMember(owner.self, name)) {
      return yield* this.property(owner.self, name, frame)
    }
    return owner.type ? this.staticField(owner.type, name) : undefined
  }

  private hasMember(self: GroovyObject, name: string): boolean {
    if (self.fields.has(name) || this.staticField(self.type, name) !== undefined) return true
    const getter = `${name[0]?.toUpperCase() ?? ''}${name.slice(1)}`
    return (
      this.declaredMethods(self.type, `get${getter}`).length > 0 ||
      this.declaredMethods(self.type, `is${getter}`).length > 0
    )
  }

  /** Script fields, binding, host and classes. */
  private *global(name: string, frame: Frame): Run<Value | undefined> {
    const field = this.fields.get(name) ?? this.binding.get(name)
    if (field !== undefined) return field
    const lent = (yield this.host.getVariable(name, frame.context)) as Value | undefined
    if (lent !== undefined) return lent
    if (name === 'binding') return bindingOf(this.binding)
    const getter = this.methods.get(`get${name[0]!.toUpperCase()}${name.slice(1)}`)
    if (getter?.some(({ params }) => params.length === 0)) {
      return yield* this.invokeDeclared(getter, null, null, [], frame)
    }
    return this.findClass(name)
  }

  /** The delegates of the running closure and of those around it, as their strategies say. */
  private *throughClosure(
    name: string,
    closure: GroovyClosure,
    owner: Owner,
    frame: Frame,
  ): Run<Value | undefined> {
    for (const each of closuresAround(closure)) {
      const { delegate, resolveStrategy } = each
      if (delegate === undefined || resolveStrategy === 2) continue
      if (resolveStrategy === 0) {
        const first = yield* this.member(name, owner, frame)
        if (first !== undefined) return first
        const global = yield* this.global(name, frame)
        if (global !== undefined) return global
      }
      const found = yield* this.peek(delegate, name, frame)
      if (found !== undefined) return found
      if (resolveStrategy === 3) throw missingProperty(name, 'groovy.lang.Closure')
    }
    return undefined
  }

  /** A property if the object has it. */
  private *peek(target: Value, name: string, frame: Frame): Run<Value | undefined> {
    if (target instanceof GroovyMap) {
      return mapHas(target, name) ? yield* this.mapValue(target, name, frame) : undefined
    }
    if (target instanceof HostObject) {
      return (yield target.port.get(name, frame.context)) as Value | undefined
    }
    if (target === this.script) return yield* this.global(name, frame)
    if (!(target instanceof GroovyObject)) {
      const getter = `get${name[0]?.toUpperCase() ?? ''}${name.slice(1)}`
      return findNative(target, getter) ? yield* this.property(target, name, frame) : undefined
    }
    return this.hasMember(target, name) ? yield* this.property(target, name, frame) : undefined
  }

  protected *scriptProperty(name: string, frame: Frame): Run {
    if (name === 'class') return this.script.type
    const value = yield* this.global(name, frame)
    if (value === undefined) throw missingProperty(name, 'groovy.lang.Binding')
    return value
  }

  *assignVariable(name: string, given: Value, scope: Scope, frame: Frame): Run<void> {
    const type = scope.typeOf(name)
    const value = type ? coerce(yield* this.typed(given, type, frame), type, false) : given
    if (scope.assign(name, value)) return
    const { owner } = scope
    for (const each of owner.closure ? closuresAround(owner.closure) : []) {
      const { delegate, resolveStrategy } = each
      if (delegate === undefined || (resolveStrategy !== 1 && resolveStrategy !== 3)) continue
      const takes = delegate instanceof GroovyMap || delegate instanceof HostObject
      if (takes || (delegate instanceof GroovyObject && this.hasMember(delegate, name))) {
        yield* this.setProperty(delegate, name, value, frame)
        return
      }
    }
    if (owner.self?.fields.has(name)) {
      owner.self.fields.set(name, yield* this.ofField(owner.self.type, name, value, frame))
    } else if (owner.type && this.staticField(owner.type, name) !== undefined) {
      staticHolder(owner.type, name)!.statics.set(name, value)
    } else if (owner.self && this.hasMember(owner.self, name)) {
      yield* this.setProperty(owner.self, name, value, frame)
    } else yield* this.assignScript(name, value, frame)
  }

  protected staticField(type: GroovyClass, name: string): Value | undefined {
    return staticHolder(type, name)?.statics.get(name)
  }

  protected findClass(name: string): GroovyClass | undefined {
    const own = this.classes.get(name)
    if (own) return own
    const imported = this.imports.get(name)
    return (imported && this.classes.get(imported)) || builtinClass(imported ?? name)
  }

  protected declaredMethods(type: GroovyClass, name: string): MethodDecl[] {
    for (let at: GroovyClass | null = type; at; at = at.superclass) {
      const own = at.decl?.methods.filter((each) => each.name === name && !isAbstract(each))
      if (own && own.length > 0) return own
    }
    return []
  }

  /** `name(…)` with nothing in front. */
  *freeCall(name: string, args: Arguments, scope: Scope, frame: Frame, at: Position): Run {
    const local = scope.lookup(name)
    const flat = flatArguments(args)
    if (local !== undefined) return yield* this.call(local, flat, frame)
    const { owner } = scope
    if (owner.type) {
      const member = yield* this.memberCall(name, flat, owner, frame)
      if (member !== undefined) return member
    }
    for (const each of owner.closure ? closuresAround(owner.closure) : []) {
      const { delegate, resolveStrategy } = each
      if (delegate === undefined || resolveStrategy === 2) continue
      if (resolveStrategy === 0 && this.methods.has(name)) break
      if (yield* this.answers(delegate, name, frame)) {
        return yield* this.method(delegate, name, flat, frame)
      }
    }
    // As in Jenkins, classes don't reach the script's steps; only printing is every object's.
    const { self, type } = owner
    if (type && !self?.type.isScript && !type.isScript && !PRINTING.has(name)) {
      const isOfEnum = type.decl?.flavour === 'enum' && (name === 'values' || name === 'valueOf')
      return yield* this.method(self && !isOfEnum ? self : type, name, flat, frame)
    }
    if (name === 'call' && owner.closure) return yield* this.call(owner.closure, flat, frame)
    if (name === 'getClass' && flat.length === 0) return this.script.type
    if (name === 'getBinding' && flat.length === 0) return bindingOf(this.binding)
    if (name === 'use' && flat.length > 1) return yield* this.call(flat.at(-1)!, [], frame)
    return yield* this.scriptCallAt(name, args, frame, at)
  }

  private *memberCall(
    name: string,
    args: Value[],
    owner: Owner,
    frame: Frame,
  ): Run<Value | undefined> {
    const { self, type } = owner
    const decls = this.declaredMethods(self?.type ?? type!, name)
    if (decls.length > 0) {
      return yield* this.invokeDeclared(decls, self, self?.type ?? type!, args, frame)
    }
    const field = yield* this.member(name, owner, frame)
    if (field instanceof GroovyClosure) return yield* this.call(field, args, frame)
    if (!self) return undefined
    const inherited = findNative(self, name) ?? this.declaredMethods(self.type, 'methodMissing')[0]
    return inherited ? yield* this.method(self, name, args, frame) : undefined
  }

  private *answers(target: Value, name: string, frame: Frame): Run<boolean> {
    if (target instanceof GroovyMap) {
      return (
        (yield* this.peek(target, name, frame)) instanceof GroovyClosure ||
        findNative(target, name) !== undefined
      )
    }
    if (target instanceof GroovyObject) {
      return (
        this.declaredMethods(target.type, name).length > 0 ||
        this.declaredMethods(target.type, 'methodMissing').length > 0 ||
        target.fields.get(name) instanceof GroovyClosure
      )
    }
    if (target instanceof HostObject) return target.port.answers?.(name) ?? false
    return findNative(target, name) !== undefined
  }

  protected *scriptCall(name: string, args: Value[], frame: Frame): Run {
    const [first, ...rest] = args
    const named = first instanceof GroovyMap ? first : null
    const split = named ? { positional: rest, named } : { positional: args, named: null }
    return yield* this.scriptCallAt(name, split, frame, this.lastPosition)
  }

  /** Where the running call stands; calls through `this` and pointers use the caller's. */
  protected lastPosition: Position = { line: 0, column: 0, offset: 0 }
  /** The variables around the running call. */
  protected calledFrom: Scope | null = null;

  private *scriptCallAt(name: string, args: Arguments, frame: Frame, at: Position): Run {
    const decls = this.methods.get(name)
    if (decls) return yield* this.invokeDeclared(decls, null, null, flatArguments(args), frame)
    const imported = this.staticImports.get(name)
    if (imported) {
      const type = this.findClass(imported.type)
      if (type) return yield* this.method(type, imported.member, flatArguments(args), frame)
    }
    const field = this.fields.get(name) ?? this.binding.get(name)
    if (field !== undefined && field !== null) {
      return yield* this.call(field, flatArguments(args), frame)
    }
    return yield* this.invokeHost(name, args, frame, at)
  }

  private *invokeHost(name: string, args: Arguments, frame: Frame, at: Position): Run {
    if (frame.isNonCps && this.host.suspends?.(name)) {
      throw new CpsCall(null, name, (outer, warning) =>
        this.step(name, args, outer, at, { warning }),
      )
    }
    // Blocks begin at once: nobody waits until a step inside does.
    const isBlock = name === 'parallel' || args.positional.at(-1) instanceof GroovyClosure
    const unsaved = isBlock ? undefined : yield* this.unsaved(name, frame)
    // What is to be printed becomes text in Java, as the texts among a step's arguments do.
    return yield* this.outside(
      () => this.scriptClass.name,
      name,
      frame,
      (inner) => this.step(name, args, inner, at, { unsaved }),
    )
  }

  private *step(
    name: string,
    args: Arguments,
    frame: Frame,
    position: Position,
    told: Pick<StepCall, 'warning' | 'unsaved'>,
  ): Run {
    const positional: Value[] = []
    for (const each of args.positional) {
      if (PRINTING.has(name)) yield* this.javaText(each, frame)
      positional.push(yield* this.flattened(each, frame))
    }
    const last = positional.at(-1)
    let closure: GroovyClosure | undefined
    if (last instanceof GroovyClosure) {
      closure = last
      positional.pop()
    }
    const named = new GroovyMap()
    for (const [key, value] of args.named ?? []) {
      named.set(key, yield* this.flattened(value, frame))
    }
    const { fileName } = this
    const { context } = frame
    const interpolated: string[] = []
    for (const each of [...args.positional, ...(args.named?.values() ?? [])]) {
      for (const part of interpolatedIn(each)) interpolated.push(yield* this.text(part, frame))
    }
    const where = { position, fileName, context }
    const call = { name, positional, named, closure, ...where, interpolated, ...told }
    return ((yield this.host.invoke(call)) as Value | undefined) ?? null
  }

  /** What keeps Jenkins from saving the program while this step is under way. */
  private *unsaved(name: string, frame: Frame): Run<GroovyError | undefined> {
    if (frame.isNonCps || this.host.suspends?.(name) !== true) return undefined
    const around = (yield SCOPES_UNDER_WAY) as Scope[]
    const shared = [...this.fields.values(), ...this.binding.values()]
    const culprit = unsavable([...shared, ...around, this.calledFrom ?? this.scriptScope])
    return culprit === undefined
      ? undefined
      : hostError('java.io.NotSerializableException', culprit)
  }

  protected *invokeDeclared(
    decls: MethodDecl[],
    self: GroovyObject | null,
    type: GroovyClass | null,
    args: Value[],
    frame: Frame,
  ): Run {
    const called = { self, type, args }
    if (decls.some(isPlain) !== (frame.isNonCps ?? false)) {
      return yield* this.crossing(decls, called, frame)
    }
    const usable = chosen(decls, args, this.finder)
    const empty =
      !usable && decls.length === 1 && args.length === 0 && decls[0]!.params.length === 1
    const decl = usable ?? (empty ? decls[0] : undefined)
    if (!decl) {
      const { name } = decls[0]!
      // What a script has no method for is looked up among the steps.
      if (!type || type.isScript) {
        const call = { positional: args, named: null }
        return yield* this.invokeHost(name, call, frame, this.lastPosition)
      }
      throw yield* this.noMethod(name, type.name, args, frame)
    }
    const holder = type ? (holderOf(type, decl) ?? type) : null
    const owner: Owner = { self, type: holder, closure: null, method: decl.name }
    const scope = new Scope(null, owner)
    const inner = this.deeper(frame, decl.name, decl.pos.line)
    yield* this.bind(decl.params, empty ? [null] : args, scope, inner)
    const result = yield* this.leaving(decl.body, scope, inner)
    // What Jenkins has transformed returns what it has: its type is told for nothing.
    const { returnType } = decl
    if (!inner.isNonCps || !returnType || returnType.name === 'def') return result
    return returnType.name === 'void' ? null : coerce(result, returnType, false)
  }

  /** Between code that Jenkins transforms and code that it doesn't. */
  private *crossing(
    decls: MethodDecl[],
    { self, type, args }: { self: GroovyObject | null; type: GroovyClass | null; args: Value[] },
    frame: Frame,
  ): Run {
    const receiver = type?.name ?? this.scriptClass.name
    const { name } = decls[0]!
    const call = (to: Frame) => this.invokeDeclared(decls, self, type, args, to)
    if (frame.isNonCps) {
      throw new CpsCall(receiver, name, call)
    }
    return yield* this.outside(() => receiver, name, frame, call)
  }

  protected deeper(frame: Frame, name: string, line: number): Frame {
    const depth = frame.depth + 1
    if (depth <= this.limits.maxDepth) {
      return { context: frame.context, depth, isNonCps: frame.isNonCps ?? false }
    }
    throw hostError(
      'java.lang.StackOverflowError',
      `Excessively nested closures/functions at ${this.fileName}.${name}(${this.fileName}:${line}) ` +
        `- look for unbounded recursion - call depth: ${depth}`,
    )
  }

  protected *bind(params: Param[], args: Value[], scope: Scope, frame: Frame): Run<void> {
    const required = params.filter((each) => !each.default && !each.varargs).length
    // Of the parameters with a default, the first ones get what is given beyond the others'.
    let spare = Math.max(0, args.length - required)
    let at = 0
    for (const param of params) {
      let value: Value
      if (param.varargs) {
        const rest = args.slice(at)
        value = rest[0] instanceof GroovyArray && rest.length === 1 ? rest[0] : arrayOf(param, rest)
      } else if (param.default && spare === 0) {
        value = yield* this.parameterDefault(param, scope, frame)
      } else {
        value = args[at] ?? null
        at += 1
        if (param.default) spare -= 1
      }
      if (param.type && !param.varargs && param.type.name !== 'def' && value !== null) {
        value = coerce(yield* this.typed(value, param.type, frame), param.type, false)
      }
      scope.declare(param.name, value, param.varargs ? null : param.type)
    }
  }

  protected *runClosure(closure: GroovyClosure, args: Value[], frame: Frame): Run {
    const { params, body, scope: around } = closure
    if (!body) return null
    if (closure.isPlain !== (frame.isNonCps ?? false)) {
      const call = (to: Frame) => this.runClosure(closure, args, to)
      if (frame.isNonCps) throw new CpsCall(CPS_CLOSURE, 'call', call)
      return yield* this.outside(() => 'groovy.lang.Closure', 'call', frame, call)
    }
    const base = around ?? this.scriptScope
    const scope = base.child({ ...base.owner, closure })
    const inner = this.deeper(frame, '___cps', body.pos.line)
    if (!params) scope.declare('it', args[0] ?? null)
    else {
      yield* this.bindClosure(params, args, scope, inner)
    }
    return yield* this.leaving(body, scope, inner)
  }

  /**
   * A closure that Jenkins has transformed takes what it is given, one by one: a list is not taken
   * apart, types and `...` are not looked at, what is missing is null (also where a default is
   * written), and what is too much is dropped.
   */
  private *bindClosure(params: Param[], args: Value[], scope: Scope, frame: Frame): Run<void> {
    if (!frame.isNonCps) {
      for (const [at, { name }] of params.entries()) scope.declare(name, args[at] ?? null)
      return
    }
    const [first] = args
    const given = params.length > 1 && args.length === 1 && Array.isArray(first) ? first : args
    if (given.length > params.length && !params.at(-1)?.varargs) {
      throw yield* this.noMethod('call', 'groovy.lang.Closure', args, frame)
    }
    yield* this.bind(params, given, scope, frame)
  }

  /** An exception that leaves a method or closure notes the call, as a stack trace lists it. */
  private *leaving(body: MethodDecl['body'], scope: Scope, frame: Frame): Run {
    const from = this.calledFrom
    try {
      return (yield new Nested(this.runBody(body, scope, frame), from)) as Value
    } catch (error) {
      if (error instanceof GroovyError && !error.isSealed && error.line > 0) {
        // Of a recursion without end the innermost calls are enough.
        if (error.frames.length < MOST_FRAMES)
          error.frames.push(`${placeOf(scope.owner, this.scriptClass.name)}:${error.line})`)
        error.line = 0
      }
      throw error
    } finally {
      this.calledFrom = from
    }
  }
}

/** `Class.method(File`, to which the line comes. */
export function placeOf({ type, method }: Owner, script: string): string {
  const file = type?.isScript ? `${type.name}.groovy` : script
  return `${type?.name ?? script}.${method}(${file}`
}

function isAbstract(decl: MethodDecl): boolean {
  return decl.modifiers.includes('abstract')
}

function holderOf(type: GroovyClass, decl: MethodDecl): GroovyClass | null {
  for (let at: GroovyClass | null = type; at; at = at.superclass) {
    if (at.decl?.methods.includes(decl)) return at
  }
  return null
}
