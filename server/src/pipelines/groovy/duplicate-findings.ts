import type { ClassDecl, MethodDecl, SourceFinding, Stmt, TypeRef } from './ast.ts'
import { builtinClass } from './classes.ts'

// Methods, fields and classes that are there twice: a compiler's errors, in Groovy's words.

export function duplicateFindings(body: readonly Stmt[], fileName: string): SourceFinding[] {
  const name = fileName.replace(/\.groovy$/, '')
  const methods = body.filter((stmt) => stmt.kind === 'method')
  const classes = body.filter((stmt) => stmt.kind === 'class')
  return [
    ...twice(classes, (each) => each.name).map(([, { name: type, pos }]) => ({
      message:
        `Invalid duplicate class definition of class ${type} : ` +
        `The source ${name} contains at least two definitions of the class ${type}.\n`,
      line: pos.line,
      column: pos.column,
    })),
    ...methodsTwice(methods, name),
    ...classes.flatMap(inside),
  ]
}

function inside({ name, fields, methods, classes }: ClassDecl): SourceFinding[] {
  const doubled = twice(fields, (each) => each.name).map(([first]) => ({
    message: `The field '${first.name}' is declared multiple times.\n`,
    line: first.pos.line,
    column: first.pos.column,
  }))
  return [...doubled, ...methodsTwice(methods, name), ...classes.flatMap(inside)]
}

/** Each that is there again, behind the one that was there first. */
function twice<T>(all: readonly T[], keyOf: (each: T) => string): [T, T][] {
  const first = new Map<string, T>()
  const found: [T, T][] = []
  for (const each of all) {
    const known = first.get(keyOf(each))
    if (known === undefined) first.set(keyOf(each), each)
    else found.push([known, each])
  }
  return found
}

function typeName(type: TypeRef | null): string {
  if (type === null || type.name === 'def') return 'java.lang.Object'
  const isPrimitive = /^[a-z]\w*$/.test(type.name)
  const name = isPrimitive ? type.name : (builtinClass(type.name)?.name ?? type.name)
  return name + '[]'.repeat(type.dimensions)
}

const typesOf = ({ params }: MethodDecl) =>
  params.map(({ type, varargs }) => typeName(type) + (varargs ? '[]' : ''))

function methodsTwice(methods: readonly MethodDecl[], type: string): SourceFinding[] {
  // Of private methods Groovy says other things.
  const open = methods.filter(({ modifiers }) => !modifiers.includes('private'))
  const pairs = twice(open, (each) => `${each.name}(${typesOf(each).join()})`)
  const again = pairs.flatMap(([first, second]) => {
    const told = `${typeName(second.returnType)} ${second.name}(${typesOf(second).join(', ')})`
    if (typeName(first.returnType) !== typeName(second.returnType)) return []
    const message = `Repetitive method name/signature for method '${told}' in class '${type}'.\n`
    return [first, second].map(({ pos }) => ({ message, line: pos.line, column: pos.column }))
  })
  return [...pairs.map(([, each]) => duplicated(each)), ...again]
}

function duplicated(method: MethodDecl): SourceFinding {
  const { name, params, modifiers, returnType, pos } = method
  const types = typesOf(method)
  const shown = params.map((each, at) => `${types[at]} ${each.name}`).join(', ')
  const head = `public ${modifiers.includes('static') ? 'static ' : ''}${typeName(returnType)}`
  const message =
    `The method ${head} ${name}(${shown})  { ... } duplicates another method of the same signature\n` +
    `. At [${pos.line}:${pos.column}] `
  return { message, line: pos.line, column: pos.column }
}
