import type { DynamoDb, Input } from '../../../gateway/index.ts'
import { beginsWith, compareValues, containsValue, sameValue } from '../compare.ts'
import { compare } from '../expressions/index.ts'
import { badValue, invalid } from '../refusals.ts'
import type { Item, TypeName, Value } from '../item-types.ts'
import type { ValueLayer } from '../number.ts'
import { checkedValue, typeOf } from '../value.ts'

export type Expected = Input<DynamoDb, 'PutItem'>['Expected']
export type Filter = Input<DynamoDb, 'Scan'>['ScanFilter']

/** One attribute's test, in the language before expressions. */
export interface LegacyTest {
  name: string
  operator: string
  values: Value[]
}

export type Test = (item: Item) => boolean

const counts: Record<string, [least: number, most: number]> = {
  NULL: [0, 0],
  NOT_NULL: [0, 0],
  BETWEEN: [2, 2],
  IN: [1, 100],
}
const scalars: TypeName[] = ['S', 'N', 'B']
const allowed: Record<string, TypeName[]> = {
  LT: scalars,
  LE: scalars,
  GT: scalars,
  GE: scalars,
  IN: scalars,
  BETWEEN: scalars,
  BEGINS_WITH: ['S', 'B'],
  CONTAINS: ['S', 'N', 'B', 'BOOL', 'NULL'],
  NOT_CONTAINS: ['S', 'N', 'B', 'BOOL', 'NULL'],
}

function checkTest({ operator, values }: LegacyTest): void {
  const [least, most] = counts[operator] ?? [1, 1]
  if (values.length < least || values.length > most) {
    throw badValue(`Invalid number of argument(s) for the ${operator} ComparisonOperator`)
  }
  const types = allowed[operator]
  const wrong = types && values.find((value) => !types.includes(typeOf(value)))
  if (wrong) {
    const type = typeOf(wrong)
    throw badValue(`ComparisonOperator ${operator} is not valid for ${type} AttributeValue type`)
  }
  if (new Set(values.map(typeOf)).size > 1) {
    throw badValue('AttributeValues inside AttributeValueList must be of same type')
  }
  if (operator === 'BETWEEN' && compareValues(values[0]!, values[1]!)! > 0) {
    throw invalid(
      'The BETWEEN condition was provided a range where the lower bound is greater than the ' +
        'upper bound',
    )
  }
}

export function filterTests(filter: Filter, layer?: ValueLayer): LegacyTest[] {
  const tests = Object.entries(filter ?? {}).map(([name, condition]) => ({
    name,
    operator: condition.ComparisonOperator ?? '',
    values: (condition.AttributeValueList ?? []).map((value) => checkedValue(value, layer)),
  }))
  tests.forEach(checkTest)
  return tests
}

export function expectedTests(expected: Expected, layer: ValueLayer): LegacyTest[] {
  return Object.entries(expected ?? {}).map(([name, condition]) => {
    const {
      Value: value,
      AttributeValueList: list,
      Exists: exists,
      ComparisonOperator: operator,
    } = condition
    const refuse = (what: string) => badValue(`${what} for Attribute: ${name}`)
    if (value) checkedValue(value, layer)
    list?.forEach((inner) => checkedValue(inner, layer))
    if (value && list) throw refuse('Value and AttributeValueList cannot be used together')
    if (list && !operator) {
      throw refuse('AttributeValueList can only be used with a ComparisonOperator')
    }
    if (!operator) return existsTest(name, exists, value, refuse)
    if (exists !== undefined) {
      throw refuse('Exists and ComparisonOperator cannot be used together')
    }
    const needsNone = operator === 'NULL' || operator === 'NOT_NULL'
    if (!value && !list && !needsNone) {
      throw refuse(`Value or AttributeValueList must be used with ComparisonOperator: ${operator}`)
    }
    const test = { name, operator, values: list ?? (value ? [value] : []) }
    checkTest(test)
    return test
  })
}

function existsTest(
  name: string,
  exists: boolean | undefined,
  value: Value | undefined,
  refuse: (what: string) => Error,
): LegacyTest {
  if (exists === false) {
    if (value) throw refuse('Value cannot be used when Exists is false')
    return { name, operator: 'NULL', values: [] }
  }
  if (!value) throw refuse(`Value must be provided when Exists is ${exists ?? 'null'}`)
  return { name, operator: 'EQ', values: [value] }
}

/** All of the tests, or any of them where the operator is OR. */
export function allOrAny(tests: LegacyTest[], conjunction: string | undefined): Test | undefined {
  if (conjunction !== undefined && tests.length === 0) {
    throw invalid('ConditionalOperator cannot be used without Filter or Expected')
  }
  if (conjunction !== undefined && tests.length === 1) {
    throw invalid(
      'ConditionalOperator can only be used when Filter or Expected has two or more elements',
    )
  }
  if (tests.length === 0) return undefined
  const meets = (item: Item) => (test: LegacyTest) => holdsFor(test, item[test.name])
  return conjunction === 'OR'
    ? (item) => tests.some(meets(item))
    : (item) => tests.every(meets(item))
}

function holdsFor({ operator, values }: LegacyTest, value: Value | undefined): boolean {
  const [first, second] = values
  switch (operator) {
    case 'NULL':
      return value === undefined
    case 'NOT_NULL':
      return value !== undefined
    case 'EQ':
      return compare('=', value, first)
    case 'NE':
      return compare('<>', value, first)
    case 'LT':
      return compare('<', value, first)
    case 'LE':
      return compare('<=', value, first)
    case 'GT':
      return compare('>', value, first)
    case 'GE':
      return compare('>=', value, first)
    case 'BETWEEN':
      return compare('>=', value, first) && compare('<=', value, second)
    case 'IN':
      return value !== undefined && values.some((other) => sameValue(value, other))
    case 'BEGINS_WITH':
      return value !== undefined && beginsWith(value, first!)
    case 'CONTAINS':
      return value !== undefined && containsValue(value, first!)
    default:
      // NOT_CONTAINS needs the attribute to be there, unlike NE.
      return value !== undefined && !containsValue(value, first!)
  }
}

/** KeyConditions as tests; which of them a key allows is the table's affair. */
export function legacyKeyTests(conditions: Filter, most: number): LegacyTest[] {
  const tests = filterTests(conditions, 'current')
  if (tests.length < 1 || tests.length > most) {
    throw invalid('Conditions can be of length 1 or 2 only')
  }
  return tests
}
