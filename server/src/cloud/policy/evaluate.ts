import { conditionsHold } from './conditions.ts'
import type { PolicyDocument, PrincipalPattern, Statement } from './document.ts'
import { matches, type Values } from './match.ts'

export interface NamedPolicy {
  /** ARN of a managed policy, else the inline policy's name. */
  name: string
  document: PolicyDocument
  /** As it was written; for telling where a statement stands. */
  text?: string
}

/** Who asks, as resource policies name principals. */
export interface Subject {
  kind: 'root' | 'user' | 'role' | 'service' | 'federated' | 'anonymous'
  account: string
  /** The session's ARN for a role. */
  arn: string
  /** For a role session: the role's ARN. */
  roleArn?: string
  /** For a service: `lambda.amazonaws.com`. */
  service?: string
  /** For someone an identity provider vouches for: the provider's ARN or well-known name. */
  provider?: string
}

export interface Question {
  subject: Subject
  action: string
  resource: string
  /** The account that owns the resource. */
  resourceAccount: string
  values: Values
  identity: NamedPolicy[]
  boundary?: NamedPolicy
  /** Set when the session was given policies; it may do only what one of them allows too. */
  session?: NamedPolicy[]
  resourcePolicy?: PolicyDocument
  /** The resource's policy as it was written. */
  resourcePolicyText?: string
  /** For a role's trust: without a word in the resource policy nothing is allowed. */
  needsResourcePolicy?: boolean
}

export type PolicyLayer = 'identity' | 'resource' | 'boundary' | 'session'

export interface Verdict {
  decision: 'allowed' | 'explicitDeny' | 'implicitDeny'
  /** Which kind of policy settled it (the one that denies, or that doesn't allow). */
  layer: PolicyLayer
  /** The policy that denies: a managed one's ARN, an inline one's name. */
  policy?: string
}

type Grant = 'none' | 'account' | 'role' | 'principal'

/**
 * IAM's decision as the user guide's "Policy evaluation logic" has it: an explicit deny anywhere wins;
 * within an account an identity policy or a grant of the resource to the principal allows, inside the
 * boundary and the session's policies; across accounts both sides have to allow.
 */
export function evaluate(question: Question): Verdict {
  const denied = explicitDeny(question)
  if (denied) return denied
  const grant = grantOf(question)
  const { subject } = question
  if (isOutsider(subject) || (subject.kind === 'service' && question.resourcePolicy)) {
    return grant === 'none' ? implicit('resource') : allowed('resource')
  }
  if (subject.kind === 'service') {
    // This program itself; for one account it goes into another by a policy there, and by nothing else.
    const [actsFor = subject.account] = question.values.get('aws:sourceaccount') ?? []
    const isOwn = actsFor === question.resourceAccount
    return isOwn ? allowed('identity') : implicit('resource')
  }
  if (question.needsResourcePolicy && grant === 'none') return implicit('resource')
  return subject.account === question.resourceAccount
    ? withinAccount(question, grant)
    : acrossAccounts(question, grant)
}

/** Nobody's user: only the resource can let it in. */
const isOutsider = ({ kind }: Subject) => kind === 'anonymous' || kind === 'federated'

function explicitDeny(question: Question): Verdict | undefined {
  const layers: [PolicyLayer, NamedPolicy[]][] = [
    ['identity', question.identity],
    ['boundary', question.boundary ? [question.boundary] : []],
    ['session', question.session ?? []],
  ]
  for (const [layer, policies] of layers) {
    const policy = policies.find((each) => isSaid('Deny', [each], question))?.name
    if (policy !== undefined) return { decision: 'explicitDeny', layer, policy }
  }
  const inResource = question.resourcePolicy?.statements.some(
    (statement) =>
      statement.effect === 'Deny' && names(statement, question) && applies(statement, question),
  )
  return inResource ? { decision: 'explicitDeny', layer: 'resource' } : undefined
}

function withinAccount(question: Question, grant: Grant): Verdict {
  if (question.subject.kind === 'root') return allowed('identity')
  // A grant to this very user or session isn't limited by the boundary or the session's policies.
  if (grant === 'principal') return allowed('resource')
  // A grant to the account only delegates: the account's own policies then decide.
  if (grant !== 'role' && !isSaid('Allow', question.identity, question)) {
    return implicit('identity')
  }
  return limits(question) ?? allowed('identity')
}

function acrossAccounts(question: Question, grant: Grant): Verdict {
  if (question.subject.kind !== 'root') {
    if (!isSaid('Allow', question.identity, question)) return implicit('identity')
    const limited = limits(question)
    if (limited) return limited
  }
  return grant === 'none' ? implicit('resource') : allowed('resource')
}

