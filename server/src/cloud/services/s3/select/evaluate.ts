import { castValue } from './cast.ts'
import type { Scope } from './function-table.ts'
import { callFunction } from './functions.ts'
import { likeMatcher } from './like.ts'
import { refuse } from './refusals.ts'
import type { Expression, Step } from './syntax.ts'
import { compareValues, numberOf, textOf, type Value } from './values.ts'

export type Evaluate = (scope: Scope) => Value

/** An expression made ready to run on many records. `alias` is the source's name in paths. */
export function compile(expression: Expression, alias: string | undefined): Evaluate {
  const make = (inner: Expression) => compile(inner, alias)
  switch (expression.kind) {
    case 'literal':
      return () => expression.value
    case 'path':
      return pathOf(expression.steps, alias)
    case 'aggregate':
      return (scope) => scope.aggregates[expression.slot]
    case 'not': {
      const of = make(expression.of)
      return (scope) => {
        const truth = truthOf(of(scope))
        return truth === undefined ? null : !truth
      }
    }
    case 'cast': {
      const of = make(expression.of)
      return (scope) => castValue(of(scope), expression.type)
    }
    case 'is': {
      const of = make(expression.of)
      // MISSING is NULL, too; NULL isn't MISSING.
      if (expression.what === 'null') return (scope) => (of(scope) ?? null) === null
      return (scope) => of(scope) === undefined
    }
    case 'call': {
      const args = expression.args.map(make)
      const call = callFunction(expression.name, args.length)
      return (scope) =>
        call(
          args.map((each) => each(scope)),
          scope,
        )
    }
    default:
      return compileTest(expression, make)
  }
}

type Test = Extract<Expression, { kind: 'binary' | 'like' | 'in' | 'between' | 'case' }>

function compileTest(expression: Test, make: (inner: Expression) => Evaluate): Evaluate {
  if (expression.kind === 'binary') {
    return binary(expression.operator, make(expression.left), make(expression.right))
  }
  if (expression.kind === 'case') return caseOf(expression, make)
  const of = make(expression.of)
  if (expression.kind === 'like') {
    const pattern = make(expression.pattern)
    const escape = expression.escape && make(expression.escape)
    const matcher = likeMatcher()
    return (scope) => matcher(of(scope), pattern(scope), escape?.(scope))
  }
  if (expression.kind === 'between') {
    const [low, high] = [make(expression.low), make(expression.high)]
    return (scope) => {
      const value = of(scope)
      const [from, to] = [compareValues(value, low(scope)), compareValues(value, high(scope))]
      return from === undefined || to === undefined ? null : from >= 0 && to <= 0
    }
  }
  const list = expression.list.map(make)
  return (scope) => {
    const value = of(scope)
    return list.some((each) => compareValues(value, each(scope)) === 0)
  }
}

function caseOf(
  { subject, branches, otherwise }: Extract<Expression, { kind: 'case' }>,
  make: (inner: Expression) => Evaluate,
): Evaluate {
  const of = subject && make(subject)
  const pairs = branches.map(([when, then]) => [make(when), make(then)] as const)
  const rest = make(otherwise)
  return (scope) => {
    const value = of?.(scope)
    const found = pairs.find(([when]) =>
      of ? compareValues(value, when(scope)) === 0 : truthOf(when(scope)) === true,
    )
    return (found?.[1] ?? rest)(scope)
  }
}

/** Text of a CSV can be a truth, too. */
export function truthOf(value: Value): boolean | undefined {
  if (typeof value === 'boolean') return value
  if (typeof value !== 'string') return undefined
  const text = value.toLowerCase()
  return text === 'true' ? true : text === 'false' ? false : undefined
}

const orders: Record<string, (order: number) => boolean> = {
  '=': (order) => order === 0,
  '<>': (order) => order !== 0,
  '<': (order) => order < 0,
  '>': (order) => order > 0,
  '<=': (order) => order <= 0,
  '>=': (order) => order >= 0,
}

function binary(operator: string, left: Evaluate, right: Evaluate): Evaluate {
  const holds = orders[operator]
  if (holds) {
    return (scope) => {
      const order = compareValues(left(scope), right(scope))
      return order === undefined ? null : holds(order)
    }
  }
  if (operator === 'AND') {
    return (scope) => {
      const truth = truthOf(left(scope))
      return truth === false ? false : both(truth, truthOf(right(scope)))
    }
  }
  if (operator === 'OR') {
    return (scope) => {
      if (truthOf(left(scope)) === true) return true
      return truthOf(right(scope)) ?? null
    }
  }
  if (operator === '||') {
    return (scope) => {
      const [a, b] = [left(scope), right(scope)]
      return (a ?? null) === null || (b ?? null) === null ? null : textOf(a) + textOf(b)
    }
  }
  return (scope) => arithmetic(operator, left(scope), right(scope))
}

const both = (a: boolean | undefined, b: boolean | undefined) =>
  b === false ? false : a === undefined || b === undefined ? null : a && b

function arithmetic(operator: string, a: Value, b: Value): Value {
  if ((a ?? null) === null || (b ?? null) === null) return null
  const [x, y] = [numberOf(a), numberOf(b)]
  if (x === undefined || y === undefined) {
    throw refuse('InvalidDataType', `Cannot apply ${operator} to what is not a number.`)
  }
  if (operator === '+') return x + y
  if (operator === '-') return x - y
  if (operator === '*') return x * y
  if (y === 0) throw refuse('EvaluatorInvalidArguments', 'Division by zero.')
  if (operator === '%') return x % y
  const quotient = x / y
  // Whole numbers divide as whole numbers.
  return Number.isInteger(a) && Number.isInteger(b) ? Math.trunc(quotient) : quotient
}

/** A path's steps without the name of its source. */
export function ownSteps(steps: Step[], alias: string | undefined): Step[] {
  const [first] = steps
  const name = first && 'name' in first ? first.name.toLowerCase() : undefined
  const isSource = name !== undefined && (name === 's3object' || name === alias?.toLowerCase())
  return isSource ? steps.slice(1) : steps
}

function pathOf(steps: Step[], alias: string | undefined): Evaluate {
  const inner = ownSteps(steps, alias)
  if (inner.length === 0) {
    // A column may be called as its table is.
    const { name, exact } = steps[0] as { name: string; exact: boolean }
    return (scope) => scope.member(name, exact) ?? scope.whole()
  }
  const [head, ...tail] = inner as [Step, ...Step[]]
  if (!('name' in head))
    throw refuse('ParseUnsupportedSyntax', 'The SQL expression contains unsupported syntax.')
  return (scope) => follow(scope.member(head.name, head.exact), tail)
}

/** What lies at the end of the steps, or MISSING. */
export function follow(value: Value, steps: Step[]): Value {
  let found = value
  for (const step of steps) {
    if (typeof found !== 'object' || found === null) return undefined
    if ('index' in step) found = Array.isArray(found) ? found[step.index] : undefined
    else if ('name' in step) found = memberOf(found as { [name: string]: Value }, step)
    else return found
  }
  return found
}

export function memberOf(
  value: { [name: string]: Value },
  { name, exact }: { name: string; exact: boolean },
): Value {
  if (Array.isArray(value)) return undefined
  if (Object.hasOwn(value, name)) return value[name]
  if (exact) return undefined
  const lower = name.toLowerCase()
  const found = Object.keys(value).find((each) => each.toLowerCase() === lower)
  return found === undefined ? undefined : value[found]
}
