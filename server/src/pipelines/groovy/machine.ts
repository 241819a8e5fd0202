import type { Frame, GroovyMap, Machine, Run, Value } from './value.ts'

export type { Frame, Machine, Run } from './value.ts'

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
