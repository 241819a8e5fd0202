import { isIP } from 'node:net'
import { checkPolicy, PolicyFault } from '../../policy/index.ts'
import { namedActions, wildcards } from './policy-actions.ts'
import { isCarried, isConditionKey } from './policy-conditions.ts'
import { refusal } from './refusals.ts'

// The texts are the service's, each as seen in an answer of it.

type Json = Record<string, unknown>

const LARGEST_POLICY_BYTES = 20 * 1024

export const malformed = (message: string) => refusal('MalformedPolicy', 400, message)

const members = new Set([
  'Sid',
  'Effect',
  'Principal',
  'NotPrincipal',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
])

/** The text of a policy that speaks of `arn` and what lies under it, or MalformedPolicy. */
export function checkBucketPolicy(arn: string, text: string): string {
  if (!text.startsWith('{')) {
    throw malformed("Policies must be valid JSON and the first byte must be '{'")
  }
  const statements = readStatements(text)
  if (Buffer.byteLength(JSON.stringify(JSON.parse(text))) > LARGEST_POLICY_BYTES) {
    throw refusal('PolicyTooLarge', 400, 'Policy exceeds the maximum allowed document size.', {
      MaxSizeInBytes: LARGEST_POLICY_BYTES,
    })
  }
  for (const statement of statements) checkStatement(statement, arn)
  try {
    checkPolicy(text, 'resource')
  } catch (error) {
    if (error instanceof PolicyFault) throw malformed(error.message)
    throw error
  }
  return text
}

function readStatements(text: string): Json[] {
  let json: Json
  try {
    json = JSON.parse(text) as Json
  } catch (error) {
    if (error instanceof SyntaxError) throw malformed('This policy contains invalid Json')
    throw error
  }
  onlyFields(json, new Set(['Version', 'Id', 'Statement']))
  const { Version, Statement } = json
  if (Statement === undefined) throw malformed('Missing required field Statement')
  const list: unknown[] = Array.isArray(Statement) ? Statement : [Statement]
  if (list.length === 0) throw malformed('Could not parse the policy: Statement is empty!')
  if (Version !== undefined && Version !== '2012-10-17' && Version !== '2008-10-17') {
    throw malformed('The policy must contain a valid version string')
  }
  return list.map((each) => {
    if (isObject(each)) return each
    throw malformed('This policy contains invalid Json')
  })
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function onlyFields(json: Json, allowed: Set<string>): void {
  const other = Object.keys(json).find((name) => !allowed.has(name))
  if (other !== undefined) throw malformed(`Unknown field ${other}`)
}

function checkStatement(statement: Json, arn: string): void {
  onlyFields(statement, members)
  const { Effect, Action, NotAction, Resource, NotResource, Condition } = statement
  const principal = statement['Principal'] ?? statement['NotPrincipal']
  if (Effect === undefined) throw malformed('Missing required field Effect')
  if (Effect !== 'Allow' && Effect !== 'Deny') throw malformed(`Invalid effect: ${String(Effect)}`)
  if (principal === undefined) throw malformed('Missing required field Principal')
  const action = Action ?? NotAction
  const resource = Resource ?? NotResource
  if (action === undefined || resource === undefined) {
    throw malformed('Statement is missing required element')
  }
  const actions = texts(action, 'Policy has invalid action')
  const resources = texts(resource, 'Policy has invalid resource')
  const named = actions.map(namedActions)
  if (named.some(({ onBucket, onObject }) => onBucket.length + onObject.length === 0)) {
    throw malformed('Policy has invalid action')
  }
  const kinds = resources.map((each) => kindOf(each, arn))
  checkPrincipal(principal)
  checkAddresses(Condition)
  // What all but these may do is about other things than these.
  if (Action === undefined || Resource === undefined) return
  for (const key of conditionKeys(Condition)) {
    if (!isConditionKey(key)) throw malformed('Policy has an invalid condition key')
    if (!isCarried(key, named)) {
      throw malformed(
        'Conditions do not apply to combination of actions and resources in statement',
      )
    }
  }
  for (const { onBucket, onObject } of named) {
    const applies = kinds.some(
      (kind) => (kind.isBucket && onBucket.length > 0) || (kind.isObject && onObject.length > 0),
    )
    if (!applies) throw malformed('Action does not apply to any resource(s) in statement')
  }
}

function texts(value: unknown, message: string): string[] {
  const list: unknown[] = Array.isArray(value) ? value : [value]
  const all = list.filter((each): each is string => typeof each === 'string' && each !== '')
  if (all.length === 0 || all.length < list.length) throw malformed(message)
  return all
}

const badPrincipal = () => malformed('Invalid principal in policy')

function checkPrincipal(principal: unknown): void {
  if (principal === '*') return
  if (!isObject(principal) || Object.keys(principal).length === 0) throw badPrincipal()
  for (const [type, value] of Object.entries(principal)) {
    const values = texts(value, 'Invalid principal in policy')
    if (!values.every((each) => isPrincipal(type, each))) throw badPrincipal()
  }
}

function isPrincipal(type: string, value: string): boolean {
  if (type === 'AWS') {
    return (
      value === '*' ||
      /^\d{12}$/.test(value) ||
      /^A(?:ID|RO)A\w{12,}$/.test(value) ||
      /^arn:aws[\w-]*:(?:iam|sts)::(?:\d{12}|cloudfront):(?:root$|(?:user|role|assumed-role|federated-user)\/.)/.test(
        value,
      )
    )
  }
  if (type === 'Service') return /^[\w-]+(?:\.[\w-]+)*\.amazonaws\.com(?:\.cn)?$/.test(value)
  if (type === 'CanonicalUser') return /^[0-9a-f]{64}$/.test(value)
  return type === 'Federated'
}

/** Whether a resource is the bucket (access point), something in it, or by a wildcard maybe both. */
function kindOf(resource: string, arn: string): { isBucket: boolean; isObject: boolean } {
  const isPoint = arn.includes(':accesspoint/')
  const slashes = isPoint ? 2 : 1
  const parts = resource.split('/')
  const isObject = parts.length > slashes
  const head = parts.slice(0, slashes).join('/')
  const isOurs = resource.startsWith('arn:') && wildcards(head).test(arn)
  if (!isOurs) throw malformed('Policy has invalid resource')
  // `bucket*` reaches into the bucket too.
  return { isBucket: !isObject, isObject: isObject || head.endsWith('*') }
}

/** Whatever the operator is, even Null. */
function checkAddresses(condition: unknown): void {
  if (!isObject(condition)) return
  for (const block of Object.values(condition).filter(isObject)) {
    for (const [key, value] of Object.entries(block)) {
      if (!/^aws:(?:sourceip|vpcsourceip)$/i.test(key)) continue
      const values: unknown[] = Array.isArray(value) ? value : [value]
      if (values.every((each) => typeof each === 'string' && isAddress(each))) continue
      throw malformed('Invalid IP address in Conditions')
    }
  }
}

function isAddress(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/')
  const version = isIP(address)
  if (version === 0 || more.length > 0) return false
  return (
    bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128))
  )
}

const conditionKeys = (condition: unknown): string[] =>
  isObject(condition)
    ? Object.values(condition).flatMap((block) => (isObject(block) ? Object.keys(block) : []))
    : []
