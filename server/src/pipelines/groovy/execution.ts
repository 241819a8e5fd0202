import type {
  Block,
  DeclareStmt,
  ForInStmt,
  ForStmt,
  Stmt,
  SwitchStmt,
  TryStmt,
  TypeRef,
  WhileStmt,
} from './ast.ts'
import { isInstance } from './classes.ts'
import { placeOf } from './names.ts'
import { coerce } from './conversion.ts'
import {
  GroovyError,
  hostError,
  isThrowable,
  POWER_ASSERTION,
  rememberTrace,
  thrownAgain,
} from './errors.ts'
import { Evaluation } from './evaluation.ts'
import { itemsOf } from './items.ts'
import type { Frame, Run, Scope, Value } from './value.ts'

/** How a statement ended, when not by running through. */
export class Jump {
  readonly kind: 'return' | 'break' | 'continue'
  readonly label: string
  readonly value: Value
  constructor(kind: Jump['kind'], label: string, value: Value) {
    this.kind = kind
    this.label = label
    this.value = value
  }
}

type Outcome = Value | Jump

/** Statements. Each answers its value, so that the last one of a body is what the body returns. */
export abstract class Execution extends Evaluation {
  protected *runBody(body: Block, scope: Scope, frame: Frame): Run {
    const outcome = yield* this.statements(body.body, scope, frame)
    if (!(outcome instanceof Jump)) return outcome
    if (outcome.kind === 'return') return outcome.value
    // What Jenkins runs knows no loop outside a closure or method; it finds that out only here.
    throw hostError('java.lang.IllegalStateException', `unexpected ${outcome.kind} statement`)
  }

  *statements(body: Stmt[], scope: Scope, frame: Frame): Run<Outcome> {
    let last: Value = null
    for (const stmt of body) {
      const outcome = yield* this.located(stmt, scope, frame)
      // A `break` keeps what came before it: a switch at the end of a method returns that.
      if (outcome instanceof Jump) {
        return outcome.kind === 'break' && last !== null
          ? new Jump('break', outcome.label, last)
          : outcome
      }
      last = outcome
    }
    return last
  }

  /** An exception remembers the innermost statement it came from. */
  private *located(stmt: Stmt, scope: Scope, frame: Frame): Run<Outcome> {
    try {
      return yield* this.execute(stmt, scope, frame)
    } catch (error) {
      if (error instanceof GroovyError && error.line === 0 && !error.isSealed) {
        error.line = stmt.pos.line
      }
      throw error
    }
  }

  *execute(stmt: Stmt, scope: Scope, frame: Frame): Run<Outcome> {
    switch (stmt.kind) {
      case 'expression':
        return yield* this.evaluate(stmt.expr, scope, frame)
      case 'declare':
        return yield* this.declare(stmt, scope, frame)
      case 'block':
        return yield* this.statements(stmt.body, scope.child(), frame)
      case 'if': {
        const test = yield* this.evaluate(stmt.condition, scope, frame)
        const branch = (yield* this.truth(test, frame)) ? stmt.consequent : stmt.alternate
        return branch ? yield* this.execute(branch, scope.child(), frame) : null
      }
      case 'return': {
        const value = stmt.value ? yield* this.evaluate(stmt.value, scope, frame) : null
        return new Jump('return', '', value)
      }
      case 'break':
      case 'continue':
        return new Jump(stmt.kind, stmt.label, null)
      case 'throw':
        throw this.thrownBy(yield* this.evaluate(stmt.value, scope, frame), stmt.pos.line)
      case 'try':
        return yield* this.tryStatement(stmt, scope, frame)
      case 'forIn':
        return yield* this.forIn(stmt, scope, frame)
      case 'for':
        return yield* this.classicFor(stmt, scope, frame)
      case 'while':
        return yield* this.whileLoop(stmt, scope, frame)
      case 'switch':
        return yield* this.switchStatement(stmt, scope, frame)
      case 'assert':
        return yield* this.assertion(stmt, scope, frame)
      default:
        // Methods, classes and imports were taken in before the first statement ran.
        return null
    }
  }

