import type { Condition } from './document.ts'
import { inRange, parseRange } from './ip-range.ts'
import { fill, matches, type Values } from './match.ts'

/** Without values the wanted text's variables are just letters. */
type Compare = (actual: string, wanted: string, values?: Values) => boolean

const filled =
  (compare: (actual: string, wanted: string) => boolean): Compare =>
  (actual, wanted, values) => {
    const text = values ? fill(wanted, values) : wanted
    return text !== undefined && compare(actual, text)
  }

const numeric = (compare: (a: number, b: number) => boolean): Compare =>
  filled((actual, wanted) => {
    const [a, b] = [Number(actual), Number(wanted)]
    return !Number.isNaN(a) && !Number.isNaN(b) && actual !== '' && compare(a, b)
  })

const date = (compare: (a: number, b: number) => boolean): Compare =>
  filled((actual, wanted) => {
    const [a, b] = [moment(actual), moment(wanted)]
    return !Number.isNaN(a) && !Number.isNaN(b) && compare(a, b)
  })

/** ISO 8601, or seconds since the epoch. */
function moment(text: string): number {
  return /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text)
}

const equal: Compare = filled((actual, wanted) => actual === wanted)
const equalAnyCase: Compare = filled((a, b) => a.toLowerCase() === b.toLowerCase())
const like: Compare = (actual, wanted, values) => matches(wanted, actual, values)
const ip: Compare = filled((actual, wanted) => {
  const range = parseRange(wanted)
  return range !== undefined && inRange(actual, range)
})

/** Each of the six parts of an ARN is matched by itself, so `*` doesn't reach over a colon. */
const arn: Compare = (actual, wanted, values) => {
  const [pattern, value] = [arnParts(wanted), arnParts(actual)]
  if (!pattern || !value) return wanted === '*'
  return pattern.every((part, index) => matches(part, value[index]!, values))
}

function arnParts(text: string): string[] | undefined {
  // Colons inside `${aws:username}` don't separate.
  const parts = text.split(/:(?![^${}]*\})/)
  return parts.length < 6 ? undefined : [...parts.slice(0, 5), parts.slice(5).join(':')]
}

const positive: Record<string, Compare> = {
  StringEquals: equal,
  StringEqualsIgnoreCase: equalAnyCase,
  StringLike: like,
  NumericEquals: numeric((a, b) => a === b),
  NumericLessThan: numeric((a, b) => a < b),
  NumericLessThanEquals: numeric((a, b) => a <= b),
  NumericGreaterThan: numeric((a, b) => a > b),
  NumericGreaterThanEquals: numeric((a, b) => a >= b),
  DateEquals: date((a, b) => a === b),
  DateLessThan: date((a, b) => a < b),
  DateLessThanEquals: date((a, b) => a <= b),
  DateGreaterThan: date((a, b) => a > b),
  DateGreaterThanEquals: date((a, b) => a >= b),
  Bool: equalAnyCase,
  BinaryEquals: equal,
  IpAddress: ip,
  ArnEquals: arn,
  ArnLike: arn,
}

const negated: Record<string, Compare> = {
  StringNotEquals: equal,
  StringNotEqualsIgnoreCase: equalAnyCase,
  StringNotLike: like,
  NumericNotEquals: numeric((a, b) => a === b),
  DateNotEquals: date((a, b) => a === b),
  NotIpAddress: ip,
  ArnNotEquals: arn,
  ArnNotLike: arn,
}

interface Operator {
  set: 'ForAllValues' | 'ForAnyValue' | undefined
  compare: Compare | 'null'
  negated: boolean
  ifExists: boolean
}

const operators = new Map<string, Operator | undefined>()

function operatorOf(text: string): Operator | undefined {
  if (!operators.has(text)) operators.set(text, readOperator(text))
  return operators.get(text)
}

function readOperator(text: string): Operator | undefined {
  const [, set, name, ifExists] =
    /^(?:(ForAllValues|ForAnyValue):)?([A-Za-z]+?)(IfExists)?$/.exec(text) ?? []
  if (!name) return undefined
  if (name === 'Null') {
    return set || ifExists
      ? undefined
      : { set: undefined, compare: 'null', negated: false, ifExists: false }
  }
  const compare = positive[name] ?? negated[name]
  if (!compare) return undefined
  return {
    set: set as Operator['set'],
    compare,
    negated: !(name in positive),
    ifExists: ifExists !== undefined,
  }
}

export const isOperator = (text: string): boolean => operatorOf(text) !== undefined

/** Whether every condition of a statement holds. An operator nobody knows never holds. */
export function conditionsHold(
  conditions: Condition[],
  values: Values,
  isLiteral = false,
): boolean {
  return conditions.every((condition) => holds(condition, values, isLiteral))
}

function holds(condition: Condition, values: Values, isLiteral: boolean): boolean {
  const operator = operatorOf(condition.operator)
  if (!operator) return false
  const actual = values.get(condition.key.toLowerCase())
  const { compare } = operator
  if (compare === 'null') {
    const wantsAbsent = condition.values.some((value) => value.toLowerCase() === 'true')
    return wantsAbsent === (actual === undefined)
  }
  const fitsAny = (value: string) =>
    condition.values.some((wanted) => compare(value, wanted, isLiteral ? undefined : values))
  if (actual === undefined || actual.length === 0) {
    if (operator.ifExists) return true
    if (operator.set) return operator.set === 'ForAllValues'
    return operator.negated
  }
  const fit = (value: string) => fitsAny(value) !== operator.negated
  if (operator.set === 'ForAllValues') return actual.every(fit)
  if (operator.set === 'ForAnyValue') return actual.some(fit)
  return operator.negated ? !actual.some(fitsAny) : actual.some(fitsAny)
}
