import { invalid, parseObject } from './model.ts'

const operators = [
  'anything-but',
  'cidr',
  'equals-ignore-case',
  'exists',
  'numeric',
  'prefix',
  'suffix',
  'wildcard',
]
const MOST_KEYS = 5
const MOST_COMBINATIONS = 150

/** What SNS refuses of a filter policy. `where` is how the request named it. */
export function checkFilterPolicy(text: string, scope: string, where: string): void {
  const refuse = (reason: string) => invalid(`${where}FilterPolicy: ${reason}`)
  const policy = parseObject(text)
  if (!policy) throw refuse('failed to parse JSON.')
  const leaves: unknown[][] = []
  collect(policy, scope === 'MessageBody', leaves, refuse)
  if (leaves.length > MOST_KEYS) {
    throw refuse(`Filter policy can not have more than ${MOST_KEYS} keys`)
  }
  const combinations = leaves.reduce((product, { length }) => product * length, 1)
  if (combinations > MOST_COMBINATIONS) throw refuse('Filter policy is too complex')
}

type Refuse = (reason: string) => Error

function collect(
  policy: Record<string, unknown>,
  isNested: boolean,
  leaves: unknown[][],
  refuse: Refuse,
): void {
  for (const [key, value] of Object.entries(policy)) {
    if (key === '$or' && Array.isArray(value)) {
      for (const one of value) collect(one as Record<string, unknown>, isNested, leaves, refuse)
    } else if (Array.isArray(value)) {
      if (value.length === 0) throw refuse('Empty arrays are not allowed')
      for (const one of value) checkCondition(one, refuse)
      leaves.push(value)
    } else if (typeof value !== 'object' || value === null) {
      throw refuse(`"${key}" must be an object or an array`)
    } else if (!isNested) {
      throw refuse('Filter policy scope MessageAttributes does not support nested filter policy')
    } else collect(value as Record<string, unknown>, isNested, leaves, refuse)
  }
}

function checkCondition(condition: unknown, refuse: Refuse): void {
  if (Array.isArray(condition)) {
    throw refuse('Match value must be String, number, true, false, or null')
  }
  if (typeof condition !== 'object' || condition === null) return
  const entries = Object.entries(condition)
  if (entries.length !== 1) throw refuse('Only one key allowed in match expression')
  const [operator, operand] = entries[0]!
  if (!operators.includes(operator)) throw refuse(`Unrecognized match type ${operator}`)
  if (operator === 'exists' && typeof operand !== 'boolean') {
    throw refuse('exists match pattern must be either true or false.')
  }
  if (['prefix', 'suffix', 'wildcard', 'equals-ignore-case', 'cidr'].includes(operator)) {
    if (typeof operand !== 'string') throw refuse(`${operator} match pattern must be a string`)
  }
  if (operator === 'numeric') checkNumeric(operand, refuse)
}

function checkNumeric(operand: unknown, refuse: Refuse): void {
  if (!Array.isArray(operand)) throw refuse('Value of numeric must be an array.')
  if (operand.length === 0) throw refuse('Invalid member in numeric match: ]')
  for (let place = 0; place < operand.length; place += 2) {
    const [sign, bound] = [operand[place] as unknown, operand[place + 1] as unknown]
    if (typeof sign !== 'string' || !['=', '<', '<=', '>', '>='].includes(sign)) {
      throw refuse(`Unrecognized numeric range operator: ${String(sign)}`)
    }
    if (typeof bound !== 'number') throw refuse(`Value of ${sign} must be numeric`)
  }
  if (operand.length > 4) throw refuse('Too many elements in numeric expression')
}
