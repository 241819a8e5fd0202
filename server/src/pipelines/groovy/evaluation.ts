import type {
  AssignExpr,
  BinaryExpr,
  CallExpr,
  Expr,
  GStringExpr,
  IncrementExpr,
  Literal,
  MapEntry,
  NewExpr,
  Param,
  PropertyExpr,
  TernaryExpr,
  TypeRef,
  UnaryExpr,
} from './ast.ts'
import { flatArguments } from './arguments.ts'
import type { Arguments } from './arguments.ts'
import { builtinClass, isInstance } from './classes.ts'
import { isPlain } from './class-facts.ts'
import { coerce } from './conversion.ts'
import { mapPut } from './equality.ts'
import { hostError, missingMethod } from './errors.ts'
import { itemsOf } from './items.ts'
import { MISMATCHES } from './mismatch.ts'
import { isNumber, negate, parseDecimal, toInt } from './numbers.ts'
import { Operators } from './operators.ts'
import { compilePattern } from './regex.ts'
import { rejected, rejectedMethod } from './signatures.ts'
import { PRIMITIVES } from './tokens.ts'
import type { Frame, Run, Scope, Value } from './value.ts'
import {
  GroovyArray,
  GroovyBigInteger,
  GroovyClosure,
  GroovyDouble,
  GroovyFloat,
  GroovyMap,
  GroovyObject,
  GroovyRange,
  GString,
  HostObject,
} from './value.ts'

/** Expressions, evaluated left to right as Groovy does. */
export abstract class Evaluation extends Operators {
  *evaluate(expr: Expr, scope: Scope, frame: Frame): Run {
    this.nodes += 1
    if (this.nodes >= this.limits.tickEvery) yield* this.tick()
    switch (expr.kind) {
      case 'literal':
        return literalValue(expr)
      case 'variable':
        return yield* this.variable(expr.name, scope, frame)
      case 'call':
        return yield* this.callExpression(expr, scope, frame)
      case 'property':
        return yield* this.propertyExpression(expr, scope, frame)
      case 'gstring':
        return yield* this.gstring(expr, scope, frame)
      case 'binary':
        return yield* this.binary(expr, scope, frame)
      case 'closure':
        return this.closureHere(expr, scope, frame)
      case 'list':
        return yield* this.listItems(expr.items, scope, frame)
      case 'map':
        return yield* this.mapOf(expr.entries, scope, frame)
      case 'index': {
        const target = yield* this.evaluate(expr.object, scope, frame)
        return yield* this.indexed(target, yield* this.listItems(expr.index, scope, frame), frame)
      }
      default:
        return yield* this.rarer(expr, scope, frame)
    }
  }

  private *rarer(
    expr: Exclude<
      Expr,
      {
        kind:
          | 'literal'
          | 'variable'
          | 'call'
          | 'property'
          | 'gstring'
          | 'binary'
          | 'closure'
          | 'list'
          | 'map'
          | 'index'
      }
    >,
    scope: Scope,
    frame: Frame,
  ): Run {
    switch (expr.kind) {
      case 'ternary':
        return yield* this.ternary(expr, scope, frame)
      case 'assign':
        return yield* this.assigned(expr, scope, frame)
      case 'multiAssign': {
        const value = yield* this.evaluate(expr.value, scope, frame)
        const items = yield* this.parts(value, expr.targets.length, frame)
        for (const [at, target] of expr.targets.entries()) {
          yield* this.store(target, items[at] ?? null, scope, frame)
        }
        return frame.isNonCps ? value : null
      }
      case 'unary':
        return yield* this.unary(expr, scope, frame)
      case 'increment':
        return yield* this.increment(expr, scope, frame)
      case 'range': {
        const from = yield* this.evaluate(expr.from, scope, frame)
        const to = yield* this.evaluate(expr.to, scope, frame)
        return new GroovyRange(
          yield* this.plain(from, frame),
          yield* this.plain(to, frame),
          expr.exclusive,
        )
      }
      case 'cast':
        return yield* this.castTo(
          yield* this.evaluate(expr.value, scope, frame),
          expr.type,
          expr.coerce,
          frame,
        )
      case 'instanceof': {
        const value = yield* this.evaluate(expr.value, scope, frame)
        const type = this.findClass(expr.type.name)
        return type !== undefined && isInstance(value, type)
      }
      case 'new':
        return yield* this.creation(expr, scope, frame)
      case 'methodPointer':
        return yield* this.methodPointer(expr.object, expr.name, scope, frame)
      case 'spread':
        return yield* this.evaluate(expr.value, scope, frame)
    }
  }

