import { AwsError, type Iam, type Operations, type RequestContext } from '../../gateway/index.ts'
import {
  actionFacts,
  checkPolicy,
  evaluate,
  knownPrefixes,
  type NamedPolicy,
  parsePolicy,
  PolicyFault,
  type Question,
  serviceTitles,
  statementSpans,
  type Subject,
  traceDecision,
  type Values,
  type Verdict,
  youngerActions,
} from '../../policy/index.ts'
import type { Authority } from './authority.ts'
import { keysOf } from './context-keys.ts'
import { givenPolicies } from './given-policies.ts'
import { invalidInput, noSuchEntity } from './model.ts'
import { pageOf } from './paging.ts'
import type { AccountView } from './store.ts'
import { managed, named, policiesOf } from './subjects.ts'

interface SimulateInput {
  ActionNames: string[] | undefined
  ResourceArns?: string[] | undefined
  ResourcePolicy?: string | undefined
  ResourceOwner?: string | undefined
  CallerArn?: string | undefined
  ContextEntries?: { ContextKeyName?: string; ContextKeyValues?: string[] }[] | undefined
  PermissionsBoundaryPolicyInputList?: string[] | undefined
  Marker?: string | undefined
  MaxItems?: number | undefined
}

interface Sides {
  subject: Subject
  identity: NamedPolicy[]
  boundary?: NamedPolicy
}

/** The policy simulator: the same evaluation as a request's, with a context the caller gives. */
export function simulateOperations({ store }: Authority) {
  return {
    SimulatePrincipalPolicy(input, ctx) {
      const sides = sidesOf(store.account(ctx.account), input.PolicySourceArn ?? '', input)
      sides.identity.push(...givenPolicies(input.PolicyInputList, 'PolicyInputList'))
      return simulate(sides, input, ctx)
    },
    SimulateCustomPolicy(input, ctx) {
      const identity = givenPolicies(input.PolicyInputList, 'PolicyInputList')
      const arn = input.CallerArn ?? `arn:aws:iam::${ctx.account}:user/simulated`
      return simulate({ subject: subjectOf(arn), identity, ...boundaryIn(input) }, input, ctx)
    },
  } satisfies Operations<Iam>
}

function boundaryIn(input: SimulateInput): { boundary?: NamedPolicy } {
  const label = 'PermissionsBoundaryPolicyInputList'
  const [boundary] = givenPolicies(input.PermissionsBoundaryPolicyInputList, label)
  return boundary ? { boundary } : {}
}

function subjectOf(arn: string): Subject {
  const account = arn.split(':')[4] ?? ''
  if (arn.endsWith(':root')) return { kind: 'root', account, arn }
  const isRole = /:(?:role|assumed-role)\//.test(arn)
  return { kind: isRole ? 'role' : 'user', account, arn, ...(isRole && { roleArn: arn }) }
}

function sidesOf(view: AccountView, arn: string, input: SimulateInput): Sides {
  const [, kind, name] = /^arn:aws:iam::\d{12}:(user|role|group)\/(?:.*\/)?([^/]+)$/.exec(arn) ?? []
  if (!kind || !name) throw invalidInput(`Invalid Entity Arn: ${arn}`)
  const holder = view.get(kind as 'user' | 'role' | 'group', name)
  if (holder?.arn !== arn) {
    throw noSuchEntity(`The ${kind} with name ${name} cannot be found.`)
  }
  if (kind === 'group' && input.ResourcePolicy && !input.CallerArn) {
    throw invalidInput('CallerArn is required when ResourcePolicy is given for a group.')
  }
  const own = holder.boundary ? managed(view, holder.boundary) : undefined
  return {
    subject: subjectOf(input.CallerArn ?? arn),
    identity: policiesOf(view, holder),
    ...(own && { boundary: named(own) }),
    ...boundaryIn(input),
  }
}

function simulate(sides: Sides, input: SimulateInput, ctx: RequestContext) {
  const values: Values = new Map(
    (input.ContextEntries ?? []).map((entry) => [
      (entry.ContextKeyName ?? '').toLowerCase(),
      entry.ContextKeyValues ?? [],
    ]),
  )
  const text = input.ResourcePolicy
  const shared = {
    ...sides,
    values,
    resourceAccount: ownerOf(input) ?? ctx.account,
  }
  const resourcePolicy = text ? resourcePolicyOf(text) : undefined
  const resources = input.ResourceArns?.length ? input.ResourceArns : ['*']
  const results = (input.ActionNames ?? []).flatMap((action) => {
    if (!isAction(action)) throw invalidInput(`Invalid Action Name: ${action}`)
    const given = resourcePolicy && !isAssuming(action) && { resourcePolicy }
    return resources.map((resource) => resultOf({ ...shared, ...given, action, resource }, input))
  })
  const { items, tail } = pageOf(results, input)
  return { EvaluationResults: items, ...tail }
}

