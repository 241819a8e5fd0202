import type { RequestContext } from '../../gateway/index.ts'

export type Values = Record<string, unknown>
export type Run = (input: Values, ctx: RequestContext) => Values | Promise<Values>
export type OperationTable = Record<string, unknown>

/** A table of the same operations, each made over. */
export function eachOperation<T extends OperationTable>(
  operations: T,
  over: (run: Run, name: string) => Run,
): T {
  const all = Object.entries(operations).map(([name, run]) => [name, over(run as Run, name)])
  return Object.fromEntries(all) as T
}
