import type { ImportStmt, NewExpr, Script, SourceFinding, Stmt } from './ast.ts'
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
      name.includes('.') && !star && !isStatic && !isSomewhere(name) && !isKnown(name),
  )
  const findings = missing.map(({ name, pos }) => finding(name, pos))
  if (imports.some(({ star }) => star)) return findings
  const names = new Set(imports.flatMap(({ name, alias }) => [alias, lastPart(name)]))
  const made: NewExpr[] = []
  for (const stmt of script.body) collect(stmt, names, made)
  for (const { type, pos } of made) {
    const { name } = type
    const isFound =
      name.includes('.') || names.has(name) || defaultImport(name) !== undefined || isKnown(name)
    // The space is Groovy's.
    if (!isFound && !PRIMITIVES.has(name)) findings.push(finding(`${name} `, pos))
  }
  return findings
}

const PRIMITIVES = new Set('int long short byte float double boolean char'.split(' '))

const lastPart = (name: string) => name.slice(name.lastIndexOf('.') + 1)

const isSomewhere = (name: string) =>
  ROOTS.has(name.slice(0, name.indexOf('.'))) || builtinClass(name) !== undefined

function finding(name: string, { line, column }: SourceFinding | Stmt['pos']): SourceFinding {
  return { message: `unable to resolve class ${name}\n`, line, column }
}

/** The classes that are declared, and the calls that make one. */
function collect(item: unknown, names: Set<string>, made: NewExpr[]): void {
  if (typeof item !== 'object' || item === null) return
  if (Array.isArray(item)) {
    for (const each of item) collect(each, names, made)
    return
  }
  if ('kind' in item) {
    if (item.kind === 'class') names.add(String((item as { name?: unknown }).name))
    if (item.kind === 'new' && (item as NewExpr).body === null) made.push(item as NewExpr)
  }
  for (const [key, part] of Object.entries(item)) {
    if (key !== 'pos' && typeof part === 'object') collect(part, names, made)
  }
}