/** Wildcards aren't simulated. Of services this cloud doesn't have any name is taken. */
function isAction(action: string): boolean {
  const prefix = /^([\w-]+):[\w-]+$/.exec(action)?.[1]?.toLowerCase()
  if (prefix === undefined || serviceTitles()[prefix] === undefined) return false
  if (!knownPrefixes().includes(prefix) || youngerActions.has(action)) return true
  return actionFacts(action) !== undefined
}

/** AWS's simulator doesn't look at trust policies. */
const isAssuming = (action: string) => /^sts:assume/i.test(action)

/** The account in `arn:aws:iam::123456789012:root`; default the caller's. */
const ownerOf = ({ ResourceOwner: owner }: SimulateInput) =>
  owner === undefined ? undefined : (owner.split(':')[4] ?? owner)

function resourcePolicyOf(text: string) {
  try {
    checkPolicy(text, 'resource')
  } catch (error) {
    if (!(error instanceof PolicyFault)) throw error
    throw new AwsError('InvalidInput', `Invalid Input ResourcePolicy: ${error.message}`)
  }
  return parsePolicy(text)
}

function resultOf(question: Question, input: SimulateInput) {
  const verdict = evaluate(question)
  const MatchedStatements = matchedIn(question, input.ResourcePolicy)
  const MissingContextValues = missingKeys(question)
  const detail = boundaryDetail(question)
  const details = decisionDetails(question, verdict)
  const isSpecific = question.resource !== '*'
  return {
    EvalActionName: question.action,
    EvalResourceName: question.resource,
    EvalDecision: verdict.decision,
    MatchedStatements,
    MissingContextValues,
    ...(detail && { PermissionsBoundaryDecisionDetail: detail }),
    ...(details && { EvalDecisionDetails: details }),
    ...(isSpecific && {
      ResourceSpecificResults: [
        {
          EvalResourceName: question.resource,
          EvalResourceDecision: verdict.decision,
          MatchedStatements,
          MissingContextValues,
          ...(details && { EvalDecisionDetails: details }),
          ...(detail && { PermissionsBoundaryDecisionDetail: detail }),
        },
      ],
    }),
  }
}

// The model's enum has other words for these; the service gives the ones below.
const sourceTypes = {
  identity: 'IAM Policy' as 'none',
  boundary: 'Permissions Boundary Policy' as 'none',
  session: 'IAM Policy' as 'none',
  resource: 'Resource Policy' as 'none',
}

/** Every statement about the question, whichever way it decides, with its place in the text. */
function matchedIn(question: Question, resourceText: string | undefined) {
  const texts = new Map<string, string | undefined>([
    ...question.identity.map(({ name, text }) => [name, text] as const),
    ...(question.boundary ? [[question.boundary.name, question.boundary.text] as const] : []),
    ['ResourcePolicy', resourceText],
  ])
  return traceDecision(question)
    .filter(({ misfit, layer }) => misfit === undefined && layer !== 'boundary')
    .map(({ policy, layer, index }) => {
      const text = texts.get(policy)
      const span = text === undefined ? undefined : statementSpans(text)[index]
      return {
        SourcePolicyId: policy.split('/').at(-1)!,
        SourcePolicyType: sourceTypes[layer],
        ...(span && { StartPosition: span.start, EndPosition: span.end }),
      }
    })
}

function boundaryDetail(question: Question) {
  if (!question.boundary) return undefined
  const { boundary, ...rest } = question
  const alone = evaluate({ ...rest, identity: [boundary], resourcePolicy: undefined })
  return { AllowedByPermissionsBoundary: alone.decision === 'allowed' }
}

/** Where a policy of the resource is asked too: what each side said by itself. */
function decisionDetails(question: Question, verdict: Verdict) {
  if (!question.resourcePolicy || question.subject.account === question.resourceAccount) {
    return undefined
  }
  const { resourcePolicy: _own, ...bare } = question
  const identity = evaluate({ ...bare, resourceAccount: question.subject.account })
  const isOwnFault = verdict.layer === 'resource' ? verdict.decision : ('allowed' as const)
  return { 'IAM Policy': identity.decision, 'Resource Policy': isOwnFault }
}

function missingKeys({ identity, boundary, resourcePolicy, values }: Question): string[] {
  const policies = [
    ...identity,
    ...(boundary ? [boundary] : []),
    ...(resourcePolicy ? [{ document: resourcePolicy }] : []),
  ]
  return keysOf(policies).filter((key) => !values.has(key.toLowerCase()))
}
