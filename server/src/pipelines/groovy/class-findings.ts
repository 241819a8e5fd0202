import type { Expr, ImportStmt, Script, SourceFinding, Stmt, TypeRef } from './ast.ts'
import { builtinClass } from './classes.ts'
import { defaultImport } from './default-imports.ts'

/** First parts of the packages that classes of Java, Groovy, Jenkins and its plugins are in. */
const ROOTS = new Set('java javax groovy groovyx hudson jenkins org com net io edu'.split(' '))

/**
 * Classes that a script imports or makes and that are nowhere: a compiler's errors, found before
 * anything runs. `isKnown` tells of the classes that libraries brought. What a star import brings
 * isn't known, so after one nothing is missed.
 */
export function classFindings(script: Script, isKnown: (name: string) => boolean): SourceFinding[] {
  const imports = script.body.filter((stmt): stmt is ImportStmt => stmt.kind === 'import')
  const missing = imports.filter(
    ({ name, star, static: isStatic }) =>
      name !== '' && !star && !isStatic && !isSomewhere(name) && !isKnown(name),
  )
  const findings = missing.map(({ name, pos }) => finding(name, pos))
  if (imports.some(({ star }) => star)) return findings
  const names = new Set(imports.flatMap(({ name, alias }) => [alias, lastPart(name)]))
  const uses: Use[] = []
  for (const stmt of script.body) collect(stmt, names, uses)
  for (const { name, pos } of uses) {
    const isFound =
      name.includes('.') ||
      names.has(name) ||
      defaultImport(name) !== undefined ||
      PRIMITIVES.has(name)
    // The space is Groovy's.
    if (!isFound && !isKnown(name)) findings.push(finding(`${name} `, pos))
  }
  return findings
}

/** A place that names a class. */
interface Use {
  name: string
  pos: Pick<SourceFinding, 'line' | 'column'>
}

const PRIMITIVES = new Set('int long short byte float double boolean char void def'.split(' '))

const lastPart = (name: string) => name.slice(name.lastIndexOf('.') + 1)

const isSomewhere = (name: string) =>
  ROOTS.has(name.slice(0, name.indexOf('.'))) || builtinClass(name) !== undefined

function finding(name: string, { line, column }: Use['pos']): SourceFinding {
  return { message: `unable to resolve class ${name}\n`, line, column }
}

/** The classes that are declared, and the places that name one. */
function collect(item: unknown, names: Set<string>, uses: Use[]): void {
  if (typeof item !== 'object' || item === null) return
  if (Array.isArray(item)) {
    for (const each of item) collect(each, names, uses)
    return
  }
  if ('kind' in item) {
    const node = item as Stmt | Expr
    if (node.kind === 'class') names.add(node.name)
    uses.push(...usesOf(node))
  }
  for (const [key, part] of Object.entries(item)) {
    if (key !== 'pos' && typeof part === 'object') collect(part, names, uses)
  }
}

/** With the places that Groovy tells: of a variable its name, of what is caught the `catch`. */
function usesOf(node: Stmt | Expr): Use[] {
  switch (node.kind) {
    case 'new':
      return node.body === null ? [{ name: node.type.name, pos: node.pos }] : []
    case 'declare':
      return node.names.flatMap(({ type, pos }) => named(type, pos))
    case 'method':
    case 'closure':
      return (node.params ?? []).flatMap(({ type, pos }) => named(type, pos))
    case 'try':
      return node.catches.flatMap(({ types, pos }) => types.flatMap((type) => named(type, pos)))
    case 'instanceof':
      return named(node.type, node.type.pos)
    case 'class':
      return [node.superclass, ...node.interfaces].flatMap((type) => named(type, node.pos))
    default:
      return []
  }
}

/** Of types with capitals: one with a small letter may be a parameter of the class or method. */
function named(type: TypeRef | null, pos: Use['pos']): Use[] {
  return type && /^[A-Z]\w+$/.test(type.name) ? [{ name: type.name, pos }] : []
}
