import type { GroovyClosure, GroovyMap, Value } from './value.ts'

/**
 * A piece of evaluation. It yields only what it must wait for (the host); everything between two
 * yields runs without giving way, so parallel branches interleave at host calls alone.
 */
export type Run<T = Value> = Generator<unknown, T, unknown>

/** What a call carries down: the host's opaque context, and how deep we are. */
export interface Frame {
  context: unknown
  depth: number
}

/** What methods of built-in values may ask of the interpreter. */
export interface Machine {
  call(target: Value, args: Value[], frame: Frame): Run
  method(target: Value, name: string, args: Value[], frame: Frame): Run
  property(target: Value, name: string, frame: Frame): Run
  text(value: Value, frame: Frame): Run<string>
  truth(value: Value, frame: Frame): Run<boolean>
  equal(left: Value, right: Value, frame: Frame): Run<boolean>
  compare(left: Value, right: Value, frame: Frame): Run<number>
  /** With `delegate` set and the closure asked to look there first. */
  callWith(closure: GroovyClosure, delegate: Value, args: Value[], frame: Frame): Run
  now(): Run<number>
  random(): Run<number>
  /** Throws OutOfMemoryError when a list, map or string outgrows its limit. */
  checkEntries(count: number): void
  checkLength(length: number): void
}

export type Native = (
  self: Value,
  args: Value[],
  machine: Machine,
  frame: Frame,
  named: GroovyMap | null,
) => Value | Run

export function isRun(result: Value | Run): result is Run {
  return result !== null && typeof result === 'object' && 'throw' in result && 'next' in result
}

export function arg(args: Value[], at: number): Value {
  return args[at] ?? null
}
