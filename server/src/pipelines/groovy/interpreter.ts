import type { Expr, Script, Stmt } from './ast.ts'
import { GroovyError } from './errors.ts'
import type { CallOptions, Host, Interpreter, Limits, Variables } from './host.ts'
import { isFieldDeclaration, Jump } from './execution.ts'
import { Programs } from './programs.ts'
import type { Frame, Run, Value } from './value.ts'
import { GroovyClosure } from './value.ts'

/** A fresh program: nothing is defined and the binding is empty. */
export function createInterpreter(host: Host, limits?: Limits): Interpreter {
  const program = new Programs(host, limits)
  const frameOf = (context: unknown, depth = 0): Frame => ({ context, depth })

  function* statements(ast: Script, body: Stmt[], context: unknown): Run {
    yield* program.define(ast, frameOf(context))
    const fieldless = body.filter((stmt) => !isFieldDeclaration(stmt))
    const outcome = yield* program.statements(fieldless, program.scriptScope, frameOf(context))
    return outcome instanceof Jump ? outcome.value : outcome
  }

  return {
    binding: program.binding,
    runScript: (ast, context) => program.drive(statements(ast, ast.body, context)),
    runStatements: (ast, body, context) => program.drive(statements(ast, body, context)),
    defineMethods: (ast, context) => program.drive(program.define(ast, frameOf(context))),
    defineFiles: (files, context) => program.drive(program.defineFiles(files, frameOf(context))),
    defineScript: (name, ast, context) =>
      program.drive(program.defineScript(name, ast, frameOf(context))),
    classNamed: (name) => program.classNamed(name),
    propertyOf: (target, name, context) =>
      program.drive(program.property(target, name, frameOf(context))),
    callOn: (target, name, args, context) =>
      program.drive(program.method(target, name, args, frameOf(context))),
    runObject: (self, context) => program.drive(program.runObject(self, frameOf(context))),
    evaluate(expr: Expr, variables: Variables | null, context: unknown, owner): Promise<Value> {
      const scope = (owner?.scope ?? program.scriptScope).child()
      for (const [name, value] of entriesOf(variables)) scope.declare(name, value)
      return program.drive(program.evaluate(expr, scope, frameOf(context)))
    },
    async callClosure(closure, args, options: CallOptions = {}): Promise<Value> {
      // A step that runs its body at once would otherwise nest on the JavaScript stack.
      await Promise.resolve()
      const frame = frameOf(options.context, closure.callDepth)
      const run = (body: GroovyClosure) =>
        program.drive(program.call(body, args, frame)).catch(seal)
      if (options.delegate === undefined) return run(closure)
      const copy = new GroovyClosure(closure.params, closure.body, closure.scope)
      Object.assign(copy, closure)
      copy.delegate = options.delegate
      copy.resolveStrategy = options.resolveStrategy ?? 1
      return run(copy)
    },
    callMethod: (name, args, context) =>
      program.hasMethod(name)
        ? program.drive(program.callNamed(name, args, frameOf(context)))
        : undefined,
    closureOf: (body, owner) =>
      new GroovyClosure(body.params, body.body, owner?.scope ?? program.scriptScope),
    async format(pattern, args, context) {
      const frame = frameOf(context)
      const text = await program.drive(program.method(pattern, 'formatted', args, frame))
      return program.drive(program.text(text, frame))
    },
    print: (value, context) => program.drive(program.text(value, frameOf(context))),
    javaText: (value, context) => program.drive(program.javaText(value, frameOf(context))),
  }
}

/** The trace of an exception ends at the step whose body it leaves. */
function seal(error: unknown): never {
  if (error instanceof GroovyError && error.line + error.frames.length > 0) error.isSealed = true
  throw error
}

function entriesOf(variables: Variables | null): Iterable<[string, Value]> {
  if (!variables) return []
  return variables instanceof Map ? variables : Object.entries(variables)
}
