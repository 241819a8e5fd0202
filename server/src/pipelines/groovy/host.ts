import type { Expr, Position, Script } from './ast.ts'
import type { GroovyError } from './errors.ts'
import type { ClassFile } from './class-file.ts'
import type { GroovyClass, GroovyClosure, GroovyMap, GroovyObject, Value } from './value.ts'

/** A call of a pipeline step, or of anything else the script itself doesn't define. */
export interface StepCall {
  name: string
  positional: Value[]
  /** Empty when the call had no named arguments. */
  named: GroovyMap
  /** The trailing closure; it is not among `positional`. */
  closure?: GroovyClosure
  /** Where the name stands in the source: with `context`, the stable identity of the call. */
  position: Position
  fileName: string
  context: unknown
  /** The arguments that were put together with `"${…}"`, as text. */
  interpolated?: string[]
  /** A line for the log once the step has begun. */
  warning?: string | undefined
  /** What the step fails with once it has begun: the program can't be saved while it is under way. */
  unsaved?: GroovyError | undefined
}

/**
 * The world outside the sandbox. Calls come one at a time per running evaluation, in program
 * order; the same program with the same answers makes the same calls. `invoke` throws a
 * `GroovyError` for what the script may catch; any other exception ends the evaluation and cannot
 * be caught by the script (an abort). An unknown step throws `NoSuchMethodError` by `hostError`.
 */
export interface Host {
  /** A binding of the pipeline: `env`, `params`, `currentBuild`, a parameter's name. Undefined = none. */
  getVariable(name: string, context: unknown): Value | undefined | Promise<Value | undefined>
  /** Told of an assignment to an undeclared variable; answers true when it took it over. */
  setVariable?(name: string, value: Value, context: unknown): boolean | Promise<boolean>
  invoke(call: StepCall): Promise<Value> | Value
  /** Whether a step lets the script wait: code that Jenkins doesn't transform can't call it. */
  suspends?(name: string): boolean
  /** A line of the interpreter's own for the log. */
  warn?(text: string, context: unknown): void | Promise<void>
  /** Milliseconds since the epoch. */
  now(): Promise<number> | number
  /** In [0, 1). */
  random(): Promise<number> | number
  /** Called every `Limits.tickEvery` nodes. Rejecting ends the evaluation. */
  tick?(): Promise<void> | void
}

export interface Limits {
  /** Nested calls; Jenkins itself stops at 1024. */
  maxDepth?: number
  /** Turns of one loop. */
  maxIterations?: number
  /** Characters of one string. */
  maxStringLength?: number
  /** Entries of one list or map. */
  maxEntries?: number
  /** Nodes between two calls of `Host.tick`. */
  tickEvery?: number
}

/** Variables visible to a stand-alone expression, on top of the script's own. */
export type Variables = Record<string, Value> | Map<string, Value>

export interface CallOptions {
  delegate?: Value
  resolveStrategy?: 0 | 1 | 2 | 3
  context?: unknown
}

/**
 * One program's state: its methods, classes and binding. Several evaluations may run side by side
 * (parallel branches); they interleave only at host calls and ticks.
 */
export interface Interpreter {
  /** Defines methods and classes, then runs the statements. The value of the last one. */
  runScript(ast: Script, context: unknown): Promise<Value>
  /** Only defines methods, classes and @Field variables. */
  defineMethods(ast: Script, context?: unknown): Promise<void>
  /** Runs top-level statements one after another (a Declarative file's preamble). */
  runStatements(ast: Script, statements: Script['body'], context: unknown): Promise<Value>
  /** Classes of a library's `src`. */
  defineFiles(files: readonly ClassFile[], context: unknown): Promise<void>
  /** A script as an object: a library's `vars`, or a loaded file. */
  defineScript(name: string, ast: Script, context: unknown): Promise<GroovyObject>
  /** A class of the program by its full name. */
  classNamed(name: string): GroovyClass | undefined
  /** A property of a value: of a class, its static field. */
  propertyOf(target: Value, name: string, context: unknown): Promise<Value>
  /** Calls a method of a value; `newInstance` of a class makes an object. */
  callOn(target: Value, name: string, args: Value[], context: unknown): Promise<Value>
  /** Runs the statements of such an object; the value of the last one. */
  runObject(self: GroovyObject, context: unknown): Promise<Value>
  /** In the script's scope, or where the closure `owner` stands. */
  evaluate(
    expr: Expr,
    variables: Variables | null,
    context: unknown,
    owner?: GroovyClosure,
  ): Promise<Value>
  callClosure(closure: GroovyClosure, args: Value[], options?: CallOptions): Promise<Value>
  /** Calls a method of the script by name; undefined when it has none. */
  callMethod(name: string, args: Value[], context: unknown): Promise<Value> | undefined
  /** Makes a closure of a block, so a `steps { }` body can be run as one. */
  closureOf(body: Expr & { kind: 'closure' }, owner?: GroovyClosure): GroovyClosure
  /** The text a value prints as, with lazy GStrings and the script's own toString(). */
  print(value: Value, context: unknown): Promise<string>
  /** The text Java's `String.valueOf` gives, which is what `println` prints. */
  javaText(value: Value, context: unknown): Promise<string>
  /** `String.format(pattern, …)`. */
  format(pattern: string, args: Value[], context: unknown): Promise<string>
  /** The undeclared variables of the script. */
  readonly binding: Map<string, Value>
}