  /** What `def (a, b) = value` takes apart: any collection, else whatever has `getAt`. */
  protected *parts(value: Value, count: number, frame: Frame): Run<Value[]> {
    const items = value instanceof GroovyMap ? null : itemsOf(value)
    if (items) return items
    const out: Value[] = []
    for (let at = 0; at < count; at += 1) out.push(yield* this.indexed(value, [at], frame))
    return out
  }

  private *ternary(expr: TernaryExpr, scope: Scope, frame: Frame): Run {
    const test = yield* this.evaluate(expr.condition, scope, frame)
    if (!(yield* this.truth(test, frame))) return yield* this.evaluate(expr.alternate, scope, frame)
    return expr.consequent ? yield* this.evaluate(expr.consequent, scope, frame) : test
  }

  private *castTo(value: Value, type: TypeRef, explicit: boolean, frame: Frame): Run {
    const cast = yield* this.ownCast(value, type, explicit, frame)
    if (cast !== undefined) return cast
    const own = this.findClass(type.name)
    const textual = type.name === 'String' && type.dimensions === 0
    const plain = textual ? yield* this.text(value, frame) : value
    if (!own?.decl || value === null) return coerce(value === null ? null : plain, type, explicit)
    if (isInstance(value, own)) return value
    if (own.decl.flavour === 'enum') return own.statics.get(yield* this.text(value, frame)) ?? null
    if (value instanceof GroovyMap && explicit) return yield* this.instantiate(own, [value], frame)
    return value
  }

  /** As its own class casts it: `as` asks `asType`, a Boolean is what `asBoolean` says. */
  private *ownCast(
    value: Value,
    type: TypeRef,
    explicit: boolean,
    frame: Frame,
  ): Run<Value | undefined> {
    if (!(value instanceof GroovyObject) || type.dimensions > 0) return undefined
    const wanted = this.findClass(type.name)
    if (explicit && wanted && this.declaredMethods(value.type, 'asType').length > 0) {
      return yield* this.method(value, 'asType', [wanted], frame)
    }
    const decls = this.declaredMethods(value.type, 'asBoolean')
    if (wanted?.name !== 'java.lang.Boolean' || decls.length === 0) return undefined
    if (frame.isNonCps || decls.some(isPlain)) return yield* this.truth(value, frame)
    const text = `${value.type.name}.asBoolean must be @NonCPS; see: ${MISMATCHES}`
    throw hostError('java.lang.IllegalStateException', text)
  }

  private closureHere(expr: Expr & { kind: 'closure' }, scope: Scope, frame: Frame): GroovyClosure {
    const closure = new GroovyClosure(expr.params, expr.body, scope)
    closure.isPlain = frame.isNonCps ?? false
    return closure
  }

  private *gstring(expr: GStringExpr, scope: Scope, frame: Frame): Run {
    const values: Value[] = []
    for (const part of expr.values) values.push(yield* this.evaluate(part, scope, frame))
    return new GString(expr.strings, values)
  }

  protected *listItems(items: Expr[], scope: Scope, frame: Frame): Run<Value[]> {
    const out: Value[] = []
    for (const item of items) {
      const value = yield* this.evaluate(item, scope, frame)
      if (item.kind === 'spread')
        out.push(...(value === null ? [null] : (itemsOf(value) ?? [value])))
      else out.push(value)
    }
    return out
  }

  private *mapOf(entries: MapEntry[], scope: Scope, frame: Frame): Run<GroovyMap> {
    const map = new GroovyMap()
    for (const { key, value } of entries) {
      if (!key) {
        const spread = yield* this.evaluate(value, scope, frame)
        if (spread instanceof GroovyMap) for (const [k, v] of spread) mapPut(map, k, v)
        continue
      }
      // A key with values in it stays one, and no text finds it again.
      const name = yield* this.evaluate(key, scope, frame)
      mapPut(map, name, yield* this.evaluate(value, scope, frame))
    }
    return map
  }

  private *argumentsOf(expr: CallExpr | NewExpr, scope: Scope, frame: Frame): Run<Arguments> {
    const named = expr.named.length > 0 ? yield* this.mapOf(expr.named, scope, frame) : null
    return { named, positional: yield* this.listItems(expr.args, scope, frame) }
  }

  private *nameOf(name: string | Expr, scope: Scope, frame: Frame): Run<string> {
    if (typeof name === 'string') return name
    return yield* this.text(yield* this.evaluate(name, scope, frame), frame)
  }

