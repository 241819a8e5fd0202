import type { ClassDecl, FieldDecl, MethodDecl, Script } from './ast.ts'
import type { ClassFile } from './class-file.ts'
import { isFieldDeclaration, Jump } from './execution.ts'
import { Objects } from './objects.ts'
import type { Frame, Run, Value } from './value.ts'
import { type GroovyClass, GroovyObject } from './value.ts'

const TOP = { line: 1, column: 1, offset: 0 }

/** Takes in further files: library classes, and scripts whose methods are called on an object. */
export class Programs extends Objects {
  /** Classes of several files that may name each other in any order. */
  *defineFiles(files: readonly ClassFile[], frame: Frame): Run<void> {
    const made: { type: GroovyClass; decl: ClassDecl }[] = []
    for (const { name, ast } of files) {
      for (const stmt of ast.body) {
        if (stmt.kind === 'import' && stmt.name !== '') this.importName(stmt)
        if (stmt.kind !== 'class') continue
        const type = this.defineClass(stmt)
        made.push({ type, decl: stmt })
        const folder = name.slice(0, name.lastIndexOf('.') + 1)
        this.classes.set(folder + stmt.name, type)
        type.name = folder + stmt.name
      }
    }
    for (const { type, decl } of made) this.linkSupertypes(type, decl)
    for (const { type } of made) yield* this.initStatics(type, frame)
  }

  /** The script as an object: its methods, its @Field variables, and `run` for its statements. */
  *defineScript(name: string, ast: Script, frame: Frame): Run<GroovyObject> {
    for (const stmt of ast.body) {
      if (stmt.kind === 'import' && stmt.name !== '') this.importName(stmt)
    }
    const decl = scriptClass(name, ast)
    const type = this.defineClass(decl)
    type.isScript = true
    this.classes.delete(name)
    yield* this.initStatics(type, frame)
    const self = new GroovyObject(type)
    yield* this.initFields(type, self, frame)
    return self
  }

  classNamed(name: string): GroovyClass | undefined {
    return this.classes.get(name)
  }

  *runObject(self: GroovyObject, frame: Frame): Run {
    const outcome: Value | Jump = yield* this.method(self, 'run', [], frame)
    return outcome instanceof Jump ? outcome.value : outcome
  }
}

function scriptClass(name: string, ast: Script): ClassDecl {
  const fields: FieldDecl[] = []
  for (const stmt of ast.body) {
    if (stmt.kind !== 'declare' || !isFieldDeclaration(stmt)) continue
    for (const each of stmt.names) {
      fields.push({ ...each, value: stmt.value, modifiers: stmt.modifiers })
    }
  }
  const statements = ast.body.filter(
    (stmt) => !['method', 'class', 'import'].includes(stmt.kind) && !isFieldDeclaration(stmt),
  )
  const end = ast.source.length
  const run: MethodDecl = {
    kind: 'method',
    name: 'run',
    params: [],
    body: { kind: 'block', body: statements, pos: TOP, end },
    modifiers: [],
    returnType: null,
    annotations: [],
    pos: TOP,
    end,
  }
  return {
    kind: 'class',
    flavour: 'class',
    name,
    superclass: null,
    interfaces: [],
    fields,
    methods: [...ast.body.filter((stmt) => stmt.kind === 'method'), run],
    constructors: [],
    classes: ast.body.filter((stmt) => stmt.kind === 'class'),
    initializers: [],
    constants: [],
    modifiers: [],
    annotations: [],
    pos: TOP,
    end,
  }
}