  private *assertion(stmt: Stmt & { kind: 'assert' }, scope: Scope, frame: Frame): Run {
    const held = yield* this.evaluate(stmt.condition, scope, frame)
    if (yield* this.truth(held, frame)) return null
    if (!stmt.message) throw hostError(POWER_ASSERTION, stmt.source)
    const message = yield* this.text(yield* this.evaluate(stmt.message, scope, frame), frame)
    throw hostError('java.lang.AssertionError', `${message}. Expression: ${stmt.source}`)
  }

  private *declare(stmt: DeclareStmt, scope: Scope, frame: Frame): Run {
    const value = stmt.value ? yield* this.evaluate(stmt.value, scope, frame) : null
    const items = stmt.tuple ? yield* this.parts(value, stmt.names.length, frame) : null
    const isField = isFieldDeclaration(stmt)
    for (const [at, { name, type }] of stmt.names.entries()) {
      let each = items ? (items[at] ?? null) : value
      if (type) {
        const primitive = ['int', 'long', 'double', 'float', 'short', 'byte'].includes(type.name)
        if (!stmt.value && primitive) each = 0
        if (!stmt.value && type.name === 'boolean') each = false
        each = this.declared(yield* this.typed(each, type, frame), type, frame)
      }
      if (isField) this.fields.set(name, each)
      else scope.declare(name, each, type)
    }
    return frame.isNonCps ? value : null
  }

  /** Transformed code leaves null what is given null, also where a primitive is declared. */
  private declared(value: Value, type: TypeRef, frame: Frame): Value {
    return value === null && !frame.isNonCps ? null : coerce(value, type, false)
  }

  private thrownBy(value: Value, line: number): Error {
    if (!isThrowable(value)) {
      return hostError('java.lang.ClassCastException', 'only a Throwable can be thrown')
    }
    return thrownAgain(value, line)
  }

  private *tryStatement(stmt: TryStmt, scope: Scope, frame: Frame): Run<Outcome> {
    let outcome: Outcome = null
    let pending: GroovyError | null = null
    try {
      outcome = yield* this.statements(stmt.body.body, scope.child(), frame)
    } catch (error) {
      pending = asGroovyError(error)
    }
    if (pending) {
      const handler = stmt.catches.find((each) =>
        this.catches(
          each.types.map((t) => t.name),
          pending!,
        ),
      )
      if (handler) {
        rememberTrace(pending, placeOf(scope.owner, this.scriptClass.name))
        const inner = scope.child()
        inner.declare(handler.name, pending.thrown)
        try {
          outcome = yield* this.statements(handler.body.body, inner, frame)
          pending = null
        } catch (error) {
          pending = asGroovyError(error)
        }
      }
    }
    if (stmt.finally) {
      const last = yield* this.statements(stmt.finally.body, scope.child(), frame)
      if (last instanceof Jump) return last
    }
    if (pending) throw pending
    return outcome
  }

  private catches(types: string[], error: GroovyError): boolean {
    if (types.length === 0) return error.isA('java.lang.Exception')
    return types.some((name) => {
      const type = this.findClass(name)
      if (type) return isInstance(error.thrown, type)
      const full = this.imports.get(name) ?? name
      return error.className === full || error.className.endsWith(`.${full}`)
    })
  }

  private *forIn(stmt: ForInStmt, scope: Scope, frame: Frame): Run<Outcome> {
    const subject = yield* this.evaluate(stmt.iterable, scope, frame)
    const items = itemsOf(yield* this.plain(subject, frame)) ?? [subject]
    // By index, as Pipeline's own iterator walks a list: what the body adds behind is visited too.
    // One variable for all turns: closures made in the body see its last value.
    const loop = scope.child()
    for (let at = 0; at < items.length; at += 1) {
      this.countTurn(at)
      loop.declare(stmt.name, items[at]!)
      const leave = yield* this.turn(stmt.body, stmt.label, loop.child(), frame)
      if (leave) return leave.done ? null : leave.jump
    }
    return null
  }

