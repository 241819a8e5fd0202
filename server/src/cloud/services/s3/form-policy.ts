import { accessDenied, refusal } from './refusals.ts'

// "Creating a POST policy": what the signer lets a form say.

interface PostPolicy {
  expiration: string
  conditions: unknown[]
}

export interface SizeRange {
  least: number
  most: number
}

// What needs no condition: the signature's own fields, and the file.
const exempt = new Set([
  'awsaccesskeyid',
  'signature',
  'policy',
  'file',
  'submit',
  'x-amz-signature',
])

const invalidPolicy = (why: string) =>
  refusal('InvalidPolicyDocument', 400, `Invalid Policy: ${why}`)

const failed = (condition: unknown) =>
  accessDenied(`Invalid according to Policy: Policy Condition failed: ${spaced(condition)}`)

// As S3 quotes a condition: JSON with a blank after each comma.
const spaced = (condition: unknown): string =>
  Array.isArray(condition)
    ? `[${condition.map((each) => JSON.stringify(each)).join(', ')}]`
    : JSON.stringify(condition)

/**
 * Holds a form against its policy (base64). Gives the size the file may have. Throws AccessDenied or
 * InvalidPolicyDocument in S3's words: the whole document is read before anything is held against it.
 */
export function checkPostPolicy(
  encoded: string,
  fields: ReadonlyMap<string, string>,
  now: number,
): SizeRange | undefined {
  const { expiration, conditions } = readPolicy(encoded)
  const until = isoMoment.test(expiration) ? Date.parse(expiration) : NaN
  if (Number.isNaN(until)) throw invalidPolicy(`Invalid 'expiration' value: '${expiration}'`)
  const triples = conditions.map(asTriple)
  if (now > until) throw accessDenied('Invalid according to Policy: Policy expired.')
  const named = new Set<string>()
  let range: SizeRange | undefined
  for (const each of triples) {
    if (each[0] === 'content-length-range') range = readRange(each)
    else named.add(checkField(each, fields))
  }
  const extra = [...fields.keys()].find(
    (name) => !named.has(name) && !exempt.has(name) && !name.startsWith('x-ignore-'),
  )
  if (extra !== undefined) {
    throw accessDenied(`Invalid according to Policy: Extra input fields: ${extra}`)
  }
  return range
}

// "Expiration": ISO 8601, to the second or with a fraction of it.
const isoMoment = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)$/

function readPolicy(encoded: string): PostPolicy {
  const { expiration, conditions, ...extra } = readObject(encoded)
  const [unexpected] = Object.keys(extra)
  if (unexpected !== undefined) throw invalidPolicy(`Unexpected: "${unexpected}"`)
  if (expiration === undefined) throw invalidPolicy('Policy missing expiration.')
  if (typeof expiration !== 'string') throw invalidJson()
  if (conditions === undefined) throw invalidPolicy('Policy missing conditions.')
  if (Array.isArray(conditions)) return { expiration, conditions }
  throw invalidPolicy("Invalid 'conditions' value: must be a List.")
}

const invalidJson = () => invalidPolicy('Invalid JSON.')

function readObject(encoded: string): Record<string, unknown> {
  if (!/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(encoded)) {
    throw invalidPolicy('invalid Base64 encoding.')
  }
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  if (text.trim() === '') throw invalidPolicy("Expecting '{' but found End-of-Input")
  try {
    const policy = JSON.parse(text) as unknown
    if (typeof policy === 'object' && policy !== null && !Array.isArray(policy)) {
      return policy as Record<string, unknown>
    }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  throw invalidJson()
}

type Bound = string | number
type Triple = [operator: string, left: Bound, right: Bound]

const isBound = (value: unknown): value is Bound =>
  typeof value === 'string' || typeof value === 'number'

/** `{"acl": "private"}` is `["eq", "$acl", "private"]`. */
function asTriple(condition: unknown): Triple {
  if (Array.isArray(condition)) return listed(condition as unknown[])
  if (typeof condition !== 'object' || condition === null) {
    throw invalidPolicy('Invalid condition test: must be a List or Object.')
  }
  const [first, ...others] = Object.entries(condition)
  if (!first || others.length > 0) {
    throw invalidPolicy(
      'Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.',
    )
  }
  const [name, value] = first
  if (typeof value === 'string') return ['eq', `$${name}`, value]
  throw invalidPolicy('Invalid Simple-Condition: value must be a string.')
}

function listed([operator, ...bounds]: unknown[]): Triple {
  if (operator === undefined) {
    throw invalidPolicy('Invalid Condition: missing operation identifier.')
  }
  if (typeof operator !== 'string') throw invalidJson()
  const name = operator.toLowerCase()
  const isRange = name === 'content-length-range'
  if (!isRange && name !== 'eq' && name !== 'starts-with') {
    throw invalidPolicy(`Invalid Condition: unknown operation '${operator}'.`)
  }
  const [left, right] = bounds
  if (bounds.length !== 2) throw invalidPolicy(`Invalid ${name}: wrong number of arguments.`)
  if (!isBound(left) || !isBound(right)) throw invalidJson()
  if (!isRange && (typeof left === 'number' || typeof right === 'number')) throw invalidJson()
  return [name, left, right]
}

function readRange([, least, most]: Triple): SizeRange {
  const range = { least: Number(least), most: Number(most) }
  if (Number.isInteger(range.least) && Number.isInteger(range.most)) return range
  // Values are told as text, whatever they were (as observed).
  throw failed(['content-length-range', String(least), String(most)])
}

/** The field's lower-case name when the condition holds. */
function checkField(condition: Triple, fields: ReadonlyMap<string, string>): string {
  const [operator, left, right] = condition.map(String) as [string, string, string]
  if (!left.startsWith('$')) throw failed(condition)
  const name = left.slice(1).toLowerCase()
  const value = fields.get(name)
  if (operator === 'eq') {
    if (value === right) return name
  } else if (right === '' || begins(name, value, right)) {
    return name
  }
  throw failed(condition)
}

/** Of a list of content types each one is held to the condition. */
function begins(name: string, value: string | undefined, start: string): boolean {
  if (value === undefined) return false
  const values = name === 'content-type' ? value.split(/,\s*/) : [value]
  return values.every((each) => each.startsWith(start))
}
