import type {
  Annotation,
  Block,
  ClassDecl,
  DeclareStmt,
  Expr,
  FieldDecl,
  MapEntry,
  MethodDecl,
  Param,
  Position,
  TypeRef,
} from './ast.ts'
import { isSymbol, isTypeName, positionOf } from './cursor.ts'
import { PathParser } from './path-parser.ts'
import type { Token } from './tokens.ts'
import { MODIFIERS } from './tokens.ts'

/** What stands before a declaration: `@NonCPS private static def`. */
export interface Heading {
  annotations: Annotation[]
  modifiers: string[]
  pos: Position
}

const FLAVOURS = new Set(['class', 'interface', 'enum', 'trait'])

/** Variables, methods, classes and what they are made of. */
export abstract class DeclarationParser extends PathParser {
  /** `{ … }` as statements. */
  protected abstract block(): Block

  protected heading(): Heading {
    const { pos } = this
    const annotations: Annotation[] = []
    const modifiers: string[] = []
    for (;;) {
      if (this.is('@') && !isSymbol(this.ahead(1), 'interface')) annotations.push(this.annotation())
      else if (this.atModifier()) modifiers.push(this.advance().text)
      else if (annotations.length + modifiers.length > 0 && this.token.type === 'newline') {
        this.skipNewlines()
      } else return { annotations, modifiers, pos }
    }
  }

  private atModifier(): boolean {
    const { token } = this
    if (this.is('def')) return true
    if (token.type !== 'id' || !MODIFIERS.has(token.text)) return false
    const next = this.ahead(1)
    return token.text === 'synchronized'
      ? !isSymbol(next, '(')
      : ['id', 'keyword', 'newline'].includes(next.type) ||
          isSymbol(next, '@') ||
          isSymbol(next, '(') ||
          (token.text === 'static' && isSymbol(next, '{'))
  }

  private annotation(): Annotation {
    const pos = this.pos
    this.expect('@')
    let name = this.expectName().text
    while (this.accept('.')) name += `.${this.expectName().text}`
    const args: MapEntry[] = []
    if (!this.is('(')) return { name, args, pos }
    this.advance()
    while (!this.is(')')) {
      const at = this.pos
      const named = this.token.type === 'id' && isSymbol(this.ahead(1), '=')
      const text = named ? this.advance().text : 'value'
      if (named) this.advance()
      const key: Expr = {
        kind: 'literal',
        type: 'string',
        raw: text,
        quote: '',
        pos: at,
        end: at.offset,
      }
      args.push({ key, value: this.expression(), pos: at })
      if (!this.accept(',')) break
    }
    this.expect(')')
    return { name, args, pos }
  }

  /** A type followed by a name on the same line, or null and nothing consumed. */
  protected declaredType(): TypeRef | null {
    const start = this.index
    const type = this.tryType()
    const last = type?.name.slice(type.name.lastIndexOf('.') + 1)
    const named = this.token.type === 'id' || this.stringNamesMethod()
    if (type && isTypeName(last!) && named) return type
    this.rewind(start)
    return null
  }

  private stringNamesMethod(): boolean {
    return this.token.type === 'string' && isSymbol(this.ahead(1), '(')
  }

  /** The type after `def` or a modifier may begin with a small letter. */
  protected optionalType(): TypeRef | null {
    const start = this.index
    const type = this.tryType()
    if (type && (this.token.type === 'id' || this.stringNamesMethod())) return type
    this.rewind(start)
    return null
  }

  protected atMethod(): boolean {
    const named = this.token.type === 'id' || this.token.type === 'string'
    return named && isSymbol(this.ahead(1), '(')
  }

  protected method(heading: Heading, returnType: TypeRef | null): MethodDecl {
    const name = this.advance().text
    const { pos, modifiers, annotations } = heading
    this.expect('(')
    const params = this.parameters(')')
    if (this.afterNewlines().text === 'throws') {
      this.skipNewlines()
      this.advance()
      do this.expectType()
      while (this.accept(','))
    }
    const body = this.methodBody(modifiers)
    const end = this.lastEnd
    return { kind: 'method', name, params, body, modifiers, returnType, annotations, pos, end }
  }

  private methodBody(modifiers: string[]): Block {
    if (isSymbol(this.afterNewlines(), '{')) {
      this.skipNewlines()
      return this.block()
    }
    if (!modifiers.includes('abstract')) throw this.expecting('{')
    return { kind: 'block', body: [], pos: this.pos, end: this.lastEnd }
  }

  /** Parameters up to and with `until`. */
  protected parameters(until: string): Param[] {
    const params: Param[] = []
    this.skipNewlines()
    while (!this.is(until)) {
      params.push(this.parameter())
      this.skipNewlines()
      if (!this.accept(',')) break
      this.skipNewlines()
      if (this.is(until)) throw this.unexpected()
    }
    this.expect(until)
    return params
  }

