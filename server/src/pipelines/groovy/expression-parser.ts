import type { Expr, LiteralType, Param, TypeRef } from './ast.ts'
import { Cursor, isSymbol, isTypeName, positionOf } from './cursor.ts'
import type { Token } from './tokens.ts'
import { PRIMITIVES, SyntaxFailure, treeError } from './tokens.ts'

/** Binary operators and how tightly they bind, from Groovy 2.4's grammar. */
const LEVELS = [
  '||',
  '&&',
  '|',
  '^',
  '&',
  '=~ ==~',
  '== != <=> === !==',
  '< > <= >= in instanceof as',
  '<< >> >>> .. ..<',
  '+ -',
  '* / %',
]
const BINDING = new Map<string, number>()
for (const [at, names] of LEVELS.entries()) {
  for (const operator of names.split(' ')) BINDING.set(operator, at + 1)
}

const ASSIGNMENTS = new Set('= += -= *= /= %= **= <<= >>= >>>= &= |= ^= ?='.split(' '))

/** Where a newline before `{` still continues the expression: statements and initialisers. */
export type Place = 'statement' | 'inner'

/** Operators, assignments, casts and literals. What a path is made of comes in the next layer. */
export abstract class ExpressionParser extends Cursor {
  /** A name, a literal or a group with everything attached to it: calls, properties, indexes. */
  protected abstract path(place: Place): Expr
  /** `a b, c d`: the arguments of a call without parentheses. */
  protected abstract commandArguments(head: Expr): Expr
  protected abstract startsCommandArgument(head: Expr): boolean
  /** `a { } b { }` is `a({}).b({})`. */
  protected abstract startsChain(head: Expr): boolean
  protected abstract chain(head: Expr): Expr
  protected abstract parameters(until: string): Param[]

  /** An expression that may be a call without parentheses. */
  protected statementExpression(): Expr {
    return this.assignment('statement', true)
  }

  protected expression(): Expr {
    return this.assignment('inner', false)
  }

  private assignment(place: Place, command: boolean): Expr {
    return this.nested(() => {
      const left = this.ternary(place)
      const { token } = this
      if (token.type === 'op' && ASSIGNMENTS.has(token.text)) return this.assign(left, place)
      if (!command) return left
      if (this.startsCommandArgument(left)) return this.commandArguments(left)
      return this.startsChain(left) ? this.chain(left) : left
    })
  }

  private assign(target: Expr, place: Place): Expr {
    const operator = this.token
    const assignable = ['variable', 'property', 'index'].includes(target.kind)
    if (!assignable && target.kind !== 'list') throw this.notAssignable(target, operator)
    this.advance()
    this.skipNewlines()
    const value = this.assignment(place, true)
    const { pos } = target
    if (target.kind === 'list') {
      return { kind: 'multiAssign', targets: target.items, value, pos, end: this.lastEnd }
    }
    const op =
      operator.text === '=' ? '=' : operator.text === '?=' ? '?:' : operator.text.slice(0, -1)
    return { kind: 'assign', op, target, value, pos, end: this.lastEnd }
  }

  /** Groovy's own words; its parser reads these and its tree builder refuses them. */
  private notAssignable(target: Expr, operator: Token): SyntaxFailure {
    const what = describeTarget(target, this.source)
    if (what === undefined) return this.unexpected(operator)
    const message = `\n${what} expression, but it should be a variable expression`
    return new SyntaxFailure(treeError(message, operator), operator)
  }

  private ternary(place: Place): Expr {
    const condition = this.binary(1, place)
    const { pos } = condition
    const kind = 'ternary'
    const after = this.afterNewlines()
    if (isSymbol(after, '?') || isSymbol(after, '?:')) this.skipNewlines()
    if (this.accept('?:')) {
      this.skipNewlines()
      const alternate = this.nested(() => this.ternary('inner'))
      return { kind, condition, consequent: null, alternate, pos, end: this.lastEnd }
    }
    if (!this.is('?')) return condition
    this.advance()
    this.skipNewlines()
    const consequent = this.expression()
    this.skipNewlines()
    this.expect(':')
    this.skipNewlines()
    const alternate = this.expression()
    return { kind, condition, consequent, alternate, pos, end: this.lastEnd }
  }

  private binary(minimum: number, place: Place): Expr {
    let left = this.unary(place)
    for (;;) {
      const operator = this.token
      if (operator.type !== 'op' && operator.type !== 'keyword') return left
      // `!in` and `!instanceof` came with Groovy 3.
      const negation = operator.text === '!' ? this.ahead(1).text : ''
      if (negation === 'in' || negation === 'instanceof') {
        throw this.expecting(this.braces > 0 ? '}' : 'EOF')
      }
      const binding = BINDING.get(operator.text) ?? 0
      if (binding < minimum || binding === 0) return left
      this.advance()
      this.skipNewlines()
      left = this.rightSide(left, operator, binding)
    }
  }

