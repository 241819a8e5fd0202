import type { CallExpr, Expr, MapEntry, Param, Position } from './ast.ts'
import type { Block, ClassDecl } from './ast.ts'
import { isSymbol, positionOf } from './cursor.ts'
import type { Place } from './expression-parser.ts'
import { ExpressionParser } from './expression-parser.ts'
import { SyntaxFailure, treeError } from './tokens.ts'
import type { Token } from './tokens.ts'

const ACCESSORS = new Set(['.', '?.', '*.', '.&', '.@'])

/** Names, groups, lists, maps, closures, and what is attached to them. */
export abstract class PathParser extends ExpressionParser {
  protected abstract closureBody(opened: Token): Block
  protected abstract classBody(name: string, opened: Token): ClassDecl

  protected path(place: Place): Expr {
    let expr = this.primary()
    for (;;) {
      const next = this.pathElement(expr, place)
      if (next === expr) return expr
      expr = next
    }
  }

  private pathElement(expr: Expr, place: Place): Expr {
    const { token } = this
    if (token.type === 'newline') {
      const after = this.afterNewlines()
      const accessor = after.type === 'op' && ACCESSORS.has(after.text)
      if (accessor) this.skipNewlines()
      else if (place === 'statement' && isSymbol(after, '{') && takesBlock(expr)) {
        this.skipNewlines()
        return this.appendClosure(expr)
      }
      return accessor ? this.member(expr) : expr
    }
    if (token.type !== 'op') return expr
    if (ACCESSORS.has(token.text)) return this.member(expr)
    if (token.text === '(') return this.callOf(expr)
    if (token.text === '[') return this.indexOf(expr)
    if (token.text === '{' && (takesBlock(expr) || isText(expr))) return this.appendClosure(expr)
    return expr
  }

  private member(object: Expr): Expr {
    const style = this.advance().text
    this.skipNewlines()
    if (this.is('<')) this.tryTypeArguments()
    const direct = this.accept('@')
    const namePos = this.pos
    const name = this.memberName()
    const { pos } = object
    const end = this.lastEnd
    if (style === '.&') return { kind: 'methodPointer', object, name, pos, end }
    const access = direct ? '.@' : (style as '.' | '?.' | '*.' | '.@')
    return { kind: 'property', object, name, style: access, namePos, pos, end }
  }

  /** `x.<Integer>y()`: the type argument says nothing at run time. */
  private tryTypeArguments(): void {
    this.advance()
    this.expectType()
    this.expect('>')
  }

  private memberName(): string | Expr {
    const { token } = this
    if (token.type === 'id' || token.type === 'keyword') return this.advance().text
    if (token.type === 'string') return this.advance().text
    if (token.type === 'gstring') return this.literal()!
    if (!this.is('(')) throw this.unexpected()
    this.advance()
    const name = this.expression()
    this.expect(')')
    return name
  }

  private callOf(target: Expr): Expr {
    this.advance()
    const { args, named } = this.arguments(')')
    this.expectEnd(')', lastOf(args, named))
    return this.makeCall(target, args, named, true)
  }

  /** Turns a name or property into a call of it; anything else is called as a value. */
  private makeCall(target: Expr, args: Expr[], named: MapEntry[], parens: boolean): CallExpr {
    refuseDuplicates(args, named)
    const shape = { kind: 'call' as const, args, named, parens, pos: target.pos, end: this.lastEnd }
    if (target.kind === 'variable' && target.name !== 'this') {
      return { ...shape, object: null, method: target.name, style: '.', namePos: target.pos }
    }
    if (isText(target)) {
      const method = target.kind === 'literal' ? target.raw : target
      return { ...shape, object: null, method, style: '.', namePos: target.pos }
    }
    if (target.kind === 'property' && target.style !== '.@') {
      const { object, name, style, namePos } = target
      return { ...shape, object, method: name, style, namePos }
    }
    return { ...shape, object: target, method: 'call', style: '.', namePos: target.pos }
  }

  private appendClosure(target: Expr): Expr {
    const closure = this.closure()
    if (target.kind === 'call' && this.continuesCall(target)) {
      return { ...target, args: [...target.args, closure], end: this.lastEnd }
    }
    return this.makeCall(target, [closure], [], true)
  }

  /** `f(x) { }` and `f { } { }` add arguments to the same call. */
  private continuesCall(call: CallExpr): boolean {
    return call.parens
  }

  private indexOf(object: Expr): Expr {
    this.advance()
    const index: Expr[] = []
    const { pos } = object
    if (this.is(':') && isSymbol(this.ahead(1), ']')) {
      // `println [:]` is a call, though `println []` is an index.
      index.push({ kind: 'map', entries: [], pos: this.pos, end: this.lastEnd })
      this.advance()
      this.expect(']')
      return this.makeCall(object, index, [], false)
    }
    const named: MapEntry[] = []
    while (!this.is(']')) {
      this.argument(index, named)
      if (!this.accept(',')) break
    }
    this.expectEnd(']', lastOf(index, named))
    if (named.length > 0) this.refuseEntries(named)
    return { kind: 'index', object, index, safe: false, pos, end: this.lastEnd }
  }

