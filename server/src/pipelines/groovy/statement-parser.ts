import type { AssignExpr, Block, CatchClause, ImportStmt, Stmt, SwitchCase } from './ast.ts'
import { isSymbol } from './cursor.ts'
import type { Heading } from './declaration-parser.ts'
import { DeclarationParser } from './declaration-parser.ts'
import { SyntaxFailure, treeError } from './tokens.ts'
import type { Token } from './tokens.ts'

const ISOLATED =
  'Ambiguous expression could be either a parameterless closure expression or an isolated open ' +
  'code block;\n   solution: Add an explicit closure parameter list, e.g. {it -> ...}, or force it ' +
  'to be treated as an open block by giving it a label, e.g. L:{...}'

const UNTYPED =
  'Java-style for-each statement requires a type declaration.;\n' +
  "   solution: Use the 'in' keyword, as for (x in y) {...}"

const AMBIGUOUS =
  'Ambiguous expression could be a parameterless closure expression, an isolated open code block, ' +
  'or it may continue a previous statement;\n   solution: Add an explicit parameter list, e.g. ' +
  '{it -> ...}, or force it to be treated as an open block by giving it a label, e.g. L:{...}, ' +
  "and also either remove the previous newline, or add an explicit semicolon ';'"

/** Statements, blocks and whole files. */
export class StatementParser extends DeclarationParser {
  file(): Stmt[] {
    const body: Stmt[] = []
    this.skipSeparators()
    while (this.token.type !== 'eof') {
      body.push(...this.statement(''))
      this.endStatement('EOF', body)
    }
    return body
  }

  private endStatement(closer: string, body: Stmt[]): void {
    const { token } = this
    if (token.type === 'eof' || isSymbol(token, closer)) return
    if (token.type !== 'newline' && !this.is(';')) {
      // After these Groovy looks for an `else` or a `finally`.
      const { kind } = body.at(-1)!
      throw kind === 'if' || kind === 'try' ? this.unexpected() : this.expecting(closer)
    }
    this.skipSeparators()
  }

  protected block(): Block {
    const { pos } = this
    this.expect('{')
    return this.statementsUntilBrace(pos)
  }

  protected closureBody(opened: Token): Block {
    const { line, column, offset } = opened
    return this.statementsUntilBrace({ line, column, offset })
  }

  private statementsUntilBrace(pos: Block['pos']): Block {
    const body: Stmt[] = []
    this.braces += 1
    this.skipSeparators()
    while (!this.is('}')) {
      if (this.token.type === 'eof') throw this.expecting('}')
      const start = this.token
      body.push(...this.statement(''))
      // What looks like parameters and has no arrow.
      if (body.length === 1 && this.is(',')) throw this.unexpected(start)
      this.endStatement('}', body)
    }
    this.advance()
    this.braces -= 1
    return { kind: 'block', body, pos, end: this.lastEnd }
  }

  /** Several for `int a = 1, b = 2`. */
  private statement(label: string): Stmt[] {
    return this.nested(() => {
      const { token } = this
      if (token.type === 'id' && isSymbol(this.ahead(1), ':')) return this.labelled()
      if (token.type === 'keyword') {
        const stmt = this.keywordStatement(token, label)
        if (stmt) return [stmt]
      }
      if (this.is('{')) return [this.openBlock(label)]
      if (token.type === 'id' && token.text === 'synchronized' && isSymbol(this.ahead(1), '(')) {
        throw new SyntaxFailure('synchronized is unsupported for CPS transformation', token)
      }
      return this.declarationOrExpression()
    })
  }

  private labelled(): Stmt[] {
    const name = this.advance().text
    this.advance()
    this.skipNewlines()
    return this.statement(name)
  }

  /** Groovy refuses a bare block without a label; one with an arrow is a closure. */
  private openBlock(label: string): Stmt {
    const { token } = this
    if (label !== '') return this.block()
    const follows = this.tokens[this.index - 1]?.type === 'newline' && this.followsStatement()
    const closure = this.statementExpression()
    if (closure.kind === 'closure' && closure.params === null) {
      throw new SyntaxFailure(follows ? AMBIGUOUS : ISOLATED, token)
    }
    return { kind: 'expression', expr: closure, pos: closure.pos, end: this.lastEnd }
  }

  private followsStatement(): boolean {
    let at = this.index - 1
    while (at >= 0 && this.tokens[at]!.type === 'newline') at -= 1
    return at >= 0 && !isSymbol(this.tokens[at]!, '{')
  }

