import type { MethodDecl, Param } from './ast.ts'
import { builtinClass, classOf, isInstance } from './classes.ts'
import { isNumber } from './numbers.ts'
import { PRIMITIVES } from './tokens.ts'
import type { GroovyClass, Value } from './value.ts'
import { GroovyArray, GroovyClosure, GString } from './value.ts'

// Which method of several a call means: of those whose parameters take the arguments, the one whose
// types are nearest to theirs.

export type ClassFinder = (name: string) => GroovyClass | undefined

/** Classes of numbers that a parameter takes besides its own, the nearest first. */
const WIDENED: Record<string, string[]> = {
  Short: ['Byte'],
  Integer: ['Short', 'Byte'],
  Long: ['Integer', 'Short', 'Byte'],
  BigInteger: ['Long', 'Integer', 'Short', 'Byte'],
  Float: ['Double', 'BigInteger', 'Long', 'Integer', 'Short', 'Byte', 'BigDecimal'],
  Double: ['Float', 'BigDecimal', 'BigInteger', 'Long', 'Integer', 'Short', 'Byte'],
  BigDecimal: ['Integer', 'Long', 'BigInteger', 'Double', 'Float', 'Short', 'Byte'],
}

const isArray = (param: Param) => param.varargs || (param.type?.dimensions ?? 0) > 0

/** The parameters that `count` arguments go to; undefined when these are too few or too many. */
function used(params: Param[], count: number): Param[] | undefined {
  const isVariadic = params.length > 0 && isArray(params.at(-1)!)
  const fixed = isVariadic ? params.slice(0, -1) : params
  const required = fixed.filter((each) => !each.default).length
  if (count < required || (!isVariadic && count > params.length)) return undefined
  let spare = count - required
  return params.filter((each) => !each.default || each.varargs || spare-- > 0)
}

/** How far an argument is from a parameter; undefined when it isn't taken. */
function distance(param: Param, value: Value | undefined, find: ClassFinder): number | undefined {
  const { type } = param
  if (!type || type.name === 'def' || value === undefined) return 1000
  if (isArray(param)) return value instanceof GroovyArray ? 1 : 5000
  const wanted = find(type.name)
  if (value === null) return PRIMITIVES.has(type.name) ? undefined : Number(wanted !== OBJECT)
  if (!wanted || wanted === OBJECT) return 1000
  if (isInstance(value, wanted)) return steps(classOf(value), wanted)
  if (value instanceof GString && wanted.name === 'java.lang.String') return 50
  if (isNumber(value)) {
    const at = WIDENED[wanted.simpleName]?.indexOf(classOf(value).simpleName) ?? -1
    return at < 0 ? undefined : 100 + at
  }
  return value instanceof GroovyClosure && wanted.decl ? 500 : undefined
}

const OBJECT = builtinClass('Object')

/** Generations between a class and one that it is of. */
function steps(type: GroovyClass, wanted: GroovyClass): number {
  let count = 0
  for (let at: GroovyClass | null = type; at && at !== wanted; at = at.superclass) {
    count += at.interfaces.includes(wanted) ? 1 : 2
  }
  return count
}

function cost(params: Param[], args: Value[], find: ClassFinder): number | undefined {
  const taking = used(params, args.length)
  if (!taking) return undefined
  let sum = 0
  for (const [at, param] of taking.entries()) {
    const far = distance(param, args[at], find)
    if (far === undefined) return undefined
    sum += far
  }
  return sum
}

export const fits = (params: Param[], args: Value[], find: ClassFinder) =>
  cost(params, args, find) !== undefined

/** Of equal ones the first. */
export function chosen(
  decls: MethodDecl[],
  args: Value[],
  find: ClassFinder,
): MethodDecl | undefined {
  let best: MethodDecl | undefined
  let least = Infinity
  for (const decl of decls) {
    const far = cost(decl.params, args, find)
    if (far === undefined || far >= least) continue
    best = decl
    least = far
  }
  return best
}

/** What is left for the last parameter, as an array of its type. */
export function arrayOf(param: Param, items: Value[]): GroovyArray {
  const name = param.type?.name ?? 'Object'
  const component = PRIMITIVES.has(name) ? name : (builtinClass(name)?.name ?? name)
  return GroovyArray.holding(component, items)
}