  private parameter(): Param {
    this.heading()
    const { pos } = this
    const start = this.index
    let type = this.tryType()
    const varargs = type !== null && this.accept('...')
    if (this.token.type !== 'id') {
      this.rewind(start)
      type = null
    }
    const { name } = this.nameAndPosition()
    const value = this.accept('=') ? this.expression() : null
    return { name, type, default: value, varargs, pos }
  }

  protected variables(heading: Heading, type: TypeRef | null): DeclareStmt {
    const { pos, modifiers, annotations } = heading
    const shape = { kind: 'declare' as const, modifiers, annotations, pos }
    if (this.is('(')) {
      this.advance()
      const names: DeclareStmt['names'] = []
      do {
        const each = this.optionalType()
        names.push({ type: each, ...this.nameAndPosition() })
      } while (this.accept(','))
      this.expect(')')
      return { ...shape, names, tuple: true, value: this.initializer(), end: this.lastEnd }
    }
    const names = [{ type, ...this.nameAndPosition() }]
    return { ...shape, names, tuple: false, value: this.initializer(), end: this.lastEnd }
  }

  private initializer(): Expr | null {
    if (!this.accept('=')) return null
    this.skipNewlines()
    return this.statementExpression()
  }

  protected atClass(): boolean {
    return FLAVOURS.has(this.token.text) && ['id', 'keyword'].includes(this.token.type)
  }

  protected classDeclaration(heading: Heading): ClassDecl {
    const flavour = this.advance().text as ClassDecl['flavour']
    const name = this.expectName().text
    const start = this.index
    if (this.is('<')) {
      this.index -= 1
      if (!this.tryType()) this.index = start
    }
    let superclass: TypeRef | null = null
    const interfaces: TypeRef[] = []
    this.skipNewlines()
    if (this.accept('extends')) superclass = this.expectType()
    this.skipNewlines()
    if (this.accept('implements')) {
      do interfaces.push(this.expectType())
      while (this.accept(','))
    }
    this.skipNewlines()
    const body = this.classBody(name, this.token, flavour)
    return { ...body, ...heading, superclass, interfaces, end: this.lastEnd }
  }

  protected classBody(
    name: string,
    opened: Token,
    flavour: ClassDecl['flavour'] = 'class',
  ): ClassDecl {
    const decl: ClassDecl = {
      kind: 'class',
      flavour,
      name,
      superclass: null,
      interfaces: [],
      fields: [],
      methods: [],
      constructors: [],
      classes: [],
      initializers: [],
      constants: [],
      modifiers: [],
      annotations: [],
      pos: positionOf(opened),
      end: opened.end,
    }
    this.expect('{')
    if (flavour === 'enum') this.enumConstants(decl)
    this.skipSeparators()
    while (!this.is('}')) {
      if (this.token.type === 'eof') throw this.unexpected()
      this.classMember(decl)
      this.skipSeparators()
    }
    this.advance()
    decl.end = this.lastEnd
    return decl
  }

  private enumConstants(decl: ClassDecl): void {
    this.skipNewlines()
    while (this.token.type === 'id') {
      const { name, pos } = this.nameAndPosition()
      let args: Expr[] = []
      if (this.is('(')) {
        this.advance()
        args = this.arguments(')').args
        this.expect(')')
      }
      const body = this.is('{') ? this.classBody(`${decl.name}$${name}`, this.token) : null
      decl.constants.push({ name, args, body, pos })
      this.skipNewlines()
      if (!this.accept(',')) break
      this.skipNewlines()
    }
  }

  private classMember(decl: ClassDecl): void {
    const heading = this.heading()
    if (this.is('{')) {
      const isStatic = heading.modifiers.includes('static')
      decl.initializers.push({ block: this.block(), static: isStatic })
      return
    }
    if (this.atClass()) {
      decl.classes.push(this.classDeclaration(heading))
      return
    }
    if (this.atMethod() && this.token.text === decl.name) {
      decl.constructors.push(this.method(heading, null))
      return
    }
    const type = this.atMethod() ? null : this.optionalType()
    if (this.atMethod()) {
      if (decl.flavour === 'interface') heading.modifiers.push('abstract')
      decl.methods.push(this.method(heading, type))
    } else this.fields(decl, heading, type)
  }

  private fields(decl: ClassDecl, heading: Heading, type: TypeRef | null): void {
    if (!type && heading.modifiers.length === 0) throw this.unexpected()
    do {
      const { names, value } = this.variables(heading, type)
      const { modifiers } = heading
      const field: FieldDecl = { ...names[0]!, value, modifiers }
      decl.fields.push(field)
    } while (this.accept(','))
  }
}