  private *callExpression(expr: CallExpr, scope: Scope, frame: Frame): Run {
    if (expr.object === null) {
      const name = yield* this.nameOf(expr.method, scope, frame)
      const args = yield* this.argumentsOf(expr, scope, frame)
      this.lastPosition = expr.namePos
      this.calledFrom = scope
      return yield* this.freeCall(name, args, scope, frame, expr.namePos)
    }
    const target = yield* this.evaluate(expr.object, scope, frame)
    if (target === null && expr.style !== '.') return null
    const name = yield* this.nameOf(expr.method, scope, frame)
    const args = flatArguments(yield* this.argumentsOf(expr, scope, frame))
    this.lastPosition = expr.namePos
    this.calledFrom = scope
    if (isSuper(expr.object)) return yield* this.superCall(name, args, scope, frame)
    if (expr.style !== '*.') return yield* this.method(target, name, args, frame)
    const out: Value[] = []
    for (const item of itemsOf(target) ?? []) {
      out.push(item === null ? null : yield* this.method(item, name, args, frame))
    }
    return out
  }

  private *superCall(name: string, args: Value[], scope: Scope, frame: Frame): Run {
    const { self, type } = scope.owner
    const parent = type?.superclass
    const decls = parent ? this.declaredMethods(parent, name) : []
    if (decls.length > 0) return yield* this.invokeDeclared(decls, self, parent!, args, frame)
    const refused = parent && !parent.decl ? rejectedMethod(self, name, args) : undefined
    if (refused) throw refused
    return yield* this.method(self, name, args, frame)
  }

  private *propertyExpression(expr: PropertyExpr, scope: Scope, frame: Frame): Run {
    const dotted = dottedName(expr)
    if (dotted && /^[a-z]/.test(dotted)) {
      const type = this.qualifiedClass(dotted, scope)
      if (type) return type
    }
    const target = yield* this.evaluate(expr.object, scope, frame)
    if (target === null && expr.style !== '.') return null
    const name = yield* this.nameOf(expr.name, scope, frame)
    if (expr.style === '.@' && target instanceof GroovyObject) {
      if (name === 'metaClass') throw rejected(`field ${target.type.name} metaClass`)
      return target.fields.get(name) ?? null
    }
    // Transformed code overlooks the spread: a list's own property is that of all its items anyway.
    const isSpread = expr.style === '*.' && (frame.isNonCps || target instanceof HostObject)
    if (!isSpread) return yield* this.property(target, name, frame)
    const out: Value[] = []
    for (const item of itemsOf(target) ?? []) {
      out.push(item === null ? null : yield* this.property(item, name, frame))
    }
    return out
  }

  /** `java.util.Date` written out, unless its first part is a variable. */
  private qualifiedClass(dotted: string, scope: Scope): Value | undefined {
    const [first] = dotted.split('.')
    if (!/\.[A-Z]\w*$/.test(dotted) || scope.lookup(first!) !== undefined) return undefined
    const type = this.findClass(dotted)
    return type?.name === dotted ? type : undefined
  }

  private *binary(expr: BinaryExpr, scope: Scope, frame: Frame): Run {
    const left = yield* this.evaluate(expr.left, scope, frame)
    if (expr.op === '&&' || expr.op === '||') {
      const holds = yield* this.truth(left, frame)
      if (holds === (expr.op === '||')) return holds
      return yield* this.truth(yield* this.evaluate(expr.right, scope, frame), frame)
    }
    const right = yield* this.evaluate(expr.right, scope, frame)
    return yield* this.operate(expr.op, left, right, frame)
  }

  private *unary(expr: UnaryExpr, scope: Scope, frame: Frame): Run {
    const value = yield* this.evaluate(expr.operand, scope, frame)
    if (expr.op === '!') return !(yield* this.truth(value, frame))
    if (expr.op === '~') {
      if (isNumber(value)) return ~toInt(value)
      return compilePattern(yield* this.text(value, frame))
    }
    if (isNumber(value)) return expr.op === '-' ? negate(value) : value
    return yield* this.method(value, expr.op === '-' ? 'negative' : 'positive', [], frame)
  }

  private *increment(expr: IncrementExpr, scope: Scope, frame: Frame): Run {
    const isPlace = ['variable', 'property', 'index'].includes(expr.target.kind)
    if (!isPlace && !frame.isNonCps) {
      const name = `${expr.prefix ? 'prefix' : 'postfix'}${expr.op === '++' ? 'Inc' : 'Dec'}`
      throw missingMethod(name, 'com.cloudbees.groovy.cps.Builder', [], [])
    }
    const before = yield* this.evaluate(expr.target, scope, frame)
    const after = yield* this.stepped(expr.op, before, frame)
    yield* this.store(expr.target, after, scope, frame)
    return expr.prefix ? after : before
  }

