import { isConditionDate } from './check-dates.ts'
import { isLegacyResource, resourceFault } from './check-resources.ts'
import { isOperator } from './conditions.ts'
import { parsePolicy, type PolicyDocument, PolicyFault } from './document.ts'

type Json = Record<string, unknown>

/**
 * The checks of a managed or inline policy in the order of the real service: what is wrong first in
 * this order is what the caller hears, wherever in the document it stands.
 */
export function checkIdentity(text: string, kind: 'identity' | 'inline'): PolicyDocument {
  const statements = readShape(text, kind)
  statements.forEach(checkLegacy)
  const resources = statements.flatMap((each) => [
    ...textsOf(each['Resource']),
    ...textsOf(each['NotResource']),
  ])
  const fault = resources.map(resourceFault).find((each) => each !== undefined)
  if (!fault && !resources.every(isLegacyResource)) throw legacy()
  checkSids(statements)
  if (!statements.every((each) => hasSome(each, 'Action'))) {
    throw new PolicyFault('Policy statement must contain actions.')
  }
  if (!statements.every((each) => hasSome(each, 'Resource'))) {
    throw new PolicyFault('Policy statement must contain resources.')
  }
  if (fault) throw new PolicyFault(fault)
  for (const statement of statements) {
    for (const action of [...textsOf(statement['Action']), ...textsOf(statement['NotAction'])]) {
      checkAction(action)
    }
  }
  return parsePolicy(text)
}

const syntax = () => new PolicyFault('Syntax errors in policy.')
const legacy = () => new PolicyFault('The policy failed legacy parsing')

function readShape(text: string, kind: 'identity' | 'inline'): Json[] {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw syntax()
  }
  const document = asObject(json)
  onlyMembers(document, ['Version', 'Id', 'Statement'])
  isTextOrAbsent(document['Id'])
  const version = document['Version']
  if (version !== undefined && version !== '2012-10-17' && version !== '2008-10-17') throw syntax()
  const raw = document['Statement']
  const statements = (Array.isArray(raw) ? raw : [raw]).map(asObject)
  if (statements.length === 0) throw syntax()
  statements.forEach(checkShape)
  // One that is written into its role, user or group may be of 2008, which is what none is.
  if (version !== '2012-10-17' && kind === 'identity') {
    throw new PolicyFault('Policy document must be version 2012-10-17 or greater.')
  }
  return statements
}

const members = [
  'Sid',
  'Effect',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Principal',
  'NotPrincipal',
  'Condition',
]

function checkShape(statement: Json): void {
  onlyMembers(statement, members)
  isTextOrAbsent(statement['Sid'])
  const effect = statement['Effect']
  if (typeof effect !== 'string' || !/^(?:allow|deny)$/i.test(effect)) throw syntax()
  for (const name of ['Action', 'Resource', 'Principal']) {
    if (statement[name] !== undefined && statement[`Not${name}`] !== undefined) throw syntax()
  }
  for (const name of ['Action', 'NotAction', 'Resource', 'NotResource']) {
    const value = statement[name]
    if (value === undefined) continue
    const list = Array.isArray(value) ? value : [value]
    if (!list.every((each) => typeof each === 'string')) throw syntax()
  }
  const condition = statement['Condition']
  if (condition !== undefined) checkConditionShape(asObject(condition))
  if (statement['Principal'] !== undefined || statement['NotPrincipal'] !== undefined) {
    throw new PolicyFault('Policy document should not specify a principal.')
  }
}

function checkConditionShape(condition: Json): void {
  for (const [operator, block] of Object.entries(condition)) {
    const values = Object.values(asObject(block))
    // An operator nobody knows passes as long as it compares nothing.
    if (values.length > 0 && !isOperator(operator)) throw syntax()
    for (const value of values.flatMap((each) => (Array.isArray(each) ? each : [each]))) {
      if (typeof value === 'object') throw syntax()
    }
  }
}

function checkLegacy(statement: Json): void {
  if (statement['Effect'] !== 'Allow' && statement['Effect'] !== 'Deny') throw legacy()
  const condition = (statement['Condition'] ?? {}) as Record<string, Json>
  for (const [operator, block] of Object.entries(condition)) {
    if (!/^(?:For\w+:)?Date/.test(operator)) continue
    if (!Object.values(block).flatMap(textsOf).every(isConditionDate)) throw legacy()
  }
}

function checkSids(statements: Json[]): void {
  const sids = statements
    .map((each) => each['Sid'])
    .filter((sid) => sid !== undefined && sid !== '')
  if (new Set(sids).size < sids.length) {
    throw new PolicyFault('Statement IDs (SID) in a single policy must be unique.')
  }
  if (!sids.every((sid) => /^[0-9A-Za-z]*$/.test(String(sid)))) {
    throw new PolicyFault(
      'Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*',
    )
  }
}

/** `iam:Get*`, or `*` for all. */
export function checkAction(action: string): void {
  if (action === '*') return
  const [vendor, ...rest] = action.split(':')
  if (rest.length === 0) {
    throw new PolicyFault(
      'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.',
    )
  }
  if (rest.length > 1) throw new PolicyFault('Actions/Condition can contain only one colon.')
  if (!/^[a-zA-Z0-9.-]+$/.test(vendor!)) throw new PolicyFault(`Vendor ${vendor} is not valid`)
}

const hasSome = (statement: Json, name: string) =>
  textsOf(statement[name]).length > 0 || textsOf(statement[`Not${name}`]).length > 0

function textsOf(value: unknown): string[] {
  if (value === undefined) return []
  return (Array.isArray(value) ? value : [value]).map(String)
}

function onlyMembers(object: Json, names: string[]): void {
  if (!Object.keys(object).every((name) => names.includes(name))) throw syntax()
}

function isTextOrAbsent(value: unknown): void {
  if (value !== undefined && typeof value !== 'string') throw syntax()
}

function asObject(value: unknown): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw syntax()
  return value as Json
}
