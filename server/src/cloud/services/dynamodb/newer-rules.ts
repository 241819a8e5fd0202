import {
  type Rule,
  required,
  type Rules,
  refuse,
  unechoed,
  unnamedOneOf,
  violations,
} from './shape-rules.ts'
import { isOldlyRead } from './deep-requests.ts'
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

/** An operation's newer form, made once: each request is held against it. */
interface Form {
  needed: string[]
  first: Rules[]
  /** All constraints, the newer ones in their places. */
  told: Rules
}

const forms = new Map<string, Form | undefined>()

function formOf(operation: string, rules: Rules): Form | undefined {
  if (!forms.has(operation)) forms.set(operation, makeForm(operation, rules))
  return forms.get(operation)
}

function makeForm(operation: string, rules: Rules): Form | undefined {
  const own = newer[operation]?.(rules)
  if (!own) return undefined
  const needed = rules.flatMap(([member, ...checks]) => (checks.includes(required) ? [member] : []))
  const told = rules.map(([member, ...checks]): Rules[number] => {
    const instead = own.instead[member]
    return instead ? [member, instead] : [member, ...checks]
  })
  return { needed, first: own.first, told }
}

/** Refuses an operation's input that violates its constraints, in the form the operation has. */
export function checkShape(operation: string, input: Input, rules: Rules): void {
  const form = formOf(operation, rules)
  if (!form || form.needed.some((member) => input[member] === undefined)) {
    return refuse(violations(input, rules))
  }
  for (const group of form.first) refuseNewly(input, violations(input, group), rules)
  if (operation === 'Query') refuseConjunction(input)
  if (operation === 'BatchWriteItem') refuseNothing(input)
  refuseNewly(input, violations(input, form.told), rules)
}

function refuseNewly(input: Input, found: string[], rules: Rules): void {
  if (found.length > 0) refuse(isOldlyRead(input) ? violations(input, rules) : found)
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