  private declarationOrExpression(): Stmt[] {
    const heading = this.heading()
    if (this.is('import') || this.is('package')) return [this.importStatement(heading)]
    if (this.atClass()) return [this.classDeclaration(heading)]
    const marked = heading.modifiers.length + heading.annotations.length > 0
    if (!marked) {
      const type = this.declaredType()
      if (type) return this.methodOrVariables(heading, type)
      const expr = this.statementExpression()
      return [{ kind: 'expression', expr, pos: expr.pos, end: this.lastEnd }]
    }
    if (heading.modifiers.length === 0 && !this.startsDeclaration())
      return this.bareAnnotation(heading)
    const type = this.atMethod() ? null : this.optionalType()
    return this.methodOrVariables(heading, type)
  }

  private startsDeclaration(): boolean {
    const start = this.index
    const found = this.atMethod() || this.optionalType() !== null
    this.rewind(start)
    return found
  }

  /** `@Library('x') _` puts the annotation on a variable that nobody reads. */
  private bareAnnotation(heading: Heading): Stmt[] {
    if (this.token.type === 'id') return this.methodOrVariables(heading, null)
    throw this.unexpected()
  }

  private methodOrVariables(heading: Heading, type: Parameters<typeof this.variables>[1]): Stmt[] {
    if (this.atMethod()) return [this.method(heading, type)]
    const out: Stmt[] = [this.variables(heading, type)]
    while (this.accept(',')) {
      this.skipNewlines()
      out.push(this.variables({ ...heading, pos: this.pos }, type))
    }
    return out
  }

  private importStatement(heading: Heading): ImportStmt {
    const isPackage = this.advance().text === 'package'
    const isStatic = this.token.text === 'static' && this.advance() !== undefined
    let name = this.advance().text
    let star = false
    while (this.accept('.')) {
      if (this.accept('*')) star = true
      else name += `.${this.advance().text}`
    }
    const alias = this.accept('as') ? this.expectName().text : name.slice(name.lastIndexOf('.') + 1)
    const { annotations, pos } = heading
    const shape = { kind: 'import' as const, annotations, pos, end: this.lastEnd }
    return { ...shape, name: isPackage ? '' : name, alias, static: isStatic, star }
  }

  private keywordStatement(token: Token, label: string): Stmt | null {
    switch (token.text) {
      case 'if':
        return this.ifStatement()
      case 'for':
        return this.forStatement(label)
      case 'while':
        return this.whileStatement(label)
      case 'do':
        // Groovy 2.4 reserves the word and has no such loop.
        throw this.unexpected()
      case 'switch':
        return this.switchStatement()
      case 'try':
        return this.tryStatement()
      case 'throw':
      case 'return':
        return this.throwOrReturn(token.text)
      case 'break':
      case 'continue':
        return this.jump(token.text)
      case 'assert':
        return this.assertion()
      default:
        return null
    }
  }

  private condition() {
    this.expect('(')
    const condition = this.statementExpression()
    this.closeCondition()
    return condition
  }

  /** Without its `)` the block is taken for a closure of the condition's last name. */
  private closeCondition(): void {
    if (this.is('{')) {
      this.closure()
      this.skipNewlines()
    }
    this.expect(')')
  }

  /** `if (a = b)`; a `while` may assign. */
  private assigned(condition: AssignExpr): SyntaxFailure {
    const sign = this.tokens.find(
      ({ type, offset }) => type === 'op' && offset >= condition.target.end,
    )!
    return new SyntaxFailure(`expecting ')', found '${sign.text}'`, sign)
  }

  /** The body of `if` or a loop, on this line or the next. */
  private body(): Stmt {
    this.skipNewlines()
    if (this.is('{')) return this.block()
    if (this.accept(';')) return { kind: 'block', body: [], pos: this.pos, end: this.lastEnd }
    return this.statement('')[0]!
  }

  private ifStatement(): Stmt {
    const { pos } = this
    this.advance()
    const isWrapped = isSymbol(this.ahead(1), '(')
    const condition = this.condition()
    if (condition.kind === 'assign' && !isWrapped) throw this.assigned(condition)
    const consequent = this.body()
    let alternate: Stmt | null = null
    const start = this.index
    this.skipSeparators()
    if (this.accept('else')) alternate = this.body()
    else this.index = start
    return { kind: 'if', condition, consequent, alternate, pos, end: this.lastEnd }
  }

  private forStatement(label: string): Stmt {
    const { pos } = this
    this.advance()
    this.expect('(')
    const start = this.index
    const { modifiers } = this.heading()
    let type = modifiers.length > 0 ? this.optionalType() : this.declaredType()
    const ahead = this.ahead(1)
    if (this.token.type === 'id' && (isSymbol(ahead, 'in') || isSymbol(ahead, ':'))) {
      const name = this.advance().text
      if (this.is(':') && !type && modifiers.length === 0) throw new SyntaxFailure(UNTYPED, ahead)
      this.advance()
      const iterable = this.expression()
      this.closeCondition()
      const body = this.body()
      return { kind: 'forIn', name, type, iterable, body, label, pos, end: this.lastEnd }
    }
    type = null
    this.rewind(start)
    return this.classicFor(label, pos)
  }