  private *classicFor(stmt: ForStmt, scope: Scope, frame: Frame): Run<Outcome> {
    const outer = scope.child()
    for (const each of stmt.init) yield* this.execute(each, outer, frame)
    for (let turns = 0; ; turns += 1) {
      this.countTurn(turns)
      const test = stmt.condition ? yield* this.evaluate(stmt.condition, outer, frame) : true
      if (!(yield* this.truth(test, frame))) return null
      const leave = yield* this.turn(stmt.body, stmt.label, outer.child(), frame)
      if (leave) return leave.done ? null : leave.jump
      for (const each of stmt.update) yield* this.evaluate(each, outer, frame)
    }
  }

  private *whileLoop(stmt: WhileStmt, scope: Scope, frame: Frame): Run<Outcome> {
    for (let turns = 0; ; turns += 1) {
      this.countTurn(turns)
      const test = yield* this.evaluate(stmt.condition, scope, frame)
      if (!(yield* this.truth(test, frame))) return null
      const leave = yield* this.turn(stmt.body, stmt.label, scope.child(), frame)
      if (leave) return leave.done ? null : leave.jump
    }
  }

  private countTurn(turns: number): void {
    if (turns < this.limits.maxIterations) return
    const text = `a loop ran more than ${this.limits.maxIterations} times`
    throw hostError('java.lang.IllegalStateException', text)
  }

  /** One turn of a loop: null to go on, else whether the loop is done or passes the jump up. */
  private *turn(
    body: Stmt,
    label: string,
    scope: Scope,
    frame: Frame,
  ): Run<{ done: boolean; jump: Jump } | null> {
    this.nodes += 1
    const outcome = yield* this.execute(body, scope, frame)
    if (!(outcome instanceof Jump)) return null
    const mine = outcome.label === '' || outcome.label === label
    if (outcome.kind === 'return' || !mine) return { done: false, jump: outcome }
    return outcome.kind === 'break' ? { done: true, jump: outcome } : null
  }

  private *switchStatement(stmt: SwitchStmt, scope: Scope, frame: Frame): Run<Outcome> {
    const value = yield* this.evaluate(stmt.value, scope, frame)
    let start = -1
    for (const [at, each] of stmt.cases.entries()) {
      if (!each.test) continue
      const test = yield* this.evaluate(each.test, scope, frame)
      if (yield* this.isCase(test, value, frame)) {
        start = at
        break
      }
    }
    if (start < 0) start = stmt.cases.findIndex((each) => !each.test)
    if (start < 0) return null
    const inner = scope.child()
    // Transformed code falls through to further cases but not to `default`, whose value alone is
    // the switch's own.
    const isDefault = !stmt.cases[start]!.test
    const rest = stmt.cases.slice(start)
    const run = frame.isNonCps
      ? rest
      : isDefault
        ? rest.slice(0, 1)
        : rest.filter(({ test }) => test)
    let last: Value = null
    for (const each of run) {
      const outcome = yield* this.statements(each.body, inner, frame)
      if (outcome instanceof Jump) {
        if (outcome.kind !== 'break' || outcome.label !== '') return outcome
        return frame.isNonCps ? outcome.value : null
      }
      last = outcome
    }
    return frame.isNonCps || isDefault ? last : null
  }
}

/** `@Field def x`: a variable that methods see too. */
export function isFieldDeclaration(stmt: Stmt): boolean {
  return stmt.kind === 'declare' && stmt.annotations.some((each) => /(^|\.)Field$/.test(each.name))
}

/** What a script may catch. Anything else (an abort, a bug of ours) goes up untouched. */
export function asGroovyError(error: unknown): GroovyError {
  if (error instanceof GroovyError) return error
  if (error instanceof RangeError && /call stack/i.test(error.message)) {
    return hostError('java.lang.StackOverflowError', null)
  }
  throw error
}
