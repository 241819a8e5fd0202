/** A policy as the evaluation reads it: every "one or many" of the JSON form made a list. */
export interface PolicyDocument {
  version: '2008-10-17' | '2012-10-17'
  statements: Statement[]
}

export interface Statement {
  sid?: string
  effect: 'Allow' | 'Deny'
  actions?: string[]
  notActions?: string[]
  resources?: string[]
  notResources?: string[]
  principals?: PrincipalPattern[]
  notPrincipals?: PrincipalPattern[]
  conditions: Condition[]
  /** Of the older version, which has no policy variables: `${aws:username}` is these letters. */
  isLiteral?: true
}

/** `type` is AWS, Service, Federated or CanonicalUser; `*` alone is `{ type: 'AWS', value: '*' }`. */
export interface PrincipalPattern {
  type: string
  value: string
}

export interface Condition {
  /** As written, `ForAllValues:StringEqualsIfExists`. */
  operator: string
  key: string
  values: string[]
}

/** Why a document isn't a policy; its message is AWS's own where that is known. */
export class PolicyFault extends Error {
  override name = 'PolicyFault'
}

const statementMembers = new Set([
  'Sid',
  'Effect',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Principal',
  'NotPrincipal',
  'Condition',
])

const documents = new Map<string, PolicyDocument>()
const DOCUMENTS_LIMIT = 2000

/** Reads a policy's JSON text, or throws PolicyFault. The same text gives the same object again. */
export function parsePolicy(text: string): PolicyDocument {
  const known = documents.get(text)
  if (known) return known
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw new PolicyFault('This policy contains invalid Json')
  }
  const document = readPolicy(json)
  if (documents.size >= DOCUMENTS_LIMIT) documents.clear()
  documents.set(text, document)
  return document
}

/** The same for a policy that is parsed JSON already. */
export function readPolicy(json: unknown): PolicyDocument {
  const object = asObject(json)
  const unknown = Object.keys(object).find((name) => !['Version', 'Id', 'Statement'].includes(name))
  if (unknown) throw new PolicyFault('Syntax errors in policy.')
  const version = object['Version'] ?? '2008-10-17'
  if (version !== '2012-10-17' && version !== '2008-10-17') {
    throw new PolicyFault('The policy must contain a valid version string')
  }
  if (object['Statement'] === undefined) throw new PolicyFault('Syntax errors in policy.')
  const raw = object['Statement']
  const statements = (Array.isArray(raw) ? raw : [raw])
    .map(readStatement)
    .map((statement) =>
      version === '2012-10-17' ? statement : { ...statement, isLiteral: true as const },
    )
  if (statements.length === 0) throw new PolicyFault('Syntax errors in policy.')
  const sids = statements.flatMap((statement) => statement.sid ?? [])
  if (new Set(sids).size < sids.length) {
    throw new PolicyFault('Statement IDs (SID) in a single policy must be unique.')
  }
  return { version, statements }
}

function readStatement(json: unknown): Statement {
  const object = asObject(json)
  for (const name of Object.keys(object)) {
    if (!statementMembers.has(name)) throw new PolicyFault('Syntax errors in policy.')
  }
  const effect = object['Effect']
  if (effect === undefined) throw new PolicyFault('Missing required field Effect')
  if (effect !== 'Allow' && effect !== 'Deny') {
    throw new PolicyFault(`Invalid effect: ${String(effect)}`)
  }
  bothOf(object, 'Action', 'NotAction')
  bothOf(object, 'Resource', 'NotResource')
  bothOf(object, 'Principal', 'NotPrincipal')
  const sid = object['Sid']
  if (sid !== undefined && typeof sid !== 'string')
    throw new PolicyFault('Syntax errors in policy.')
  return {
    sid: sid || undefined,
    effect,
    actions: texts(object['Action']),
    notActions: texts(object['NotAction']),
    resources: texts(object['Resource']),
    notResources: texts(object['NotResource']),
    principals: readPrincipals(object['Principal']),
    notPrincipals: readPrincipals(object['NotPrincipal']),
    conditions: readConditions(object['Condition']),
  }
}

function bothOf(object: Record<string, unknown>, one: string, other: string): void {
  if (object[one] !== undefined && object[other] !== undefined) {
    throw new PolicyFault('Syntax errors in policy.')
  }
}

function readPrincipals(value: unknown): PrincipalPattern[] | undefined {
  if (value === undefined) return undefined
  if (value === '*') return [{ type: 'AWS', value: '*' }]
  return Object.entries(asObject(value)).flatMap(([type, entry]) => {
    if (!['AWS', 'Service', 'Federated', 'CanonicalUser'].includes(type)) {
      throw new PolicyFault('Syntax errors in policy.')
    }
    return (texts(entry) ?? []).map((text) => ({ type, value: text }))
  })
}

function readConditions(value: unknown): Condition[] {
  if (value === undefined) return []
  return Object.entries(asObject(value)).flatMap(([operator, block]) =>
    Object.entries(asObject(block)).map(([key, entry]) => ({
      operator,
      key,
      values: scalars(entry),
    })),
  )
}

function asObject(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new PolicyFault('Syntax errors in policy.')
  }
  return value as Record<string, unknown>
}

function texts(value: unknown): string[] | undefined {
  if (value === undefined) return undefined
  const list = Array.isArray(value) ? value : [value]
  if (!list.every((entry) => typeof entry === 'string')) {
    throw new PolicyFault('Syntax errors in policy.')
  }
  return list
}

// JSON booleans and numbers are taken as their text, as IAM does ("Bool": {"aws:SecureTransport": false}).
function scalars(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).map((entry) => {
    if (typeof entry === 'object') throw new PolicyFault('Syntax errors in policy.')
    return String(entry)
  })
}