  private classicFor(label: string, pos: Stmt['pos']): Stmt {
    const first = this.token
    const init = this.is(';') ? [] : this.declarationOrExpression()
    // One variable, in Groovy 2.4.
    if (init.length > 1 || this.is(',')) throw this.unexpected(this.initialSign(first, init))
    this.expect(';')
    const condition = this.is(';') ? null : this.expression()
    this.expect(';')
    const update = []
    while (!this.is(')')) {
      update.push(this.statementExpression())
      if (!this.accept(',')) break
    }
    // `i++` takes no closure.
    if (update.at(-1)?.kind === 'increment') this.expect(')')
    else this.closeCondition()
    const body = this.body()
    return { kind: 'for', init, condition, update, body, label, pos, end: this.lastEnd }
  }

  /** The `=` of a declaration, else where the loop's head begins. */
  private initialSign(first: Token, init: Stmt[]): Token {
    if (init[0]?.kind !== 'declare') return first
    return this.tokens.find((each) => each.offset > first.offset && isSymbol(each, '=')) ?? first
  }

  private whileStatement(label: string): Stmt {
    const { pos } = this
    this.advance()
    const condition = this.condition()
    const body = this.body()
    return { kind: 'while', condition, body, label, pos, end: this.lastEnd }
  }

  private switchStatement(): Stmt {
    const { pos } = this
    this.advance()
    const value = this.condition()
    this.skipNewlines()
    this.expect('{')
    const cases: SwitchCase[] = []
    this.skipSeparators()
    while (!this.accept('}')) {
      cases.push(this.switchCase())
      this.skipSeparators()
    }
    return { kind: 'switch', value, cases, pos, end: this.lastEnd }
  }

  private switchCase(): SwitchCase {
    const { pos } = this
    if (!this.is('case') && !this.is('default')) throw this.expecting('}')
    const isDefault = this.advance().text === 'default'
    const test = isDefault ? null : this.expression()
    this.expect(':')
    const body: Stmt[] = []
    this.skipSeparators()
    while (!this.is('case') && !this.is('default') && !this.is('}')) {
      if (this.token.type === 'eof') throw this.expecting('}')
      body.push(...this.statement(''))
      this.endStatement('}', body)
    }
    return { test, body, pos }
  }

  private tryStatement(): Stmt {
    const { pos } = this
    this.advance()
    this.skipNewlines()
    const body = this.block()
    const catches: CatchClause[] = []
    let last: Block | null = null
    for (;;) {
      const next = this.afterNewlines()
      if (!isSymbol(next, 'catch') && !isSymbol(next, 'finally')) break
      this.skipNewlines()
      if (this.is('catch')) catches.push(this.catchClause())
      else {
        this.advance()
        this.skipNewlines()
        last = this.block()
      }
    }
    if (catches.length === 0 && !last) {
      const lacks = 'A try statement must have at least one catch or finally block.'
      throw new SyntaxFailure(treeError(lacks, pos), pos)
    }
    return { kind: 'try', body, catches, finally: last, pos, end: this.lastEnd }
  }

  private catchClause(): CatchClause {
    const { pos } = this
    const word = this.advance()
    if (!this.is('(')) throw this.unexpected(word)
    this.advance()
    this.heading()
    const types = []
    if (this.token.type === 'id' && !isSymbol(this.ahead(1), ')')) {
      do types.push(this.expectType())
      while (this.accept('|'))
    }
    const { name } = this.nameAndPosition()
    this.expect(')')
    this.skipNewlines()
    return { types, name, body: this.block(), pos }
  }

  private throwOrReturn(kind: 'throw' | 'return'): Stmt {
    const { pos } = this
    this.advance()
    if (kind === 'throw') {
      const value = this.statementExpression()
      return { kind, value, pos, end: this.lastEnd }
    }
    const done = this.token.type === 'newline' || this.token.type === 'eof'
    const value = done || this.is(';') || this.is('}') ? null : this.statementExpression()
    return { kind, value, pos, end: this.lastEnd }
  }

  private jump(kind: 'break' | 'continue'): Stmt {
    const { pos } = this
    this.advance()
    const label = this.token.type === 'id' ? this.advance().text : ''
    return { kind, label, pos, end: this.lastEnd }
  }

  private assertion(): Stmt {
    const { pos } = this
    this.advance()
    const condition = this.expression()
    let message = null
    if (this.accept(':') || this.accept(',')) {
      this.skipNewlines()
      message = this.expression()
    }
    const source = oneLine(this.source.slice(pos.offset, this.lastEnd))
    return { kind: 'assert', condition, message, source, pos, end: this.lastEnd }
  }
}

/** As Groovy quotes a statement in an error: its lines put together. */
function oneLine(source: string): string {
  const [first = '', ...more] = source.split('\n')
  return [first.trimEnd(), ...more.map((line) => line.trim())].join(' ')
}
