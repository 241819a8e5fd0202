import type { Secrets } from '../../../kernel/index.ts'
import type { RequestContext } from '../../gateway/index.ts'
import {
  actionFacts,
  type Question,
  traceDecision,
  type TracedStatement,
  type Verdict,
} from '../../policy/index.ts'

/** One refused request, with every statement that was looked at. */
export interface Denial {
  requestId: string
  at: number
  account: string
  principal: string
  action: string
  resource: string
  decision: Verdict['decision']
  /** The kind of policy that denied, or that would have had to allow. */
  layer: Verdict['layer']
  statements: TracedStatement[]
  /** The condition keys the action carries besides the global ones, with what the request had. */
  keys: CarriedKey[]
}

export interface CarriedKey {
  name: string
  type: string
  had?: string[]
}

/** The refusals of late, so that "why denied?" has an answer. In memory, per server. */
export interface Denials {
  record(question: Question, verdict: Verdict, ctx: RequestContext): void
  /** Newest first. */
  list(account: string): Denial[]
  byRequest(requestId: string): Denial | undefined
  clear(): void
}

const KEPT = 500

export function createDenials(): Denials {
  const kept = new Map<string, () => Denial>()
  return {
    record(question, verdict, { requestId, now, account }) {
      if (kept.size >= KEPT) kept.delete(kept.keys().next().value!)
      kept.set(requestId, () => ({
        requestId,
        at: now,
        account,
        principal: question.subject.arn,
        action: question.action,
        resource: question.resource,
        decision: verdict.decision,
        layer: verdict.layer,
        statements: traceDecision(question),
        keys: carriedKeys(question),
      }))
    },
    list: (account) =>
      [...kept.values()]
        .toReversed()
        .map((make) => make())
        .filter((denial) => denial.account === account),
    byRequest: (requestId) => kept.get(requestId)?.(),
    clear: () => kept.clear(),
  }
}

/** A key like `aws:ResourceTag/${TagKey}` stands for each the request had of it. */
function carriedKeys({ action, values }: Question): CarriedKey[] {
  return (actionFacts(action)?.keys ?? []).flatMap(({ name, type }): CarriedKey[] => {
    const begin = name.replace(/[$<].*/, '').toLowerCase()
    const isMany = begin.length < name.length
    const found = [...values].filter(([key]) => (isMany ? key.startsWith(begin) : key === begin))
    if (found.length === 0) return [{ name, type }]
    return found.map(([key, had]) => ({
      name: isMany ? name.slice(0, begin.length) + key.slice(begin.length) : name,
      type,
      had: [...had],
    }))
  })
}

const PURPOSE = 'cloud-iam-denial'

/** EC2's refusals carry their details in a form that only DecodeAuthorizationMessage reads. */
export function encodeDenial(secrets: Secrets, question: Question, verdict: Verdict): string {
  const items = <T>(list: T[]) => ({ items: list })
  const matched = traceDecision(question).filter(
    ({ effect, misfit }) => effect === 'Deny' && misfit === undefined,
  )
  const message = {
    allowed: false,
    explicitDeny: verdict.decision === 'explicitDeny',
    matchedStatements: items(
      matched.map(({ sid, effect, policy }) => ({ statementId: sid ?? '', effect, policy })),
    ),
    failures: items([]),
    context: {
      principal: {
        id: question.values.get('aws:userid')?.[0] ?? '',
        name: question.values.get('aws:username')?.[0] ?? question.subject.arn.split('/').at(-1),
        arn: question.subject.arn,
      },
      action: question.action,
      resource: question.resource,
      conditions: items(
        [...question.values].map(([key, values]) => ({
          key,
          values: items(values.map((value) => ({ value }))),
        })),
      ),
    },
  }
  return secrets.seal(JSON.stringify(message), PURPOSE)
}

/** The JSON text, or undefined for what this cloud didn't encode. */
export function decodeDenial(secrets: Secrets, encoded: string): string | undefined {
  try {
    return secrets.open(encoded, PURPOSE)
  } catch {
    // Whatever can't be opened isn't one of ours; STS refuses it by its own error.
    return undefined
  }
}
