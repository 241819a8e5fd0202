import type { ClassDecl, MethodDecl, Script, Stmt } from './ast.ts'
import { builtinClass, isSubclass } from './classes.ts'
import { hasAdded, propertiesOf } from './class-facts.ts'
import { coerce } from './conversion.ts'
import { refusedConstructor } from './signatures.ts'
import { GroovyError, hostError, isThrowable, makeThrowable } from './errors.ts'
import { Execution, asGroovyError, isFieldDeclaration } from './execution.ts'
import { isRun } from './machine.ts'
import { fits } from './overloads.ts'
import { construct } from './constructors.ts'
import { Nested, SCOPES_UNDER_WAY } from './core.ts'
import type { Frame, Run, Value } from './value.ts'
import { GroovyClass, GroovyMap, GroovyObject, Scope } from './value.ts'

/** Classes of the script and their instances, and taking in a file's declarations. */
export class Objects extends Execution {
  /** Methods, classes, imports and @Field variables; no statement runs but field initialisers. */
  *define(ast: Script, frame: Frame): Run<void> {
    this.fileName = ast.fileName
    const decls: ClassDecl[] = []
    for (const stmt of ast.body) {
      if (stmt.kind === 'method') {
        const known = this.methods.get(stmt.name)?.filter((each) => each !== stmt) ?? []
        this.methods.set(stmt.name, [stmt, ...known])
      } else if (stmt.kind === 'class') decls.push(stmt)
      else if (stmt.kind === 'import' && stmt.name !== '') this.importName(stmt)
    }
    for (const decl of decls) this.defineClass(decl)
    for (const decl of decls) yield* this.initStatics(this.classes.get(decl.name)!, frame)
    for (const stmt of ast.body)
      if (isFieldDeclaration(stmt)) yield* this.execute(stmt, this.scriptScope, frame)
  }

  hasMethod(name: string): boolean {
    return this.methods.has(name)
  }

  callNamed(name: string, args: Value[], frame: Frame): Run {
    return this.invokeDeclared(this.methods.get(name)!, null, null, args, frame)
  }

  protected importName(stmt: Stmt & { kind: 'import' }): void {
    if (stmt.static) {
      const at = stmt.name.lastIndexOf('.')
      const member = stmt.name.slice(at + 1)
      this.staticImports.set(stmt.alias, { type: stmt.name.slice(0, at), member })
    } else if (!stmt.star) this.imports.set(stmt.alias, stmt.name)
  }

  protected defineClass(decl: ClassDecl): GroovyClass {
    const type = new GroovyClass(decl.name, builtinClass('Object')!)
    type.decl = decl
    this.classes.set(decl.name, type)
    for (const inner of decl.classes) {
      const nested = this.defineClass(inner)
      this.classes.set(`${decl.name}.${inner.name}`, nested)
      type.statics.set(inner.name, nested)
    }
    this.linkSupertypes(type, decl)
    return type
  }

  protected linkSupertypes(type: GroovyClass, decl: ClassDecl): void {
    type.interfaces = []
    if (decl.superclass) type.superclass = this.findClass(decl.superclass.name) ?? type.superclass
    for (const { name } of decl.interfaces) {
      const found = this.findClass(name)
      if (found) type.interfaces.push(found)
      // A trait's methods are found as a superclass's are.
      if (found?.decl?.flavour === 'trait' && !decl.superclass) type.superclass = found
    }
  }

  protected *initStatics(type: GroovyClass, frame: Frame): Run<void> {
    const decl = type.decl!
    const scope = new Scope(null, { self: null, type, closure: null, method: '<clinit>' })
    for (const inner of decl.classes) {
      yield* this.initStatics(type.statics.get(inner.name) as GroovyClass, frame)
    }
    for (const [at, constant] of decl.constants.entries()) {
      const args = yield* this.listItems(constant.args, scope, frame)
      const own = constant.body && this.defineClass(constant.body)
      if (own) own.superclass = type
      const value = (yield* this.instantiate(own ?? type, args, frame)) as GroovyObject
      value.fields.set('$name', constant.name)
      value.fields.set('$ordinal', at)
      type.statics.set(constant.name, value)
    }
    for (const field of decl.fields) {
      // What an interface has is static, said or not.
      if (!field.modifiers.includes('static') && decl.flavour !== 'interface') continue
      type.statics.set(
        field.name,
        field.value ? yield* this.evaluate(field.value, scope, frame) : null,
      )
    }
    for (const each of decl.initializers) {
      if (each.static) yield* this.statements(each.block.body, scope.child(), frame)
    }
  }