  private *assigned(expr: AssignExpr, scope: Scope, frame: Frame): Run {
    const { target, op } = expr
    if (op === '=') {
      const value = yield* this.evaluate(expr.value, scope, frame)
      yield* this.store(target, value, scope, frame)
      return value
    }
    const before = yield* this.evaluate(target, scope, frame)
    if (op === '?:' && (yield* this.truth(before, frame))) return before
    const right = yield* this.evaluate(expr.value, scope, frame)
    const value = op === '?:' ? right : yield* this.operate(op, before, right, frame)
    yield* this.store(target, value, scope, frame)
    return value
  }

  protected *store(target: Expr, value: Value, scope: Scope, frame: Frame): Run<void> {
    if (target.kind === 'variable') {
      yield* this.assignVariable(target.name, value, scope, frame)
    } else if (target.kind === 'index') {
      const object = yield* this.evaluate(target.object, scope, frame)
      const index = yield* this.listItems(target.index, scope, frame)
      yield* this.putIndexed(object, index, value, frame)
    } else if (target.kind === 'property') {
      const object = yield* this.evaluate(target.object, scope, frame)
      if (object === null && target.style !== '.') return
      const name = yield* this.nameOf(target.name, scope, frame)
      // `this.x = …` inside the class and `.@x` write the field itself.
      const direct = object instanceof GroovyObject && object === scope.owner.self
      if (direct && object.fields.has(name)) object.fields.set(name, value)
      else yield* this.setProperty(object, name, value, frame)
    } else throw hostError('groovy.lang.GroovyRuntimeException', 'cannot assign to this expression')
  }

  private *creation(expr: NewExpr, scope: Scope, frame: Frame): Run {
    if (expr.type.dimensions > 0) {
      const sizes = yield* this.listItems(expr.sizes, scope, frame)
      return this.newArray(
        expr.type,
        sizes.map((each) => (isNumber(each) ? toInt(each) : 0)),
      )
    }
    const args = flatArguments(yield* this.argumentsOf(expr, scope, frame))
    const type = expr.body ? this.defineClass(expr.body) : this.findClass(expr.type.name)
    if (!type) {
      const text = `unable to resolve class ${expr.type.name}`
      throw hostError('org.codehaus.groovy.control.MultipleCompilationErrorsException', text)
    }
    return yield* this.instantiate(type, args, frame)
  }

  /** `new int[2][3]` is an array of arrays; one without a size has none in it yet. */
  private newArray(type: TypeRef, [count = 0, ...inner]: number[]): GroovyArray {
    this.checkEntries(count)
    const brackets = '[]'.repeat(type.dimensions - 1)
    const component = PRIMITIVES.has(type.name) ? type.name : builtinClass(type.name)?.name
    const below = { ...type, dimensions: type.dimensions - 1 }
    const blank = below.dimensions > 0 ? null : unset(type.name)
    return GroovyArray.holding(
      (component ?? type.name) + brackets,
      Array.from({ length: count }, () => (inner.length > 0 ? this.newArray(below, inner) : blank)),
    )
  }

  private *methodPointer(object: Expr, name: string | Expr, scope: Scope, frame: Frame): Run {
    const target = yield* this.evaluate(object, scope, frame)
    const method = yield* this.nameOf(name, scope, frame)
    const pointer = new GroovyClosure(null, null, scope)
    pointer.native = (args, machine, inner) => machine.method(target, method, args, inner)
    return pointer
  }

  protected *parameterDefault(param: Param, scope: Scope, frame: Frame): Run {
    return yield* this.evaluate(param.default!, scope, frame)
  }
}

function literalValue(expr: Literal): Value {
  switch (expr.type) {
    case 'string':
      return expr.raw
    case 'int':
      return Number(expr.raw)
    case 'boolean':
      return expr.raw === 'true'
    case 'null':
      return null
    case 'long':
      return BigInt(expr.raw)
    case 'bigint':
      return new GroovyBigInteger(BigInt(expr.raw))
    case 'decimal':
      return parseDecimal(expr.raw)
    case 'double':
      return new GroovyDouble(Number(expr.raw))
    case 'float':
      return new GroovyFloat(Number(expr.raw))
  }
}

/** What a variable of a primitive type holds before it is given anything. */
function unset(type: string): Value {
  if (type === 'boolean') return false
  return ['int', 'long', 'short', 'byte', 'double', 'float'].includes(type) ? 0 : null
}

function isSuper(expr: Expr): boolean {
  return expr.kind === 'variable' && expr.name === 'super'
}

/** `a.b.C` of a chain of plain properties. */
function dottedName(expr: Expr): string | null {
  if (expr.kind === 'variable') return expr.name
  if (expr.kind !== 'property' || typeof expr.name !== 'string' || expr.style !== '.') return null
  const head = dottedName(expr.object)
  return head === null ? null : `${head}.${expr.name}`
}
