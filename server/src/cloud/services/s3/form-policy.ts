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
 * InvalidPolicyDocument in S3's words.
 */
export function checkPostPolicy(
  encoded: string,
  fields: ReadonlyMap<string, string>,
  now: number,
): SizeRange | undefined {
  const { expiration, conditions } = readPolicy(encoded)
  const until = Date.parse(expiration)
  if (Number.isNaN(until)) throw invalidPolicy(`Invalid 'expiration' value: '${expiration}'`)
  if (now > until) throw accessDenied('Invalid according to Policy: Policy expired.')
  const named = new Set<string>()
  let range: SizeRange | undefined
  for (const condition of conditions) {
    for (const each of asTriples(condition)) {
      if (each[0] === 'content-length-range') range = readRange(each)
      else named.add(checkField(each, fields))
    }
  }
  const extra = [...fields.keys()].find(
    (name) => !named.has(name) && !exempt.has(name) && !name.startsWith('x-ignore-'),
  )
  if (extra !== undefined) {
    throw accessDenied(`Invalid according to Policy: Extra input fields: ${extra}`)
  }
  return range
}

function readPolicy(encoded: string): PostPolicy {
  let policy: Partial<PostPolicy>
  try {
    policy = JSON.parse(Buffer.from(encoded, 'base64').toString('utf8')) as Partial<PostPolicy>
  } catch (error) {
    if (error instanceof SyntaxError) throw invalidPolicy('Invalid JSON.')
    throw error
  }
  if (typeof policy.expiration !== 'string') {
    throw invalidPolicy('Policy missing expiration.')
  }
  if (!Array.isArray(policy.conditions)) throw invalidPolicy('Policy missing conditions.')
  return policy as PostPolicy
}

type Triple = [string, unknown, unknown]

/** `{"acl": "private"}` is `["eq", "$acl", "private"]`. */
function asTriples(condition: unknown): Triple[] {
  if (Array.isArray(condition)) {
    const [operator, left, right] = condition as unknown[]
    const name = typeof operator === 'string' ? operator.toLowerCase() : ''
    const isKnown = ['eq', 'starts-with', 'content-length-range'].includes(name)
    if (!isKnown || condition.length !== 3) {
      throw invalidPolicy(`Invalid condition: ${JSON.stringify(condition)}`)
    }
    return [[name, left, right]]
  }
  if (typeof condition !== 'object' || condition === null) {
    throw invalidPolicy(`Invalid condition: ${JSON.stringify(condition)}`)
  }
  const entries = Object.entries(condition)
  if (entries.length !== 1) {
    throw invalidPolicy(
      'Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.',
    )
  }
  return entries.map(([name, value]): Triple => ['eq', `$${name}`, value])
}

function readRange([, least, most]: Triple): SizeRange {
  const range = { least: Number(least), most: Number(most) }
  if (Number.isInteger(range.least) && Number.isInteger(range.most)) return range
  // Values are told as text, whatever they were (as observed).
  throw failed(['content-length-range', String(least), String(most)])
}

/** The field's lower-case name when the condition holds. */
function checkField([operator, left, right]: Triple, fields: ReadonlyMap<string, string>): string {
  const shown = [operator, left, right]
  if (typeof left !== 'string' || typeof right !== 'string') {
    throw invalidPolicy(`Invalid condition: ${JSON.stringify(shown)}`)
  }
  if (!left.startsWith('$')) throw failed(shown)
  const name = left.slice(1).toLowerCase()
  const value = fields.get(name)
  if (operator === 'eq') {
    if (value === right) return name
  } else if (right === '' || value?.startsWith(right)) {
    return name
  } else if (name === 'content-type' && value?.split(',').every((v) => v.startsWith(right))) {
    return name
  }
  throw failed(shown)
}