  protected *instantiate(type: GroovyClass, args: Value[], frame: Frame): Run {
    const make = (inner: Frame) => this.newInstance(type, args, inner)
    return yield* this.outside(() => type.name, '<init>', frame, make)
  }

  private *newInstance(type: GroovyClass, args: Value[], frame: Frame): Run {
    if (!type.decl) {
      const made = construct(type, yield* this.allPlain(args, frame), this)
      if (made === undefined) {
        throw refusedConstructor(type, args)
      }
      return isRun(made) ? yield* made : made
    }
    const throwable = isSubclass(type, builtinClass('Throwable')!)
    const self = throwable ? makeThrowable(type, []) : new GroovyObject(type)
    yield* this.initFields(type, self, frame)
    yield* this.constructWith(type, self, args, frame)
    return self
  }

  protected *initFields(type: GroovyClass, self: GroovyObject, frame: Frame): Run<void> {
    if (type.superclass?.decl) yield* this.initFields(type.superclass, self, frame)
    const scope = new Scope(null, { self, type, closure: null, method: '<init>' })
    for (const field of type.decl!.fields) {
      if (field.modifiers.includes('static')) continue
      const value = field.value ? yield* this.evaluate(field.value, scope, frame) : null
      const typed = field.type && field.value ? coerce(value, field.type, false) : value
      const numeric =
        !field.value && ['int', 'long', 'double', 'float'].includes(field.type?.name ?? '')
      const blank = field.type?.name === 'boolean' && !field.value ? false : typed
      self.fields.set(field.name, numeric ? 0 : blank)
    }
    for (const each of type.decl!.initializers) {
      if (!each.static) yield* this.statements(each.block.body, scope.child(), frame)
    }
  }

  private *constructWith(
    type: GroovyClass,
    self: GroovyObject,
    args: Value[],
    frame: Frame,
  ): Run<void> {
    const { constructors } = type.decl!
    const fitting = constructors.filter((each) => fits(each.params, args, this.finder))
    // As of methods: one that takes one thing takes nothing for null.
    const lone = constructors.filter((each) => each.params.length === 1)
    if (fitting.length === 0 && args.length === 0 && lone.length === 1) {
      yield* this.runConstructor(lone[0]!, type, self, [null], frame)
      return
    }
    if (fitting.length > 0) {
      yield* this.runConstructor(fitting[0]!, type, self, args, frame)
      return
    }
    const [first] = args
    const noArgs = constructors.find((each) => each.params.length === 0)
    if (args.length === 1 && first instanceof GroovyMap && (noArgs || constructors.length === 0)) {
      if (noArgs) yield* this.runConstructor(noArgs, type, self, [], frame)
      const frozen = hasAdded(type, 'frozen')
      for (const [key, value] of first) {
        if (frozen && self.fields.has(String(key))) self.fields.set(String(key), value)
        else yield* this.setProperty(self, String(key), value, frame)
      }
      return
    }
    const names = constructors.length === 0 && hasAdded(type, 'tuple') ? propertiesOf(type) : []
    if (args.length > 0 && args.length <= names.length) {
      for (const [at, name] of names.entries()) self.fields.set(name, args[at] ?? null)
      return
    }
    const thrown = isSubclass(type, builtinClass('Throwable')!) && !type.superclass?.decl
    if (constructors.length === 0 && thrown) yield* this.initThrowable(self, args, frame)
    else if (constructors.length === 0 && type.superclass?.decl && args.length > 0) {
      yield* this.constructWith(type.superclass, self, args, frame)
    } else if (args.length > 0 || constructors.length > 0) {
      const error = yield* this.noMethod('<init>', type.name, args, frame)
      throw renamed(error, type.name)
    }
  }

