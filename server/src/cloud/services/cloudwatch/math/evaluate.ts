import { validationError } from '../model.ts'
import { functions } from './functions.ts'
import type { Expression } from './parse.ts'
import { type MathScope, mapSeries, type MathValue, zip } from './value.ts'

/** Works out an expression over the series of a GetMetricData request. */
export function evaluate(expression: Expression, scope: MathScope): MathValue {
  switch (expression.kind) {
    case 'number':
      return expression.value
    case 'text':
      return { text: expression.value }
    case 'minus':
      return mapSeries(evaluate(expression.operand, scope), (value) => -value)
    case 'list':
      return expression.items.flatMap((item) => {
        const value = evaluate(item, scope)
        if (Array.isArray(value)) return value
        if (value instanceof Map) return [value]
        throw validationError('An array in an expression holds time series only.')
      })
    case 'name':
      return named(expression.name, scope)
    case 'binary':
      return binary(expression, scope)
    case 'call':
      return call(expression, scope)
  }
}

/** Of FILL and SORT; ids begin with a small letter. */
const words = new Set(['REPEAT', 'LINEAR', 'MIN', 'MAX', 'AVG', 'SUM', 'ASC', 'DESC'])

function named(name: string, scope: MathScope): MathValue {
  if (words.has(name)) return { text: name }
  const value = scope.resolve(name)
  if (value === undefined) {
    throw validationError(`Error in expression: the ID '${name}' is not defined.`)
  }
  return value
}

function call(expression: Expression & { kind: 'call' }, scope: MathScope): MathValue {
  const run = Object.hasOwn(functions, expression.name) ? functions[expression.name] : undefined
  if (!run) {
    throw validationError(
      `Error in expression: the function ${expression.name} is not implemented by Madang.`,
    )
  }
  return run(
    expression.args.map((arg) => evaluate(arg, scope)),
    scope,
  )
}

function binary({ operator, left, right }: Expression & { kind: 'binary' }, scope: MathScope) {
  return zip(evaluate(left, scope), evaluate(right, scope), operators[operator]!)
}

const truth = (value: boolean) => (value ? 1 : 0)

const operators: Record<string, (a: number, b: number) => number> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '^': (a, b) => a ** b,
  '==': (a, b) => truth(a === b),
  '!=': (a, b) => truth(a !== b),
  '<': (a, b) => truth(a < b),
  '<=': (a, b) => truth(a <= b),
  '>': (a, b) => truth(a > b),
  '>=': (a, b) => truth(a >= b),
  '&&': (a, b) => truth(a !== 0 && b !== 0),
  AND: (a, b) => truth(a !== 0 && b !== 0),
  '||': (a, b) => truth(a !== 0 || b !== 0),
  OR: (a, b) => truth(a !== 0 || b !== 0),
}