  private rightSide(left: Expr, operator: Token, binding: number): Expr {
    const { pos } = left
    const op = operator.text
    if (op === 'as') {
      const type = this.expectType()
      return { kind: 'cast', type, value: left, coerce: true, pos, end: this.lastEnd }
    }
    if (op === 'instanceof') {
      const type = this.expectType()
      return { kind: 'instanceof', value: left, type, pos, end: this.lastEnd }
    }
    const right = this.nested(() => this.binary(binding + 1, 'inner'))
    const end = this.lastEnd
    if (op === '..' || op === '..<') {
      return { kind: 'range', from: left, to: right, exclusive: op === '..<', pos, end }
    }
    const opPos = positionOf(operator)
    return { kind: 'binary', op, left, right, opPos, pos, end }
  }

  private unary(place: Place): Expr {
    const { token, pos } = this
    if (token.type !== 'op') return this.power(place)
    if (token.text === '++' || token.text === '--') {
      this.advance()
      const target = this.nested(() => this.unary('inner'))
      const op = token.text
      return { kind: 'increment', op, prefix: true, target, pos, end: this.lastEnd }
    }
    if (token.text === '-' || token.text === '+') {
      this.advance()
      this.skipNewlines()
      const operand = this.nested(() => this.unary('inner'))
      if (token.text === '-' && operand.kind === 'literal' && isNumeric(operand.type)) {
        const raw = operand.raw.startsWith('-') ? operand.raw.slice(1) : `-${operand.raw}`
        return { ...operand, type: LEAST[raw] ?? operand.type, raw, pos }
      }
      return { kind: 'unary', op: token.text, operand, pos, end: this.lastEnd }
    }
    return this.power(place)
  }

  private power(place: Place): Expr {
    let left = this.notOrCast(place)
    while (this.is('**')) {
      const operator = this.advance()
      this.skipNewlines()
      const right = this.nested(() => this.exponent())
      const { pos } = left
      const opPos = positionOf(operator)
      left = { kind: 'binary', op: '**', left, right, opPos, pos, end: this.lastEnd }
    }
    return left
  }

  /** It may have a sign, and no power of its own: `2 ** 3 ** 2` is `(2 ** 3) ** 2`. */
  private exponent(): Expr {
    const { token, pos } = this
    if (token.type !== 'op' || (token.text !== '-' && token.text !== '+')) {
      return this.notOrCast('inner')
    }
    this.advance()
    const operand = this.nested(() => this.exponent())
    return { kind: 'unary', op: token.text, operand, pos, end: this.lastEnd }
  }

  private notOrCast(place: Place): Expr {
    const { token, pos } = this
    if (token.type === 'op' && (token.text === '!' || token.text === '~')) {
      this.advance()
      this.skipNewlines()
      const operand = this.nested(() => this.notOrCast('inner'))
      return { kind: 'unary', op: token.text, operand, pos, end: this.lastEnd }
    }
    const type = this.is('(') ? this.tryCast() : null
    if (type) {
      const isPrimitive = PRIMITIVES.has(type.name)
      const value = this.nested(() => (isPrimitive ? this.unary('inner') : this.notOrCast('inner')))
      return { kind: 'cast', type, value, coerce: false, pos, end: this.lastEnd }
    }
    return this.postfix(place)
  }

  /** The type of `(Type) value`, or null and nothing consumed. */
  private tryCast(): TypeRef | null {
    const start = this.index
    this.advance()
    const type = this.tryType()
    if (type && this.accept(')') && this.castMayFollow(type)) return type
    this.rewind(start)
    return null
  }

  private castMayFollow(type: TypeRef): boolean {
    const last = type.name.slice(type.name.lastIndexOf('.') + 1)
    if (!isTypeName(last)) return false
    const { token } = this
    if (PRIMITIVES.has(type.name)) return true
    if (['id', 'number', 'string', 'gstring'].includes(token.type)) return true
    if (token.type === 'keyword') {
      return ['new', 'this', 'super', 'null', 'true', 'false'].includes(token.text)
    }
    const constant = /^[A-Z0-9_]+$/.test(last) && last.length > 1
    return !constant && ['(', '[', '{', '!', '~'].includes(token.text)
  }

  private postfix(place: Place): Expr {
    const target = this.path(place)
    if (!this.is('++') && !this.is('--')) return target
    const op = this.advance().text as '++' | '--'
    const { pos } = target
    return { kind: 'increment', op, prefix: false, target, pos, end: this.lastEnd }
  }

