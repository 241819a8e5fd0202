import { AwsError, type Iam, type Operations, type RequestContext } from '../../gateway/index.ts'
import type { Authority } from './authority.ts'
import { invalid } from './model.ts'
import { pageOf } from './paging.ts'
import {
  checkPolicy,
  evaluate,
  type NamedPolicy,
  PolicyFault,
  type Subject,
  type Values,
  type Verdict,
} from '../../policy/index.ts'
import { type AccountView } from './store.ts'
import { managed, policiesOf } from './subjects.ts'
import { parsePolicy } from '../../policy/index.ts'

interface SimulateInput {
  ActionNames: string[] | undefined
  ResourceArns?: string[] | undefined
  ResourcePolicy?: string | undefined
  ResourceOwner?: string | undefined
  ContextEntries?: { ContextKeyName?: string; ContextKeyValues?: string[] }[] | undefined
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
      const view = store.account(ctx.account)
      const sides = sidesOf(view, input.PolicySourceArn ?? '')
      sides.identity.push(...given(input.PolicyInputList, 'PolicyInputList'))
      const boundary = given(input.PermissionsBoundaryPolicyInputList, 'Boundary')[0]
      return simulate({ ...sides, ...(boundary && { boundary }) }, input, ctx)
    },
    SimulateCustomPolicy(input, ctx) {
      const { account } = ctx
      const arn = input.CallerArn ?? `arn:aws:iam::${account}:user/simulated`
      const boundary = given(input.PermissionsBoundaryPolicyInputList, 'Boundary')[0]
      const sides: Sides = {
        subject: { kind: 'user', account, arn },
        identity: given(input.PolicyInputList, 'PolicyInputList'),
        ...(boundary && { boundary }),
      }
      return simulate(sides, input, ctx)
    },
  } satisfies Operations<Iam>
}

function sidesOf(view: AccountView, arn: string): Sides {
  const [, kind, name] = /^arn:aws:iam::\d{12}:(user|role|group)\/(?:.*\/)?([^/]+)$/.exec(arn) ?? []
  if (!kind || !name) throw invalid(`Invalid Entity Arn: ${arn}`)
  const holder = view.get(kind as 'user' | 'role' | 'group', name)
  if (holder?.arn !== arn) {
    throw new AwsError('NoSuchEntity', `The entity ${arn} cannot be found.`, { status: 404 })
  }
  const boundary = holder.boundary ? managed(view, holder.boundary) : undefined
  return {
    subject: { kind: kind === 'role' ? 'role' : 'user', account: view.account, arn },
    identity: policiesOf(view, holder),
    ...(boundary && {
      boundary: { name: boundary.arn, document: parsePolicy(boundary.versions[0]!.document) },
    }),
  }
}

function given(texts: string[] | undefined, label: string): NamedPolicy[] {
  return (texts ?? []).map((text, index) => {
    try {
      return { name: `${label}.${index + 1}`, document: checkPolicy(text, 'identity') }
    } catch (error) {
      if (!(error instanceof PolicyFault)) throw error
      throw new AwsError('InvalidInput', `Invalid Input ${error.message}`, { status: 400 })
    }
  })
}

function simulate(sides: Sides, input: SimulateInput, ctx: RequestContext) {
  const values: Values = new Map(
    (input.ContextEntries ?? []).map((entry) => [
      (entry.ContextKeyName ?? '').toLowerCase(),
      entry.ContextKeyValues ?? [],
    ]),
  )
  const resources = input.ResourceArns?.length ? input.ResourceArns : ['*']
  const results = (input.ActionNames ?? []).flatMap((action) =>
    resources.map((resource) => {
      const question = {
        ...sides,
        action,
        resource,
        resourceAccount: ctx.account,
        values,
        ...(input.ResourcePolicy && { resourcePolicy: parsePolicy(input.ResourcePolicy) }),
      }
      return present(action, resource, evaluate(question), missingKeys(sides, values))
    }),
  )
  const { items, tail } = pageOf(results, input)
  return { EvaluationResults: items, ...tail }
}

function present(action: string, resource: string, verdict: Verdict, missing: string[]) {
  return {
    EvalActionName: action,
    EvalResourceName: resource,
    EvalDecision: verdict.decision,
    MatchedStatements: verdict.matched.map((name) => ({
      SourcePolicyId: name.split('/').at(-1)!,
      SourcePolicyType: sourceType(name),
    })),
    MissingContextValues: missing,
    ...(verdict.layer === 'boundary' && {
      PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: false },
    }),
  }
}

function sourceType(name: string) {
  if (name === 'ResourcePolicy') return 'resource' as const
  if (name.startsWith('arn:aws:iam::aws:')) return 'aws-managed' as const
  return name.startsWith('arn:') ? ('user-managed' as const) : ('none' as const)
}

function missingKeys(sides: Sides, values: Values): string[] {
  const keys = sides.identity.flatMap(({ document }) =>
    document.statements.flatMap(({ conditions }) => conditions.map(({ key }) => key)),
  )
  return [...new Set(keys)].filter((key) => !values.has(key.toLowerCase()))
}