  /** `sh [script: 'x']` is an index to Groovy, and Pipeline's transformation knows no entries there. */
  private refuseEntries(named: MapEntry[]): void {
    for (const { pos, key } of named) {
      // Of several the colon is meant, of one the key.
      const isKeyed = key?.kind === 'literal' && named.length > 1
      const column = pos.column + (isKeyed ? key.raw.length : 0)
      this.findings.push({
        message: 'Unsupported map entry expression for CPS transformation in this context',
        line: pos.line,
        column,
      })
    }
  }

  private spreadOr(parse: () => Expr): Expr {
    const { pos } = this
    if (!this.accept('*')) return parse()
    const value = this.expression()
    return { kind: 'spread', value, pos, end: this.lastEnd }
  }

  /** Arguments up to `close`, which is left in place. */
  protected arguments(close: string): { args: Expr[]; named: MapEntry[] } {
    const args: Expr[] = []
    const named: MapEntry[] = []
    this.skipNewlines()
    while (!this.is(close)) {
      this.argument(args, named)
      this.skipNewlines()
      if (!this.accept(',')) break
      this.skipNewlines()
    }
    return { args, named }
  }

  private argument(args: Expr[], named: MapEntry[]): void {
    const { pos } = this
    const key = this.label()
    if (key !== undefined) {
      this.skipNewlines()
      named.push({ key, value: this.expression(), pos })
      return
    }
    const value = this.spreadOr(() => this.expression())
    if (!this.is(':')) args.push(value)
    else {
      this.advance()
      this.skipNewlines()
      named.push({ key: value, value: this.expression(), pos })
    }
  }

  /** Takes `name:` or `*:`. Undefined when the cursor isn't on a label; null for `*:`. */
  private label(): Expr | null | undefined {
    const { token, pos } = this
    if (this.accept('*:')) return null
    const named = ['id', 'keyword', 'string', 'number'].includes(token.type)
    if (!named || !isSymbol(this.ahead(1), ':')) return undefined
    const { end } = token
    if (token.type === 'number') {
      const key = this.literal()!
      this.expect(':')
      return key
    }
    this.index += 2
    const { quote } = token
    return { kind: 'literal', type: 'string', raw: token.text, quote, pos, end }
  }

  protected startsCommandArgument(head: Expr): boolean {
    if (head.kind === 'literal' && head.type === 'string') {
      return this.token.type === 'string' || this.token.type === 'gstring'
    }
    if (head.kind !== 'variable' && head.kind !== 'property') return false
    if (head.kind === 'variable' && head.name === 'this') return false
    return this.startsOperand()
  }

  private startsOperand(): boolean {
    const { token } = this
    switch (token.type) {
      case 'id':
      case 'number':
      case 'string':
      case 'gstring':
        return true
      case 'keyword': {
        if (isSymbol(this.ahead(1), ':')) return token.text !== 'default'
        return ['new', 'this', 'super', 'null', 'true', 'false'].includes(token.text)
      }
      default:
        return ['!', '~', '*:', '[', '{', '++', '--'].includes(token.text) && token.type === 'op'
    }
  }

  protected commandArguments(head: Expr): Expr {
    return this.chain(this.commandCall(head))
  }

  /** Of commands without parentheses, Groovy chains only on one line. */
  protected startsChain(head: Expr): boolean {
    return head.kind === 'call' && head.args.at(-1)?.kind === 'closure' && this.token.type === 'id'
  }

  /** a b c d is a(b).c(d); a b c is a(b).c */
  protected chain(head: Expr): Expr {
    let call = head
    while (this.token.type === 'id' || this.token.type === 'string') {
      const namePos = this.pos
      const name = this.advance().text
      const { pos } = call
      const end = this.lastEnd
      let next: Expr = { kind: 'property', object: call, name, style: '.', namePos, pos, end }
      for (let more = this.pathElement(next, 'statement'); more !== next;) {
        next = more
        more = this.pathElement(next, 'statement')
      }
      call = this.startsCommandArgument(next) ? this.commandCall(next) : next
    }
    return call
  }

  private commandCall(head: Expr): Expr {
    const args: Expr[] = []
    const named: MapEntry[] = []
    do {
      this.skipNewlines()
      this.argument(args, named)
    } while (this.accept(','))
    return this.makeCall(head, args, named, false)
  }

  private primary(): Expr {
    const literal = this.literal()
    if (literal) return literal
    const { token, pos } = this
    const { end } = token
    if (token.type === 'id' || this.is('this') || this.is('super')) {
      this.advance()
      return { kind: 'variable', name: token.text, pos, end }
    }
    if (token.type !== 'op' && token.type !== 'keyword') throw this.unexpected()
    switch (token.text) {
      case '(':
        return this.group()
      case '[':
        return this.listOrMap()
      case '{':
        return this.closure()
      case 'new':
        return this.creation()
      default:
        throw this.unexpected()
    }
  }