  /** A literal or string token at the cursor; null for anything else. */
  protected literal(): Expr | null {
    const { token, pos } = this
    const { end } = token
    const kind = 'literal'
    if (token.type === 'number') {
      this.advance()
      return { kind, ...numberOf(token.text), quote: '', pos, end }
    }
    if (token.type === 'string') {
      this.advance()
      return { kind, type: 'string', raw: token.text, quote: token.quote, pos, end }
    }
    if (token.type === 'gstring') return this.gstring()
    if (isSymbol(token, 'null') || isSymbol(token, 'true') || isSymbol(token, 'false')) {
      this.advance()
      const type = token.text === 'null' ? 'null' : 'boolean'
      return { kind, type, raw: token.text, quote: '', pos, end }
    }
    return null
  }

  private gstring(): Expr {
    const token = this.advance()
    const outer = { tokens: this.tokens, index: this.index }
    const values = token.values.map((tokens) => {
      this.tokens = tokens
      this.index = 0
      return this.nested(() => this.interpolated())
    })
    this.tokens = outer.tokens
    this.index = outer.index
    const { strings, quote, end } = token
    return { kind: 'gstring', strings, values, quote, pos: positionOf(token), end }
  }

  /** What stands in `${…}`: an expression, nothing (null), or a lazy `-> …`. */
  private interpolated(): Expr {
    const { pos } = this
    this.skipNewlines()
    const end = this.tokens.at(-1)!.end
    if (this.atEnd()) {
      return { kind: 'literal', type: 'null', raw: 'null', quote: '', pos, end }
    }
    const arrow = this.tokens.findIndex((token) => isSymbol(token, '->'))
    const lazy = arrow === 0 || (arrow > 0 && this.tokens.slice(0, arrow).every(isParameterToken))
    const params = lazy ? this.parameters('->') : null
    const value = this.statementExpression()
    this.skipSeparators()
    if (!this.atEnd()) throw this.expecting('}')
    if (!params) return value
    const body = { kind: 'block' as const, body: [asStatement(value)], pos, end }
    return { kind: 'closure', params, body, pos, end }
  }
}

function asStatement(expr: Expr) {
  return { kind: 'expression' as const, expr, pos: expr.pos, end: expr.end }
}

function describeTarget(target: Expr, source: string): string | undefined {
  switch (target.kind) {
    case 'literal':
      return `[${target.raw}] is a constant`
    case 'binary': {
      const text = (side: Expr) => source.slice(side.pos.offset, side.end)
      return `(${text(target.left)} ${target.op} ${text(target.right)}) is a binary`
    }
    case 'gstring':
      return `${source.slice(target.pos.offset, target.end)} is a GString`
    case 'call':
      return `"${source.slice(target.pos.offset, target.end)}" is a method call`
    default:
      return undefined
  }
}

function isParameterToken(token: Token): boolean {
  return token.type === 'id' || isSymbol(token, ',')
}

function isNumeric(type: LiteralType): boolean {
  return type !== 'string' && type !== 'null' && type !== 'boolean'
}

function numberOf(text: string): { type: LiteralType; raw: string } {
  const plain = text.replaceAll('_', '')
  const radix = /^0[xXbB]/.test(plain)
  const suffix = radix ? /[lLgGiI]$/.exec(plain)?.[0] : /[lLgGiIfFdD]$/.exec(plain)?.[0]
  const digits = suffix ? plain.slice(0, -1) : plain
  const octal = /^0[0-7]+$/.test(digits)
  const fractional = !radix && /[.eE]/.test(digits)
  const raw = radix || octal ? String(BigInt(octal ? `0o${digits.slice(1)}` : digits)) : digits
  switch (suffix?.toLowerCase()) {
    case 'l':
      return { type: 'long', raw }
    case 'f':
      return { type: 'float', raw }
    case 'd':
      return { type: 'double', raw }
    case 'g':
      return { type: fractional ? 'decimal' : 'bigint', raw }
    case 'i':
      return { type: 'int', raw }
    default:
      return { type: fractional ? 'decimal' : integerType(raw), raw }
  }
}

/** The least int and long have one more than the greatest, so that their digits alone don't fit. */
const LEAST: Record<string, LiteralType | undefined> = {
  '-2147483648': 'int',
  '-9223372036854775808': 'long',
}

function integerType(raw: string): LiteralType {
  const value = BigInt(raw)
  if (value <= 2_147_483_647n) return 'int'
  return value <= 9_223_372_036_854_775_807n ? 'long' : 'bigint'
}