  /** Java's constructors take texts. */
  private *allPlain(args: Value[], frame: Frame): Run<Value[]> {
    const out: Value[] = []
    for (const each of args) out.push(yield* this.plain(each, frame))
    return out
  }

  private *initThrowable(self: GroovyObject, args: Value[], frame: Frame): Run<void> {
    const { fields } = makeThrowable(self.type, yield* this.allPlain(args, frame))
    for (const name of ['message', 'cause']) self.fields.set(name, fields.get(name) ?? null)
  }

  private *runConstructor(
    decl: MethodDecl,
    type: GroovyClass,
    self: GroovyObject,
    args: Value[],
    frame: Frame,
  ): Run<void> {
    const owner = { self, type, closure: null, method: '<init>' }
    const scope = new Scope(null, owner)
    const inner = this.deeper(frame, '<init>', decl.pos.line)
    yield* this.bind(decl.params, args, scope, inner)
    const [first, ...rest] = decl.body.body
    const call = first?.kind === 'expression' && first.expr.kind === 'call' ? first.expr : null
    const callee =
      call?.object?.kind === 'variable' && call.method === 'call' ? call.object.name : call?.method
    if (call && (callee === 'super' || callee === 'this')) {
      const given = yield* this.listItems(call.args, scope, inner)
      const parent = callee === 'this' ? type : type.superclass
      if (parent?.decl) yield* this.constructWith(parent, self, given, inner)
      else if (isThrowable(self)) yield* this.initThrowable(self, given, frame)
      else if (construct(parent!, given, this) === undefined) {
        throw refusedConstructor(parent!, given)
      }
      yield* this.statements(rest, scope, inner)
      return
    }
    if (type.superclass?.decl) yield* this.constructWith(type.superclass, self, [], inner)
    yield* this.statements(decl.body.body, scope, inner)
  }

  /**
   * Runs to the end, waiting where the evaluation waits. Nested calls get a stack entry here, so
   * the depth of recursion costs heap and not JavaScript stack.
   */
  async drive<T>(root: Run<T>): Promise<T> {
    const stack: Run<unknown>[] = [root as Run<unknown>]
    const from: (Scope | null)[] = [null]
    let input: unknown
    let failure: { error: unknown } | null = null
    for (;;) {
      const top = stack.at(-1)!
      try {
        const step: IteratorResult<unknown, unknown> = failure
          ? top.throw(failure.error)
          : top.next(input)
        failure = null
        if (step.done) {
          stack.pop()
          from.pop()
          if (stack.length === 0) return step.value as T
          input = step.value
        } else if (step.value instanceof Nested) {
          stack.push(step.value.run)
          from.push(step.value.from)
          input = undefined
        } else if (step.value === SCOPES_UNDER_WAY) input = from.filter((each) => each !== null)
        else input = step.value instanceof Promise ? await settled(step.value) : step.value
      } catch (error) {
        failure = { error: stackOverflow(error) }
        if (!awaiting(error)) {
          stack.pop()
          from.pop()
        } else failure = { error: stackOverflow(error.cause) }
        if (stack.length === 0) throw failure.error
      }
    }
  }
}

/** Marks a failure of what we waited for: it is thrown into the top, which is still alive. */
class WaitFailure extends Error {}

async function settled(value: unknown): Promise<unknown> {
  try {
    return await value
  } catch (cause) {
    throw new WaitFailure('the host refused', { cause })
  }
}

function awaiting(error: unknown): error is WaitFailure {
  return error instanceof WaitFailure
}

function stackOverflow(error: unknown): unknown {
  return error instanceof RangeError ? asGroovyError(error) : error
}

/** Groovy's words for a constructor that doesn't exist. */
function renamed(error: Error, type: string): Error {
  if (!(error instanceof GroovyError)) return error
  const text = (error.groovyMessage ?? '').replace(
    /^No signature of method: .*? is applicable/,
    `Could not find matching constructor for: ${type}`,
  )
  const shown = text.replace(/ for argument types: (\(.*\)) values:.*$/s, '$1')
  return hostError('groovy.lang.GroovyRuntimeException', shown)
}
