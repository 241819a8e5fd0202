import { conditionsHold } from './conditions.ts'
import type { Statement } from './document.ts'
import { misfit, names, type NamedPolicy, type PolicyLayer, type Question } from './evaluate.ts'

/** What became of one statement of one policy when the question was asked. */
export interface TracedStatement {
  layer: PolicyLayer
  /** Name or ARN; `ResourcePolicy` for the resource's own. */
  policy: string
  /** From zero, in its policy. */
  index: number
  sid?: string
  effect: Statement['effect']
  /** Undefined: the statement is about the question, and its effect counts. */
  misfit?: 'principal' | 'action' | 'resource' | 'condition'
  /** The conditions that didn't hold, with what the request had. */
  failed?: { operator: string; key: string; wanted: string[]; had: string[] | undefined }[]
}

/** "Why?", statement by statement: every policy that was looked at, in the order they are asked. */
export function traceDecision(question: Question): TracedStatement[] {
  const { identity, boundary, session, resourcePolicy } = question
  const traced = [
    ...tracedIn('identity', identity, question),
    ...tracedIn('boundary', boundary ? [boundary] : [], question),
    ...tracedIn('session', session ?? [], question),
  ]
  if (!resourcePolicy) return traced
  const own = [{ name: 'ResourcePolicy', document: resourcePolicy }]
  return [...traced, ...tracedIn('resource', own, question)]
}

function tracedIn(
  layer: PolicyLayer,
  policies: NamedPolicy[],
  question: Question,
): TracedStatement[] {
  return policies.flatMap(({ name, document }) =>
    document.statements.map((statement, index) => {
      const isOther = layer === 'resource' && !names(statement, question)
      const why = isOther ? ('principal' as const) : misfit(statement, question)
      return {
        layer,
        policy: name,
        index,
        effect: statement.effect,
        ...(statement.sid && { sid: statement.sid }),
        ...(why && { misfit: why }),
        ...(why === 'condition' && { failed: failedIn(statement, question) }),
      }
    }),
  )
}

function failedIn({ conditions, isLiteral }: Statement, { values }: Question) {
  return conditions
    .filter((condition) => !conditionsHold([condition], values, isLiteral))
    .map(({ operator, key, values: wanted }) => ({
      operator,
      key,
      wanted,
      had: values.get(key.toLowerCase()),
    }))
}