function limits(question: Question): Verdict | undefined {
  const { boundary, session } = question
  if (boundary && !isSaid('Allow', [boundary], question)) return implicit('boundary')
  if (session && !isSaid('Allow', session, question)) return implicit('session')
  return undefined
}

function isSaid(effect: Statement['effect'], policies: NamedPolicy[], question: Question): boolean {
  return policies.some(({ document }) =>
    document.statements.some(
      (statement) => statement.effect === effect && applies(statement, question),
    ),
  )
}

/** Action, resource and conditions fit; who is asking is `names`. */
export function applies(statement: Statement, question: Question): boolean {
  return misfit(statement, question) === undefined
}

export type Misfit = 'action' | 'resource' | 'condition'

/** The first part of the statement that isn't about the question. */
export function misfit(statement: Statement, question: Question): Misfit | undefined {
  const action = question.action.toLowerCase()
  const isAction = (pattern: string) => matches(pattern.toLowerCase(), action)
  if (statement.actions && !statement.actions.some(isAction)) return 'action'
  if (statement.notActions?.some(isAction)) return 'action'
  // Only variables need the request's values, which are made when first asked for.
  const hasVariables = (pattern: string) => !statement.isLiteral && pattern.includes('${')
  const isResource = (pattern: string) =>
    matches(pattern, question.resource, hasVariables(pattern) ? question.values : undefined)
  if (statement.resources && !statement.resources.some(isResource)) return 'resource'
  if (statement.notResources?.some(isResource)) return 'resource'
  if (statement.conditions.length === 0) return undefined
  const { conditions, isLiteral } = statement
  return conditionsHold(conditions, question.values, isLiteral) ? undefined : 'condition'
}

/** Whether the statement of a resource's policy is about the one who asks. */
export function names(statement: Statement, question: Question): boolean {
  const { subject } = question
  const { notPrincipals } = statement
  if (notPrincipals && statement.effect === 'Deny') return !isSpared(notPrincipals, question)
  if (notPrincipals) return !notPrincipals.some((pattern) => grantBy(pattern, subject) !== 'none')
  return statement.principals?.some((pattern) => grantBy(pattern, subject) !== 'none') ?? false
}

/**
 * A Deny with NotPrincipal spares only whom it names in full, as the user guide has it: the account is looked
 * at first, then the user or the role, then the role's session, and each has to stand there. Whoever
 * has a permissions boundary is never spared.
 */
function isSpared(patterns: PrincipalPattern[], { subject, boundary }: Question): boolean {
  if (boundary) return false
  const grants = patterns.map((pattern) => grantBy(pattern, subject))
  if (patterns.some(({ type, value }) => type === 'AWS' && value === '*')) return true
  return levelsOf(subject).every((level) => grants.includes(level))
}

/** What a principal is named by; a service and whom a provider vouches for have one name. */
function levelsOf({ kind }: Subject): Grant[] {
  if (kind === 'root') return ['account']
  if (kind === 'user') return ['account', 'principal']
  return kind === 'role' ? ['account', 'role', 'principal'] : ['principal']
}

const strength: Grant[] = ['none', 'account', 'role', 'principal']

/** The strongest grant of the resource's policy. */
function grantOf(question: Question): Grant {
  let best: Grant = 'none'
  for (const statement of question.resourcePolicy?.statements ?? []) {
    if (statement.effect !== 'Allow' || !applies(statement, question)) continue
    if (statement.notPrincipals && names(statement, question)) best = 'principal'
    for (const pattern of statement.principals ?? []) {
      const grant = grantBy(pattern, question.subject)
      if (strength.indexOf(grant) > strength.indexOf(best)) best = grant
    }
  }
  return best
}

function grantBy(pattern: PrincipalPattern, subject: Subject): Grant {
  const { type, value } = pattern
  if (type === 'Service') return subject.service === value ? 'principal' : 'none'
  if (type === 'Federated') return subject.provider === value ? 'principal' : 'none'
  if (type !== 'AWS') return 'none'
  // Queue policies of old name everybody and narrow it by aws:SourceArn; services come by it, too.
  if (value === '*') return 'principal'
  if (isOutsider(subject) || subject.kind === 'service') return 'none'
  if (value === subject.arn) return 'principal'
  if (value === subject.roleArn) return 'role'
  const account = /^arn:aws[\w-]*:iam::(\d{12}):root$/.exec(value)?.[1] ?? value
  return account === subject.account ? 'account' : 'none'
}

const implicit = (layer: PolicyLayer): Verdict => ({ decision: 'implicitDeny', layer })

const allowed = (layer: PolicyLayer): Verdict => ({ decision: 'allowed', layer })
