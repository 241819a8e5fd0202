import type { ClassDecl, ClosureExpr, MethodDecl, Param, SourceFinding, Stmt } from './ast.ts'
import { partsOf } from './parts.ts'

// Groovy refuses a name that is declared twice before anything runs: a block sees the names of the
// blocks, closures and loops around it, up to the method or the file. (Methods of classes see no
// names of the file.) A closure without parameters declares `it`.

interface Names {
  own: Set<string>
  outer: Names | undefined
}

type Place = Pick<SourceFinding, 'line' | 'column'>

/** Groovy counts so many, and stops. */
const MOST = 10

/** Names declared twice in a file, in the order Groovy finds them: statements, methods, classes. */
export function scopeFindings(body: readonly Stmt[]): SourceFinding[] {
  const checker = new ScopeChecker()
  const file: Names = { own: new Set(), outer: undefined }
  const isApart = ({ kind }: Stmt) => kind === 'method' || kind === 'class'
  checker.each(
    body.filter((stmt) => !isApart(stmt)),
    file,
  )
  for (const stmt of body) if (stmt.kind === 'method') checker.method(stmt)
  for (const stmt of body) if (stmt.kind === 'class') checker.each(membersOf(stmt), undefined)
  return checker.findings.slice(0, MOST)
}

const membersOf = (type: ClassDecl): unknown[] => [
  type.fields,
  type.constants,
  type.initializers,
  type.constructors,
  type.methods,
  type.classes,
]

class ScopeChecker {
  readonly findings: SourceFinding[] = []

  each(items: readonly unknown[], names: Names | undefined): void {
    for (const item of items) this.#visit(item, names)
  }

  method({ params, body, pos }: MethodDecl): void {
    const names = inside(undefined)
    this.#parameters(params, names, pos)
    this.#visit(body, names)
  }

  #visit(item: unknown, names: Names | undefined): void {
    if (typeof item !== 'object' || item === null) return
    if (Array.isArray(item)) this.each(item, names)
    else if ('kind' in item) this.#node(item as Stmt | ClosureExpr | ClassDecl | MethodDecl, names)
    else this.#parts(item, names)
  }

  #parts(item: object, names: Names | undefined): void {
    const parts = item as Record<string, unknown>
    for (const name of partsOf(item)) this.#visit(parts[name], names)
  }

  #node(node: Stmt | ClosureExpr, names: Names | undefined): void {
    switch (node.kind) {
      case 'declare':
        // Its value first: a closure there may have a parameter of that name.
        this.#visit(node.value, names)
        for (const { name, pos } of node.names) this.#declare(name, names, pos)
        return
      case 'closure':
        return this.#closure(node, inside(names))
      case 'forIn': {
        const loop = inside(names)
        this.#declare(node.name, loop, node.pos)
        this.#visit(node.iterable, loop)
        return this.#visit(node.body, inside(loop))
      }
      case 'if':
        this.#visit(node.condition, names)
        this.#visit(node.consequent, inside(names))
        return this.#visit(node.alternate, inside(names))
      case 'switch':
        this.#visit(node.value, names)
        for (const { test, body } of node.cases) {
          this.#visit(test, names)
          this.each(body, inside(names))
        }
        return
      case 'try':
        this.#visit(node.body, names)
        for (const { types, name, body, pos } of node.catches) {
          const caught = inside(names)
          // To Groovy a catch of several types is several of one type.
          for (const _ of types.slice(1)) this.#declare(name, inside(names), pos)
          this.#declare(name, caught, pos)
          this.#visit(body, caught)
        }
        return this.#visit(node.finally, names)
      case 'method':
        return this.method(node)
      case 'class':
        return this.each(membersOf(node), undefined)
      case 'block':
      case 'for':
      case 'while':
        return this.#parts(node, inside(names))
      default:
        return this.#parts(node, names)
    }
  }

  #closure({ params, body, pos }: ClosureExpr, names: Names): void {
    if (params === null) names.own.add('it')
    else this.#parameters(params, names, pos)
    this.#visit(body, names)
  }

  #parameters(params: readonly Param[], names: Names, pos: Place): void {
    for (const param of params) {
      this.#visit(param.default, names)
      this.#declare(param.name, names, pos)
    }
  }

  #declare(name: string, names: Names | undefined, { line, column }: Place): void {
    if (isKnown(name, names)) {
      // Groovy's own message ends its line, unlike those of the syntax.
      const message = `The current scope already contains a variable of the name ${name}\n`
      this.findings.push({ message, line, column })
    }
    names?.own.add(name)
  }
}

function inside(outer: Names | undefined): Names {
  return { own: new Set(), outer }
}

function isKnown(name: string, names: Names | undefined): boolean {
  for (let at = names; at; at = at.outer) if (at.own.has(name)) return true
  return false
}
