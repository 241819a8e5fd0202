import {
  type Rule,
  required,
  type Rules,
  refuse,
  unechoed,
  unnamedOneOf,
  violations,
} from './shape-rules.ts'
import { invalid } from './refusals.ts'

type Input = Record<string, unknown>

/**
 * What changed in the refusals of some operations in the summer of 2026 (seen in us-east-1 and
 * eu-west-2, October 2026): some constraints are told in another form, and some before all others.
 * The older form of all of them comes back as soon as a required member is missing.
 */
interface Newer {
  /** Groups of constraints; the first group of which one is violated is told alone. */
  first: Rules[]
  /** Constraints by member, in place of the older ones. */
  instead: Record<string, Rule>
}

const named: Rules[number] = [
  'TableName',
  (value) =>
    value === '' ? [unechoed('TableName', 'have length greater than or equal to 1')] : [],
]
/** The service's own list has UPDATE_NEW, which is no value of it. */
const returnValues = unnamedOneOf(
  ['ALL_OLD', 'UPDATED_OLD', 'ALL_NEW', 'UPDATED_NEW', 'NONE'],
  ['ALL_OLD', 'UPDATED_OLD', 'ALL_NEW', 'UPDATE_NEW', 'NONE'],
)
/** And ALL, which is AND. */
const conjunction = unnamedOneOf(['AND', 'OR'], ['ALL', 'OR'])
const limit: Rule = (value) =>
  (value as number) < 1 ? [unechoed('Limit', 'have value greater than or equal to 1')] : []

const enums = (rules: Rules, ...members: string[]): Rules =>
  rules.filter(([member]) => members.includes(member))

const writing = { ReturnValues: returnValues, ConditionalOperator: conjunction }

const newer: Record<string, (rules: Rules) => Newer> = {
  GetItem: () => ({ first: [[named]], instead: {} }),
  PutItem: () => ({ first: [[named]], instead: writing }),
  DeleteItem: () => ({ first: [[named]], instead: writing }),
  UpdateItem: () => ({ first: [[named], [['ReturnValues', returnValues]]], instead: writing }),
  Query: () => ({ first: [[named]], instead: { Limit: limit } }),
  BatchWriteItem: (rules) => ({
    first: [enums(rules, 'ReturnConsumedCapacity', 'ReturnItemCollectionMetrics')],
    instead: {},
  }),
}

const lacks = (input: Input, rules: Rules): boolean =>
  rules.some(([member, ...checks]) => checks.includes(required) && input[member] === undefined)

/** Refuses an operation's input that violates its constraints, in the form the operation has. */
export function checkShape(operation: string, input: Input, rules: Rules): void {
  const own = newer[operation]?.(rules)
  if (!own || lacks(input, rules)) return refuse(violations(input, rules))
  for (const group of own.first) refuse(violations(input, group))
  if (operation === 'Query') refuseConjunction(input)
  if (operation === 'BatchWriteItem') refuseNothing(input)
  const told = rules.map(([member, ...checks]): Rules[number] => {
    const instead = own.instead[member]
    return instead ? [member, instead] : [member, ...checks]
  })
  refuse(violations(input, told))
}

/** A query tells it bare and before its other members. */
function refuseConjunction(input: Input): void {
  const [found] = conjunction(input['ConditionalOperator'], '')
  if (found !== undefined) throw invalid(found)
}

/** The one operation whose own sentence most regions still have. */
function refuseNothing({ RequestItems: items }: Input): void {
  if (Object.keys(items as object).length > 0) return
  throw invalid('The requestItems parameter is required for BatchWriteItem')
}