  private group(): Expr {
    this.advance()
    this.skipNewlines()
    const inner = this.statementExpression()
    this.skipNewlines()
    if (this.is(',') && inner.kind === 'variable') return this.assignedNames(inner)
    this.expect(')')
    return inner
  }

  /** The left side of `(a, b) = …`. */
  private assignedNames(first: Expr): Expr {
    const items = [first]
    while (this.accept(',')) items.push(this.expression())
    this.expect(')')
    if (!this.is('=')) throw this.unexpected()
    return { kind: 'list', items, pos: first.pos, end: this.lastEnd }
  }

  private listOrMap(): Expr {
    const { pos } = this
    this.advance()
    if (this.accept(':')) {
      this.expect(']')
      return { kind: 'map', entries: [], pos, end: this.lastEnd }
    }
    const { args, named } = this.arguments(']')
    this.expectListEnd(lastOf(args, named))
    const end = this.lastEnd
    if (named.length === 0) return { kind: 'list', items: args, pos, end }
    const [stray] = args
    if (stray) {
      const expected = 'Unexpected node type: EXPR found when expecting type: LABELED_ARG'
      throw new SyntaxFailure(treeError(expected, stray.pos), stray.pos)
    }
    return { kind: 'map', entries: named, pos, end }
  }

  protected closure(): Expr & { kind: 'closure' } {
    const { pos } = this
    return this.nested(() => {
      const opened = this.expect('{')
      const params = this.closureParameters()
      const body = this.closureBody(opened)
      return { kind: 'closure', params, body, pos, end: this.lastEnd }
    })
  }

  private closureParameters(): Param[] | null {
    const start = this.index
    this.skipNewlines()
    if (!this.arrowFollows()) {
      this.index = start
      return null
    }
    return this.parameters('->')
  }

  /** Looks ahead for a parameter list ended by `->`. */
  private arrowFollows(): boolean {
    let depth = 0
    let afterDefault = false
    for (let at = this.index; at < this.tokens.length; at += 1) {
      const token = this.tokens[at]!
      const { text, type } = token
      if (type === 'eof') return false
      if (type === 'op' && text === '->' && depth === 0) return true
      if (type === 'op' && '([{'.includes(text)) depth += 1
      else if (type === 'op' && ')]}'.includes(text)) depth -= 1
      if (depth < 0 || (depth > 0 && text === '{' && !afterDefault)) return false
      if (type === 'op' && text === '=') afterDefault = true
      else if (type === 'op' && text === ',') afterDefault = false
      if (depth === 0 && !afterDefault && !isParameterPart(token)) return false
    }
    return false
  }

  private creation(): Expr {
    const { pos } = this
    this.advance()
    this.skipNewlines()
    const type = this.expectType()
    const sizes: Expr[] = []
    while (this.is('[')) {
      this.advance()
      sizes.push(this.expression())
      this.expect(']')
      type.dimensions += 1
    }
    const shape = { kind: 'new' as const, type, sizes, pos }
    if (sizes.length > 0 || type.dimensions > 0) {
      return { ...shape, args: [], named: [], body: null, end: this.lastEnd }
    }
    if (this.is('<') && isSymbol(this.ahead(1), '>')) this.index += 2
    this.expect('(')
    const { args, named } = this.arguments(')')
    this.expect(')')
    const body = this.is('{') ? this.classBody(type.name, this.token) : null
    return { ...shape, args, named, body, end: this.lastEnd }
  }

  protected nameAndPosition(): { name: string; pos: ReturnType<typeof positionOf> } {
    const token = this.expectName()
    return { name: token.text, pos: positionOf(token) }
  }
}

function isText(expr: Expr): boolean {
  return expr.kind === 'gstring' || (expr.kind === 'literal' && expr.type === 'string')
}

function takesBlock(expr: Expr): boolean {
  if (expr.kind === 'variable') return expr.name !== 'this' && expr.name !== 'super'
  return expr.kind === 'property' || (expr.kind === 'call' && expr.parens)
}

function isParameterPart(token: Token): boolean {
  if (token.type === 'id' || token.type === 'newline') return true
  if (token.type === 'keyword') return token.text === 'def'
  return token.type === 'op' && [',', '.', '<', '>', '?', '[', ']', '...', '='].includes(token.text)
}

function lastOf(args: Expr[], named: MapEntry[]): Expr | undefined {
  return named.length === 0 ? args.at(-1) : undefined
}

function refuseDuplicates(args: Expr[], named: MapEntry[]): void {
  const seen = new Set<string>()
  for (const { key } of named) {
    if (key?.kind !== 'literal') continue
    if (seen.has(key.raw)) {
      const at = firstOf(args, named)
      throw new SyntaxFailure(treeError(`Duplicate named parameter '${key.raw}' found.`, at), at)
    }
    seen.add(key.raw)
  }
}

function firstOf(args: Expr[], [first]: MapEntry[]): Position {
  const at = first!.pos
  return args.length > 0 && args[0]!.pos.offset < at.offset ? args[0]!.pos : at
}
