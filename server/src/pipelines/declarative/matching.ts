import type { CallExpr, ClosureExpr, Expr, Position, Stmt } from '../groovy/index.ts'
import type { Argument, Directive } from './model.ts'
import type { Findings } from './findings.ts'
import { messages } from './messages.ts'
import type { Vocabulary } from './vocabulary.ts'

/** What every reader of a section needs. */
export interface Reader {
  source: string
  findings: Findings
  vocabulary: Vocabulary
}

export interface BlockMatch {
  name: string
  call: CallExpr
  /** The arguments before the block. */
  args: Expr[]
  body: ClosureExpr
}

/** The call a statement consists of. */
export function matchCall(stmt: Stmt): CallExpr | null {
  return stmt.kind === 'expression' && stmt.expr.kind === 'call' ? stmt.expr : null
}

/**
 * `name(args) { … }`, and not of an object: in a line `stage('a') { … } stage('b') { … }` the second is called on
 * what the first gives.
 */
export function matchBlock(stmt: Stmt): BlockMatch | null {
  const call = matchCall(stmt)
  const body = call?.args.at(-1)
  if (!call || body?.kind !== 'closure' || typeof call.method !== 'string') return null
  if (!isOnThis(call)) return null
  return { name: call.method, call, args: call.args.slice(0, -1), body }
}

/**
 * The name of a section or step. A call on an object is a finding, and is then taken for the step
 * `error`, as Jenkins does: its further findings speak of "error".
 */
export function callName(call: CallExpr, reader: Reader): string {
  const onThis = isOnThis(call)
  if (onThis && typeof call.method === 'string') return call.method
  const onVariable = !onThis && call.object?.kind === 'variable'
  const message = onVariable ? messages.objectMethodCall() : messages.expectedSymbol()
  reader.findings.add(call.pos, message)
  return UNREADABLE
}

export const UNREADABLE = 'error'

function isOnThis({ object }: CallExpr): boolean {
  return object === null || (object.kind === 'variable' && object.name === 'this')
}

export function sourceText(node: { pos: Position; end: number }, reader: Reader): string {
  return reader.source.slice(node.pos.offset, node.end)
}

/** Where Groovy says a closure's body is: its first statement, or its brace when it has none. */
export function bodyPosition(body: ClosureExpr): Position {
  return body.body.body[0]?.pos ?? body.pos
}

export function stringOf(expr: Expr | undefined): string | null {
  if (expr?.kind === 'literal' && expr.type === 'string') return expr.raw
  return null
}

/** A name given as text or as a bare word, as `agent any` has it; anything else is a finding. */
export function literalText(expr: Expr, reader: Reader): string {
  if (expr.kind === 'literal' && expr.type === 'string') return expr.raw
  if (expr.kind === 'variable') return expr.name
  reader.findings.add(expr.pos, messages.expectedString())
  return UNREADABLE
}

export function argumentOf(expr: Expr, reader: Reader): Argument {
  const text = expr.kind === 'literal' || expr.kind === 'gstring' ? '' : sourceText(expr, reader)
  if (expr.kind === 'literal' && expr.type === 'bigint') {
    reader.findings.add(expr.pos, messages.bigIntegerValue())
  }
  if (text.startsWith('${')) reader.findings.add(expr.pos, messages.bareDollarCurly(text))
  return { expr, constant: constantOf(expr) }
}

function constantOf(expr: Expr): Argument['constant'] {
  if (expr.kind !== 'literal') return undefined
  if (expr.type === 'string') return expr.raw
  if (expr.type === 'null') return null
  return expr.type === 'boolean' ? expr.raw === 'true' : Number(expr.raw)
}

/** Reads `name(a, key: b)`. Closures among the arguments are findings, nested calls are read too. */
export function directiveOf(call: CallExpr, reader: Reader): Directive {
  const name = callName(call, reader)
  const named = new Map<string, Argument>()
  for (const { key, value, pos } of call.named) {
    const text = key ? literalText(key, reader) : null
    if (value.kind === 'closure') reader.findings.add(pos, messages.methodCallWithClosure())
    else if (text !== null) named.set(text, nestedArgument(value, reader))
  }
  const positional: Argument[] = []
  for (const arg of call.args) {
    if (arg.kind === 'closure') reader.findings.add(call.pos, messages.methodCallWithClosure())
    else positional.push(nestedArgument(arg, reader))
  }
  return { name, positional, named, expr: call, pos: call.pos }
}

function nestedArgument(expr: Expr, reader: Reader): Argument {
  if (expr.kind !== 'call') return argumentOf(expr, reader)
  return { expr, constant: undefined, call: directiveOf(expr, reader) }
}

/** The value of `failFast true` and `beforeAgent true`. */
export function booleanOf(call: CallExpr, name: string, reader: Reader): boolean {
  const constant = call.args[0] ? constantOf(call.args[0]) : undefined
  if (typeof constant === 'boolean') return constant
  reader.findings.add(call.namePos, messages.expectedBoolean(name))
  return false
}
