import { invalid, isStructure, type Structure, type Value } from './value.ts'

/** What an update does to a resource, as stack policies call it. */
export type GuardedAction = 'Update:Modify' | 'Update:Replace' | 'Update:Delete'

const actions = new Set(['Update:Modify', 'Update:Replace', 'Update:Delete', 'Update:*'])
const members = new Set([
  'Sid',
  'Effect',
  'Action',
  'NotAction',
  'Principal',
  'Resource',
  'NotResource',
  'Condition',
])
const PREFIX = 'LogicalResourceId/'

/** Throws CloudFormation's words where the text is no stack policy for a template with these ids. */
export function checkStackPolicy(text: string, logicalIds: readonly string[]): void {
  for (const statement of statementsOf(text)) {
    if (!isStatement(statement)) throw refuse('Invalid stack policy')
    const named = [...texts(statement['Resource']), ...texts(statement['NotResource'])]
    const unknown = named.find((name) => !isKnown(name, logicalIds))
    if (unknown !== undefined) {
      throw refuse(
        `Unknown logical id '${unknown}' in statement {} - stack policies can only be applied to ` +
          'logical ids referenced in the template',
      )
    }
  }
}

/**
 * Why the policy keeps an update from this; undefined where it lets it. The last statement about it
 * decides; a policy with statements of which none is about it lets nothing (recorded from the real service).
 */
export function refusalOf(
  policy: string | undefined,
  action: GuardedAction,
  { logicalId, type }: { logicalId: string; type: string },
): string | undefined {
  if (policy === undefined) return undefined
  const statements = statementsOf(policy) as Structure[]
  if (statements.length === 0) return undefined
  const resource = PREFIX + logicalId
  const at = statements.findLastIndex((one) => isAbout(one, action, resource, type))
  if (at < 0) return `Action not allowed by stack policy`
  if (statements[at]!['Effect'] === 'Allow') return undefined
  return (
    `Action denied by stack policy: Statement [#${at + 1}] does not allow [${action}] ` +
    `for resource [${resource}];`
  )
}

const refuse = (what: string) => invalid(`Error validating stack policy: ${what}`)

function statementsOf(text: string): Value[] {
  let document: Value
  try {
    document = JSON.parse(text) as Value
  } catch {
    throw refuse('Invalid stack policy')
  }
  if (!isStructure(document)) throw refuse('Invalid stack policy')
  const given = document['Statement'] ?? []
  return Array.isArray(given) ? given : [given]
}

function isStatement(statement: Value): statement is Structure {
  if (!isStructure(statement) || !Object.keys(statement).every((name) => members.has(name))) {
    return false
  }
  const named = [...texts(statement['Action']), ...texts(statement['NotAction'])]
  const { Principal: principal } = statement
  const anyone = isStructure(principal) ? principal['AWS'] : principal
  return (
    (statement['Effect'] === 'Allow' || statement['Effect'] === 'Deny') &&
    named.length > 0 &&
    named.every((action) => actions.has(action)) &&
    anyone === '*'
  )
}

const texts = (value: Value | undefined): string[] =>
  value === undefined ? [] : (Array.isArray(value) ? value : [value]).map(String)

function isKnown(name: string, logicalIds: readonly string[]): boolean {
  if (name.includes('*')) return true
  return name.startsWith(PREFIX) && logicalIds.includes(name.slice(PREFIX.length))
}

function isAbout(
  statement: Structure,
  action: GuardedAction,
  resource: string,
  type: string,
): boolean {
  const { Action, NotAction, Resource, NotResource, Condition } = statement
  const isAction = NotAction === undefined ? matches(Action, action) : !matches(NotAction, action)
  // Without a resource a statement is about none.
  const isResource =
    NotResource === undefined ? matches(Resource, resource) : !matches(NotResource, resource)
  return isAction && isResource && holdsFor(Condition, type)
}

function holdsFor(condition: Value | undefined, type: string): boolean {
  if (!isStructure(condition)) return true
  return Object.entries(condition).every(([operator, keys]) => {
    const wanted = isStructure(keys) ? keys['ResourceType'] : undefined
    return operator === 'StringLike' ? matches(wanted, type) : texts(wanted).includes(type)
  })
}

/** A star stands for anything. */
function matches(patterns: Value | undefined, text: string): boolean {
  return texts(patterns).some((pattern) => {
    const parts = pattern.split('*').map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&'))
    return new RegExp(`^${parts.join('.*')}$`).test(text)
  })
}
