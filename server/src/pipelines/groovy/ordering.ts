import type { Frame, Machine, Run } from './machine.ts'
import { GroovyClosure } from './value.ts'
import type { Value } from './value.ts'
import { isNumber, toDouble } from './numbers.ts'

/** Sorts a copy by natural order, by a key closure (one parameter) or a comparator (two). */
export function* sorted(items: Value[], by: Value, machine: Machine, frame: Frame): Run<Value[]> {
  if (!(by instanceof GroovyClosure) || closureArity(by) === 2) {
    return yield* mergeSort([...items], (a, b) => order(a, b, by, machine, frame))
  }
  const keyed: [Value, Value][] = []
  for (const item of items) keyed.push([yield* machine.call(by, [item], frame), item])
  const inOrder = yield* mergeSort(keyed, (a, b) => machine.compare(a[0], b[0], frame))
  return inOrder.map(([, item]) => item)
}

export function* order(
  left: Value,
  right: Value,
  by: Value,
  machine: Machine,
  frame: Frame,
): Run<number> {
  if (!(by instanceof GroovyClosure)) return yield* machine.compare(left, right, frame)
  if (closureArity(by) === 2) {
    const result = yield* machine.call(by, [left, right], frame)
    return isNumber(result) ? toDouble(result) : 0
  }
  const a = yield* machine.call(by, [left], frame)
  const b = yield* machine.call(by, [right], frame)
  return yield* machine.compare(a, b, frame)
}

export function closureArity(closure: GroovyClosure): number {
  const given = closure.curried.reduce((sum, each) => sum + each.args.length, 0)
  return (closure.params ? closure.params.length : 1) - given
}

/** Array.sort can't wait for a comparator that runs script code; this can, and is stable. */
function* mergeSort<T>(items: T[], compare: (a: T, b: T) => Run<number>): Run<T[]> {
  if (items.length < 2) return items
  const middle = items.length >> 1
  const left = yield* mergeSort(items.slice(0, middle), compare)
  const right = yield* mergeSort(items.slice(middle), compare)
  const out: T[] = []
  let a = 0
  let b = 0
  while (a < left.length && b < right.length) {
    const takeRight = (yield* compare(left[a]!, right[b]!)) > 0
    out.push(takeRight ? right[b++]! : left[a++]!)
  }
  return [...out, ...left.slice(a), ...right.slice(b)]
}
