import { parsePolicy, type PolicyDocument } from '../../policy/index.ts'

type Condition = PolicyDocument['statements'][number]['conditions'][number]

// "The meaning of 'public'": a grant to everyone is none where a condition binds it to fixed values.

const narrowing = new Set([
  'aws:principalaccount',
  'aws:principalarn',
  'aws:principalorgid',
  'aws:principalorgpaths',
  'aws:sourcearn',
  'aws:sourceaccount',
  'aws:sourceip',
  'aws:sourceowner',
  'aws:sourcevpc',
  'aws:sourcevpce',
  'aws:userid',
  's3:dataaccesspointaccount',
  's3:dataaccesspointarn',
  's3:x-amz-server-side-encryption-aws-kms-key-id',
])

/** Those that hold for the values only: neither what is another nor what isn't said gets through. */
const binding =
  /^(?:ForAnyValue:)?(?:String(?:Equals(?:IgnoreCase)?|Like)|Arn(?:Equals|Like)|IpAddress)$/i

/** Whether a bucket policy lets the world in. */
export function isPublicPolicy(text: string): boolean {
  return parsePolicy(text).statements.some(
    ({ effect, principals, notPrincipals, conditions }) =>
      effect === 'Allow' &&
      (notPrincipals !== undefined || principals?.some(({ value }) => value === '*')) &&
      !conditions.some(isNarrowing),
  )
}

function isNarrowing({ operator, key, values }: Condition): boolean {
  const name = key.toLowerCase()
  if (!narrowing.has(name) || !binding.test(operator)) return false
  if (name === 'aws:sourceip') return values.every(isNarrowRange)
  return values.every((value) => isFixed(name, value))
}

function isFixed(name: string, value: string): boolean {
  // An access point of whatever name, as long as its account is told; sessions of one role.
  if (name === 's3:dataaccesspointarn') return /^arn:[^:*?$]+:s3:[^:]*:\d{12}:/.test(value)
  const told = name === 'aws:userid' ? value.replace(/^(AROA[A-Z0-9]+):\*$/, '$1') : value
  return !/[*?]|\$\{/.test(told)
}

const privateRange = /^(?:10\.|172\.(?:1[6-9]|2\d|3[01])\.|192\.168\.)/

/** No wider than /8 (IPv4) or /32 (IPv6). */
function isNarrowRange(range: string): boolean {
  const [address = '', bits] = range.split('/')
  if (/[*?]|\$\{/.test(range)) return false
  if (bits === undefined) return true
  if (address.includes(':')) return Number(bits) >= 32
  return Number(bits) >= 8 || privateRange.test(address)
}
